"""Numbers of a symbol's regime, and the volatility models."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.numbers.number import Compared, number
from processors.calc.directional import average_directional_index
from processors.calc.kalman import kalman_filter, kalman_fit
from processors.calc.price_path import drift_score, log_returns, realised_volatility, variance_ratio
from processors.calc.regime import rank_among
from processors.estimation.garch import fit_garch

_WINDOWS = 200
_BARS = 61
_WALKS = "200 seeded walks of 61 minute bars, some minutes missing"
_NOISE, _DRIFT = 0.0025, 1e-4
Floats = npt.NDArray[np.float64]


@lru_cache
def _windows() -> list[tuple[Floats, Floats, Floats, Floats]]:
    """Return minutes, high, low and close of each window."""
    dice = np.random.default_rng(21)
    made = []
    for _ in range(_WINDOWS):
        minutes = np.cumsum(dice.choice([1.0, 1.0, 1.0, 2.0, 4.0], _BARS))
        steps = dice.normal(dice.normal(0.0, 2e-4), dice.uniform(1e-4, 3e-3), _BARS)
        close = dice.uniform(1.0, 500.0) * np.exp(np.cumsum(steps))
        high, low = (close * np.exp(sign * np.abs(dice.normal(0.0, 1e-3, _BARS))) for sign in (1.0, -1.0))
        made.append((minutes, high, low, close))
    return made


def _statsmodels(minutes: Floats, close: Floats, noise: float, drift: float) -> Any:
    """Run statsmodels' Kalman filter on the same model; its matrices differ from step to step as the minutes do."""
    from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

    step = np.diff(minutes)
    count = len(step)
    transition, noise_of_state = np.zeros((2, 2, count)), np.zeros((2, 2, count))
    transition[0, 0], transition[1, 1], transition[0, 1] = 1.0, 1.0, step
    noise_of_state[0, 0], noise_of_state[1, 1] = drift * step**3 / 3, drift * step
    noise_of_state[0, 1] = noise_of_state[1, 0] = drift * step**2 / 2
    # Both begin with the first observation; theirs wants what that predicts for the second.
    first = transition[:, :, 0] @ np.diag([noise, 1e4 * noise]) @ transition[:, :, 0].T + noise_of_state[:, :, 0]
    model = KalmanFilter(k_endog=1, k_states=2, k_posdef=2)
    model.bind(np.ascontiguousarray(close[1:]))
    model["design"], model["obs_cov"] = np.array([[1.0, 0.0]]), np.array([[noise]])
    # A matrix of theirs leads from its moment to the next one.
    following = [*range(1, count), count - 1]
    model["transition"], model["selection"], model["state_cov"] = transition[:, :, following], np.eye(2), noise_of_state[:, :, following]
    model.initialize_known(np.array([close[0], 0.0]), first)
    return model.filter()


@lru_cache
def _filtered() -> list[tuple[Any, Any]]:
    pairs = []
    for minutes, _, _, close in _windows()[:60]:
        noise, drift = kalman_fit(minutes, close)
        pairs.append((kalman_filter(minutes, close, noise=noise, drift=drift), _statsmodels(minutes, close, noise, drift)))
    return pairs


_KALMAN: Any = {"of": kalman_filter, "reference": "statsmodels, KalmanFilter with the same matrices", "data": f"60 of {_WALKS}", "relative": True}


@number(title="Filtered price", unit="US dollars", tolerance=1e-10, **_KALMAN)
def kalman_price() -> Compared:
    return np.array([ours.price[1:] for ours, _ in _filtered()]), np.array([theirs.filtered_state[0] for _, theirs in _filtered()])


@number(title="Filtered velocity", unit="standard deviations of it", tolerance=1e-7, **{**_KALMAN, "relative": False})
def kalman_velocity() -> Compared:
    sd = np.array([np.sqrt(theirs.filtered_state_cov[1, 1]) for _, theirs in _filtered()])
    return np.array([ours.velocity[1:] for ours, _ in _filtered()]) / sd, np.array([theirs.filtered_state[1] for _, theirs in _filtered()]) / sd


@number(title="Standard deviation of the filtered price", unit="US dollars", tolerance=1e-9, **_KALMAN)
def kalman_price_sd() -> Compared:
    return np.sqrt([ours.price_variance[1:] for ours, _ in _filtered()]), np.sqrt([theirs.filtered_state_cov[0, 0] for _, theirs in _filtered()])


@number(title="Log likelihood of the fitted filter", unit="nats", tolerance=1e-7, **{**_KALMAN, "relative": False})
def kalman_likelihood() -> Compared:
    ours = [ours.log_likelihood for ours, _ in _filtered()]
    return np.array(ours), np.array([theirs.llf_obs.sum() for _, theirs in _filtered()])


