"""Fixtures of the ClickHouse sink: one test's trades, its consumer group, its database, workers in threads."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import pytest
from pydantic import SecretStr

from infra.clickhouse.client import ClickHouse, Database
from infra.clickhouse.migrate import migrate
from infra.clickhouse.native_block import NativeBlock
from infra.clock import SystemClock
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.settings import ClickHouseSettings, Settings
from infra.unit import UnitContext
from schemas import catalog
from schemas.records import Trade
from sinks.clickhouse.history import History
from tests.support.local_clickhouse import ClickHouseAddress

NOON = 1_586_966_400_000_000


class HookedClickHouse(ClickHouse):
    """A connection that tells before and after each insert."""

    before: Callable[[NativeBlock, str], None] = staticmethod(lambda _block, _token: None)
    after: Callable[[NativeBlock, str], None] = staticmethod(lambda _block, _token: None)

    @classmethod
    def with_hooks(
        cls, settings: ClickHouseSettings, *, before: Callable[[NativeBlock, str], None] | None = None,
        after: Callable[[NativeBlock, str], None] | None = None,
    ) -> Self:  # fmt: skip
        made = cls.connect(settings)
        made.before, made.after = before or made.before, after or made.after
        return made

    def insert(self, block: NativeBlock, token: str) -> None:
        self.before(block, token)
        super().insert(block, token)
        self.after(block, token)


@dataclass(slots=True)
class Worker:
    """A sink at work in a thread of its own."""

    history: History
    health: Health
    errors: list[BaseException] = field(default_factory=list)


class Tape:
    """One test's trades, its consumer group and its database."""

    def __init__(self, settings: Settings, codecs: CodecSet, producer: RecordProducer) -> None:
        self.settings = settings
        self.codecs = codecs
        self.producer = producer
        self.group = f"sink.{uuid.uuid4().hex}"
        self.day = uuid.uuid4().hex[:6].upper()
        self.health = Health()
        self.database = ClickHouse.connect(settings.clickhouse)

    def trade(self, number: int) -> Trade:
        return Trade(
            symbol=f"{self.day}.{number % 13}", ts_event=NOON + number, ts_received=NOON, ts_published=NOON, source="test",
            trade_id=str(number), sequence=number, price=10.0 + number, size=100.0,
        )  # fmt: skip

    def publish(self, numbers: range) -> None:
        """Publish trades, the same number to each partition."""
        for number in numbers:
            self.producer.send("market.trades", self.trade(number), partition=number % catalog.topic("market.trades").partitions)
        self.producer.flush()

    def stored(self) -> list[int]:
        """Numbers of this test's trades as they are in the table, repeats included."""
        rows = self.database.rows("SELECT sequence FROM market_trades WHERE startsWith(symbol, {day:String})", {"day": f"{self.day}."})
        return sorted(number for (number,) in rows)

    def offsets_stored_twice(self) -> int:
        ((count,),) = self.database.rows("SELECT count() - uniqExact(_topic, _partition, _offset) FROM market_trades")
        return int(count)

    def letters(self) -> dict[bytes, tuple[object, ...]]:
        """Dead letters of this test's sink by the record's bytes: error, reason, partition, offset, topic."""
        query = "SELECT hex(value), error, reason, partition, offset, topic FROM dead_letters_latest WHERE stage = {stage:String}"
        return {bytes.fromhex(row[0]): row[1:] for row in self.database.rows(query, {"stage": self.group})}

    @contextmanager
    def working(
        self,
        *,
        topics: tuple[str, ...] = ("market.trades",),
        connect: Callable[[], Database] | None = None,
        expected: type[Exception] | None = None,
        **changes: object,
    ) -> Iterator[Worker]:
        """A sink with changed settings at work for the length of the block; ``expected`` is the error it must end with."""
        clickhouse = self.settings.clickhouse.model_copy(update=changes)
        settings = self.settings.model_copy(update={"clickhouse": clickhouse})
        context = UnitContext(settings, SystemClock(), self.health, asyncio.Event())
        loop = asyncio.new_event_loop()
        worker = Worker(
            History(
                context, self.group, topics, dead_letters_of=topics,
                connect=connect or (lambda: ClickHouse.connect(clickhouse)),
            ),
            self.health,
        )  # fmt: skip

        def main() -> None:
            try:
                loop.run_until_complete(worker.history.run())
            except BaseException as error:
                worker.errors.append(error)
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.run_until_complete(loop.shutdown_default_executor())
                loop.close()

        thread = threading.Thread(target=main)
        thread.start()
        try:
            yield worker
        finally:
            if thread.is_alive() and not loop.is_closed():
                loop.call_soon_threadsafe(context.stop.set)
            thread.join(90)
            assert not thread.is_alive()
            if expected is None:
                assert not worker.errors, worker.errors
            else:
                assert [type(error) for error in worker.errors] == [expected], worker.errors


def clickhouse_settings(server: ClickHouseAddress, database: str) -> ClickHouseSettings:
    """Settings with small batches."""
    return ClickHouseSettings(
        host=server.host, port=server.port, user=server.user, password=SecretStr(server.password), database=database,
        batch_rows=40, bulk_batch_rows=40, batch_seconds=0.1, bulk_batch_seconds=0.1,
    )  # fmt: skip


@pytest.fixture
def tape(
    kafka_settings: Settings,
    codecs: CodecSet,
    record_producer: RecordProducer,
    clickhouse_server: ClickHouseAddress,
    clickhouse_database: str,
) -> Iterator[Tape]:
    """An empty database that merges no trades, and a fresh group."""
    clickhouse = clickhouse_settings(clickhouse_server, clickhouse_database)
    migrate(clickhouse)
    made = Tape(kafka_settings.model_copy(update={"clickhouse": clickhouse}), codecs, record_producer)
    made.database.execute("SYSTEM STOP MERGES market_trades")  # a merge would hide what was stored twice
    yield made
    made.database.execute("SYSTEM START MERGES market_trades")
    made.database.close()
