"""How far prices lie from their volume weighted mean: sums that grow print by print, and the sigma bands made of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt

from processors.calc.aggregate import Print
from schemas.bar_parts import VOLUME


def squares_of(prints: Sequence[Print], volume: float, notional: float) -> float:
    """Return sum(size x (price - their volume weighted mean)²) of the prints that count in the volume, shares x US dollars².

    Parameters
    ----------
    volume, notional
        Their sums of size and of price x size.
    """
    if len(prints) <= 1 or not volume:
        return 0.0
    mean = notional / volume
    return fsum([item.size * (item.price - mean) ** 2 for item in prints if item.parts & VOLUME])


def merged_squares(volume: float, notional: float, squares: float, more_volume: float, more_notional: float, more_squares: float) -> float:
    """Return the squares about the common mean of two groups of prints, from those about their own means.

    No difference of large sums is taken, so the digits that matter survive a session of a million prints.

    Source: Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample variances (1979), with volumes as
    weights.
    """
    if not more_volume:
        return squares
    if not volume:
        return more_squares
    apart = more_notional / more_volume - notional / volume
    return squares + more_squares + apart * apart * volume * more_volume / (volume + more_volume)


def deviation(squares: float | None, volume: float) -> float | None:
    """Return the volume weighted standard deviation of prices about their VWAP, US dollars; None without volume or without squares.

    The VWAP's bands lie at VWAP ± k x this.

    Source: sqrt(sum(v (p - VWAP)²) / sum(v)), the population's form, over the prints of the session.
    """
    return sqrt(squares / volume) if squares is not None and volume else None
