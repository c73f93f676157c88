"""Interactive Brokers' world: simulated TWS and feed as processes of their own against the test broker, all killable."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.clock import to_microseconds
from infra.kafka.codecs import CodecSet
from infra.local.ports import free_ports
from infra.settings import ClockSettings, Settings, SimulatorSettings
from infra.vendor_settings import IbkrSettings
from schemas.records import BookSnapshot, FeedState
from tests.support.feed_world import DAY_START, FeedWorld, empty_topics
from tests.support.kafka_world import wait_until

TOPICS = ("market.books", "raw.payloads", "ops.heartbeats")
UNIT = "feed.ibkr"


@dataclass(slots=False)
class IbkrWorld(FeedWorld):
    """Processes around one simulated day of books."""

    def start_feeds(self) -> None:
        self.start_worker("feeds")

    def start_worker(self, name: str) -> None:
        """Start one of several processes that run the feed."""
        self.start(name, "run", UNIT)

    def connections(self) -> int:
        """Return how many clients the simulated TWS has."""
        return self.fault(fault="message", code=2104)

    def fault(self, **order: Any) -> int:
        answer = httpx.post(f"{self.base_url}/tws/faults", json=order, trust_env=False)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["connections"])

    def books(self) -> list[BookSnapshot]:
        return list(self.records("market.books"))

    def condition(self) -> tuple[FeedState | None, str | None]:
        """Return what the newest heartbeat says of the feed."""
        newest = self.newest_heartbeat()
        return (None, None) if newest is None else (newest.state, newest.detail)

    def wait_for_books(self, more: int) -> None:
        """Wait until so many more books of each symbol are on the topic."""
        before = self._counts()
        wait_until(lambda: all(count >= before[symbol] + more for symbol, count in self._counts().items()), f"{more} more books of each symbol")

    def _counts(self) -> dict[str, int]:
        counts = dict.fromkeys(self.settings.ibkr.symbols, 0)
        for book in self.books():
            counts[book.symbol] += 1
        return counts


@pytest.fixture
def ibkr_world(kafka_settings: Settings, codecs: CodecSet, tmp_path: Path) -> Iterator[IbkrWorld]:
    """Empty topics, a simulated TWS that plays the day at twice its speed, no feed yet."""
    empty_topics(kafka_settings, TOPICS)
    port, tws_port = free_ports(2)
    settings = kafka_settings.model_copy(
        update={
            "clock": ClockSettings(kind="scaled", start_us=to_microseconds(DAY_START), origin_us=time.time_ns() // 1_000, speed=2),
            "simulator": SimulatorSettings(port=port, tws_port=tws_port, state_folder=tmp_path / "discord"),
            "ibkr": IbkrSettings.model_validate(
                {
                    "host": "127.0.0.1", "port": tws_port, "symbols": ("AAPL", "AMD", "NVDA"), "backoff_cap_seconds": 1.0, "silence_seconds": 2.0,
                    "depth_mode": "demo", "lease_seconds": 2.0,
                }
            ),
        }
    )  # fmt: skip
    world = IbkrWorld(settings, codecs, tmp_path)
    world.start_simulator()
    yield world
    for name in list(world.processes):
        world.kill(name)
