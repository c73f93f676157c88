"""Joins of flow with what other sources say at about the same time, and the vendor's word on news as a number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Moments = npt.NDArray[np.int64]
Directions = npt.NDArray[np.int64]

_WORDS = {"positive": 1.0, "bullish": 1.0, "negative": -1.0, "bearish": -1.0, "neutral": 0.0}


def confirmed(
    moments: Moments, directions: Directions, print_moments: Moments, print_directions: Directions, tolerance_us: int
) -> npt.NDArray[np.bool_]:
    """Tell which alerts a print of the same direction confirms, at most the tolerance before or after it (FLW-11).

    Parameters
    ----------
    moments, directions
        Of the alerts, microseconds and 1 or -1; 0 is confirmed by nothing.
    print_moments, print_directions
        Of the prints, ordered by moment.
    tolerance_us
        Largest distance, itself included.

    Source: an equality join within a time tolerance; pandas.merge_asof(..., direction="nearest", tolerance=...) by direction.
    """
    found = np.zeros(len(moments), dtype=np.bool_)
    for direction in (1, -1):
        wanted = print_moments[print_directions == direction]
        first = np.searchsorted(wanted, moments - tolerance_us, side="left")
        last = np.searchsorted(wanted, moments + tolerance_us, side="right")
        found |= (directions == direction) & (last > first)
    return found


def agreement(direction: float, imbalance: float, distance_us: int, tolerance_us: int) -> int | None:
    """Return 1 when flow and order book lean the same way, -1 when they part; None when they are too far apart in time or one leans nowhere.

    Source: the product of two signs, within a time tolerance.
    """
    if abs(distance_us) > tolerance_us or direction == 0 or imbalance == 0:
        return None
    return 1 if (direction > 0) == (imbalance > 0) else -1


def sentiment_score(word: str | None) -> float | None:
    """Return 1, 0 or -1 for the vendor's word; None when the vendor says nothing: no reading of our own is made up.

    Source: the vendor's word, Unusual Whales' ``sentiment`` of a headline.
    """
    return None if word is None else _WORDS.get(word.strip().lower())
