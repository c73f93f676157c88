"""An option chain as arrays, and which of its contracts an exposure can be computed from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_DAYS_A_YEAR, _BUSINESS_DAYS_A_YEAR = 365.0, 262.0
_DAY_US = 86_400_000_000.0


class DayCount(StrEnum):
    """How the time to expiry is counted."""

    CALENDAR = "calendar-365"
    """Microseconds to the close of the expiry's session / 365 days: what runs live, where hours count on the last day."""
    BUSINESS = "business-262"
    """Whole weekdays from the chain's date to the expiry / 262; 0 of them means expired, so of a Saturday's chain Monday's contracts are."""


@dataclass(frozen=True, slots=True, eq=False)
class OptionChain:
    """Contracts of one underlying, one entry of each array a contract.

    Attributes
    ----------
    expiry
        Days since 1970-01-01.
    strike
        US dollars.
    years
        To expiry, by the day count; 0 and below: expired.
    volatility
        Implied, a year, a fraction; NaN or 0 where none is known.
    open_interest
        Contracts; NaN where not known.
    """

    expiry: npt.NDArray[np.int64]
    strike: Floats
    is_call: npt.NDArray[np.bool_]
    years: Floats
    volatility: Floats
    open_interest: Floats

    def __len__(self) -> int:
        return len(self.strike)

    def part(self, where: npt.NDArray[np.bool_]) -> OptionChain:
        """Return some of the contracts."""
        return OptionChain(
            self.expiry[where], self.strike[where], self.is_call[where], self.years[where], self.volatility[where], self.open_interest[where]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Usable:
    """Which contracts count, and how many do not, by the first reason that holds.

    Attributes
    ----------
    expired, no_open_interest, no_volatility
        Left out: no time left; open interest not told; no implied volatility (vendors write 0 where a price implied none).
    empty
        Left out without loss: nobody holds one.
    """

    where: npt.NDArray[np.bool_]
    expired: int
    no_open_interest: int
    empty: int
    no_volatility: int


def usable(chain: OptionChain, held: npt.NDArray[np.bool_] | None = None) -> Usable:
    """Tell which contracts can be used; ``held`` are those that count even with no open interest, e.g. because they traded today."""
    held = np.zeros(len(chain), np.bool_) if held is None else held
    expired = ~(chain.years > 0)
    untold = ~expired & np.isnan(chain.open_interest) & ~held
    empty = ~expired & ~untold & ~held & ~(chain.open_interest > 0)
    no_volatility = ~expired & ~untold & ~empty & ~(chain.volatility > 0)
    where = ~(expired | untold | empty | no_volatility)
    return Usable(where, int(expired.sum()), int(untold.sum()), int(empty.sum()), int(no_volatility.sum()))


def calendar_years(expires_us: npt.NDArray[np.int64], now_us: int) -> Floats:
    """Return the years to moments of expiry, 365 days each; below 0 after them."""
    return (expires_us - now_us) / (_DAY_US * _DAYS_A_YEAR)


def business_years(expiry: npt.NDArray[np.int64], today: int) -> Floats:
    """Return the weekdays from a date to dates of expiry / 262; dates are days since 1970-01-01."""
    counted = np.busday_count(np.datetime64(today, "D"), expiry.astype("datetime64[D]"))
    return np.asarray(counted / _BUSINESS_DAYS_A_YEAR, dtype=np.float64)
