"""Knows up to where everything is done, when the records of a partition finish out of order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from infra.kafka.received import Place


@dataclass(slots=True)
class _Entry:
    offset: int
    left: int


@dataclass(slots=True)
class OffsetLedger:
    """Open work by partition and offset."""

    _entries: dict[Place, deque[_Entry]] = field(default_factory=dict)
    _done: dict[Place, int] = field(default_factory=dict)

    def begin(self, place: Place, offset: int, parts: int) -> None:
        """Note a record whose work has this many parts; 0 is done at once."""
        self._entries.setdefault(place, deque()).append(_Entry(offset, parts))
        self._settle(place)

    def finish(self, place: Place, offset: int) -> None:
        """Note that one part of a record's work is done; a partition that was given away is ignored."""
        for entry in self._entries.get(place, ()):
            if entry.offset == offset:
                entry.left -= 1
                break
        self._settle(place)

    def forget(self, place: Place) -> None:
        """Drop a partition that goes to another member."""
        self._entries.pop(place, None)
        self._done.pop(place, None)

    def open_records(self, place: Place) -> int:
        return len(self._entries.get(place, ()))

    def take_commits(self) -> dict[Place, int]:
        """Return the next offset to commit of each partition that got further, once."""
        commits, self._done = self._done, {}
        return commits

    def _settle(self, place: Place) -> None:
        entries = self._entries.get(place)
        while entries and entries[0].left <= 0:
            self._done[place] = entries.popleft().offset + 1
