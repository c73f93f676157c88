"""Two workers, one killed, one added, while a million trades come in: every bar is the one that pandas makes.

Who had which partitions and how long each gave no bar is printed (`pytest -s`), from the broker's own time stamps of the bars.
"""

from __future__ import annotations

import time
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import Message

from benchmarks.checker import check
from benchmarks.flow import flow_of_tape
from benchmarks.market_tape import make_tape
from benchmarks.paced_producer import PacedProducer, evenly
from benchmarks.truth import right_bars
from infra.kafka.codecs import CodecSet
from schemas import catalog
from tests.support.group_view import PARTITIONS, GroupView
from tests.support.kafka_world import read_all, wait_until
from tests.support.stage_world import StageWorld

UNIT, GROUP = "stage.history_bars", "tapewire-history_bars"
TRADES, BARS = (catalog.topic(name).kafka_name for name in ("history.trades", "history.bars"))
COUNT = 1_000_000
A_SECOND = 40_000
Owners = dict[str, frozenset[int]]
NS_PER_TRADE = 60_000_000_000 // A_SECOND  # a minute of the tape a second, so that bars tell when a partition stands still


@pytest.mark.timeout(400)
def test_two_workers_one_killed_one_added_in_a_million_trades(toy_world: StageWorld) -> None:
    """No bar is wrong, none missing, none unexpected."""
    kafka = toy_world.settings.kafka.model_copy(update={"session_timeout_ms": 4_000, "heartbeat_interval_ms": 1_000})
    toy_world.settings = toy_world.settings.model_copy(update={"kafka": kafka})
    codecs = CodecSet.from_registry(toy_world.settings.registry, ["history.trades", "history.bars"])
    group = GroupView(kafka.bootstrap_servers, GROUP, TRADES)
    killed_later = toy_world.start_unit(UNIT, TAPEWIRE_STAGE__FORM="kernel")
    toy_world.start_unit(UNIT, TAPEWIRE_STAGE__FORM="kernel")
    first = group.shared_by(2)
    tape = make_tape(COUNT, ns_per_trade=NS_PER_TRADE)
    place = SimpleNamespace(codecs=codecs, bootstrap=kafka.bootstrap_servers)
    producer = PacedProducer(cast("Any", place), TRADES, flow_of_tape(tape, codecs.of("history.trades").schema_id), evenly(COUNT, A_SECOND))
    producer.start(0, COUNT)

    def folded() -> int:
        return sum(max(offset, 0) for offset in toy_world.committed(TRADES, GROUP))

    wait_until(lambda: folded() > COUNT // 5, "a fifth of the trades", 60)
    killed_ms = _now_ms()
    toy_world.kill(killed_later)
    alone = group.shared_by(1)
    added_ms = _now_ms()
    toy_world.start_unit(UNIT, TAPEWIRE_STAGE__FORM="kernel")
    again = group.shared_by(2)
    producer.wait()
    published_ms = _now_ms()
    producer.close()
    wait_until(lambda: folded() == COUNT, "every trade to be folded", 60)

    messages = read_all(kafka.bootstrap_servers, BARS)
    codec = codecs.of("history.bars")
    bars = [codec.decode(message.value() or b"").as_avro() for message in messages]
    verdict = check(bars, right_bars(tape))
    assert verdict.is_right, str(verdict)
    (victim,) = first.keys() - alone.keys()
    print(f"\n{COUNT:,} trades, {A_SECOND:,} a second: {verdict}")
    _print_step(f"{victim} killed", first, alone, messages, killed_ms, added_ms)
    _print_step("a worker added", alone, again, messages, added_ms, published_ms)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _print_step(what: str, before: Owners, after: Owners, messages: list[Message], since_ms: int, until_ms: int) -> None:
    """Print which partitions moved, and how long each gave no bar at most from one moment to the other."""
    owner = {partition: worker for worker, partitions in before.items() for partition in partitions}
    moved = sorted(partition for worker, partitions in after.items() for partition in partitions if owner[partition] != worker)
    silences = {}
    for partition in sorted(PARTITIONS):
        times = sorted(at for message in messages if message.partition() == partition and since_ms < (at := message.timestamp()[1]) < until_ms)
        silences[partition] = max(later - earlier for earlier, later in pairwise([since_ms, *times, max(until_ms, since_ms)])) / 1_000
    print(f"{what}: partitions {moved} moved; within {(until_ms - since_ms) / 1_000:.1f} s the longest time without a bar, by partition: {silences}")
