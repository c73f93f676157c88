"""What the conformance suite runs a feed on: the vendor's simulator in this process, a hand clock, and memory where the broker is.

The feed's own client, session, publisher and dead letters are the product's. A vendor joins the suite with one `Bench`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from infra.clock import ManualClock, monotonic_seconds
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.settings import Settings, SimulatorSettings
from infra.unit import UnitContext
from infra.vendorsim.market_events import MINUTE_MS
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from producers.deduplicator import Deduplicator
from producers.feed_session import FeedSession
from producers.publisher import Publisher
from producers.source import ALWAYS_WRITTEN, FeedSpec, feeds
from producers.supervisor import run_session
from schemas.records import DeadLetter, FeedHeartbeat, FeedState, RawPayload

SCENARIO = Scenario(date(2025, 6, 3))
START_MS = SCENARIO.span_ms[0] + 45 * MINUTE_MS
RIGHT_KEY, WRONG_KEY = "key-of-this-suite", "another-key-of-this-suite"  # pragma: allowlist secret
PATIENCE_SECONDS = 20.0
Identity = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """How the suite reaches one vendor.

    Attributes
    ----------
    feed
        Unit name.
    settings
        Of the feed, for the simulator's port and a key; with every wait as short as it may be.
    door
        Settings of the simulator: the key that opens it.
    faults
        Path that takes the simulator's faults; ``drop`` must be among them.
    bad
        A fault that sends a frame which does not fit, and the path of the field that the dead letter names.
    identity
        What tells a record of a watermarked topic from all others.
    happened
        Identities of what happened in a stretch of market milliseconds, all of which must come, whatever happened to the connection; None for a
        vendor without a history of these records: then nothing may come twice.
    refuses
        A wrong key is refused.
    frozen
        A fault after which the vendor says nothing on a connection that stays open.
    routes
        Adds a vendor that is not among the product's simulators.
    """

    feed: str
    settings: Callable[[int, str], Settings]
    door: Settings
    faults: str
    bad: tuple[Mapping[str, Any], str] | None
    identity: Callable[[str, Any], Identity]
    happened: Callable[[int, int], set[Identity]] | None = None
    refuses: bool = True
    frozen: Mapping[str, Any] = field(default_factory=lambda: {"fault": "silence", "seconds": 60})
    routes: Callable[[web.Application, ManualClock], None] | None = None
    name: str = ""

    @property
    def spec(self) -> FeedSpec:
        return feeds()[self.feed]


@dataclass(slots=True)
class MemoryProducer:
    """Stands where the broker is: encodes as for Kafka, and keeps what was sent."""

    codecs: CodecSet
    sent: list[tuple[str, Any]] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    positions: dict[tuple[str, int], int] = field(default_factory=dict)

    def send(self, topic: str, record: Any, headers: Any = None, partition: int | None = None) -> None:
        codec = self.codecs.of(topic)
        self.sent.append((topic, codec.decode(codec.encode(record))))

    def send_many(self, topic: str, records: Sequence[Any]) -> None:
        for record in records:
            self.send(topic, record)

    def send_bytes(self, kafka_name: str, value: bytes) -> Future[int | None]:
        self.letters.append(self.codecs.dead_letters.decode(value))
        done: Future[int | None] = Future()
        done.set_result(0)
        return done

    async def acknowledged(self) -> None:
        """Everything is there at once."""

    async def settle_positions(self) -> None:
        """There are none to ask for."""


@dataclass
class Run:
    """One process's run of a feed."""

    bench: Bench
    clock: ManualClock
    client: TestClient[Any, Any]
    producer: MemoryProducer
    context: UnitContext
    task: asyncio.Task[None]
    first_us: int

    @property
    def heartbeats(self) -> list[FeedHeartbeat]:
        return [record for topic, record in self.producer.sent if topic == "ops.heartbeats"]

    @property
    def raw(self) -> list[RawPayload]:
        return [record for topic, record in self.producer.sent if topic == "raw.payloads"]

    @property
    def states(self) -> list[FeedState]:
        return [heartbeat.state for heartbeat in self.heartbeats]

    @property
    def records(self) -> list[tuple[str, Any]]:
        return [(topic, record) for topic, record in self.producer.sent if topic not in ALWAYS_WRITTEN]

    @property
    def identities(self) -> Counter[Identity]:
        """How often each record of the watermarked topics was published."""
        return Counter(self.bench.identity(topic, record) for topic, record in self.records if topic in self.bench.spec.watermarked)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Let the feed work until the condition holds."""
        deadline = monotonic_seconds() + PATIENCE_SECONDS
        while not condition():
            if self.task.done():
                self.task.result()
                raise AssertionError(f"the feed ended while waiting for: {what}")
            last = self.heartbeats[-1] if self.heartbeats else None
            assert monotonic_seconds() < deadline, f"waited for: {what}; last heartbeat: {last}"
            await asyncio.sleep(0.005)

    async def play(self, seconds: float, *, complete: bool = True) -> None:
        """Let so much market time pass, and wait until the feed says that it has all of it, or nearly."""
        self.clock.advance(seconds)
        if complete:
            until_us = self.clock.now_us() - (10 + self.bench.spec.limits(self.context.settings).delay_seconds) * 1_000_000
            await self.until(lambda: self.heartbeats[-1].state is FeedState.LIVE and self.heartbeats[-1].ts_event >= until_us, "the watermark")

    async def fault(self, **order: Any) -> int:
        async with self.client.post(self.bench.faults, json=order) as answer:
            assert answer.status == 200, await answer.text()
            return int((await answer.json())["connections"])

    async def stop(self) -> None:
        self.context.stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.task


@asynccontextmanager
async def vendor(bench: Bench, folder: Path) -> AsyncIterator[tuple[ManualClock, TestClient[Any, Any]]]:
    """Serve the simulators at a quiet moment of the scenario's day."""
    clock = ManualClock(START_MS * 1_000)
    door = bench.door.model_copy(update={"simulator": bench.door.simulator.model_copy(update={"state_folder": folder})})
    app = create_app(door, clock, SCENARIO)
    if bench.routes is not None:
        bench.routes(app, clock)
    async with TestClient(TestServer(app)) as client:
        yield clock, client


