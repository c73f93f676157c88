"""Writes one batch: its records into rows, the rows into their table; what cannot be used goes to the dead letters first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.clickhouse.client import Database
from infra.clickhouse.failures import RowsRefused
from infra.clickhouse.native_block import NativeBlock
from infra.clock import monotonic_seconds
from infra.columnar.record_batch import RawRecord, records_of
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetterLimits, DeadLetters
from infra.kafka.received import Place
from infra.kafka.replay_headers import meant_for_another
from infra.metrics import listed
from schemas import catalog
from schemas.codec import UndecodableRecord
from sinks.clickhouse.batching import Batch, Row
from sinks.clickhouse.bulk_blocks import BulkBlocks
from sinks.clickhouse.insertion import Range, insert_once
from sinks.clickhouse.rows import block_of_rows


@dataclass(slots=True)
class Work:
    """One batch on its way. What was found out about it is kept for the next attempt, so that nothing is counted twice."""

    batch: Batch
    rows: tuple[Row, ...] | None = None
    block: NativeBlock | None = None
    newest_us: int | None = None
    perhaps_there: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """The batch is safe.

    Attributes
    ----------
    rows
        Stored; the others are dead letters.
    newest_us
        Latest `ts_event` of them; None when they have none.
    """

    rows: int
    newest_us: int | None = None


@dataclass(frozen=True, slots=True)
class Divide:
    """One of the rows cannot be stored, so none was: write the halves."""

    rows: tuple[Row, ...]


class BatchWriter:
    """Writes batches, each from any thread; of one partition one after the other.

    Parameters
    ----------
    unit
        Named in metrics.
    codecs
        Of every topic it gets.
    dead_letters
        Where bad records go.
    topic_ids
        Kafka topic to the broker's id of it.
    connect
        Opens the database; once, or again after it failed.
    new_limits
        Makes the limits of bad records of one partition.
    """

    def __init__(
        self,
        unit: str,
        codecs: CodecSet,
        dead_letters: DeadLetters,
        topic_ids: Mapping[str, str],
        connect: Callable[[], Database],
        new_limits: Callable[[], DeadLetterLimits] = DeadLetterLimits,
    ) -> None:
        self._unit = unit
        self._codecs = codecs
        self._dead_letters = dead_letters
        self._topic_ids = topic_ids
        self._connect = connect
        self._new_limits = new_limits
        self._topics = catalog.by_kafka_name()
        self._columns = BulkBlocks(codecs)
        self._undecodable: dict[Place, DeadLetterLimits] = {}
        self._refused: dict[Place, DeadLetterLimits] = {}
        self._database: Database | None = None
        self._connecting = threading.Lock()
        self._closing = threading.Event()

    def write(self, work: Work) -> Written | Divide:
        """Write a batch.

        Raises
        ------
        Retryable
            If a server is away, or the rows may not be there: write it again.
        Fatal
            If too many records are bad, or a server refuses us.
        """
        batch = work.batch
        try:
            if work.block is None and not self._prepare(work):
                return Written(0)
            assert work.block is not None
            where = Range(batch.place, self._topic_ids[batch.place[0]], batch.first, batch.last)
            perhaps_there, work.perhaps_there = work.perhaps_there or batch.perhaps_there, True
            began = monotonic_seconds()
            insert_once(self._server(), work.block, where, perhaps_there=perhaps_there, wait=self._closing.wait)
        except RowsRefused as error:
            rows = self._decode(batch) if work.rows is None else work.rows
            if len(rows) > 1:
                return Divide(rows)
            self._put_aside(batch.place, rows[0], error)
            return Written(0)
        if work.rows is None:
            self._limits_of(self._undecodable, batch.place).good(work.block.rows)
        listed.CLICKHOUSE_SECONDS.seen(monotonic_seconds() - began, self._unit)
        listed.CLICKHOUSE_ROWS.add(work.block.rows, self._unit, work.block.table)
        self._limits_of(self._refused, batch.place).good(work.block.rows)
        return Written(work.block.rows, work.newest_us)

    def close(self) -> None:
        """Give back the connection."""
        self._closing.set()
        if self._database is not None:
            self._database.close()

    def _server(self) -> Database:
        with self._connecting:
            if self._database is None:
                self._database = self._connect()
            return self._database

    def _prepare(self, work: Work) -> bool:
        """Make the block of a batch; False when no record of it is left."""
        batch = work.batch
        topic = self._topics[batch.place[0]]
        if batch.rows is None and topic.bulk:
            made = self._columns.block(topic, batch)
            if made is not None:
                work.block, work.newest_us = made.block, made.newest_us
                return made.block.rows > 0
        work.rows = self._decode(batch) if batch.rows is None else batch.rows
        if work.rows:
            work.block, work.newest_us = block_of_rows(topic, batch.place[1], work.rows), _newest(work.rows)
        return bool(work.rows)

    def _decode(self, batch: Batch) -> tuple[Row, ...]:
        """Return the rows of a batch; bad records are dead letters by then.

        A letter is safe before any row is inserted: were it the other way round, a later version of the code that can read the record
        would make other rows of the same range, and the server drop them as known.
        """
        codec = self._codecs.of_kafka_name(batch.place[0])
        found: list[Row | tuple[RawRecord, Exception]] = []
        for raw in batch.raw:
            for record in records_of(raw):
                if not batch.first <= record.offset <= batch.last:
                    continue
                if record.headers and meant_for_another(record.headers, self._dead_letters.stage):
                    continue
                try:
                    if record.value is None:
                        raise UndecodableRecord(f"expected a record in {batch.place[0]}, found no value")
                    found.append(Row(record.offset, record.key, record.value, codec.decode(record.value)))
                except UndecodableRecord as error:
                    found.append((record, error))
        limits = self._limits_of(self._undecodable, batch.place)
        rows: list[Row] = []
        for entry in found:
            if isinstance(entry, Row):
                limits.good()
                rows.append(entry)
            else:
                self._send_letter(batch.place, *entry)
                limits.bad()
        return tuple(rows)

    def _put_aside(self, place: Place, row: Row, error: Exception) -> None:
        self._send_letter(place, RawRecord(row.offset, 0, row.key, row.value, ()), error)
        self._limits_of(self._refused, place).bad()

    def _send_letter(self, place: Place, record: RawRecord, error: Exception) -> None:
        self._dead_letters.put_blocking(
            topic=place[0], value=record.value, error=error, key=record.key, partition=place[1], offset=record.offset
        )

    def _limits_of(self, limits: dict[Place, DeadLetterLimits], place: Place) -> DeadLetterLimits:
        if place not in limits:
            limits[place] = self._new_limits()
        return limits[place]


def _newest(rows: tuple[Row, ...]) -> int | None:
    moments = [moment for row in rows if (moment := getattr(row.record, "ts_event", None)) is not None]
    return max(moments, default=None)
