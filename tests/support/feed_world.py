"""A feed's world: simulator, feed and ticks as processes of their own against the test broker, all killable."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from infra.clock import to_microseconds
from infra.kafka.codecs import CodecSet
from infra.kafka.topics import apply
from infra.local.ports import free_ports
from infra.local.tether import tethered
from infra.market_calendar import NEW_YORK
from infra.settings import ClockSettings, Settings, SimulatorSettings, clock_of, environment_of
from infra.vendor_settings import PolygonSettings
from infra.vendorsim.market_events import TapeQuote, TapeTrade
from infra.vendorsim.scenario import Scenario
from schemas import catalog
from schemas.records import FeedHeartbeat
from tests.support.kafka_world import read_all, wait_until

DAY_START = datetime(2025, 6, 3, 9, 29, 30, tzinfo=NEW_YORK)
FEED_TOPICS = ("market.trades", "market.quotes", "market.bars", "reference.gappers", "raw.payloads", "ops.heartbeats", "ops.ticks")


@dataclass(slots=True)
class FeedWorld:
    """Processes around one simulated market day."""

    settings: Settings
    codecs: CodecSet
    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def scenario(self) -> Scenario:
        return Scenario(DAY_START.date(), self.settings.simulator.seed)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.settings.simulator.port}"

    def now_us(self) -> int:
        return clock_of(self.settings).now_us()

    def start(self, name: str, *command: str) -> None:
        """Start ``tapewire <command>`` as process ``name``."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TAPEWIRE_")}
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                tethered([sys.executable, "-m", "infra.cli.main", *command]),
                env=environment | environment_of(self.settings), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip

    def start_simulator(self) -> None:
        self.start("vendorsim", "vendorsim")
        wait_until(self._simulator_answers, "the simulator")

    def start_feeds(self) -> None:
        self.start("feeds", "run", "feed.polygon", "ticks")

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash would."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> int:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(20)

    def fault(self, **order: Any) -> int:
        answer = httpx.post(f"{self.base_url}/polygon/faults", json=order, trust_env=False)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["connections"])

    def records(self, topic: str) -> list[Any]:
        """Return every record on the topic, partition by partition, in offset order."""
        codec = self.codecs.of(topic)
        kafka_name = catalog.topic(topic).kafka_name
        return [codec.decode(message.value() or b"") for message in read_all(self.settings.kafka.bootstrap_servers, kafka_name)]

    def dead_letters(self, topic: str) -> list[Any]:
        name = catalog.topic(topic).dead_letter_name
        messages = read_all(self.settings.kafka.bootstrap_servers, name)
        return [self.codecs.dead_letters.decode(message.value() or b"") for message in messages]

    def watermark_us(self) -> int:
        """Return the newest heartbeat's watermark; 0 before the first."""
        newest = self.newest_heartbeat()
        return 0 if newest is None else newest.ts_event

    def newest_heartbeat(self) -> FeedHeartbeat | None:
        """Return the newest heartbeat, if there is one."""
        topic = catalog.topic("ops.heartbeats")
        consumer = Consumer({"bootstrap.servers": self.settings.kafka.bootstrap_servers, "group.id": "newest-heartbeat"})
        try:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic.kafka_name, 0), timeout=20)
            if high <= low:
                return None
            consumer.assign([TopicPartition(topic.kafka_name, 0, high - 1)])
            message = consumer.poll(20)
            assert message is not None and message.error() is None
            heartbeat: FeedHeartbeat = self.codecs.of("ops.heartbeats").decode(message.value() or b"")
            return heartbeat
        finally:
            consumer.close()

    def run_for(self, market_seconds: float) -> None:
        """Wait until the watermark is so far beyond the present, or beyond the feed's beginning if that comes later."""
        wait_until(lambda: self.watermark_us() > 0, "the first heartbeat")
        until_us = max(self.now_us(), self.watermark_us()) + round(market_seconds * 1_000_000)
        wait_until(lambda: self.watermark_us() >= until_us, f"the watermark to pass {until_us}")

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def _simulator_answers(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/readyz", trust_env=False, timeout=1).is_success
        except httpx.TransportError:
            return False


@pytest.fixture
def feed_world(kafka_settings: Settings, codecs: CodecSet, tmp_path: Path) -> Iterator[FeedWorld]:
    """Empty topics, a simulator that plays 20 symbols at 20 times the speed of the day, no feed yet."""
    empty_topics(kafka_settings, FEED_TOPICS)
    (port,) = free_ports(1)
    scenario = Scenario(DAY_START.date())
    settings = kafka_settings.model_copy(
        update={
            "clock": ClockSettings(
                kind="scaled", start_us=to_microseconds(DAY_START), origin_us=time.time_ns() // 1_000, speed=20
            ),
            "simulator": SimulatorSettings(port=port, state_folder=tmp_path / "discord"),
            "polygon": PolygonSettings.model_validate(
                {
                    "websocket_url": f"ws://127.0.0.1:{port}/polygon/stocks",
                    "delayed_websocket_url": "",
                    "rest_url": f"http://127.0.0.1:{port}/polygon",
                    "api_key": "key-of-this-test",  # pragma: allowlist secret
                    "symbols": scenario.symbols,
                    "silence_seconds": 2.0,
                    "backoff_cap_seconds": 1.0,
                    "first_start_minutes": 2,
                }
            ),
        }
    )
    world = FeedWorld(settings, codecs, tmp_path)
    world.start_simulator()
    yield world
    for name in list(world.processes):
        world.kill(name)


def expected(world: FeedWorld, start_us: int, end_us: int) -> tuple[list[TapeTrade], list[TapeQuote]]:
    """Return what happened in the market."""
    events = world.scenario.events_between(start_us // 1_000, end_us // 1_000)
    return (
        [event for event in events if isinstance(event, TapeTrade)],
        [event for event in events if isinstance(event, TapeQuote)],
    )


def assert_ticks_complete(world: FeedWorld) -> Sequence[int]:
    """Every partition holds every second once, in order; return the seconds of partition 0."""
    by_partition: dict[int, list[int]] = {}
    codec = world.codecs.of("ops.ticks")
    for message in read_all(world.settings.kafka.bootstrap_servers, catalog.topic("ops.ticks").kafka_name):
        by_partition.setdefault(message.partition() or 0, []).append(codec.decode(message.value() or b"").ts_event)
    assert len(by_partition) == catalog.topic("ops.ticks").partitions
    firsts = {seconds[0] for seconds in by_partition.values()}
    assert len(firsts) == 1
    for seconds in by_partition.values():
        assert seconds == list(range(seconds[0], seconds[-1] + 1, 1_000_000)), json.dumps(seconds[-5:])
    return by_partition[0]


def empty_topics(settings: Settings, topics: Sequence[str]) -> None:
    """Delete the topics and their dead letters, and create them anew."""
    admin = AdminClient({"bootstrap.servers": settings.kafka.bootstrap_servers})
    names = [name for topic in topics for name in (catalog.topic(topic).kafka_name, catalog.topic(topic).dead_letter_name)]
    present = set(admin.list_topics(timeout=20).topics)
    for future in admin.delete_topics([name for name in names if name in present], operation_timeout=20).values():
        future.result(30)
    wait_until(lambda: not set(admin.list_topics(timeout=20).topics) & set(names), "the topics to be gone")
    apply(admin)
