"""Prices that matter by gamma: flip, walls, the strike of most gamma and how far it is, support and resistance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TRIGGER_PCT = 0.1
_ROUNDING = 1e-9  # a distance of 0.1 % in binary must pass a limit of 0.1 %


class GammaWalls(NamedTuple):
    """Strikes, US dollars; None where no strike has gamma of that sign.

    Attributes
    ----------
    call_wall, put_wall
        Largest positive and largest negative net gamma.
    max_gamma
        Largest absolute net gamma.
    """

    call_wall: float | None
    put_wall: float | None
    max_gamma: float | None


class SupportResistance(NamedTuple):
    """Where price tends to be held, US dollars, and on which side of it price is; None where there is no such strike.

    Attributes
    ----------
    support, resistance
        Strike of most put gamma at or below where it was read, strike of most call gamma: the walls.
    above_support, below_resistance
        Whether price still is on the inner side.
    """

    support: float | None
    resistance: float | None
    above_support: bool | None
    below_resistance: bool | None


def zero_crossings(grid: Floats, totals: Floats) -> Floats:
    """Return the prices at which a profile is zero, by linear interpolation between the prices of its grid."""
    signs = np.sign(totals)
    before = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    low, high, left, right = totals[before], totals[before + 1], grid[before], grid[before + 1]
    between = left - low * (right - left) / (high - low)
    return np.sort(np.concatenate((between, grid[(signs == 0) & _next_to_a_sign(signs)])))


def _next_to_a_sign(signs: Floats) -> npt.NDArray[np.bool_]:
    """Tell which points have a neighbour that is not zero: a profile that is zero throughout crosses nowhere."""
    near = np.zeros(len(signs), np.bool_)
    near[1:] |= signs[:-1] != 0
    near[:-1] |= signs[1:] != 0
    return near


def flip_price(grid: Floats, totals: Floats, spot: float) -> float | None:
    """Return the zero of a recomputed profile that is nearest to the spot, None if it crosses nowhere within the grid.

    Source: Perfiliev, "How to Calculate Gamma Exposure" (2022), zero gamma. Unusual Whales' flip is another quantity: the zero of the
    gamma of today summed up strike by strike.
    """
    zeros = zero_crossings(grid, totals)
    return float(zeros[np.argmin(np.abs(zeros - spot))]) if len(zeros) else None


def walls(strikes: Floats, by_strike: Floats) -> GammaWalls:
    """Return the strikes of largest positive, negative and absolute net gamma; of equals the lower one."""
    if not len(strikes):
        return GammaWalls(None, None, None)
    top, bottom, most = (int(place) for place in (np.argmax(by_strike), np.argmin(by_strike), np.argmax(np.abs(by_strike))))
    return GammaWalls(
        call_wall=float(strikes[top]) if by_strike[top] > 0 else None,
        put_wall=float(strikes[bottom]) if by_strike[bottom] < 0 else None,
        max_gamma=float(strikes[most]) if by_strike[most] != 0 else None,
    )


def distance_pct(spot: float, strike: float) -> float:
    """Return (spot - strike) / spot x 100."""
    return (spot - strike) / spot * 100


def is_at_max_gamma(spot: float, strike: float, limit_pct: float = TRIGGER_PCT) -> bool:
    """Tell whether price is within the limit of a strike: 0.10 % is, 0.11 % is not (GEX-04)."""
    return abs(distance_pct(spot, strike)) <= limit_pct + _ROUNDING


def support_resistance(found: GammaWalls, spot: float) -> SupportResistance:
    """Return the walls as support and resistance of a price (GEX-05)."""
    support, resistance = found.put_wall, found.call_wall
    return SupportResistance(
        support, resistance, None if support is None else spot > support, None if resistance is None else spot < resistance
    )