@asynccontextmanager
async def running(
    bench: Bench, clock: ManualClock, client: TestClient[Any, Any], key: str = RIGHT_KEY, published: Deduplicator | None = None
) -> AsyncIterator[Run]:
    """Run the feed as the supervisor does, from a minute before the present."""
    assert client.port is not None
    spec, settings = bench.spec, bench.settings(client.port, key)
    limits = spec.limits(settings)
    context = UnitContext(settings, clock, Health(), asyncio.Event())
    producer: Any = MemoryProducer(CodecSet.offline((*spec.writes, *ALWAYS_WRITTEN)))
    first_us = clock.now_us() - (60 + limits.delay_seconds) * 1_000_000
    publisher = Publisher(
        spec.name, producer, DeadLetters(producer, spec.name, settings, clock), clock, context.health, spec.watermarked, {},
        delay_seconds=limits.delay_seconds,
    )  # fmt: skip
    publisher.advance(first_us)
    source = spec.build(settings, clock)
    assert source.unavailable is None
    session = FeedSession(spec, source, context, publisher, published or Deduplicator(), None)
    task = asyncio.create_task(run_session(spec, source, session, context))
    try:
        yield Run(bench, clock, client, producer, context, task, first_us)
    finally:
        context.stop.set()
        await asyncio.wait([task])
        await source.close()


def simulator(**sections: Any) -> Settings:
    """Return settings of the simulators, with the key of this suite in the sections given."""
    return Settings.model_validate({"simulator": SimulatorSettings(), **sections})
