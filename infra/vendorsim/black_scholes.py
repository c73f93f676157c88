"""European option values and Greeks by Black and Scholes (1973): the simulator's only source of them, over arrays."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RATE = 0.04
_DAYS_A_YEAR = 365.0
_erf = np.frompyfunc(math.erf, 1, 1)


class Greeks(NamedTuple):
    """Value and sensitivities of one contract on one share.

    Attributes
    ----------
    value
        US dollars.
    theta
        US dollars a calendar day.
    vega, rho
        US dollars for one point (0.01) of volatility or rate.
    vanna
        Change of delta for 1.00 of volatility.
    charm
        Change of delta a year.
    """

    value: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats
    vanna: Floats
    charm: Floats


def greeks(spot: Floats | float, strike: Floats, years: Floats, volatility: Floats, is_call: NDArray[np.bool_]) -> Greeks:
    """Return the Greeks of options without dividends.

    Parameters
    ----------
    years
        Time to expiry, above 0.
    volatility
        A year, above 0.
    """
    root = np.sqrt(years)
    d1 = (np.log(spot / strike) + (RATE + volatility**2 / 2) * years) / (volatility * root)
    d2 = d1 - volatility * root
    density = np.exp(-(d1**2) / 2) / math.sqrt(2 * math.pi)
    discounted = strike * np.exp(-RATE * years)
    sign = np.where(is_call, 1.0, -1.0)
    below1, below2 = _normal(sign * d1), _normal(sign * d2)
    gamma = density / (spot * volatility * root)
    return Greeks(
        value=sign * (spot * below1 - discounted * below2),
        delta=sign * below1,
        gamma=gamma,
        theta=(-spot * density * volatility / (2 * root) - sign * RATE * discounted * below2) / _DAYS_A_YEAR,
        vega=spot * density * root / 100,
        rho=sign * discounted * years * below2 / 100,
        vanna=-density * d2 / volatility,
        charm=-density * (2 * RATE * years - d2 * volatility * root) / (2 * years * volatility * root),
    )


def _normal(x: Floats) -> Floats:
    return 0.5 * (1 + np.asarray(_erf(x / math.sqrt(2)), dtype=np.float64))
