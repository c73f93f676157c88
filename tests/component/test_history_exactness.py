"""The ClickHouse sink through lost answers, killed servers and rebalances in mid-batch: every row once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient

from infra.clickhouse.client import ClickHouse
from infra.clickhouse.migrate import migrate
from infra.clickhouse.native_block import NativeBlock
from infra.errors import Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topics import apply
from infra.settings import Settings, environment_of
from schemas import catalog
from schemas.columns import create_table
from schemas.records import ClockCheck
from tests.support.clickhouse_proxy import ClickHouseProxy, Fate
from tests.support.history_world import HookedClickHouse, Tape, clickhouse_settings
from tests.support.kafka_world import wait_until
from tests.support.mortal_clickhouse import MortalClickHouse

DYING_PROCESS = Path(__file__).parent.parent / "support" / "history_process.py"


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[MortalClickHouse]:
    """A running server of the test's own."""
    server = MortalClickHouse(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def mortal_tape(mortal: MortalClickHouse, kafka_settings: Settings, codecs: CodecSet, record_producer: RecordProducer) -> Iterator[Tape]:
    """Trades that go into a table of the mortal server which never merges rows away: what is stored twice stays twice."""
    clickhouse = clickhouse_settings(mortal.address, "tapewire").model_copy(update={"answer_seconds": 5.0})
    migrate(clickhouse)
    made = Tape(kafka_settings.model_copy(update={"clickhouse": clickhouse}), codecs, record_producer)
    made.database.execute("DROP TABLE market_trades")
    statement = create_table(catalog.topic("market.trades")).replace("ReplacingMergeTree()", "MergeTree()")
    made.database.execute(statement.replace("{deduplication_window}", "10000"))
    yield made
    made.database.close()


@pytest.mark.timeout(180)
def test_answers_and_requests_that_get_lost_change_nothing(tape: Tape) -> None:
    """An insert that succeeded without our knowing, one that never came, one that came by half, one that is answered too late."""
    fates: list[Fate] = ["swallow", "pass", "half", "swallow", "swallow", "lose", "pass", "hang", "half", "hang", "swallow", "lose"]
    proxy = ClickHouseProxy(tape.settings.clickhouse.port, lambda number: fates[number] if number < len(fates) else "pass")
    tape.publish(range(600))
    with proxy.serving():
        through = tape.settings.clickhouse.model_copy(update={"port": proxy.port, "answer_seconds": 1.0})
        with tape.working(connect=lambda: ClickHouse.connect(through)):
            wait_until(lambda: len(set(tape.stored())) == 600, "all rows", 90)
            wait_until(lambda: len(proxy.seen) > len(fates), "all fates")
    assert proxy.answered >= 4
    assert tape.stored() == list(range(600))
    assert tape.offsets_stored_twice() == 0


@pytest.mark.timeout(180)
def test_clickhouse_is_killed_in_the_middle_of_an_insert_and_before_its_answer(mortal: MortalClickHouse, mortal_tape: Tape) -> None:
    """SIGKILL of the server while a block is on its way, and after the block was stored but before we knew."""
    tape = mortal_tape
    calls = 0
    lock = threading.Lock()

    def kill_some(moment: str) -> None:
        nonlocal calls
        with lock:
            calls += 1
            if (moment, calls) in (("before", 3), ("after", 10), ("before", 17), ("after", 26)):
                mortal.kill()
                mortal.start()
                raise Retryable("expected an answer, found the connection closed")

    def after(_block: NativeBlock, _token: str) -> None:
        kill_some("after")

    def before(_block: NativeBlock, _token: str) -> None:
        kill_some("before")

    tape.publish(range(1_000))
    with tape.working(connect=lambda: HookedClickHouse.with_hooks(tape.settings.clickhouse, before=before, after=after)):
        wait_until(lambda: len(set(_stored(tape))) == 1_000, "all rows", 120)
    assert tape.stored() == list(range(1_000))


@pytest.mark.timeout(180)
def test_a_server_killed_between_its_token_and_the_rows_loses_nothing(mortal: MortalClickHouse, mortal_tape: Tape) -> None:
    """The server logs the token before it shows the part. Killed in between, it takes every retry for a repeat: we look for the rows.

    The state on disk after such a kill is made by hand: token in the log, part under its temporary name.
    """
    tape = mortal_tape
    lost: list[str] = []
    lock = threading.Lock()  # blocks of several partitions are under way at once

    def after(_block: NativeBlock, token: str) -> None:
        with lock:
            if token.endswith("again1") or token in lost or len(lost) >= 2:
                return
            mortal.kill()
            newest = max((part for part in mortal.data.glob("store/*/*/all_*") if _holds_trades(part)), key=lambda part: int(part.name.split("_")[1]))
            temporary = newest.with_name(f"tmp_insert_{newest.name}")
            shutil.rmtree(temporary, ignore_errors=True)  # of another block that was under way when the server was killed
            newest.rename(temporary)
            mortal.start()
            lost.append(token)
        raise Retryable("expected an answer, found the connection closed")

    tape.publish(range(300))
    with tape.working(connect=lambda: HookedClickHouse.with_hooks(tape.settings.clickhouse, after=after), bulk_batch_seconds=0.5):
        wait_until(lambda: len(set(_stored(tape))) == 300, "all rows", 90)
    assert len(lost) == 2
    assert tape.stored() == list(range(300))


@pytest.mark.timeout(240)
def test_sink_and_clickhouse_are_killed_at_random(mortal: MortalClickHouse, mortal_tape: Tape) -> None:
    """A dozen SIGKILLs at moments nobody chose."""
    tape, dice = mortal_tape, random.Random(20200415)
    environment = os.environ | environment_of(tape.settings)
    command = [sys.executable, str(DYING_PROCESS), tape.group, "never", "0"]
    numbers = iter(range(0, 6_000, 500))
    sink = subprocess.Popen(command, env=environment)
    try:
        for start in numbers:
            tape.publish(range(start, start + 500))
            threading.Event().wait(dice.uniform(0.0, 2.0))
            if dice.random() < 0.5:
                mortal.kill()
                mortal.start()
            else:
                sink.kill()
                sink.wait()
                sink = subprocess.Popen(command, env=environment)
        wait_until(lambda: len(set(_stored(tape))) == 6_000, "all rows", 90)
    finally:
        sink.send_signal(signal.SIGTERM)
        sink.wait(60)
    assert tape.stored() == list(range(6_000))


@pytest.mark.timeout(120)
def test_a_rebalance_in_the_middle_of_a_batch(tape: Tape) -> None:
    """A worker's insert hangs while its partitions go to another, and comes to the server after the other's."""
    tape.publish(range(160))
    hanging, released = threading.Event(), threading.Event()

    def before(_block: NativeBlock, _token: str) -> None:
        if not released.is_set():
            hanging.set()
            released.wait(60)

    with tape.working(connect=lambda: HookedClickHouse.with_hooks(tape.settings.clickhouse, before=before)):
        assert hanging.wait(30)
        with tape.working():
            # The group waits some seconds for the hanging worker to finish, then the other takes over half of the partitions.
            wait_until(lambda: len(tape.stored()) >= 40, "rows of the other worker", 60)
            released.set()
            tape.publish(range(160, 320))
            wait_until(lambda: len(tape.stored()) >= 320, "all rows", 60)
    assert tape.stored() == list(range(320))
    assert tape.offsets_stored_twice() == 0


@pytest.mark.timeout(120)
def test_a_topic_made_anew_is_stored_though_its_offsets_repeat(tape: Tape) -> None:
    """Wiping Kafka, or one topic, gives other records the offsets whose tokens ClickHouse still knows."""
    bootstrap = tape.settings.kafka.bootstrap_servers
    admin, topic = AdminClient({"bootstrap.servers": bootstrap}), catalog.topic("ops.clock-checks")

    def stored() -> int:
        query = "SELECT count() FROM ops_clock_checks WHERE startsWith(unit, {day:String})"
        ((count,),) = tape.database.rows(query, {"day": f"{tape.day}."})  # other tests write to the topic as well
        return int(count)

    for life in range(2):
        for number in range(5):
            tape.producer.send(topic.name, ClockCheck(unit=f"{tape.day}.{life}", ts_event=number, ts_published=number))
        tape.producer.flush()
        with tape.working(topics=(topic.name,)):
            wait_until(lambda expected=5 * (life + 1): stored() >= expected, f"the rows of life {life}")
        if life == 0:
            admin.delete_topics([topic.kafka_name])[topic.kafka_name].result(30)
            wait_until(lambda: not _exists(admin, topic.kafka_name), "the end of the topic")
            apply(admin)
            wait_until(lambda: _exists(admin, topic.kafka_name), "the topic")
    assert stored() == 10


def _exists(admin: AdminClient, name: str) -> bool:
    try:
        return bool(admin.describe_topics(TopicCollection([name]))[name].result(10).partitions)
    except Exception:
        return False


def _holds_trades(part: Path) -> bool:
    return b"trade_id" in (part / "columns.txt").read_bytes()


def _stored(tape: Tape) -> list[int]:
    try:
        return tape.stored()
    except Retryable:  # it was killed a moment ago
        return []
