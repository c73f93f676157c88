"""Average true range, exponential mean and ratios, one step at a time.

References: Wilder, New Concepts in Technical Trading Systems (1978); seeding as TA-Lib does, against which tests compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

BASIS_POINTS = 10_000.0


def true_range(high: float, low: float, previous_close: float) -> float:
    """Return the greatest of high - low and the distances of both from the previous close, US dollars.

    Source: Wilder, New Concepts in Technical Trading Systems (1978).
    """
    return max(high - low, abs(high - previous_close), abs(low - previous_close))


def simple_mean(values: Sequence[float], length: int) -> float | None:
    """Return the mean of the last ``length`` values, or None while there are fewer.

    Source: the arithmetic mean.
    """
    return sum(values[-length:]) / length if len(values) >= length else None


def seeded_mean_step(previous: float, value: float, number: int, length: int, weight: float) -> float:
    """Return a recursive mean after ``value``, seeded with the simple mean of the first ``length`` values.

    Until the seed is complete this is the mean of what came so far, so no value has to be kept for seeding; the caller
    publishes it only when ``number >= length``.

    Source: Wilder (1978) for his mean; Appel's exponential mean with the weight 2 / (n + 1); both seeded as TA-Lib does.

    Parameters
    ----------
    previous
        Mean before; anything when ``number`` is 1.
    number
        Place of ``value`` in the series, from 1.
    length
        Values in the seed.
    weight
        Weight of a new value after the seed: 2 / (n + 1) for an exponential mean, 1 / n for Wilder's.
    """
    if number == 1:
        return value
    return previous + (value - previous) * (1.0 / number if number <= length else weight)


def change_bps(value: float, reference: float) -> float:
    """Return (value / reference - 1) x 10,000.

    Source: the simple return in hundredths of a percent.
    """
    return (value / reference - 1.0) * BASIS_POINTS


def spread_bps(bid: float, ask: float) -> float:
    """Return (ask - bid) / mid x 10,000."""
    return (ask - bid) / ((ask + bid) / 2.0) * BASIS_POINTS


def relative(value: float, before: Sequence[float], length: int) -> float | None:
    """Return ``value`` over the mean of the ``length`` values before it; None while warming up or when that mean is 0.

    Source: relative volume, volume over its recent mean.
    """
    mean = simple_mean(before, length)
    return value / mean if mean else None


def channel(highs: Sequence[float], lows: Sequence[float], length: int) -> tuple[float, float] | None:
    """Return the highest high and the lowest low of the last ``length`` bars, US dollars; None while there are fewer.

    Source: Donchian's channel, as TA-Lib's MAX of highs and MIN of lows.
    """
    return (max(highs[-length:]), min(lows[-length:])) if len(highs) >= length else None


def z_score(values: Sequence[float], length: int) -> float | None:
    """Return how many standard deviations the newest value lies above the mean of the last ``length``, itself included.

    None while there are fewer, and where they are all alike to the last digits of their size.

    Source: (x - mean) / sigma with the population's sigma, as TA-Lib's SMA and STDDEV.
    """
    if len(values) < length:
        return None
    window = values[-length:]
    mean = sum(window) / length
    sigma = sqrt(sum((value - mean) ** 2 for value in window) / length)
    return (values[-1] - mean) / sigma if sigma > abs(mean) * 1e-12 else None
