"""Where two kinds of traders part: off exchange and on it, large prints and small ones."""

from __future__ import annotations

DIVERGENCE_ABOVE = 0.10
"""A difference of the shares above this stands out (FLW-05)."""


def off_exchange_divergence(off_exchange: float, lit: float) -> float | None:
    """Return the off-exchange share of the volume minus the lit share, -1 to 1; None when nothing traded.

    Source: the strategy's rule "dark pool % diverges from lit by more than 10 %": off / (off + lit) - lit / (off + lit).
    """
    total = off_exchange + lit
    return (off_exchange - lit) / total if total > 0 else None


def diverges(difference: float | None, above: float = DIVERGENCE_ABOVE) -> bool:
    """Tell whether the shares lie more than this apart, either way: 10.1 % passes, 10.0 % does not (FLW-05)."""
    return difference is not None and abs(difference) > above


def price_gap_bps(off_exchange_notional: float, off_exchange: float, lit_notional: float, lit: float) -> float | None:
    """Return how far the mean off-exchange price lies above the mean lit price, basis points; None without volume on both sides.

    Source: two volume-weighted mean prices, (off / lit - 1) x 10,000.
    """
    if off_exchange <= 0 or lit <= 0 or lit_notional <= 0:
        return None
    return (off_exchange_notional / off_exchange / (lit_notional / lit) - 1) * 10_000


def signed_share(signed: float, total: float) -> float | None:
    """Return bullish minus bearish premium as a share of all of it, -1 to 1; None when nothing traded.

    Source: a ratio of two sums.
    """
    return signed / total if total > 0 else None


def smart_money_gap(large_signed: float, large: float, small_signed: float, small: float) -> float | None:
    """Return how much more bullish large option trades are than small ones, -2 to 2; None unless both traded.

    Bullish are bought calls and sold puts. The series of this gap is what the divergence score (FLW-02) is a standard score of; its
    sign is the direction.

    Source: ours, after Pan and Poteshman, "The information in option volume for future stock prices", Review of Financial Studies 19
    (2006): who opens large positions knows more; gap = large signed share - small signed share.
    """
    ours, theirs = signed_share(large_signed, large), signed_share(small_signed, small)
    return None if ours is None or theirs is None else ours - theirs
