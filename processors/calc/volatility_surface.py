"""Implied volatility over moneyness and time, and what it says beside a volatility index."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.gamma_chain import OptionChain

Floats = npt.NDArray[np.float64]
MONEYNESS = (-0.2, -0.1, -0.05, -0.025, 0.0, 0.025, 0.05, 0.1, 0.2)


class VolatilitySurface(NamedTuple):
    """Rows are expiries, columns moneyness ln(strike / spot); NaN where no strikes surround the point."""

    expiries: npt.NDArray[np.int64]
    moneyness: Floats
    volatility: Floats

    def points(self, expiries: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
        """Return expiry, moneyness and volatility of the points that are known, of some expiries, one after the other."""
        rows, columns = np.nonzero(~np.isnan(self.volatility) & np.isin(self.expiries, expiries)[:, None])
        return self.expiries[rows], self.moneyness[columns], self.volatility[rows, columns]


def volatility_surface(chain: OptionChain, spot: float, moneyness: tuple[float, ...] = MONEYNESS) -> VolatilitySurface:
    """Return the surface of the options out of the money: puts below the spot, calls above.

    Source: linear interpolation in ln(strike / spot) within an expiry; out of the money as in Cboe's volatility index white paper.
    """
    out = (chain.volatility > 0) & (chain.years > 0) & np.where(chain.is_call, chain.strike >= spot, chain.strike <= spot)
    used = chain.part(out)
    expiries = np.unique(used.expiry)
    points = np.array(moneyness)
    rows = np.full((len(expiries), len(points)), np.nan)
    for number, expiry in enumerate(expiries):
        of_expiry = used.part(used.expiry == expiry)
        strikes, place = np.unique(of_expiry.strike, return_inverse=True)
        mean = np.bincount(place, weights=of_expiry.volatility) / np.bincount(place)
        rows[number] = np.interp(points, np.log(strikes / spot), mean, left=np.nan, right=np.nan)
    return VolatilitySurface(expiries, points, rows)


def index_gap(volatility_30d: float, volatility_index: float) -> float:
    """Return a volatility index such as the VIX minus the 30-day volatility at the money, in points.

    Source: Cboe's index is the 30-day volatility of the whole smile, ours (a fraction a year) that at the money: the gap is the price of the wings.
    """
    return volatility_index - volatility_30d * 100
