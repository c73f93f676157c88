"""The numbers of a symbol's regime over its newest bars, and the label they lead to."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.directional import average_directional_index
from processors.calc.kalman import kalman_filter, kalman_fit
from processors.calc.price_path import drift_score, log_returns, normal_probability, realised_volatility, variance_ratio
from schemas.records import RegimeLabel

FORMULA_VERSION = "regime-1"  # another rule, another version
ADX_BARS = 14
VARIANCE_LAGS = 5
_MINUTE_US = 60_000_000.0


class RegimeBar(NamedTuple):
    """As much of a bar as the regime needs."""

    start: int  # microseconds UTC
    end: int
    high: float  # US dollars
    low: float
    close: float
    revision: int  # a late trade makes the next one


class RegimeNumbers(NamedTuple):
    """What `regime_numbers` finds; prices in US dollars, None where a number cannot be had."""

    kalman_price: float
    kalman_velocity: float  # US dollars a minute
    kalman_price_sd: float
    kalman_velocity_sd: float
    rise_probability: float | None  # that the velocity is above 0; None for a price that never moved
    drift_score: float | None  # standard errors of the mean return from 0
    realised_volatility: float  # a fraction a year
    adx: float
    variance_ratio: float | None
    variance_ratio_score: float | None


class RegimeRule(NamedTuple):
    """From where on a symbol trends, turns back or is volatile; the settings say what each means."""

    trend_adx: float
    trend_score: float
    reversion_score: float
    volatile_rank: float


def regime_numbers(bars: npt.NDArray[np.void], return_bars: int) -> RegimeNumbers:
    """Measure a window of bars.

    Parameters
    ----------
    bars
        Rows of `RegimeBar`, oldest first, at least ``2 * ADX_BARS``.
    return_bars
        Returns of so many newest bars make the realised volatility and the drift.
    """
    close = np.ascontiguousarray(bars["close"])
    minutes = (bars["end"] - bars["end"][0]) / _MINUTE_US
    noise, drift = kalman_fit(minutes, close)
    filtered = kalman_filter(minutes, close, noise=noise, drift=drift) if noise > 0.0 else None
    if filtered is None:
        price, velocity, price_sd, velocity_sd = float(close[-1]), 0.0, 0.0, 0.0
    else:
        price, velocity = float(filtered.price[-1]), float(filtered.velocity[-1])
        price_sd, velocity_sd = sqrt(filtered.price_variance[-1]), sqrt(filtered.velocity_variance[-1])
    score = velocity / velocity_sd if velocity_sd > 0.0 else None
    first = max(0, len(close) - 1 - return_bars)
    ratio = variance_ratio(close, VARIANCE_LAGS)
    returns = log_returns(close[first:])
    return RegimeNumbers(
        price, velocity, price_sd, velocity_sd, None if score is None else normal_probability(score), drift_score(returns),
        realised_volatility(returns, float(minutes[-1] - minutes[first])),
        float(average_directional_index(np.ascontiguousarray(bars["high"]), np.ascontiguousarray(bars["low"]), close, ADX_BARS)),
        None if ratio is None else ratio[0], None if ratio is None else ratio[1],
    )  # fmt: skip


def rank_among(value: float, earlier: npt.NDArray[np.float64], at_least: int) -> float | None:
    """Return the share of ``earlier`` values below ``value``, 0 to 1, ties counted half; None with fewer than ``at_least``.

    Source: the mean kind of percentile rank, as scipy.stats.percentileofscore.
    """
    if len(earlier) < at_least:
        return None
    return float(((earlier < value).sum() + (earlier <= value).sum()) / (2.0 * len(earlier)))


def label_of(numbers: RegimeNumbers, volatility_rank: float | None, rule: RegimeRule) -> RegimeLabel:
    """Return the first label that fits: a trend, a price that turns back, then by volatility; UNKNOWN without a rank of it.

    Source: our own rule over published measures: a trend needs strength (Wilder's ADX) and a direction that is more than noise
    (Student's t of the returns); turning back is the rejection of a random walk by the variance ratio test.
    """
    if numbers.drift_score is not None and numbers.adx >= rule.trend_adx and abs(numbers.drift_score) >= rule.trend_score:
        return RegimeLabel.TRENDING_UP if numbers.drift_score > 0.0 else RegimeLabel.TRENDING_DOWN
    if numbers.variance_ratio_score is not None and numbers.variance_ratio_score <= -rule.reversion_score:
        return RegimeLabel.MEAN_REVERTING
    if volatility_rank is None:
        return RegimeLabel.UNKNOWN
    return RegimeLabel.VOLATILE if volatility_rank >= rule.volatile_rank else RegimeLabel.CALM
