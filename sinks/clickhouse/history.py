"""Stores every record once: note the range, insert it under its name, commit behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from confluent_kafka import TopicPartition

from infra.clickhouse.client import ClickHouse
from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.kafka.consumer_loop import ConsumerLoop, RecordHandler
from infra.kafka.received import Committed, Place, Received
from infra.logging_setup import logger
from infra.metrics import listed
from infra.retry import Backoff
from infra.settings import ClickHouseSettings
from schemas import catalog
from sinks.clickhouse.batching import Batch, BatchLimits, PartitionBatches
from sinks.clickhouse.rows import block_of

_WRITERS = 4  # inserts wait for the server most of the time
_LAST_ATTEMPTS_SECONDS = 5.0
log = logger(__name__)


class History(RecordHandler):
    """Writes the records of every assigned partition into their tables.

    Parameters
    ----------
    settings
        Server, limits of a batch, memory.
    connect
        Opens the connection; called again after a failure.
    """

    def __init__(
        self, settings: ClickHouseSettings, connect: Callable[[ClickHouseSettings], ClickHouse] = ClickHouse.connect
    ) -> None:
        self._settings = settings
        self._connect = connect
        self._partitions: dict[Place, PartitionBatches] = {}
        self._noted: set[Place] = set()  # their range is committed as pending
        self._round: list[tuple[Batch, Future[None]]] = []  # being inserted while the next batches gather
        self._paused: set[Place] = set()
        self._topics = catalog.by_kafka_name()
        self._server: ClickHouse | None = None
        self._backoff = Backoff(cap_seconds=5.0)
        self._next_attempt = 0.0
        self._unit = ""
        self._pool = ThreadPoolExecutor(_WRITERS, thread_name_prefix="clickhouse insert")

    def assigned(self, loop: ConsumerLoop, committed: Mapping[Place, Committed]) -> None:
        self._unit = loop.unit
        for place, entry in committed.items():
            self._partitions[place] = PartitionBatches(place, entry, self._limits(place))
            if self._partitions[place].rebuilding:
                self._noted.add(place)
                log.info("batch_rebuilt", topic=place[0], partition=place[1], first=entry.next_offset, metadata=entry.metadata)

    def revoked(self, loop: ConsumerLoop, places: Sequence[Place], lost: bool) -> None:
        """Drop what is in memory: the next owner reads it again, and rebuilds what was noted."""
        for place in places:
            self._partitions.pop(place, None)
            self._noted.discard(place)
            self._paused.discard(place)

    def handle(self, loop: ConsumerLoop, received: Received) -> None:
        batches = self._partitions[received.place]
        now = monotonic_seconds()
        batches.add(received, now)
        if batches.full:
            batches.cut(received.offset + 1, now)
            if batches.full and not batches.rebuilding:  # the batch before it is not stored yet
                self._pause(loop, received.place)

    def after_poll(self, loop: ConsumerLoop) -> None:
        """Write what is due, without waiting for it: while a round is on its way the next batches grow, so a slow server gets fewer,
        larger blocks."""
        now = monotonic_seconds()
        if now >= self._next_attempt and all(future.done() for _, future in self._round) and self._attempt(partial(self._finish, loop), loop):
            due = self._due(loop, now)
            if due:
                self._attempt(partial(self._begin, loop, due), loop)
            self._commit_idle(loop)
        self._bound_memory(loop)

    def stopping(self, loop: ConsumerLoop) -> None:
        """Write what is in memory; when ClickHouse is away, the next start reads it again."""
        deadline = monotonic_seconds() + _LAST_ATTEMPTS_SECONDS
        going_on = self._attempt(partial(self._finish, loop), loop)
        while going_on and monotonic_seconds() < deadline and (due := self._due(loop, monotonic_seconds(), all_of_it=True)):
            going_on = self._attempt(partial(self._begin, loop, due), loop) and self._attempt(partial(self._finish, loop), loop)
        self._pool.shutdown()
        if self._server is not None:
            self._server.close()

    def _due(self, loop: ConsumerLoop, now: float, *, all_of_it: bool = False) -> list[Batch]:
        cut = (batches.cut(loop.position(place), now, all_of_it=all_of_it) for place, batches in self._partitions.items())
        return [batch for batch in cut if batch is not None]

    def _attempt(self, step: Callable[[], None], loop: ConsumerLoop) -> bool:
        """Do a step of a round; False, and a pause, when the server or the broker is away."""
        try:
            step()
        except Retryable as error:
            seconds = self._backoff.next_seconds(error.retry_after_seconds)
            self._next_attempt = monotonic_seconds() + seconds
            loop.trouble(f"ClickHouse is away: {error}")
            log.warning("history_waits", unit=loop.unit, seconds=round(seconds, 2), error=str(error))
            return False
        return True

    def _begin(self, loop: ConsumerLoop, due: list[Batch]) -> None:
        """Note the ranges, then hand the blocks to the writers."""
        unnoted = [batch for batch in due if batch.place not in self._noted]
        if unnoted:
            loop.commit_all([TopicPartition(*batch.place, batch.first, batch.intention) for batch in unnoted])
            self._noted.update(batch.place for batch in unnoted)
        if self._server is None:
            self._server = self._connect(self._settings)
        self._round = [(batch, self._pool.submit(self._insert, self._server, batch)) for batch in due]

    def _finish(self, loop: ConsumerLoop) -> None:
        """Wait for the round and commit behind what is stored; what is not is due again, as the same batch."""
        if not self._round:
            return
        finished, self._round = self._round, []
        errors = [(batch, future.exception()) for batch, future in finished]
        # A partition that was taken from us meanwhile is its next owner's, who inserts the same block under the same token.
        stored = [batch for batch, error in errors if error is None and self._owns(batch)]
        if stored:
            loop.commit_all([TopicPartition(*batch.place, batch.last + 1, "") for batch in stored])
        for batch in stored:
            self._partitions[batch.place].done()
            self._noted.discard(batch.place)
            loop.wrote(len(batch.rows))
            self._resume(loop, batch.place)
        failures = [error for _, error in errors if error is not None]
        listed.CLICKHOUSE_FAILURES.add(len(failures), self._unit)
        for error in failures:
            if not isinstance(error, Retryable):
                raise error
        if failures:
            raise failures[0]
        self._backoff.succeeded()
        loop.trouble(None)

    def _owns(self, batch: Batch) -> bool:
        batches = self._partitions.get(batch.place)
        return batches is not None and batches.ready is batch

    def _limits(self, place: Place) -> BatchLimits:
        seconds = self._settings.bulk_batch_seconds if self._topics[place[0]].bulk else self._settings.batch_seconds
        return BatchLimits(self._settings.batch_rows, self._settings.batch_bytes, seconds)

    def _insert(self, server: ClickHouse, batch: Batch) -> None:
        if batch.rows:
            block = block_of(self._topics[batch.place[0]], batch)
            began = monotonic_seconds()
            server.insert(block)
            listed.CLICKHOUSE_SECONDS.seen(monotonic_seconds() - began, self._unit)
            listed.CLICKHOUSE_ROWS.add(len(batch.rows), self._unit, block.table)

    def _commit_idle(self, loop: ConsumerLoop) -> None:
        """Commit past dead letters, so that they are not read again at every start."""
        moved = []
        for place, batches in self._partitions.items():
            position = batches.idle_position(loop.position(place))
            if position is not None:
                moved.append(TopicPartition(*place, position, ""))
        if moved:
            try:
                loop.commit_all(moved)
            except Retryable as error:
                log.warning("commit_failed", unit=loop.unit, partitions=len(moved), error=str(error))

    def _bound_memory(self, loop: ConsumerLoop) -> None:
        rows = sum(batches.rows for batches in self._partitions.values())
        size = sum(batches.bytes for batches in self._partitions.values())
        if rows >= self._settings.buffered_rows or size >= self._settings.buffered_bytes:
            # One that rebuilds goes on: its batch cannot be cut, and its memory not be freed, before it is complete.
            going_on = next((place for place, batches in self._partitions.items() if batches.rebuilding), None)
            for place in self._partitions:
                if place != going_on:
                    self._pause(loop, place)
            if going_on is not None:
                self._resume(loop, going_on)
        elif self._paused and rows < self._settings.buffered_rows // 2 and size < self._settings.buffered_bytes // 2:
            for place in list(self._paused):
                self._resume(loop, place)

    def _pause(self, loop: ConsumerLoop, place: Place) -> None:
        if place not in self._paused:
            self._paused.add(place)
            loop.pause(place)

    def _resume(self, loop: ConsumerLoop, place: Place) -> None:
        batches = self._partitions[place]
        if place in self._paused and (batches.rebuilding or not batches.full):
            self._paused.discard(place)
            loop.resume(place)
