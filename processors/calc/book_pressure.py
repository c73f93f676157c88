"""Pressure: which side of the book weighs more when near levels count more than far ones."""

from __future__ import annotations

import numpy as np

from processors.calc.depth import BookSides, Floats

LEVELS = 5


def pressure(bids: BookSides, asks: BookSides, levels: int = LEVELS) -> Floats:
    """Return (B - A) / (B + A) with B and A the sides' shares, each level divided by its place 1, 2, 3 ...; -1 to 1.

    NaN where a side is empty.

    Source: our definition. That the best level tells most and the next ones something (about 22 % of price discovery) is the finding of Cao,
    Hansch and Wang, "The information content of an open limit-order book", Journal of Futures Markets 29 (2009); the weights 1 / level say so.
    """
    bought, sold = _weighted(bids, levels), _weighted(asks, levels)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((bought > 0) & (sold > 0), (bought - sold) / (bought + sold), np.nan)


def _weighted(side: BookSides, levels: int) -> Floats:
    first, ends = side.offsets[:-1], side.offsets[1:]
    total = np.zeros(len(first))
    for place in range(levels):
        at = first + place
        there = at < ends
        total[there] += side.size[at[there]] / (place + 1)
    return total