@number(
    title="Share of true prices inside the filter's 95 % band", unit="share, 0 to 1", of=kalman_filter, reference="the simulated truth: 0.95",
    data="1,500 simulated paths of 60 irregular steps", tolerance=0.01,
)  # fmt: skip
def kalman_coverage() -> Compared:
    dice = np.random.default_rng(5)
    inside = 0
    for _ in range(1_500):
        step = dice.choice([1.0, 1.0, 2.0, 5.0], 60)
        # The two parts of the state's noise, by the Cholesky factor of their covariance.
        first, second = dice.standard_normal((2, 60)) * np.sqrt(_DRIFT)
        change, shift = np.sqrt(step) * first, step**1.5 * (first / 2 + second / sqrt(12.0))
        velocity = dice.normal(0.0, 0.02) + np.cumsum(np.append(0.0, change[:-1]))
        truth = 50.0 + np.cumsum(velocity * step + shift)
        found = kalman_filter(np.cumsum(step), truth + dice.normal(0.0, sqrt(_NOISE), 60), noise=_NOISE, drift=_DRIFT)
        inside += int((np.abs(found.price - truth) <= 1.96 * np.sqrt(found.price_variance)).sum())
    return np.array([inside / (1_500 * 60)]), np.array([0.95])


@number(
    title="Realised volatility, annualised", unit="fraction a year", of=realised_volatility, reference="pandas, rolling sum of squared log returns",
    data=_WALKS, tolerance=1e-12, relative=True,
)  # fmt: skip
def volatility() -> Compared:
    ours = [realised_volatility(log_returns(close[-31:]), float(minutes[-1] - minutes[-31])) for minutes, _, _, close in _windows()]
    theirs = []
    for minutes, _, _, close in _windows():
        squares = pd.Series(np.log(close)).diff().pow(2).rolling(30).sum().iloc[-1]
        theirs.append(sqrt(squares / (minutes[-1] - minutes[-31]) * 252 * 390))
    return np.array(ours), np.array(theirs)


@number(title="ADX 14", unit="0 to 100", of=average_directional_index, reference="TA-Lib, ADX", data=_WALKS, tolerance=1e-9)
def adx() -> Compared:
    import talib

    return (
        np.array([average_directional_index(high, low, close, 14) for _, high, low, close in _windows()]),
        np.array([talib.ADX(high, low, close, 14)[-1] for _, high, low, close in _windows()]),
    )


@lru_cache
def _ratios() -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    from arch.unitroot import VarianceRatio

    ours = [variance_ratio(close, 5) or (np.nan, np.nan) for _, _, _, close in _windows()]
    tests = [VarianceRatio(np.log(close), lags=5, overlap=True, debiased=True, robust=True) for _, _, _, close in _windows()]
    return ours, [(float(test.vr), float(test.stat)) for test in tests]


@number(title="Variance ratio of 5 bars", unit="ratio", of=variance_ratio, reference="arch, VarianceRatio", data=_WALKS, tolerance=1e-9)
def ratio() -> Compared:
    return tuple(np.array([pair[0] for pair in side]) for side in _ratios())  # type: ignore[return-value]


@number(title="z of the variance ratio", unit="standard deviations", of=variance_ratio, reference="arch, VarianceRatio", data=_WALKS, tolerance=1e-8)
def ratio_score() -> Compared:
    return tuple(np.array([pair[1] for pair in side]) for side in _ratios())  # type: ignore[return-value]


@number(title="Drift of the returns", unit="standard errors", of=drift_score, reference="scipy, ttest_1samp", data=_WALKS, tolerance=1e-9)
def drift() -> Compared:
    from scipy.stats import ttest_1samp

    returns = [log_returns(close[-31:]) for _, _, _, close in _windows()]
    return np.array([drift_score(row) for row in returns]), np.array([ttest_1samp(row, 0.0).statistic for row in returns])


@number(
    title="Rank of the volatility", unit="share, 0 to 1", of=rank_among, reference="scipy, percentileofscore (mean)", data="200 values with ties",
    tolerance=1e-12,
)  # fmt: skip
def rank() -> Compared:
    from scipy.stats import percentileofscore

    values = np.random.default_rng(3).integers(0, 40, 261) / 100.0
    ours = [rank_among(values[place], values[:place], 60) for place in range(61, 261)]
    return np.array(ours, dtype=float), np.array([percentileofscore(values[:place], values[place], kind="mean") / 100 for place in range(61, 261)])


@number(
    title="GARCH(1,1): alpha, beta", unit="share", of=fit_garch, reference="planted: 0.08 and 0.90", data="12,000 simulated returns", tolerance=0.02,
)  # fmt: skip
def garch() -> Compared:
    dice = np.random.default_rng(3)
    returns, variance = np.empty(12_000), 1e-4
    for place in range(len(returns)):
        returns[place] = sqrt(variance) * dice.standard_normal()
        variance = 2e-6 + 0.08 * returns[place] ** 2 + 0.90 * variance
    found = fit_garch(returns)
    assert found is not None
    return np.array([found.alpha, found.beta]), np.array([0.08, 0.90])
