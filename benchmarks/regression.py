"""A straight line through a series, and how far its slope can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Trend:
    """Slope per unit of time with its standard error."""

    slope: float
    error: float

    @property
    def is_flat(self) -> bool:
        """The slope lies within two standard errors of zero."""
        return abs(self.slope) <= 2 * self.error


def trend(times: ArrayLike, values: ArrayLike) -> Trend:
    """Fit by least squares.

    What a process does now it did a moment ago too, so the residuals are correlated and the textbook error is too small: it is
    widened for their correlation at lag one (effective sample size n (1 - r) / (1 + r)).
    """
    x, y = np.asarray(times, float), np.asarray(values, float)
    if len(x) < 4:
        raise ValueError(f"expected at least 4 points, found {len(x)}")
    centred = x - x.mean()
    slope = float(centred @ (y - y.mean()) / (centred @ centred))
    residuals = y - y.mean() - slope * centred
    squares = float(residuals @ residuals)
    correlation = float(residuals[1:] @ residuals[:-1] / squares) if squares > 0 else 0.0
    correlation = min(max(correlation, 0.0), 0.99)
    independent = max(len(x) * (1 - correlation) / (1 + correlation), 3.0)
    return Trend(slope, float(np.sqrt(squares / (independent - 2) / (centred @ centred))))
