"""Counts the requests of a day and a month against what the vendor allows (CAL-05, CAL-08). Pure: time is handed in.

The rolling minute is `rate_budget`'s. These counts outlive a restart: the feed publishes them on
``ops.request-counts`` and begins with its last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from infra.clock import to_datetime
from producers.rest_catalog.endpoint import Budget


@dataclass(slots=True)
class RequestTally:
    """Requests of one vendor's key.

    Attributes
    ----------
    day, month
        As in ``2026-11-18`` and ``2026-11``: what the counts are of.
    of_day, of_month
        Requests sent.
    """

    budget: Budget
    day: str = ""
    of_day: int = 0
    month: str = ""
    of_month: int = 0

    @property
    def is_limited(self) -> bool:
        """Whether the file states a limit that outlives the minute."""
        return self.budget.per_day is not None or self.budget.per_month is not None

    def restore(self, day: str, of_day: int, month: str, of_month: int) -> None:
        """Go on from what an earlier process counted."""
        self.day, self.of_day, self.month, self.of_month = day, of_day, month, of_month

    def used_up(self, now_us: int) -> str | None:
        """Return which limit another request would break, or None."""
        self._turn(now_us)
        if self.budget.per_day is not None and self.of_day >= self.budget.per_day:
            return f"{self.of_day} of {self.budget.per_day} requests of {self.day} are used up"
        if self.budget.per_month is not None and self.of_month >= self.budget.per_month:
            return f"{self.of_month} of {self.budget.per_month} requests of {self.month} are used up"
        return None

    def add(self, now_us: int) -> None:
        """Count a request that goes out now."""
        self._turn(now_us)
        self.of_day += 1
        self.of_month += 1

    def _turn(self, now_us: int) -> None:
        day = to_datetime(now_us).astimezone(ZoneInfo(self.budget.day_zone)).date().isoformat()
        if day > self.day:  # a clock that steps back must not give requests back
            self.day, self.of_day = day, 0
        if day[:7] > self.month:
            self.month, self.of_month = day[:7], 0
