"""The strike at which the open contracts of an expiry pay their holders least, and the prices around it that pay nearly as little."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
PIN_SHARE = 0.05


class MaxPain(NamedTuple):
    """Of one expiry.

    Attributes
    ----------
    strike
        US dollars; of equals the lowest.
    payout
        What holders would be paid there, US dollars.
    pin_low, pin_high
        Strikes around it, without a gap, at which they would be paid at most `PIN_SHARE` more.
    """

    strike: float
    payout: float
    pin_low: float
    pin_high: float


def max_pain(strike: Floats, is_call: npt.NDArray[np.bool_], open_interest: Floats, *, pin_share: float = PIN_SHARE) -> MaxPain | None:
    """Return max pain of the contracts of one expiry, None if nobody holds one.

    Source: the usual definition, e.g. Filippou, Garcia-Ares, Zapatero, "No max pain, no max gain" (2022): the listed strike that minimises
    sum(calls x max(price - strike, 0)) + sum(puts x max(strike - price, 0)).
    """
    strikes, place = np.unique(strike, return_inverse=True)
    held = np.nan_to_num(open_interest)
    calls = np.bincount(place, weights=np.where(is_call, held, 0.0), minlength=len(strikes))
    puts = np.bincount(place, weights=np.where(is_call, 0.0, held), minlength=len(strikes))
    if not (calls.sum() + puts.sum() > 0):
        return None
    from_calls = strikes * np.cumsum(calls) - np.cumsum(calls * strikes)
    from_puts = np.cumsum((puts * strikes)[::-1])[::-1] - strikes * np.cumsum(puts[::-1])[::-1]
    payout = (from_calls + from_puts) * 100
    least = int(np.argmin(payout))
    near = payout <= payout[least] * (1 + pin_share)
    low, high = least, least
    while low > 0 and near[low - 1]:
        low -= 1
    while high + 1 < len(strikes) and near[high + 1]:
        high += 1
    return MaxPain(float(strikes[least]), float(payout[least]), float(strikes[low]), float(strikes[high]))
