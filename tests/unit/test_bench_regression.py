"""The soak's line: it finds a slope that is there, and does not see one in noise that remembers itself."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.regression import trend


def ordinary(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and textbook error."""
    coefficients, covariance = np.polyfit(x, y, 1, cov=True)
    return float(coefficients[0]), float(np.sqrt(covariance[0, 0]))


def test_without_memory_it_is_ordinary_least_squares() -> None:
    """Compared with numpy; residuals whose correlation is not positive leave the error as it is."""
    x = np.arange(40.0)
    y = 3.0 + 0.25 * x + np.where(x % 2, 1.0, -1.0)
    found = trend(x, y)
    slope, error = ordinary(x, y)
    assert found.slope == pytest.approx(slope)
    assert found.error == pytest.approx(error)
    assert not found.is_flat


def test_noise_that_remembers_itself_is_no_trend() -> None:
    """An autoregressive series around a level: the textbook error calls a good part of these a slope, the widened one few."""
    random = np.random.default_rng(5)
    told, textbook = 0, 0
    for _ in range(200):
        level, series = 0.0, []
        for step in random.normal(size=180):
            level = 0.9 * level + step
            series.append(level)
        told += not trend(np.arange(180), series).is_flat
        slope, error = ordinary(np.arange(180.0), np.array(series))
        textbook += abs(slope) > 2 * error
    assert textbook > 80
    assert told < 30


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        trend([1, 2, 3], [1, 2, 3])
