"""Stores every record once: note the range, insert it under its name, commit behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from infra.clickhouse.client import ClickHouse, Database
from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.kafka.producer import RecordProducer
from infra.kafka.progress import Progress
from infra.kafka.raw_consumer import RawConsumer
from infra.kafka.received import Committed, Place
from infra.kafka.topic_identity import topic_ids
from infra.logging_setup import logger
from infra.metrics import listed
from infra.patience import until_answered, until_done
from infra.retry import Backoff
from infra.unit import UnitContext
from schemas import catalog
from sinks.clickhouse.batching import BatchLimits, PartitionBatches
from sinks.clickhouse.writer import BatchWriter, Divide, Work, Written

_WRITERS, _BULK_WRITERS = 2, 3  # inserts wait for the server most of the time; what people look at does not wait behind bulk
_POLL_SECONDS = 0.05
_LAST_ATTEMPTS_SECONDS = 5.0  # before partitions are given away, and before the end
log = logger(__name__)


class History:
    """Writes the records of every partition its group gives it into their tables.

    Parameters
    ----------
    context
        Context of the unit.
    unit
        Its name: also the consumer group's and the dead letters' stage.
    topics
        Logical names of the topics to store.
    dead_letters_of
        Logical names of topics whose dead letters are stored as well.
    connect
        Opens the database; called again after a failure.
    """

    def __init__(
        self,
        context: UnitContext,
        unit: str,
        topics: Sequence[str],
        *,
        dead_letters_of: Sequence[str] = (),
        connect: Callable[[], Database] | None = None,
    ) -> None:
        self._context = context
        self._settings = context.settings.clickhouse
        self._unit = unit
        self._topic_names = [*topics, *dead_letters_of]
        self._connect = connect or partial(ClickHouse.connect, self._settings)
        self._topics = catalog.by_kafka_name()
        kafka_names = [catalog.topic(name).kafka_name for name in topics]
        kafka_names += [catalog.topic(name).dead_letter_name for name in dead_letters_of]
        self._kafka_names = kafka_names
        self._consumer = RawConsumer(
            context.settings.kafka, unit, kafka_names, on_assigned=self._assigned, on_revoked=self._revoked,
            partition_fetch_bytes=self._settings.fetch_bytes,
        )  # fmt: skip
        self._partitions: dict[Place, PartitionBatches] = {}
        self._works: dict[Place, Work] = {}  # begun and not done
        self._writing: dict[Place, asyncio.Future[Written | Divide]] = {}
        self._pool = ThreadPoolExecutor(_WRITERS, thread_name_prefix="clickhouse insert")
        self._bulk_pool = ThreadPoolExecutor(_BULK_WRITERS, thread_name_prefix="clickhouse bulk insert")
        self._turn = asyncio.Lock()  # a rebalance and the loop take turns
        self._backoff = Backoff(cap_seconds=5.0)
        self._next_attempt = 0.0
        self._memory_is_full = False
        self._progress = Progress(context, unit)
        self._writer: BatchWriter | None = None

    @property
    def buffered_rows(self) -> int:
        """Records in memory."""
        return sum(batches.rows for batches in self._partitions.values())

    async def run(self) -> None:
        """Work until the unit is told to stop."""
        settings = self._context.settings
        codecs = await until_answered(self._context, self._unit, lambda: CodecSet.from_registry(settings.registry, self._topic_names))
        ids = await until_answered(self._context, self._unit, lambda: topic_ids(settings.kafka, self._kafka_names))
        producer = RecordProducer(settings, codecs, client_id=f"{self._unit}.dead-letters")
        letters = DeadLetters(producer, self._unit, settings, self._context.clock)
        self._writer = BatchWriter(self._unit, codecs, letters, ids, self._connect)
        try:
            await until_done(self._context, self._unit, self._consumer.start)
            await self._work()
            await self._finish()
        finally:
            await self._consumer.close()
            for pool in (self._pool, self._bulk_pool):
                await asyncio.to_thread(pool.shutdown)
            self._writer.close()
            await asyncio.to_thread(producer.close)

    async def _work(self) -> None:
        stop = asyncio.create_task(self._context.stop.wait())
        reading: asyncio.Task[None] | None = None
        try:
            while not stop.done():
                reading = reading or asyncio.create_task(self._read())
                waited: set[asyncio.Future[Any]] = {reading, stop, *self._writing.values()}
                await asyncio.wait(waited, timeout=_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    reading.result()
                    reading = None
                async with self._turn:
                    await self._advance()
                self._bound_memory()
                self._progress.report(self._consumer)
        finally:
            stop.cancel()
            if reading is not None:
                reading.cancel()

    async def _read(self) -> None:
        """Take what has come, in one go with its reading: no rebalance may come between the two."""
        try:
            fetched = await self._consumer.poll(_POLL_SECONDS)
        except Retryable as error:
            log.warning("history_reads_again", unit=self._unit, error=str(error))
            await asyncio.sleep(_POLL_SECONDS)
            return
        now = monotonic_seconds()
        for place, raw_batches in fetched.items():
            for raw in raw_batches:
                self._partitions[place].add(raw, now)
                self._progress.read_many(raw.count)

    async def _advance(self, *, all_of_it: bool = False) -> bool:
        """Do what can be done now; False when a server is away."""
        try:
            self._close_books()
            now = monotonic_seconds()
            for batches in self._partitions.values():
                batches.cut(now, all_of_it=all_of_it)
            if now >= self._next_attempt:
                await self._commit()
                self._begin()
        except Retryable as error:
            seconds = self._backoff.next_seconds(error.retry_after_seconds)
            self._next_attempt = monotonic_seconds() + seconds
            self._progress.trouble = f"waiting: {error}"
            log.warning("history_waits", unit=self._unit, seconds=round(seconds, 2), error=str(error))
            return False
        return True

    def _close_books(self) -> None:
        """Take note of what became of the writes."""
        away: Retryable | None = None
        for place, future in list(self._writing.items()):
            if not future.done():
                continue
            del self._writing[place]
            batches, work = self._partitions[place], self._works[place]
            try:
                outcome = future.result()
            except Retryable as error:
                listed.CLICKHOUSE_FAILURES.add(1, self._unit)
                away = error  # the same work is written again
                continue
            del self._works[place]
            if isinstance(outcome, Divide):
                batches.divide(outcome.rows)
                continue
            batches.done()
            self._progress.wrote(outcome.rows)
            self._progress.reached(place, outcome.newest_us)
            if work.block is not None:
                self._backoff.succeeded()
                self._progress.trouble = None
        if away is not None:
            raise away

    async def _commit(self) -> None:
        """Commit behind what is written, and announce what is next, in one request."""
        offsets = {place: wanted for place, batches in self._partitions.items() if (wanted := batches.uncommitted) is not None}
        if offsets:
            await self._consumer.commit(offsets)
            for place, (offset, metadata) in offsets.items():
                self._partitions[place].committed(offset, metadata)

    def _begin(self) -> None:
        """Hand what is announced to the writers."""
        assert self._writer is not None
        loop = asyncio.get_running_loop()
        for place, batches in self._partitions.items():
            batch = batches.ready
            if batch is not None and place not in self._writing:
                work = self._works.setdefault(place, Work(batch))
                pool = self._bulk_pool if self._topics[place[0]].bulk else self._pool
                self._writing[place] = loop.run_in_executor(pool, self._writer.write, work)

    async def _finish(self) -> None:
        """Write what is in memory; when ClickHouse is away, the next start reads it again."""
        deadline = monotonic_seconds() + _LAST_ATTEMPTS_SECONDS
        going_on = True
        while going_on and monotonic_seconds() < deadline:
            async with self._turn:
                going_on = await self._advance(all_of_it=True) and bool(self._writing)
            if self._writing:
                await asyncio.wait(self._writing.values(), timeout=_POLL_SECONDS)

    def _assigned(self, committed: Mapping[Place, Committed]) -> None:
        self._progress.assigned()
        for place, entry in committed.items():
            self._partitions[place] = PartitionBatches(place, entry, self._limits(place))
            if self._partitions[place].rebuilding:
                log.info("batch_rebuilt", unit=self._unit, topic=place[0], partition=place[1], first=entry.next_offset, metadata=entry.metadata)

    async def _revoked(self, places: Collection[Place]) -> None:
        """Finish what is on its way, drop the rest: the next owner reads it again, and rebuilds what is announced."""
        async with self._turn:
            if self._writing:
                await asyncio.wait(self._writing.values(), timeout=_LAST_ATTEMPTS_SECONDS)
            try:
                self._close_books()
                await self._commit()
            except Retryable as error:
                log.warning("history_gives_away_unfinished", unit=self._unit, error=str(error))
            for books in (self._partitions, self._works, self._writing):
                for place in places:
                    books.pop(place, None)  # a write that is still on its way is repeated by the next owner under the same token

    def _limits(self, place: Place) -> BatchLimits:
        settings = self._settings
        if self._topics[place[0]].bulk:
            return BatchLimits(settings.bulk_batch_rows, settings.batch_bytes, settings.bulk_batch_seconds)
        return BatchLimits(settings.batch_rows, settings.batch_bytes, settings.batch_seconds)

    def _bound_memory(self) -> None:
        """Stop reading while too much waits."""
        rows = self.buffered_rows / self._settings.buffered_rows
        size = sum(batches.bytes for batches in self._partitions.values()) / self._settings.buffered_bytes
        self._memory_is_full = max(rows, size) >= (0.5 if self._memory_is_full else 1.0)
        if self._memory_is_full:
            # One that rebuilds goes on: its batch cannot be cut, and its memory not be freed, before it is complete.
            going_on = next((place for place, batches in self._partitions.items() if batches.rebuilding), None)
            self._consumer.pause(place for place in self._partitions if place != going_on and place not in self._consumer.held)
            if going_on is not None:
                self._consumer.resume([going_on])
        else:
            self._consumer.resume(list(self._consumer.held))
