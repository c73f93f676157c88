"""A catalogue file on disk: read, proved, and read again when it changes (CFG-01)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from infra.errors import ConfigurationError
from infra.market_calendar import session_bounds, trading_day
from producers.rest_catalog.catalog import Catalog
from producers.rest_catalog.endpoint import Priority
from producers.rest_catalog.loader import load
from producers.rest_catalog.planner import Plan, prove
from producers.rest_catalog.schedule import lines

_DAYS_AHEAD = 8  # a week has every weekday, and a weekend


@dataclass(frozen=True, slots=True)
class Accepted:
    """A catalogue that fits its budget."""

    catalog: Catalog
    plan: Plan

    @property
    def needs(self) -> Mapping[Priority, int]:
        """Calls of each priority in the busiest minute, which the budget keeps free; background is promised nothing."""
        return {one: 0 if one is Priority.BACKGROUND else calls for one, calls in self.plan.busiest_by_priority.items()}


class CatalogFile:
    """One file.

    Parameters
    ----------
    watched
        Symbols of the settings.
    look_every_seconds
        Real seconds between two looks for a change.
    switched_off
        Features that the settings turn off.
    """

    def __init__(
        self, path: Path, watched: Sequence[str], look_every_seconds: float = 1.0, switched_off: frozenset[str] = frozenset()
    ) -> None:
        self.look_every_seconds = look_every_seconds
        self._path = path
        self._watched = tuple(watched)
        self._switched_off = switched_off
        self._digest = b""

    def read(self, now_us: int) -> Accepted:
        """Read the file and prove that it fits a day with a session and one without.

        Raises
        ------
        ConfigurationError
            Saying what is wrong, with lines.
        """
        self._digest = self._content()
        catalog = replace(load(self._path, self._watched), switched_off=self._switched_off)
        day = trading_day(now_us)
        week = [day + timedelta(days=days) for days in range(_DAYS_AHEAD)]
        without = next(one for one in week if session_bounds(one) is None)
        prove(catalog, without)
        return Accepted(catalog, prove(catalog, busiest_day(catalog, week)))

    def changed(self, now_us: int) -> Accepted | ConfigurationError | None:
        """Return the new catalogue if the file has changed, why it cannot be used, or None when it is as before."""
        # The content tells, not the time stamp: an editor may write twice within the clock's grain.
        if self._content() == self._digest:
            return None
        try:
            return self.read(now_us)
        except ConfigurationError as error:
            return error

    def _content(self) -> bytes:
        try:
            return hashlib.sha256(self._path.read_bytes()).digest()
        except OSError:
            return b"unreadable"


def busiest_day(catalog: Catalog, days: Sequence[date]) -> date:
    """Return the first day with a session that has the most lines: how many expiries are near depends on the weekday."""
    return max((one for one in days if session_bounds(one) is not None), key=lambda one: len(lines(catalog, one)))
