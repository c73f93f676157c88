"""Black and Scholes with a dividend yield over arrays, as compiled loops; the functions that are called live in `processors.calc.black_scholes`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_FAR = 12.0  # standard deviations beyond which a density adds nothing to a sum of doubles
_LEAST, _MOST = 1e-4, 20.0  # volatilities a year between which a solution is looked for
_STEPS = 100


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def greeks_kernel(spot: Any, strike: Any, years: Any, volatility: Any, is_call: Any, rate: float, dividend_yield: float) -> Any:
    """Return rows value, delta, gamma, vega, theta, vanna, charm; NaN where time or volatility is not above 0."""
    count = len(strike)
    found = np.full((7, count), np.nan)
    for i in range(count):
        time, sigma, price = years[i], volatility[i], spot[i]
        if not (time > 0 and sigma > 0 and price > 0 and strike[i] > 0):
            continue
        sign = 1.0 if is_call[i] else -1.0
        root = math.sqrt(time)
        deviation = sigma * root
        d1 = (math.log(price / strike[i]) + (rate - dividend_yield + sigma * sigma / 2) * time) / deviation
        d2 = d1 - deviation
        density = math.exp(-d1 * d1 / 2) / _ROOT_TWO_PI
        carried, discount = math.exp(-dividend_yield * time), math.exp(-rate * time)
        below1 = 0.5 * math.erfc(-sign * d1 / math.sqrt(2.0))
        below2 = 0.5 * math.erfc(-sign * d2 / math.sqrt(2.0))
        found[0, i] = sign * (price * carried * below1 - strike[i] * discount * below2)
        found[1, i] = sign * carried * below1
        found[2, i] = carried * density / (price * deviation)
        found[3, i] = price * carried * density * root
        found[4, i] = (
            -price * carried * density * sigma / (2 * root)
            + sign * dividend_yield * price * carried * below1
            - sign * rate * strike[i] * discount * below2
        )
        found[5, i] = -carried * density * d2 / sigma
        drift = density * (2 * (rate - dividend_yield) * time - d2 * deviation) / (2 * time * deviation)
        found[6, i] = sign * dividend_yield * carried * below1 - carried * drift
    return found


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def gamma_profile_kernel(grid: Any, strike: Any, years: Any, volatility: Any, weights: Any, rate: float, dividend_yield: float) -> Any:
    """Return sums of weight x gamma x spot x spot, one row a row of ``weights`` and one column a spot of ``grid``.

    The gamma of a contract is computed once a spot for all weights: an exponential costs more than all else.
    """
    models, count = weights.shape
    log_strike, shift, deviation, scale = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    for i in range(count):
        deviation[i] = volatility[i] * math.sqrt(years[i])
        log_strike[i] = math.log(strike[i])
        shift[i] = (rate - dividend_yield + volatility[i] * volatility[i] / 2) * years[i]
        scale[i] = math.exp(-dividend_yield * years[i]) / (_ROOT_TWO_PI * deviation[i])
    totals = np.zeros((models, len(grid)))
    for place in range(len(grid)):
        log_spot = math.log(grid[place])
        for i in range(count):
            d1 = (log_spot - log_strike[i] + shift[i]) / deviation[i]
            if -_FAR < d1 < _FAR:
                unit = scale[i] * math.exp(-d1 * d1 / 2)
                for model in range(models):
                    totals[model, place] += weights[model, i] * unit
        for model in range(models):
            totals[model, place] *= grid[place]
    return totals


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _value(spot: float, strike: float, time: float, sigma: float, sign: float, rate: float, dividend_yield: float) -> float:
    deviation = sigma * math.sqrt(time)
    d1 = (math.log(spot / strike) + (rate - dividend_yield + sigma * sigma / 2) * time) / deviation
    below1 = 0.5 * math.erfc(-sign * d1 / math.sqrt(2.0))
    below2 = 0.5 * math.erfc(-sign * (d1 - deviation) / math.sqrt(2.0))
    return sign * (spot * math.exp(-dividend_yield * time) * below1 - strike * math.exp(-rate * time) * below2)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def implied_volatility_kernel(price: Any, spot: Any, strike: Any, years: Any, is_call: Any, rate: float, dividend_yield: float) -> Any:
    """Return the volatility whose value is the price, by bisection; NaN where none between the limits gives it."""
    found = np.full(len(price), np.nan)
    for i in range(len(price)):
        if not (price[i] > 0 and years[i] > 0 and spot[i] > 0 and strike[i] > 0):
            continue
        sign = 1.0 if is_call[i] else -1.0
        low, high = _LEAST, _MOST
        if not (
            _value(spot[i], strike[i], years[i], low, sign, rate, dividend_yield) < price[i]
            and price[i] < _value(spot[i], strike[i], years[i], high, sign, rate, dividend_yield)
        ):
            continue
        for _ in range(_STEPS):
            middle = (low + high) / 2
            if _value(spot[i], strike[i], years[i], middle, sign, rate, dividend_yield) < price[i]:
                low = middle
            else:
                high = middle
            if high - low < 1e-13:
                break
        found[i] = (low + high) / 2
    return found
