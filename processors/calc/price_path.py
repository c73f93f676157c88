"""How far and how a row of prices moved: realised volatility, variance ratio."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
import numpy.typing as npt

TRADING_MINUTES_PER_YEAR = 252 * 390


def log_returns(prices: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return ln(price / price before), shape (n - 1,)."""
    return np.diff(np.log(prices))


def realised_volatility(returns: npt.NDArray[np.float64], minutes: float) -> float:
    """Return the annualised volatility, a fraction: 0.25 is 25 % a year.

    Source: Andersen, Bollerslev, Diebold, Labys, Modeling and Forecasting Realized Volatility (2003): the sum of squared returns over a time,
    here scaled to 252 sessions of 390 minutes. No mean is taken off: over minutes it is nothing but noise.

    Parameters
    ----------
    returns
        Log returns.
    minutes
        Time they span, above 0.
    """
    return sqrt(float(returns @ returns) / minutes * TRADING_MINUTES_PER_YEAR)


def drift_score(returns: npt.NDArray[np.float64]) -> float | None:
    """Return how many standard errors the mean return is from 0; None when all are equal.

    Source: Student's t statistic of one sample, as scipy.stats.ttest_1samp.
    """
    error = float(returns.std(ddof=1)) / sqrt(len(returns))
    return float(returns.mean()) / error if error > 0.0 else None


def variance_ratio(prices: npt.NDArray[np.float64], lags: int) -> tuple[float, float] | None:
    """Return the variance ratio of ``lags`` steps and its z statistic; below 1 prices turn back, above 1 they go on.

    Source: Lo, MacKinlay, Stock Market Prices Do Not Follow Random Walks (1988), overlapping and unbiased, z robust to changing volatility.

    Returns
    -------
    tuple or None
        None when prices never move or are too few.
    """
    path = np.log(prices)
    count = len(path) - 1
    if count < 2 * lags:
        return None
    mean = (path[-1] - path[0]) / count
    steps = np.diff(path) - mean
    squares = steps * steps
    total = float(squares.sum())
    if total <= 0.0:
        return None
    long_steps = path[lags:] - path[:-lags] - lags * mean
    unbiased = lags * (count - lags + 1) * (1.0 - lags / count)
    ratio = float(long_steps @ long_steps) / unbiased / (total / (count - 1))
    variance = 0.0
    for lag in range(1, lags):
        weight = 2.0 * (lags - lag) / lags
        variance += weight * weight * count * float(squares[lag:] @ squares[:-lag]) / (total * total)
    if variance <= 0.0:
        return None
    return ratio, sqrt(count) * (ratio - 1.0) / sqrt(variance)


def normal_probability(score: float) -> float:
    """Return the probability that a standard normal number lies below ``score``."""
    return 0.5 * erfc(-score / sqrt(2.0))
