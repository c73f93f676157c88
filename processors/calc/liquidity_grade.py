"""How well a symbol can be traded, from its book (DEP-02, C-14)."""

from __future__ import annotations

from math import isfinite

from schemas.records import LiquidityGrade

_A_SPREAD_BPS, _A_SHARES = 5.0, 1_000.0
_B_SPREAD_BPS, _B_SHARES = 10.0, 500.0
_UNUSABLE_SPREAD_BPS = 50.0


def liquidity_grade(spread_bps: float, bid_size_5: float, ask_size_5: float) -> LiquidityGrade:
    """Return the grade of a book.

    Parameters
    ----------
    spread_bps
        Spread in basis points; NaN where a side is empty.
    bid_size_5, ask_size_5
        Shares on the five best levels of each side; the weaker side counts.

    Source: our rule (rulings C-08, C-14): A below 5 bps and above 1,000 shares; B below 10 bps and above 500; D without a usable book or
    above 50 bps; else C.
    """
    weaker = min(bid_size_5, ask_size_5)
    if not isfinite(spread_bps) or spread_bps < 0 or not weaker > 0 or spread_bps > _UNUSABLE_SPREAD_BPS:
        return LiquidityGrade.D
    if spread_bps < _A_SPREAD_BPS and weaker > _A_SHARES:
        return LiquidityGrade.A
    if spread_bps < _B_SPREAD_BPS and weaker > _B_SHARES:
        return LiquidityGrade.B
    return LiquidityGrade.C
