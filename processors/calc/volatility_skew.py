"""How much dearer puts are than calls of the same delta, and whether that has moved out of its habit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.black_scholes import greeks
from processors.calc.gamma_chain import OptionChain

Floats = npt.NDArray[np.float64]
DAYS = 20
_ROUNDING = 1e-9


class SkewShift(NamedTuple):
    """The newest skew against the days before it.

    Attributes
    ----------
    current, average
        Fractions of volatility a year.
    shift
        Standard deviations (of the sample) from the average; None while it does not vary.
    """

    current: float
    average: float
    shift: float | None

    def fires(self, limit: float = 1.0) -> bool:
        """Tell whether it moved by more than the limit: 1.01 does, 0.99 does not (GEX-09)."""
        return self.shift is not None and abs(self.shift) > limit + _ROUNDING


def risk_reversal(
    chain: OptionChain, spot: float, days: float = 30.0, delta: float = 0.25, *, rate: float = 0.0, dividend_yield: float = 0.0
) -> float | None:
    """Return the volatility of puts minus that of calls at a delta, of the expiry nearest to so many days; None if a wing does not reach it.

    Source: the 25-delta risk reversal of Natenberg, "Option Volatility and Pricing" (2015), put side first; linear between deltas.
    """
    good = (chain.volatility > 0) & (chain.years > 0)
    if not good.any():
        return None
    years = chain.years[good]
    of_expiry = chain.part(good).part(years == years[np.argmin(np.abs(years - days / 365))])
    used = (of_expiry.strike, of_expiry.years, of_expiry.volatility, of_expiry.is_call)
    deltas = np.abs(greeks(spot, *used, rate=rate, dividend_yield=dividend_yield).delta)
    wings = []
    for side in (~of_expiry.is_call, of_expiry.is_call):
        order = np.argsort(deltas[side], kind="stable")
        reach, volatility = deltas[side][order], of_expiry.volatility[side][order]
        if not len(reach) or not reach[0] <= delta <= reach[-1]:
            return None
        wings.append(float(np.interp(delta, reach, volatility)))
    return wings[0] - wings[1]


def skew_shift(current: float, past: Floats, days: int = DAYS) -> SkewShift | None:
    """Return where the current skew stands among the last days; None with fewer than so many.

    Source: (current - mean) / standard deviation of the sample, of the 20 sessions before.
    """
    known = past[~np.isnan(past)][-days:]
    if len(known) < days:
        return None
    spread = float(known.std(ddof=1))
    average = float(known.mean())
    return SkewShift(current, average, (current - average) / spread if spread > 0 else None)
