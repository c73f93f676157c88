"""What waits for the tick that covers it: records as they were fetched, and columns that are cut where a tick's barrier lies."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from infra.columnar.record_batch import RawRecord as TracedRecord
from processors.guard import RawRecord
from processors.in_flight import Ticket
from processors.partition_state import Packed

_RECORD_BYTES = 600  # what Python keeps of a fetched record beside its value


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record that is decoded when its turn comes."""

    topic: str  # Kafka name
    raw: RawRecord

    @property
    def first(self) -> int:
        """Return its offset."""
        return self.raw.offset

    @property
    def size(self) -> int:
        """Return about how many bytes it takes."""
        return _RECORD_BYTES + len(self.raw.value or b"")


@dataclass(frozen=True, slots=True)
class HeldColumns:
    """Records that were decoded together, at least one.

    Attributes
    ----------
    traced
        Those of them that carry a trace, by offset.
    """

    topic: str  # Kafka name
    packed: Packed
    traced: Sequence[TracedRecord] = ()

    @property
    def first(self) -> int:
        """Return the lowest offset."""
        return int(self.packed.offsets[0])

    @property
    def size(self) -> int:
        """Return how many bytes the columns take."""
        return self.packed.size

    def cut(self, end: int) -> tuple[HeldColumns, HeldColumns | None]:
        """Return the records below ``end``, which is above the first, and the others if there are any; copies nothing."""
        count = len(self.packed.offsets)
        row = int(np.searchsorted(self.packed.offsets, end))
        if row == count:
            return self, None
        return (
            replace(self, packed=self.packed.part(0, row), traced=[record for record in self.traced if record.offset < end]),
            replace(self, packed=self.packed.part(row, count), traced=[record for record in self.traced if record.offset >= end]),
        )


Held = HeldRecord | HeldColumns


class HeldTopic:
    """What waits of one topic in one partition, in the order of offsets, and the tickets of its batches.

    Attributes
    ----------
    size
        About how many bytes it takes.
    """

    def __init__(self) -> None:
        self._items: deque[Held] = deque()
        self._tickets: deque[Ticket] = deque()
        self.size = 0

    def __bool__(self) -> bool:
        return bool(self._items)

    @property
    def first(self) -> int | None:
        """Return the lowest offset that waits."""
        return self._items[0].first if self._items else None

    def hold(self, items: Iterable[Held], ticket: Ticket) -> None:
        """Take a batch; one without records says only that nothing lies below its end."""
        for item in items:
            self._items.append(item)
            self.size += item.size
        self._tickets.append(ticket)

    def take_below(self, end: int | None) -> Iterator[Held]:
        """Take what lies below an offset, or all; a batch of columns across it is cut."""
        while self._items and (end is None or self._items[0].first < end):
            item = self._items.popleft()
            self.size -= item.size
            if end is not None and isinstance(item, HeldColumns):
                item, rest = item.cut(end)
                if rest is not None:
                    self._items.appendleft(rest)
                    self.size += rest.size
            yield item

    def take_finished(self) -> Iterator[Ticket]:
        """Take the tickets of the batches of which nothing waits any more."""
        while self._tickets and (not self._items or self._tickets[0].next_offset <= self._items[0].first):
            yield self._tickets.popleft()
