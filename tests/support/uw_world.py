"""The Unusual Whales stream's world: simulator and feed as processes of their own against the test broker, all killable."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, TopicPartition

from infra.clock import to_microseconds
from infra.kafka.codecs import CodecSet
from infra.local.ports import free_ports
from infra.settings import ClockSettings, Settings, SimulatorSettings
from infra.vendor_settings import UnusualWhalesSettings
from infra.vendorsim.unusual_whales_channels import said
from infra.vendorsim.unusual_whales_market import OptionMarket
from schemas import catalog
from schemas.records import FeedHeartbeat, FeedState
from tests.support.feed_world import DAY_START, FeedWorld, empty_topics
from tests.support.kafka_world import wait_until

TOPICS = (
    "options.trades", "options.flow-alerts", "options.exposures", "options.net-premium", "news.headlines", "market.tide", "market.halts",
    "darkpool.prints", "raw.payloads", "ops.heartbeats",
)  # fmt: skip
CHANNELS = ("option_trades", "flow-alerts", "news", "gex", "gex_strike:SPY", "gex_strike_expiry:QQQ", "net_flow:SPY", "price")
KEY = "token-of-this-test"
UNIT = "feed.unusual_whales_stream"


@dataclass(slots=False)
class UwWorld(FeedWorld):
    """Processes around one simulated day of options."""

    @cached_property
    def market(self) -> OptionMarket:
        """The option market that the simulator plays."""
        return OptionMarket(self.scenario, self.settings.simulator.seed)

    def start_feeds(self) -> None:
        self.start("feeds", "run", UNIT)

    def fault(self, **order: Any) -> int:
        answer = httpx.post(f"{self.base_url}/uw/faults", json=order, trust_env=False)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["connections"])

    def heartbeats(self) -> list[FeedHeartbeat]:
        return list(self.records("ops.heartbeats"))

    def condition(self) -> tuple[FeedState | None, str | None]:
        """Return what the newest heartbeat says of the feed."""
        newest = self.newest_heartbeat()
        return (None, None) if newest is None else (newest.state, newest.detail)

    def reconnects(self) -> int:
        """Return how often the feed's process connected again."""
        newest = self.newest_heartbeat()
        return 0 if newest is None else newest.reconnects

    def count(self, topic: str) -> int:
        """Return how many records are on the topic."""
        entry = catalog.topic(topic)
        consumer = Consumer({"bootstrap.servers": self.settings.kafka.bootstrap_servers, "group.id": "count"})
        try:
            places = [TopicPartition(entry.kafka_name, number) for number in range(entry.partitions)]
            return sum(high - low for low, high in (consumer.get_watermark_offsets(place, timeout=20) for place in places))
        finally:
            consumer.close()

    def wait_for_trades(self, more: int) -> None:
        """Wait until so many more option trades are on the topic."""
        before = self.count("options.trades")
        wait_until(lambda: self.count("options.trades") >= before + more, f"{more} more option trades")

    def expected_trades(self, start_us: int, end_us: int) -> dict[str, dict[str, Any]]:
        """Return the option trades that happened, by id."""
        entries = said(self.market, {"option_trades"}, -(-start_us // 1_000), -(-end_us // 1_000))
        return {entry.payload["id"]: entry.payload for entry in entries}


@pytest.fixture
def uw_world(kafka_settings: Settings, codecs: CodecSet, tmp_path: Path) -> Iterator[UwWorld]:
    """Empty topics, a simulator that plays the day at 20 times its speed, no feed yet."""
    empty_topics(kafka_settings, TOPICS)
    (port,) = free_ports(1)
    settings = kafka_settings.model_copy(
        update={
            "clock": ClockSettings(kind="scaled", start_us=to_microseconds(DAY_START), origin_us=time.time_ns() // 1_000, speed=20),
            "simulator": SimulatorSettings(port=port, state_folder=tmp_path / "discord"),
            "unusual_whales": UnusualWhalesSettings.model_validate(
                {
                    "websocket_url": f"ws://127.0.0.1:{port}/uw/socket",
                    "rest_url": f"http://127.0.0.1:{port}/uw",
                    "api_key": KEY,
                    "channels": CHANNELS,
                    "silence_seconds": 3.0,
                    "backoff_cap_seconds": 1.0,
                }
            ),
        }
    )
    world = UwWorld(settings, codecs, tmp_path)
    world.start_simulator()
    yield world
    for name in list(world.processes):
        world.kill(name)
