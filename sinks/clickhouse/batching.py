"""Cuts one partition's records into batches that a restart cuts the same way: a pure state machine.

The range of a batch is written down (offset metadata) before its rows are inserted. Whoever reads that note rebuilds exactly
the same range, so that the same rows arrive under the same token and the server drops the repeat.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.kafka.received import Committed, Place, Received

_PENDING = "pending:"


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """When a batch is cut: at this many rows, bytes, or real seconds after its first row."""

    rows: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of the offsets ``first`` to ``last``, both included; offsets without a row were dead letters or are gone."""

    place: Place
    first: int
    last: int
    rows: tuple[Received, ...]
    size: int

    @property
    def token(self) -> str:
        """Name under which the server knows the rows."""
        return f"{self.place[0]}-{self.place[1]}-{self.first}-{self.last}"

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
        self._rows: list[Received] = []
        self._bytes = 0
        self._opened_at = 0.0
        self.ready: Batch | None = None
        """The batch that was cut and is not done; its rows never change."""

    @property
    def rows(self) -> int:
        """Rows in memory."""
        return len(self._rows) + (len(self.ready.rows) if self.ready else 0)

    @property
    def bytes(self) -> int:
        """Bytes of the records in memory, as they came."""
        return self._bytes + (self.ready.size if self.ready else 0)

    @property
    def rebuilding(self) -> bool:
        """Whether a predecessor's batch is not complete yet."""
        return self._rebuild_last is not None

    @property
    def full(self) -> bool:
        """Whether the open batch has reached a limit: it must be cut before the next record is added."""
        return len(self._rows) >= self._limits.rows or self._bytes >= self._limits.bytes

    def add(self, received: Received, now: float) -> None:
        """Take the next record; ``now`` is in real seconds."""
        if self._rebuild_last is not None and received.offset > self._rebuild_last:
            self._finish_rebuilding()
        if self._first is None:
            self._first = received.offset
        if not self._rows:
            self._opened_at = now
        self._rows.append(received)
        self._bytes += received.size

    def cut(self, position: int | None, now: float, *, all_of_it: bool = False) -> Batch | None:
        """Return the batch to write now, if there is one.

        Parameters
        ----------
        position
            Next offset to be read: all before it was added or put aside.
        all_of_it
            Do not wait for the limits: the sink stops.
        """
        if self.ready is not None or position is None:
            return self.ready
        if self._rebuild_last is not None:
            if position > self._rebuild_last:
                self._finish_rebuilding()
            return self.ready
        if self._rows and (all_of_it or self.full or now - self._opened_at >= self._limits.seconds):
            assert self._first is not None
            self.ready = self._close(self._first, position - 1)
        return self.ready

    def done(self) -> None:
        """Forget the batch that was cut: its rows are stored and its end is committed."""
        self.ready = None

    def idle_position(self, position: int | None) -> int | None:
        """Return the offset to commit when only dead letters came since the last batch; None when there is nothing to do."""
        if self.ready is not None or self._rows or self._rebuild_last is not None or position is None:
            return None
        if self._first is not None and position <= self._first:
            return None
        self._first = position
        return position

    def _finish_rebuilding(self) -> None:
        assert self._first is not None and self._rebuild_last is not None
        self.ready = self._close(self._first, self._rebuild_last)
        self._rebuild_last = None

    def _close(self, first: int, last: int) -> Batch:
        batch = Batch(self.place, first, last, tuple(self._rows), self._bytes)
        self._rows, self._bytes, self._first = [], 0, last + 1
        return batch


def _pending_last(committed: Committed) -> int | None:
    if committed.next_offset is None or not committed.metadata.startswith(_PENDING):
        return None
    return int(committed.metadata.removeprefix(_PENDING))
