"""ING-09: a new vendor is one file. The toy below is all there is to it, and it runs through the same session as Polygon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

import infra.unit
from infra.clock import Clock, ManualClock
from infra.errors import Permanent, Retryable
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.settings import Settings, TapeSettings, TruthSettings
from infra.unit import UnitContext, registered
from producers import source
from producers.capture import Capture, read_capture
from producers.deduplicator import Deduplicator
from producers.feed_session import FeedSession
from producers.publisher import Publisher
from producers.source import ALWAYS_WRITTEN, FeedSpec, Parsed, Payload, Poll, Refused, Source, Stamps, feed, feeds
from producers.supervisor import run_session
from producers.truth_limits import TruthLimits
from producers.truth_meter import TruthMeter
from schemas.records import Trade
from tests.support.feed_bench import MemoryProducer

NOON = 1_748_966_400_000_000
SECOND = 1_000_000


def toy(settings: Settings, clock: Clock) -> Source:
    """Build the toy feed; a real vendor's file has the decorator right here."""
    return ToySource(clock)


@pytest.fixture(autouse=True, scope="module")
def registered_toy() -> Iterator[None]:
    feed(name="feed.toy", writes=("market.trades",), watermarked=("market.trades",), summary="Toy prints.")(toy)
    yield
    source._FEEDS.pop("feed.toy")
    infra.unit._REGISTRY.pop("feed.toy")


@dataclass(slots=True)
class ToySource:
    """A vendor whose market is a list of (second, price), streamed until it is empty."""

    clock: Clock
    market: list[tuple[int, float]] = field(default_factory=list)
    streamed: list[bytes] = field(default_factory=list)
    unavailable: str | None = None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[ToyStream]:
        yield ToyStream(self)

    async def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        rows = [row for row in self.market if start_us <= NOON + row[0] * SECOND < (end_us or self.clock.now_us())]
        yield Payload("history", orjson.dumps(rows), self.clock.now_us())

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        found: list[Parsed | Refused] = []
        for second, price in orjson.loads(payload.body):
            if price <= 0:
                found.append(Refused("market.trades", payload.body, Permanent("expected a price above 0", "price")))
                continue
            found.append(Parsed("market.trades", Trade(
                symbol="TOY", ts_event=NOON + second * SECOND, ts_received=stamps.received_us, ts_published=stamps.published_us,
                source="toy", trade_id=str(second), sequence=second, price=price, size=100.0, backfilled=stamps.backfilled,
            )))  # fmt: skip
        return found

    def polls(self) -> Sequence[Poll]:
        return ()

    async def close(self) -> None:
        self.streamed.clear()


@dataclass(slots=True)
class ToyStream:
    source: ToySource
    complete_until_us: int | None = None
    detail: str | None = None

    async def receive(self, timeout_seconds: float) -> Payload | None:
        if not self.source.streamed:
            raise Retryable("the toy is over")
        return Payload("stream", self.source.streamed.pop(0), self.source.clock.now_us())


