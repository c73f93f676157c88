"""Gauges of the wider market out of futures' prices: yields, the dollar's strength, volatility's cash against its future (IBK-29); pure."""

from __future__ import annotations

import math

COUPON = 0.06
"""Yearly coupon of the notional bond that a treasury future is quoted as (CBOT Rulebook, chapters 18 to 21)."""
NOTIONAL_YEARS = {"ZT": 2, "ZF": 5, "ZN": 10, "ZB": 30}
"""Whole years of the notional bond by future, as the contracts are called."""
_LEAST, _MOST, _HALVINGS = -0.2, 2.0, 80


def notional_yield(price: float, years: int, coupon: float = COUPON) -> float | None:
    """Return the yield to maturity at which a notional bond has a futures price.

    The price per 100 of face value of a bond with whole half-years left, no accrued interest and two coupons a year, solved by
    bisection; the yield compounds twice a year, as the street states it. It is the future's own: the cheapest bond to deliver has another
    coupon and maturity, so it differs from that bond's yield by tenths of a percent. Source: CFA Institute, "Fixed-Income Valuation";
    compared with QuantLib's ``bondYield``.

    Parameters
    ----------
    price
        Points, 100 is par; decimal, not 32nds.
    years
        Whole years to maturity.

    Returns
    -------
    float | None
        A fraction a year, 0.045 is 4.5 %; None for a price that no yield between -20 % and 200 % has.
    """
    low, high = _LEAST, _MOST
    if not bond_price(high, years, coupon) <= price <= bond_price(low, years, coupon):
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if bond_price(middle, years, coupon) > price else (low, middle)
    return (low + high) / 2


def bond_price(rate: float, years: int, coupon: float = COUPON) -> float:
    """Return the price per 100 of a bond with ``2 * years`` half-yearly coupons left, at a yield compounded twice a year."""
    half, periods = rate / 2, 2 * years
    lost = -math.expm1(-periods * math.log1p(half))  # 1 minus the discount factor, exact for rates near 0 too
    annuity = periods if half == 0 else lost / half
    return 100 * (coupon / 2 * annuity + 1 - lost)


def change_percent(price: float, close: float | None) -> float | None:
    """Return how far a price is from the close before, per cent; None without a close. Of DX it is the dollar's strength against six currencies."""
    return None if not close else (price / close - 1) * 100


def basis_percent(cash: float, future: float) -> float | None:
    """Return how far the future is above cash, per cent of cash: of VX and VIX above 0 is contango, below 0 fear of now; None without a price."""
    return None if cash <= 0 else (future / cash - 1) * 100
