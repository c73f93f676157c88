"""The ClickHouse sink on a real broker and the real engine: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import math
import os
import struct
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.clickhouse.client import ClickHouse
from infra.clickhouse.migrate import migrate
from infra.clock import SystemClock
from infra.errors import Retryable
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.consumer_loop import ConsumerLoop
from infra.kafka.producer import RecordProducer
from infra.settings import ClickHouseSettings, Settings, environment_of
from infra.unit import UnitContext
from schemas.records import Trade
from sinks.clickhouse.unit import history_loop
from tests.support.kafka_world import read_all, wait_until
from tests.support.local_clickhouse import ClickHouseAddress

DYING_PROCESS = Path(__file__).parent.parent / "support" / "history_process.py"
NOON = 1_586_966_400_000_000


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
        for number in numbers:
            self.producer.send("market.trades", self.trade(number))
        self.producer.flush()

    def stored(self) -> list[int]:
        """Numbers of this test's trades as they are in the table, repeats included."""
        rows = self.database.rows("SELECT sequence FROM market_trades WHERE startsWith(symbol, {day:String})", {"day": f"{self.day}."})
        return sorted(number for (number,) in rows)

    def offsets_stored_twice(self) -> int:
        ((count,),) = self.database.rows("SELECT count() - uniqExact(_topic, _partition, _offset) FROM market_trades")
        return int(count)

    def loop(self, *, connect: Callable[[ClickHouseSettings], ClickHouse] = ClickHouse.connect, **changes: object) -> ConsumerLoop:
        clickhouse = self.settings.clickhouse.model_copy(update=changes)
        context = UnitContext(self.settings.model_copy(update={"clickhouse": clickhouse}), SystemClock(), self.health, asyncio.Event())
        return history_loop(context, name=self.group, topics=("market.trades",), dead_letters_of=("market.trades",), connect=connect)


@pytest.fixture
def tape(
    kafka_settings: Settings,
    codecs: CodecSet,
    record_producer: RecordProducer,
    clickhouse_server: ClickHouseAddress,
    clickhouse_database: str,
) -> Iterator[Tape]:
    clickhouse = ClickHouseSettings(
        host=clickhouse_server.host, port=clickhouse_server.port, user=clickhouse_server.user,
        password=SecretStr(clickhouse_server.password), database=clickhouse_database, batch_rows=40, batch_seconds=0.1,
    )  # fmt: skip
    migrate(clickhouse)
    made = Tape(kafka_settings.model_copy(update={"clickhouse": clickhouse}), codecs, record_producer)
    made.database.execute("SYSTEM STOP MERGES market_trades")  # a merge would hide what was stored twice
    yield made
    made.database.execute("SYSTEM START MERGES market_trades")
    made.database.close()


@contextmanager
def working(loop: ConsumerLoop) -> Iterator[list[BaseException]]:
    errors: list[BaseException] = []

    def main() -> None:
        try:
            loop.work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=main)
    thread.start()
    try:
        yield errors
    finally:
        loop.stop()
        thread.join(60)
        assert not thread.is_alive()
        assert not errors, errors


@pytest.mark.timeout(240)
def test_no_row_is_lost_or_doubled_when_the_process_is_killed(tape: Tape) -> None:
    """SIGKILL between note and insert, and between insert and commit: the successor inserts the same batch under the same token."""
    tape.publish(range(600))
    environment = os.environ | environment_of(tape.settings)
    for point, inserts in [("after-insert", 3), ("before-insert", 2), ("after-insert", 0)]:
        command = [sys.executable, str(DYING_PROCESS), tape.group, point, str(inserts)]
        process = subprocess.run(command, env=environment, timeout=90, check=False)
        assert process.returncode == -9
        assert len(tape.stored()) < 600
    with working(tape.loop()):
        wait_until(lambda: len(set(tape.stored())) == 600, "all rows", 60)
    assert tape.stored() == list(range(600))
    assert tape.offsets_stored_twice() == 0


