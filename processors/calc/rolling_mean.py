"""The mean of something that stands until it changes: each value counts for as long as it stood."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from processors.calc.depth import Floats

Times = npt.NDArray[np.int64]


def time_weighted_mean(times: Times, values: Floats, ends: Times, length: int, life: int | None = None) -> Floats:
    """Return the time-weighted mean over ``[end - length, end)`` for each of ``ends``.

    A value stands from its time until the next one's, but no longer than ``life``: a book that nobody confirmed for so long is not known to
    stand. Time in which a value is NaN, or nothing stands, is left out of the mean; NaN where nothing is left.

    Parameters
    ----------
    times
        When each value began to stand, rising; any unit of time. Of equal times the last counts.
    values
        The values.
    ends
        Ends of the windows, same unit.
    length
        Length of each window, same unit.
    life
        How long a value stands that no other follows, same unit; ``length`` without it.

    Source: time-weighted average of a step function, e.g. of quoted spreads in Huang and Stoll, Journal of Financial Economics 41 (1996).
    """
    if not len(times):
        return np.full(len(ends), np.nan)
    life = length if life is None else life
    until = np.minimum(np.append(times[1:], times[-1] + life), times + life)
    known = np.isfinite(values)
    # Two running integrals, of the value and of the time it is known, read off at both ends of the window.
    weight = np.where(known, until - times, 0).astype(np.float64)
    areas = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0) * weight)))
    spans = np.concatenate(([0.0], np.cumsum(weight)))
    heights, rates = np.where(known, values, 0.0), known.astype(np.float64)

    def integral(at: Times) -> tuple[Floats, Floats]:
        place = np.searchsorted(times, at, side="right") - 1
        inside = np.maximum(place, 0)
        passed = np.where(place >= 0, np.clip(at - times[inside], 0, until[inside] - times[inside]), 0)
        return areas[inside] + heights[inside] * passed, spans[inside] + rates[inside] * passed

    (area, span), (area_before, span_before) = integral(ends), integral(ends - length)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(span > span_before, (area - area_before) / (span - span_before), np.nan)
