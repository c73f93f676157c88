"""The afternoon's option delta, and what it may mean for the closing auction.

The model is ours and simple, and is meant to be replaced by one that has been fitted: dealers hedge the delta that customers buy, so the afternoon's
signed option delta is the size of what may still have to be traded; whether it has a direction at all is tested on its minutes.
It knows nothing of the exchange's own imbalance messages, which begin later.

Source: Barbon, Beckmeyer, Buraschi and Moerke, "The role of leveraged ETFs and option market imbalances on end-of-day price dynamics" (2021), for the
link from the delta imbalance of option dealers to the last half hour; Student's t for one sample with the normal distribution in place of his.
"""

from __future__ import annotations

from math import erf, inf, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

ACT_ABOVE = 0.70
"""Confidence above which a prediction may be acted on (FLW-03)."""
LEAST_MINUTES = 15
SMALLEST_MOVE_PERCENT, LARGEST_MOVE_PERCENT = 0.2, 0.5


class CloseImbalance(NamedTuple):
    """Prediction of the closing auction's imbalance.

    Attributes
    ----------
    size_usd
        Shares that may have to be bought (above 0) or sold for hedges, in US dollars: the afternoon's cumulative delta.
    confidence
        0 to 1, unsigned.
    direction
        1 to be bought, -1 to be sold, 0 neither.
    expected_move_percent
        Of the underlying, signed; None at or below the threshold of confidence.
    """

    size_usd: float
    confidence: float
    direction: int
    expected_move_percent: float | None


def delta_usd(side: int, delta: float, contracts: float, multiplier: float, underlying_price: float) -> float:
    """Return the signed dollar delta of an option print: what its active side gained in shares, US dollars.

    Source: side x delta x contracts x multiplier x price of the underlying; delta of a put is below 0.
    """
    return side * delta * contracts * multiplier * underlying_price


def in_window(moment_us: int, start_us: int, end_us: int) -> bool:
    """Tell whether a moment lies in a window; its start does, its end does not."""
    return start_us <= moment_us < end_us


def predict_close(minute_deltas_usd: npt.NDArray[np.float64], unknown_share: float, act_above: float = ACT_ABOVE) -> CloseImbalance | None:
    """Return the prediction from the signed dollar delta of each minute so far; None with fewer than 15 minutes that traded.

    Parameters
    ----------
    minute_deltas_usd
        One value a minute with option trades; minutes are taken as independent, trades within one are not.
    unknown_share
        Share of the premium whose side is unknown, 0 to 1; it is taken off the confidence in full.
    act_above
        Confidence from which a move is expected.

    Source: two-sided test that the mean minute is 0, t = mean / (deviation / sqrt(n)); confidence = (2 x Phi(abs(t)) - 1) x (1 - unknown share).
    The expected move runs from 0.2 % at the threshold to 0.5 % at certainty: the range is the trading plan's, not an estimate.
    """
    count = len(minute_deltas_usd)
    if count < LEAST_MINUTES:
        return None
    total = float(minute_deltas_usd.sum())
    spread = float(minute_deltas_usd.std(ddof=1))
    distance = abs(total / count) * sqrt(count) / spread if spread > 0 else 0.0 if total == 0 else inf
    certainty = erf(distance / sqrt(2))
    confidence = certainty * (1 - unknown_share)
    direction = (total > 0) - (total < 0)
    return CloseImbalance(total, confidence, direction, expected_move_percent(confidence, direction, act_above))


def expected_move_percent(confidence: float, direction: int, act_above: float = ACT_ABOVE) -> float | None:
    """Return the move that a prediction is worth, percent, signed; None unless the confidence is above the threshold.

    Source: the trading plan's 0.2 to 0.5 %, laid linearly over the confidence above the threshold.
    """
    if confidence <= act_above or direction == 0:
        return None
    share = (confidence - act_above) / (1 - act_above)
    return direction * (SMALLEST_MOVE_PERCENT + share * (LARGEST_MOVE_PERCENT - SMALLEST_MOVE_PERCENT))
