"""Average true range, exponential mean and ratios, one step at a time.

References: Wilder, New Concepts in Technical Trading Systems (1978); seeding as TA-Lib does, against which tests compare.
"""

from __future__ import annotations

from collections.abc import Sequence

BASIS_POINTS = 10_000.0


def true_range(high: float, low: float, previous_close: float) -> float:
    """Return the greatest of high - low and the distances of both from the previous close, US dollars."""
    return max(high - low, abs(high - previous_close), abs(low - previous_close))


def simple_mean(values: Sequence[float], length: int) -> float | None:
    """Return the mean of the last ``length`` values, or None while there are fewer."""
    return sum(values[-length:]) / length if len(values) >= length else None


def seeded_mean_step(previous: float, value: float, number: int, length: int, weight: float) -> float:
    """Return a recursive mean after ``value``, seeded with the simple mean of the first ``length`` values.

    Until the seed is complete this is the mean of what came so far, so no value has to be kept for seeding; the caller
    publishes it only when ``number >= length``.

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
    """Return (value / reference - 1) x 10,000."""
    return (value / reference - 1.0) * BASIS_POINTS


def spread_bps(bid: float, ask: float) -> float:
    """Return (ask - bid) / mid x 10,000."""
    return (ask - bid) / ((ask + bid) / 2.0) * BASIS_POINTS


def relative(value: float, before: Sequence[float], length: int) -> float | None:
    """Return ``value`` over the mean of the ``length`` values before it; None while warming up or when that mean is 0."""
    mean = simple_mean(before, length)
    return value / mean if mean else None
