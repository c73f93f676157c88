"""Which month of a future is the front one, and until when (IBK-23). Pure; days are sessions of CME Globex.

The vendor lists every contract with its last trading day, so no rule of an exchange is written down here but which months count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from infra.trading_hours import InstrumentClass, hours_of

_MONTHS = "FGHJKMNQUVXZ"  # January to December
_LOOK_BACK_DAYS = 30


@dataclass(frozen=True, slots=True)
class RollRule:
    """When a future's next contract takes over.

    Attributes
    ----------
    months
        Letters of the contract months that count, e.g. ``HMUZ``: months between them hardly trade.
    sessions
        So many sessions before the end the next one takes over.
    before
        The end: the last trading day (``expiry``), or the first day of the contract month (``month``), from which on it may be delivered.
    """

    months: str
    sessions: int
    before: Literal["expiry", "month"] = "expiry"

    def ends(self, expiry: date, month: date) -> date:
        """Return the day before which the contract must be left."""
        return min(expiry, month) if self.before == "month" else expiry

    def until_us(self, expiry: date, month: date) -> int:
        """Return the moment from which on the next contract is the front one: when its session opens, the evening before."""
        day, left = self.ends(expiry, month), self.sessions
        for _ in range(_LOOK_BACK_DAYS + self.sessions * 2):
            hours = hours_of(InstrumentClass.FUTURE, day)
            if hours is not None and left <= 0:
                return hours.start_us
            day -= timedelta(days=1)
            if hours_of(InstrumentClass.FUTURE, day) is not None:
                left -= 1
        raise ValueError(f"expected sessions before {self.ends(expiry, month)}, found none in {_LOOK_BACK_DAYS} days")


@dataclass(frozen=True, slots=True)
class Front:
    """The contract whose turn it is: its place among those listed, and the moment at which its turn ends."""

    place: int
    until_us: int


def front(listed: Sequence[tuple[date, date]], rule: RollRule, now_us: int) -> Front | None:
    """Return whose turn it is.

    Parameters
    ----------
    listed
        Last trading day and contract month of each contract, in any order.
    """
    found = [
        Front(place, rule.until_us(expiry, month))
        for place, (expiry, month) in enumerate(listed)
        if _MONTHS[month.month - 1] in rule.months
    ]
    return min((contract for contract in found if contract.until_us > now_us), key=lambda contract: contract.until_us, default=None)
