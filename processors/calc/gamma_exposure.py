"""Greek exposure of dealers: by contract, strike, expiry and both, and the profile recomputed over prices.

Every function takes the dealers' position in contracts (`processors.calc.dealer_positions`): above 0 they hold the option, below 0 they wrote it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.black_scholes import Greeks
from processors.calc.black_scholes_kernel import gamma_profile_kernel
from processors.calc.gamma_chain import OptionChain

Floats = npt.NDArray[np.float64]
SHARES_A_CONTRACT = 100
_PERCENT = 0.01


class Exposures(NamedTuple):
    """By contract, US dollars.

    Attributes
    ----------
    gamma
        Change of the delta exposure for a move of the underlying by 1 %.
    delta
        Worth of the shares that behave like the position.
    vanna
        Change of the delta exposure for one point of implied volatility.
    charm
        Change of the delta exposure in a calendar day that passes.
    """

    gamma: Floats
    delta: Floats
    vanna: Floats
    charm: Floats


class StrikeMatrix(NamedTuple):
    """Sums over the contracts of each strike and expiry.

    Attributes
    ----------
    strikes, expiries
        Ascending; US dollars, and days since 1970-01-01.
    values
        One row an expiry, one column a strike; 0 where nothing is listed.
    """

    strikes: Floats
    expiries: npt.NDArray[np.int64]
    values: Floats

    @property
    def by_strike(self) -> Floats:
        return np.asarray(self.values.sum(axis=0))

    @property
    def by_expiry(self) -> Floats:
        return np.asarray(self.values.sum(axis=1))


def usd_per_percent(gamma: Floats, position: Floats, spot: float) -> Floats:
    """Return gamma exposures, US dollars for a move by 1 %.

    Source: Perfiliev, "How to Calculate Gamma Exposure" (2022): gamma x contracts x 100 x spot x spot x 0.01.
    """
    return gamma * position * (SHARES_A_CONTRACT * spot * spot * _PERCENT)


def exposures(found: Greeks, position: Floats, spot: float) -> Exposures:
    """Return the four exposures of each contract.

    Source: greek x contracts x 100 x spot, gamma as in `usd_per_percent`; vanna and charm as in Unusual Whales' definition of greek exposure.
    """
    shares = position * SHARES_A_CONTRACT * spot
    return Exposures(usd_per_percent(found.gamma, position, spot), found.delta * shares, found.vanna * shares, found.charm * shares)


def strike_matrix(strike: Floats, expiry: npt.NDArray[np.int64], values: Floats) -> StrikeMatrix:
    """Return sums by expiry and strike; over either they give the sums of the other (GEX-03)."""
    strikes, column = np.unique(strike, return_inverse=True)
    expiries, row = np.unique(expiry, return_inverse=True)
    cells = np.bincount(row * len(strikes) + column, weights=values, minlength=len(expiries) * len(strikes))
    return StrikeMatrix(strikes, expiries, np.asarray(cells, dtype=np.float64).reshape(len(expiries), len(strikes)))


def price_grid(spot: float, *, reach: float = 0.2, points: int = 81) -> Floats:
    """Return prices around a spot, evenly spaced, ``reach`` (a share of it) to either side; the middle one is the spot if ``points`` is odd."""
    return np.linspace(spot * (1 - reach), spot * (1 + reach), points)


def gamma_profile(chain: OptionChain, positions: Floats, grid: Floats, *, rate: float = 0.0, dividend_yield: float = 0.0) -> Floats:
    """Return the total gamma exposure as it would be at each price of a grid, volatilities as they are now.

    Source: Perfiliev, "How to Calculate Gamma Exposure" (2022): total gamma recomputed by Black and Scholes at hypothetical spots.

    Parameters
    ----------
    chain
        Usable contracts only.
    positions
        One row a model of dealers' positions, one column a contract.

    Returns
    -------
    US dollars for a move by 1 %, one row a model, one column a price.
    """
    rows = np.ascontiguousarray(np.atleast_2d(positions))
    totals: Floats = gamma_profile_kernel(grid, chain.strike, chain.years, chain.volatility, rows, rate, dividend_yield)
    return totals * (SHARES_A_CONTRACT * _PERCENT)
