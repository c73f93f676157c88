"""Cuts one partition into batches that a restart cuts the same way: a pure state machine.

The range of a batch is written down (offset metadata) before its rows are inserted. Whoever reads that note rebuilds exactly
the same range, so that the same rows arrive under the same token and the server drops the repeat.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from infra.columnar.record_batch import RawBatch
from infra.kafka.received import Committed, Place
from schemas.record import Record

_PENDING = "pending:"


@dataclass(frozen=True, slots=True)
class Row:
    """One decoded record, with the bytes it came as: what cannot be stored goes to the dead letters whole."""

    offset: int
    key: bytes | None
    value: bytes
    record: Record


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """When a batch is cut: at this many records, bytes, or real seconds after its first record."""

    rows: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of the offsets ``first`` to ``last``, both included.

    Attributes
    ----------
    raw
        Holds the records, and perhaps others outside the range.
    rows
        The records, decoded; None when that is still to be done.
    perhaps_there
        A predecessor began it: nobody knows how far it came.
    """

    place: Place
    first: int
    last: int
    raw: tuple[RawBatch, ...] = ()
    rows: tuple[Row, ...] | None = None
    perhaps_there: bool = False

    @property
    def intention(self) -> str:
        """Offset metadata that is committed at ``first`` before the insert."""
        return f"{_PENDING}{self.last}"


class PartitionBatches:
    """The batches of one partition, one after the other.

    Parameters
    ----------
    place
        Topic and partition.
    committed
        What the group committed: where to begin, and the batch a predecessor began, if any.
    limits
        When to cut.
    """

    def __init__(self, place: Place, committed: Committed, limits: BatchLimits) -> None:
        self.place = place
        self._limits = limits
        self._first = committed.next_offset
        self._rebuild_last = _pending_last(committed)
        self._committed = None if committed.next_offset is None else (committed.next_offset, committed.metadata)
        self._raw: list[RawBatch] = []
        self._rows = self._bytes = 0
        self._opened_at = 0.0
        self._cut: deque[tuple[Batch, int, int]] = deque()  # with its records and bytes

    @property
    def ready(self) -> Batch | None:
        """The batch to write now: it was cut, and is not done."""
        return self._cut[0][0] if self._cut else None

    @property
    def rows(self) -> int:
        """Records in memory."""
        return self._rows + sum(rows for _, rows, _ in self._cut)

    @property
    def bytes(self) -> int:
        """Bytes of the records in memory."""
        return self._bytes + sum(size for _, _, size in self._cut)

    @property
    def rebuilding(self) -> bool:
        """Whether a predecessor's batch is not complete yet."""
        return self._rebuild_last is not None

    @property
    def uncommitted(self) -> tuple[int, str] | None:
        """Offset and metadata that must be committed, before the batch that is ready may be written; None when they are."""
        batch = self.ready
        if batch is not None:
            wanted = (batch.first, batch.intention)
        elif self._first is None or self.rebuilding:
            return None
        else:
            wanted = (self._first, "")
        return None if wanted == self._committed else wanted

    def committed(self, offset: int, metadata: str) -> None:
        """Take note that the broker has these."""
        self._committed = (offset, metadata)

    def add(self, raw: RawBatch, now: float) -> None:
        """Take the next records; ``now`` is in real seconds."""
        if self._first is None:
            self._first = max(raw.base_offset, raw.min_offset)
        last = self._rebuild_last
        if last is not None:
            if raw.base_offset <= last:
                self._append(raw, now)
            self.read_up_to(raw.next_offset)
            if raw.next_offset <= last + 1:
                return  # all of it belongs to the predecessor's batch
        self._append(raw, now)
        if self._rows >= self._limits.rows or self._bytes >= self._limits.bytes:
            self._close(raw.next_offset - 1)

    def read_up_to(self, position: int) -> None:
        """Take note that nothing below ``position`` will come any more."""
        if self._rebuild_last is not None and position > self._rebuild_last:
            last, self._rebuild_last = self._rebuild_last, None
            self._close(last, perhaps_there=True)

    def cut(self, now: float, *, all_of_it: bool = False) -> Batch | None:
        """Return the batch to write now, if there is one.

        Parameters
        ----------
        all_of_it
            Do not wait for the limits: the sink stops.
        """
        if self._raw and not self.rebuilding and not self._cut and (all_of_it or now - self._opened_at >= self._limits.seconds):
            self._close(self._raw[-1].next_offset - 1)
        return self.ready

    def done(self) -> None:
        """Forget the batch that was ready: what became of each of its records is safe."""
        self._cut.popleft()

    def divide(self, rows: Sequence[Row]) -> None:
        """Put two halves in place of the batch that is ready, none of which is stored. Each is announced before it is written, as any
        batch is, so a crash between them leaves nothing to guess.

        Parameters
        ----------
        rows
            Its records, two at least, in the order of their offsets.
        """
        batch, _, size = self._cut.popleft()
        middle = len(rows) // 2
        border = rows[middle].offset
        first = Batch(batch.place, batch.first, border - 1, rows=tuple(rows[:middle]))
        second = Batch(batch.place, border, batch.last, rows=tuple(rows[middle:]))
        self._cut.extendleft([(second, len(rows) - middle, size - size // 2), (first, middle, size // 2)])

    def _append(self, raw: RawBatch, now: float) -> None:
        if not self._raw:
            self._opened_at = now
        self._raw.append(raw)
        self._rows += raw.count
        self._bytes += raw.stop - raw.start

    def _close(self, last: int, *, perhaps_there: bool = False) -> None:
        assert self._first is not None
        batch = Batch(self.place, self._first, last, tuple(self._raw), perhaps_there=perhaps_there)
        self._cut.append((batch, self._rows, self._bytes))
        self._raw, self._rows, self._bytes, self._first = [], 0, 0, last + 1


def _pending_last(committed: Committed) -> int | None:
    if committed.next_offset is None or not committed.metadata.startswith(_PENDING):
        return None
    return int(committed.metadata.removeprefix(_PENDING))
