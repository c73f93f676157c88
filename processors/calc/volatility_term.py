"""Implied volatility at the money by expiry, and what it says of a horizon such as tomorrow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.gamma_chain import OptionChain

Floats = npt.NDArray[np.float64]


class TermStructure(NamedTuple):
    """Ascending by expiry; expiries without a volatility on either side of the money are left out.

    Attributes
    ----------
    expiry
        Days since 1970-01-01.
    years
        To expiry.
    volatility
        At the money, a year, a fraction.
    """

    expiry: npt.NDArray[np.int64]
    years: Floats
    volatility: Floats


def term_structure(chain: OptionChain, spot: float) -> TermStructure:
    """Return the volatility at the spot of each expiry: calls and puts of a strike averaged, between strikes interpolated.

    Source: linear interpolation between the two strikes around the spot; at the end of the strikes the last one, if it is within 5 %.
    """
    rows: list[tuple[int, float, float]] = []
    good = (chain.volatility > 0) & (chain.years > 0)
    for expiry in np.unique(chain.expiry[good]):
        of_expiry = good & (chain.expiry == expiry)
        strikes, place = np.unique(chain.strike[of_expiry], return_inverse=True)
        mean = np.bincount(place, weights=chain.volatility[of_expiry]) / np.bincount(place)
        if strikes[0] <= spot <= strikes[-1] or np.abs(strikes - spot).min() <= 0.05 * spot:
            rows.append((int(expiry), float(chain.years[of_expiry][0]), float(np.interp(spot, strikes, mean))))
    expiries, years, volatility = zip(*rows, strict=True) if rows else ((), (), ())
    return TermStructure(np.array(expiries, np.int64), np.array(years, float), np.array(volatility, float))


def volatility_at(term: TermStructure, years: float) -> float | None:
    """Return the volatility of a horizon, None without a term structure.

    Source: total variance volatility x volatility x years is linear between expiries, as in Cboe's volatility index white paper; outside them
    the volatility of the nearest expiry holds.
    """
    if not len(term.years):
        return None
    if years <= term.years[0]:
        return float(term.volatility[0])
    if years >= term.years[-1]:
        return float(term.volatility[-1])
    return float(np.sqrt(np.interp(years, term.years, term.volatility**2 * term.years) / years))


def expected_move(spot: float, volatility: float, years: float) -> float:
    """Return one standard deviation of the price over a horizon, US dollars.

    Source: spot x volatility x sqrt(years), Black and Scholes (1973).
    """
    return float(spot * volatility * np.sqrt(years))