def test_two_members_share_the_work_through_a_rebalance(tape: Tape) -> None:
    """A second process joins and leaves in the middle: every row is stored once."""
    tape.publish(range(200))
    with working(tape.loop()):
        wait_until(lambda: len(tape.stored()) > 40, "the first rows")
        with working(tape.loop()):
            for start in range(200, 600, 20):
                tape.publish(range(start, start + 20))
            wait_until(lambda: len(tape.stored()) >= 600, "all rows while both work")
            tape.publish(range(600, 700))
        tape.publish(range(700, 800))
        wait_until(lambda: len(tape.stored()) >= 800, "all rows")
    assert tape.stored() == list(range(800))
    assert tape.offsets_stored_twice() == 0


def test_a_restart_goes_on_and_stores_nothing_again(tape: Tape) -> None:
    """An orderly stop writes what is in memory, the next start begins behind it."""
    tape.publish(range(10))
    everything = len(read_all(tape.settings.kafka.bootstrap_servers, "market.trades.v1"))  # other tests' trades too
    with working(tape.loop(batch_seconds=3600.0)):
        wait_until(lambda: tape.group in tape.health.conditions(), "a report")
        wait_until(lambda: tape.health.conditions()[tape.group].records_in >= everything, "the records")
        assert len(tape.stored()) < 10
    assert tape.stored() == list(range(10))
    tape.publish(range(10, 20))
    with working(tape.loop()):
        wait_until(lambda: len(tape.stored()) >= 20, "the new rows")
    assert tape.stored() == list(range(20))
    assert tape.offsets_stored_twice() == 0


def test_memory_is_bounded_while_clickhouse_is_away(tape: Tape) -> None:
    """ING-12: reading pauses, the unit says why, and everything arrives afterwards."""
    away = True
    attempts = 0

    def connect(settings: ClickHouseSettings) -> ClickHouse:
        nonlocal attempts
        attempts += 1
        if away:
            raise Retryable("expected ClickHouse to connect, found nobody")
        return ClickHouse.connect(settings)

    tape.publish(range(2_000))
    with working(tape.loop(connect=connect, buffered_rows=200)):
        wait_until(lambda: attempts >= 3, "attempts")
        condition = tape.health.conditions()[tape.group]
        assert not condition.ready and "ClickHouse is away" in condition.detail
        assert condition.records_in < 2_000
        away = False
        wait_until(lambda: len(set(tape.stored())) == 2_000, "all rows", 90)
        wait_until(lambda: tape.health.conditions()[tape.group].ready, "ready again")
    assert tape.stored() == list(range(2_000))
    assert tape.offsets_stored_twice() == 0


def test_bad_frames_become_rows_of_dead_letters_and_their_neighbours_are_stored(tape: Tape) -> None:
    """Issue §4: unknown schema id, truncated frame, NaN: bytes, place and reason in ClickHouse."""
    good = tape.codecs.of("market.trades").encode(tape.trade(5))
    bad = {
        good[:-7]: "UndecodableRecord",
        good.replace(struct.pack("<d", 15.0), struct.pack("<d", math.nan)): "UndecodableRecord",
        b"\x00" + struct.pack(">I", 3_999_999) + good[5:]: "UnknownWriterSchema",
    }
    for number, frame in enumerate(bad):
        tape.publish(range(number * 20, number * 20 + 20))
        tape.producer.send_bytes("market.trades.v1", frame, key=b"BAD", partition=number).result(20)
    tape.publish(range(60, 80))
    query = "SELECT hex(value), error, reason, partition, offset, topic FROM dead_letters_latest WHERE stage = {stage:String}"
    with working(tape.loop()):
        wait_until(lambda: len(tape.stored()) >= 80, "the good ones")
        wait_until(lambda: len(tape.database.rows(query, {"stage": tape.group})) >= 3, "the dead letters")
    assert tape.stored() == list(range(80))
    letters = {bytes.fromhex(row[0]): row[1:] for row in tape.database.rows(query, {"stage": tape.group})}
    for number, (frame, error) in enumerate(bad.items()):
        assert letters[frame][0] == error and letters[frame][2] == number and letters[frame][4] == "market.trades.v1"
        assert "expected" in letters[frame][1] and letters[frame][3] >= 0