@dataclass(slots=True)
class Collected:
    """Stands where Kafka is: the publisher's surface, in memory (component tests use the real one)."""

    watermark_us: int | None = None
    payloads: list[Payload] = field(default_factory=list)
    records: list[tuple[str, Any]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    reconnects: int = 0
    found: int = 0
    gaps: int = 0
    truth: TruthMeter = field(default_factory=lambda: TruthMeter(("market.trades",), TruthLimits(TruthSettings())))

    def raw(self, payload: Payload) -> None:
        self.payloads.append(payload)

    def record(self, topic: str, record: Any, headers: Any = None) -> None:
        self.records.append((topic, record))

    def record_all(self, topic: str, records: Sequence[Any]) -> None:
        self.records += [(topic, record) for record in records]

    def parsed(self, records: int) -> None:
        self.found += records

    async def refuse(self, refused: Refused) -> None:
        self.refused.append(refused)

    def advance(self, watermark_us: int) -> None:
        self.watermark_us = max(watermark_us, self.watermark_us or 0)


Make = Callable[..., tuple[FeedSession, ToySource, Collected]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def build(market: Sequence[tuple[int, float]] = (), now: int = 0, capture: Capture | None = None) -> Any:
        clock = ManualClock(NOON + now * SECOND)
        context = UnitContext(Settings(tape=TapeSettings(stocks="toy")), clock, Health(), asyncio.Event())
        vendor = ToySource(clock, list(market))
        collected = Collected(watermark_us=NOON)
        spec: FeedSpec = feeds()["feed.toy"]
        return FeedSession(spec, vendor, context, collected, Deduplicator(), capture), vendor, collected  # type: ignore[arg-type]

    return build


def prices(collected: Collected) -> Mapping[int, tuple[float, bool]]:
    return {record.sequence: (record.price, record.backfilled) for _, record in collected.records}


def test_the_decorator_makes_a_unit() -> None:
    """One decorated factory is enough: `tapewire run feed.toy` finds it, with the topics it writes."""
    assert registered()["feed.toy"].writes == ("market.trades", "raw.payloads", "ops.heartbeats")


def test_a_toy_is_a_source() -> None:
    made: Source = toy(Settings(), ManualClock(NOON))
    assert made.unavailable is None and list(made.polls()) == []


async def test_live_after_backfill_without_loss_or_repeat(make: Make) -> None:
    """ING-10: the stretch before the subscription comes from history, flagged; frames that overlap it are told apart."""
    session, vendor, collected = make([(second, 1.0 + second) for second in range(10)], now=6)
    vendor.streamed = [orjson.dumps([[second, 1.0 + second] for second in seconds]) for seconds in ((4, 5, 6), (6, 7), (7, 8, 9))]
    assert await session.catch_up() == 6
    vendor.clock.advance(60)  # type: ignore[attr-defined]
    async with vendor.connect() as stream:
        with pytest.raises(Retryable):
            await session.follow(stream)
    assert [record.sequence for _, record in collected.records] == list(range(10))
    assert {second for second, (_, backfilled) in prices(collected).items() if backfilled} == set(range(6))
    assert collected.watermark_us == NOON + 9 * SECOND
    assert [payload.endpoint for payload in collected.payloads] == ["history", "stream", "stream", "stream"]


async def test_a_long_outage_is_recovered_in_slices_that_move_the_watermark(make: Make) -> None:
    session, _, collected = make([(second, 1.0) for second in range(0, 4_000, 10)], now=3_995)
    assert await session.catch_up() == 400
    assert len(collected.payloads) == 7
    assert collected.watermark_us == NOON + 3_600 * SECOND


async def test_what_does_not_fit_is_refused_and_the_rest_goes_on(make: Make) -> None:
    session, _, collected = make(now=100)
    assert await session.publish(Payload("stream", orjson.dumps([[1, 5.0], [2, -1.0], [3, 6.0]]), NOON)) == NOON + 3 * SECOND
    assert sorted(prices(collected)) == [1, 3]
    assert [refused.error.field_path for refused in collected.refused] == ["price"]


async def test_a_capture_plays_back_the_same_records(make: Make, tmp_path: Path) -> None:
    """Playback: payloads recorded from a run give the same records through the same parser, in another run."""
    path = tmp_path / "toy.jsonl.gz"
    with Capture(path) as capture:
        session, _, first = make(now=100, capture=capture)
        for seconds in ((1, 2), (2, 3)):
            await session.publish(Payload("stream", orjson.dumps([[second, 5.0] for second in seconds]), NOON))
        await session.publish(Payload("stream", b"[]", NOON, {"encoding": "kept"}))
    session, _, second = make(now=100)
    for payload in read_capture(path):
        await session.publish(payload)
    assert second.records == first.records and second.payloads == first.payloads
    path.write_bytes(path.read_bytes()[:-9])
    assert len(list(read_capture(path))) <= 3, "a capture cut off by a crash is still readable"


class _SlowBroker(MemoryProducer):
    """Acknowledges when it is let."""

    let = asyncio.Event()

    async def acknowledged(self) -> None:
        await self.let.wait()


@dataclass(slots=True)
class _AttentiveStream:
    """A vendor that wants to know how far we are, and hears nothing once the line is closed."""

    context: UnitContext
    sent: int = 0
    told: int = 0
    is_open: bool = True
    complete_until_us: int | None = None
    detail: str | None = None

    async def receive(self, timeout_seconds: float) -> Payload | None:
        self.sent += 1
        if self.sent == 3:
            self.context.stop.set()  # while the payload is on its way
        body = orjson.dumps([[self.sent, 5.0]])
        return Payload("stream", body, self.context.clock.now_us(), acknowledge=self.hear)

    def hear(self) -> None:
        self.told += self.is_open

    async def close(self) -> None:
        self.is_open = False


async def test_at_an_orderly_end_the_vendor_is_told_of_everything_before_the_line_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    """X-10, ING-10: also of what a heartbeat is waiting for just then, and of the payload that came with the word to stop."""
    clock = ManualClock(NOON + 60 * SECOND)
    context = UnitContext(Settings(tape=TapeSettings(stocks="toy")), clock, Health(), asyncio.Event())
    vendor, stream, spec = ToySource(clock), _AttentiveStream(context), feeds()["feed.toy"]

    @asynccontextmanager
    async def connect(self: ToySource) -> AsyncIterator[_AttentiveStream]:
        yield stream
        await stream.close()

    monkeypatch.setattr(ToySource, "connect", connect)
    producer: Any = _SlowBroker(CodecSet.offline((*spec.writes, *ALWAYS_WRITTEN)))
    letters = DeadLetters(producer, spec.name, context.settings, clock)
    publisher = Publisher(spec.name, producer, letters, clock, context.health, spec.watermarked, {})
    publisher.advance(NOON)
    session = FeedSession(spec, vendor, context, publisher, Deduplicator(), None)
    asyncio.get_running_loop().call_later(0.3, producer.let.set)
    await run_session(spec, vendor, session, context)
    assert (stream.sent, stream.told, stream.is_open) == (3, 3, False)
