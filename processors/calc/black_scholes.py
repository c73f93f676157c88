"""Value and greeks of European options with a continuous dividend yield, and the volatility a price implies.

American options of stocks and funds are taken as European. What that costs is measured and stated in docs/gamma.md: it is the
premium of exercising early, which in-the-money puts carry at high rates and in-the-money calls before a dividend; out of the money, where
gamma exposure is read, it is small.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.black_scholes_kernel import greeks_kernel, implied_volatility_kernel

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_DAYS_A_YEAR = 365.0
_POINT = 0.01


class Greeks(NamedTuple):
    """Of one contract on one share; NaN where time, volatility, spot or strike is not above 0.

    Attributes
    ----------
    value
        US dollars.
    delta
        -1 to 1.
    gamma
        Change of delta for a dollar.
    vega
        US dollars for one point (0.01) of volatility.
    theta
        US dollars a calendar day.
    vanna
        Change of delta for one point (0.01) of volatility.
    charm
        Change of delta in a calendar day that passes.
    """

    value: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    vanna: Floats
    charm: Floats


def greeks(
    spot: npt.ArrayLike, strike: Floats, years: Floats, volatility: Floats, is_call: Flags, *, rate: float = 0.0, dividend_yield: float = 0.0
) -> Greeks:
    """Return value and greeks.

    Source: Black and Scholes, "The Pricing of Options and Corporate Liabilities" (1973), with Merton's dividend yield (1973); greeks as in
    Haug, "The Complete Guide to Option Pricing Formulas" (2007), chapter 2.

    Parameters
    ----------
    spot
        US dollars, one or one a contract.
    years
        To expiry.
    volatility
        A year; a fraction.
    rate, dividend_yield
        A year, continuously compounded; fractions.
    """
    found = greeks_kernel(_one_each(spot, strike), strike, years, volatility, is_call, rate, dividend_yield)
    found[3] *= _POINT
    found[4] /= _DAYS_A_YEAR
    found[5] *= _POINT
    found[6] /= _DAYS_A_YEAR
    return Greeks(*found)


def implied_volatility(
    price: Floats, spot: npt.ArrayLike, strike: Floats, years: Floats, is_call: Flags, *, rate: float = 0.0, dividend_yield: float = 0.0
) -> Floats:
    """Return the volatility a year at which an option is worth its price; NaN where the price lies outside what any volatility gives.

    Source: Black and Scholes (1973) with Merton's dividend yield, solved by bisection between 0.01 % and 2,000 % a year.
    """
    found: Floats = implied_volatility_kernel(price, _one_each(spot, strike), strike, years, is_call, rate, dividend_yield)
    return found


def _one_each(spot: npt.ArrayLike, strike: Floats) -> Floats:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(spot, dtype=np.float64), strike.shape))
