"""Which rows of an endpoint came before, so that a row is used once though it is answered again and again (ING-41)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from infra.clock import MICROSECONDS, to_datetime
from producers.rest_catalog.endpoint import Rows
from producers.rest_catalog.row_steps import moment_us

_LEAST_REMEMBERED = 2_000
_OVERLAP_US = 10 * MICROSECONDS  # asked for again, because a row may appear a little after a later one

Mark = tuple[str, str]
"""Digests of what tells a row from others, and of the rest of it."""


class RowMemory:
    """The rows of one line: endpoint, symbol, variant.

    A row with the same identity and other values, a revised one, counts as new. It remembers twice as many rows as the longest answer
    had, at least 2,000.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._most = _LEAST_REMEMBERED
        self._newest_us: int | None = None

    @property
    def newest_us(self) -> int | None:
        """Moment up to which everything was taken."""
        return self._newest_us

    def cursor(self) -> str | None:
        """Return what the vendor is asked to go on after: a little before the newest row; None at first."""
        if self._newest_us is None:
            return None
        from_us = self._newest_us - _OVERLAP_US
        return str(from_us // 1_000) if self._rows.cursor == "milliseconds" else to_datetime(from_us).isoformat().replace("+00:00", "Z")

    def settled(self, rows: Sequence[Any], now_us: int) -> list[Any]:
        """Return the rows that will not grow any more."""
        if not self._rows.open_seconds:
            return list(rows)
        latest_us = now_us - self._rows.open_seconds * MICROSECONDS
        return [row for row in rows if (moment := self.moment_of(row)) is None or moment <= latest_us]

    def overlapping(self, rows: Sequence[Any]) -> tuple[str, ...]:
        """Return the digests of the rows that the answer after these can repeat."""
        since_us = (self._newest_us or 0) - _OVERLAP_US
        return tuple("-".join(self._mark(row)) for row in rows if (self.moment_of(row) or 0) >= since_us)

    def resume(self, newest_us: int, seen: Sequence[str]) -> None:
        """Go on where an earlier process was: what `newest_us` and `overlapping` said there."""
        self._newest_us = newest_us
        self._seen.update((identity, content) for identity, _, content in (digests.partition("-") for digests in seen))

    def marks(self, rows: Sequence[Any]) -> list[Mark]:
        """Return what tells each row from others."""
        return [self._mark(row) for row in rows]

    def new(self, rows: Sequence[Any], marks: Sequence[Mark]) -> list[Any]:
        """Return the rows that did not come before; `remember` the marks of all when they are published."""
        return [row for row, (identity, content) in zip(rows, marks, strict=True) if self._seen.get(identity) != content]

    def remember(self, marks: Sequence[Mark]) -> None:
        """Take note of the rows of an answer."""
        self._most = max(self._most, 2 * len(marks))
        for identity, content in marks:
            self._seen[identity] = content
            self._seen.move_to_end(identity)  # the order is that of the last time a row was seen
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def taken(self, rows: Sequence[Any]) -> None:
        """Move the cursor to the newest of the rows; called when nothing before them is missing."""
        moments = [moment for row in rows if (moment := self.moment_of(row)) is not None]
        if moments:
            self._newest_us = max(self._newest_us or 0, *moments)

    def moment_of(self, row: Any) -> int | None:
        """Return the moment of a row, if it has one."""
        return moment_us(row.get(self._rows.time)) if self._rows.time and isinstance(row, Mapping) else None

    def _mark(self, row: Any) -> Mark:
        content = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
        if not self._rows.identity or not isinstance(row, Mapping):
            return _digest(content), ""
        return _digest(orjson.dumps([row.get(name) for name in self._rows.identity])), _digest(content)


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=16).hexdigest()
