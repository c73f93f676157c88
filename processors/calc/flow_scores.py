"""How unusual a value is among those before it, and where a series goes."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

STANDS_OUT_ABOVE = 2.0
"""Standard deviations above which a score stands out (FLW-02, FLW-06)."""

_FLAT = 1e-12  # a spread below this share of the values is rounding


def standard_score(newest: float, earlier: Sequence[float] | npt.NDArray[np.float64], least: int) -> float | None:
    """Return (newest - mean) / standard deviation of the earlier values; None with fewer than ``least`` of them, or when they do not differ.

    The newest value is not among those it is measured with: one that is far away would hide itself in their deviation.

    Source: standard score with the sample deviation (divisor n - 1); scipy.stats.zmap(newest, earlier, ddof=1).
    """
    values = np.asarray(earlier, dtype=np.float64)
    if len(values) < max(least, 2):
        return None
    mean = float(values.mean())
    deviation = sqrt(float(((values - mean) ** 2).sum()) / (len(values) - 1))
    if deviation <= _FLAT * max(1.0, abs(mean)):
        return None
    return (newest - mean) / deviation


def stands_out(score: float | None, above: float = STANDS_OUT_ABOVE) -> bool:
    """Tell whether a score lies more than so many deviations from the mean, either way: 2.1 does, 2.0 does not."""
    return score is not None and abs(score) > above


def slope(values: Sequence[float] | npt.NDArray[np.float64]) -> float | None:
    """Return the least-squares slope of values at places 0, 1, 2 ...; None with fewer than two.

    Source: ordinary least squares, sum((x - mean x)(y - mean y)) / sum((x - mean x)^2); scipy.stats.linregress.
    """
    y = np.asarray(values, dtype=np.float64)
    if len(y) < 2:
        return None
    centred = np.arange(len(y)) - (len(y) - 1) / 2
    return float((centred * (y - y.mean())).sum() / (centred * centred).sum())
