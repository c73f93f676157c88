"""The price and its velocity, filtered out of noisy closes at irregular moments, with the uncertainty of both.

The model: the velocity is a random walk in continuous time, the price its integral, each observation the price plus noise.

    price(t + d) = price(t) + d velocity(t) + w1,   velocity(t + d) = velocity(t) + w2,   observed = price + e,   var(e) = noise
    var(w) = drift [[d^3 / 3, d^2 / 2], [d^2 / 2, d]]

Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), 6.2.2, continuous white noise
acceleration; the filter: Kalman (1960); the likelihood of its innovations: Harvey, Forecasting, Structural Time Series Models (1989), 3.4.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

# Drift over noise, in 1 / minutes^3: from a line to a walk. The most likely one is taken; finer steps change a filtered price by less than its error.
RATIOS = np.array([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0])
_FIRST_VELOCITY = 1e4  # variance of the unknown first velocity, in variances of the noise a minute^2


class Filtered(NamedTuple):
    """What is known after each observation; arrays of shape (n,).

    Attributes
    ----------
    price
        In the unit of the observations.
    velocity
        Unit a minute.
    price_variance, velocity_variance
        Of the two, squared units; the 95 % band is 1.96 roots either way.
    log_likelihood
        Of the observations after the first.
    """

    price: npt.NDArray[np.float64]
    velocity: npt.NDArray[np.float64]
    price_variance: npt.NDArray[np.float64]
    velocity_variance: npt.NDArray[np.float64]
    log_likelihood: float


def kalman_filter(minutes: npt.ArrayLike, observed: npt.ArrayLike, *, noise: float, drift: float) -> Filtered:
    """Filter observations with known variances.

    Parameters
    ----------
    minutes
        Moments, minutes, increasing, shape (n,).
    observed
        Prices, shape (n,).
    noise
        Variance of an observation around the price, above 0.
    drift
        Variance of the velocity's change a minute, squared unit per minute^3.
    """
    return Filtered(*_filter(np.asarray(minutes, np.float64), np.asarray(observed, np.float64), noise, drift))


def kalman_fit(minutes: npt.ArrayLike, observed: npt.ArrayLike) -> tuple[float, float]:
    """Return the most likely noise and drift: the noise in closed form from the innovations, drift / noise the best of `RATIOS`.

    Prices that never move have neither: 0 and 0.
    """
    return tuple(_fit(np.asarray(minutes, np.float64), np.asarray(observed, np.float64), RATIOS))


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _filter(minutes: Any, observed: Any, noise: float, drift: float) -> Any:
    count = len(observed)
    prices, velocities, price_variances, velocity_variances = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    price, velocity = observed[0], 0.0
    pp, pv, vv = noise, 0.0, _FIRST_VELOCITY * noise
    likelihood = 0.0
    for i in range(count):
        if i > 0:
            d = minutes[i] - minutes[i - 1]
            price += d * velocity
            pp += d * (2.0 * pv + d * vv) + drift * d * d * d / 3.0
            pv += d * vv + drift * d * d / 2.0
            vv += drift * d
            spread = pp + noise
            gain_price, gain_velocity = pp / spread, pv / spread
            surprise = observed[i] - price
            price += gain_price * surprise
            velocity += gain_velocity * surprise
            vv -= gain_velocity * pv
            pv *= noise / spread
            pp *= noise / spread
            likelihood -= 0.5 * (np.log(2.0 * np.pi * spread) + surprise * surprise / spread)
        prices[i], velocities[i], price_variances[i], velocity_variances[i] = price, velocity, pp, vv
    return prices, velocities, price_variances, velocity_variances, likelihood


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _fit(minutes: Any, observed: Any, ratios: Any) -> Any:
    best, noise, drift = -np.inf, 0.0, 0.0
    count = len(observed)
    for ratio in ratios:
        # With the noise as the unit the filter's gains do not depend on it: one pass gives its most likely value.
        price, velocity = observed[0], 0.0
        pp, pv, vv = 1.0, 0.0, _FIRST_VELOCITY
        squares, logs = 0.0, 0.0
        for i in range(1, count):
            d = minutes[i] - minutes[i - 1]
            price += d * velocity
            pp += d * (2.0 * pv + d * vv) + ratio * d * d * d / 3.0
            pv += d * vv + ratio * d * d / 2.0
            vv += ratio * d
            spread = pp + 1.0
            gain_price, gain_velocity = pp / spread, pv / spread
            surprise = observed[i] - price
            price += gain_price * surprise
            velocity += gain_velocity * surprise
            vv -= gain_velocity * pv
            pv /= spread
            pp /= spread
            squares += surprise * surprise / spread
            logs += np.log(spread)
        if squares <= 0.0:
            return 0.0, 0.0
        variance = squares / (count - 1)
        likelihood = -0.5 * ((count - 1) * np.log(variance) + logs)
        if likelihood > best:
            best, noise, drift = likelihood, variance, ratio * variance
    return noise, drift
