"""ING-09: one contract for every vendor. Each registered feed, and a toy defined below, does what operators rely on.

A vendor joins with a `Bench` in ``tests/support/feed_benches.py``; the toy shows that nothing else has to be touched.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import orjson
import pytest
from aiohttp import web
from structlog.testing import capture_logs

import infra.unit
from infra.clock import Clock, ManualClock
from infra.errors import Permanent
from infra.health import Health
from infra.plugins import load_all
from infra.settings import Settings, TapeSettings
from infra.unit import UnitContext, registered
from infra.vendorsim.broker_door import BrokerFaults, Door
from infra.vendorsim.doors import OpenConnections, add_fault_door
from infra.vendorsim.paced_socket import PacedSocket
from producers import source
from producers.feed_limits import FeedLimits
from producers.rest import RestClient
from producers.source import Parsed, Payload, Poll, Refused, Source, Stamps, Stream, feed, feeds
from producers.websocket import open_websocket
from schemas import catalog
from schemas.records import Bar, FeedState, Trade
from tests.support.feed_bench import PATIENCE_SECONDS, RIGHT_KEY, WRONG_KEY, Bench, Run, running, simulator, vendor
from tests.support.feed_benches import BENCHES, numbered

load_all("producers")
REGISTERED = tuple(feeds())  # before the toy


# -- a vendor in one file: this is all that it takes


@dataclass(slots=True)
class ToySource:
    """A vendor that prints once a second, over a WebSocket with the key in its address and over REST."""

    url: str
    key: str
    clock: Clock
    unavailable: str | None = None

    def __post_init__(self) -> None:
        self.unavailable = None if self.key else "no key: set TAPEWIRE_POLYGON__API_KEY"
        self.client = RestClient(self.url, {}, 1_000, self.clock)

    client: Any = None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Stream]:
        address = f"{self.url.replace('http', 'ws', 1)}/stream?key={self.key}"
        async with open_websocket(address, "stream", self.clock, 0.4) as stream:
            yield stream

    async def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        yield await self.client.get("/history", "history", {"from": str(start_us), "to": str(end_us or self.clock.now_us())})

    def polls(self) -> Sequence[Poll]:
        return ()

    async def close(self) -> None:
        await self.client.close()

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        found: list[Parsed | Refused] = []
        for number, second in enumerate(orjson.loads(payload.body)):
            if type(second) is not int:
                found.append(Refused("market.trades", payload.body, Permanent("expected a second", f"[{number}]")))
                continue
            found.append(Parsed("market.trades", Trade(
                symbol="TOY", ts_event=second * 1_000_000, ts_received=stamps.received_us, ts_published=stamps.published_us, source="toy",
                trade_id=str(second), sequence=second, price=1.0, size=100.0, backfilled=stamps.backfilled, delay_seconds=stamps.delay_seconds,
            )))  # fmt: skip
        return found


def toy(settings: Settings, clock: Clock) -> Source:
    return ToySource(settings.polygon.rest_url, settings.polygon.api_key.get_secret_value(), clock)


# -- its door


class ToyConnection(PacedSocket):
    async def greet(self) -> None:
        self.begin()

    async def hear(self, request: dict[str, Any]) -> None:
        """Nobody asks."""

    async def frames(self, start_ms: int, end_ms: int) -> list[bytes]:
        return [orjson.dumps(list(range(-(-start_ms // 1_000), -(-end_ms // 1_000))))]


def toy_routes(app: web.Application, clock: ManualClock) -> None:
    door, connections = Door(RIGHT_KEY), OpenConnections[PacedSocket](app)
    faults = BrokerFaults(door, lambda: connections, lambda kind, symbol: b'["soon"]')

    async def stream(request: web.Request) -> web.StreamResponse:
        if not door.admits(request.query.get("key", "")):
            return web.Response(status=401)
        return await connections.serve(ToyConnection(clock), request)

    async def history(request: web.Request) -> web.Response:
        first, last = (-(-int(request.query[name]) // 1_000_000) for name in ("from", "to"))
        return web.json_response(list(range(first, last)))

    app.router.add_get("/toy/stream", stream)
    app.router.add_get("/toy/history", history)
    add_fault_door(app, "/toy", faults.commit)


def toy_settings(port: int, key: str) -> Settings:
    return Settings.model_validate({"polygon": {"rest_url": f"http://127.0.0.1:{port}/toy", "api_key": key}, "tape": TapeSettings(stocks="toy")})


TOY = Bench(
    "feed.toy_of_the_suite", toy_settings, simulator(), "/toy/faults", ({"fault": "bad"}, "[0]"), numbered,
    lambda start_ms, end_ms: {("market.trades", "TOY", second) for second in range(-(-start_ms // 1_000), -(-end_ms // 1_000))},
    routes=toy_routes,
)  # fmt: skip
ALL = (*BENCHES, TOY)
each_bench = pytest.mark.parametrize("bench", ALL, ids=[bench.name or bench.feed for bench in ALL])


@pytest.fixture(autouse=True, scope="module")
def registered_toy() -> Iterator[None]:
    feed(
        name=TOY.feed, writes=("market.trades",), watermarked=("market.trades",), summary="Toy prints.",
        limits=lambda settings: FeedLimits(quiet_seconds=0.1, backoff_cap_seconds=0.05),
    )(toy)  # fmt: skip
    yield
    source._FEEDS.pop(TOY.feed)
    infra.unit._REGISTRY.pop(TOY.feed)


@asynccontextmanager
async def live(bench: Bench, folder: Path) -> AsyncIterator[Run]:
    """Run the feed until it is live and has caught up with the present."""
    async with vendor(bench, folder) as (clock, client), running(bench, clock, client) as run:
        await run.until(lambda: FeedState.LIVE in run.states, "the feed to be live")
        await run.play(20)
        yield run


# -- what every feed must do


def test_every_feed_is_on_the_bench() -> None:
    """A new feed: give it a `Bench` in tests/support/feed_benches.py."""
    assert {bench.feed for bench in BENCHES} == set(REGISTERED)


@pytest.mark.parametrize("name", REGISTERED)
def test_a_feed_is_a_unit_and_the_catalogue_knows_what_it_writes(name: str) -> None:
    spec, unit = feeds()[name], registered()[name]
    assert unit.kind == "feed" and unit.writes == (*spec.writes, *source.ALWAYS_WRITTEN)
    assert set(spec.watermarked) <= set(spec.writes) and spec.summary.endswith(".")
    assert all(name in catalog.topic(topic).producers for topic in spec.writes), "topics.yaml: producers"


@pytest.mark.parametrize("name", REGISTERED)
async def test_without_a_key_it_says_so_and_asks_nobody(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CFG-05: a missing key disables its provider alone; the process is ready, and no packet leaves it."""

    def refuse(*_: Any) -> NoReturn:
        raise AssertionError("a feed without a key went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    context = UnitContext(Settings(), ManualClock(0), Health())
    task = asyncio.create_task(registered()[name].run(context))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while name not in context.health.conditions():
            assert not task.done()
            await asyncio.sleep(0)
    condition = context.health.conditions()[name]
    assert condition.ready and condition.alive and "set TAPEWIRE_" in condition.detail
    context.stop.set()
    await task


@pytest.mark.parametrize("bench", [bench for bench in ALL if bench.refuses], ids=lambda bench: bench.name or bench.feed)
async def test_a_refused_key_is_unlicensed_until_it_is_right(bench: Bench, tmp_path: Path) -> None:
    """The feed says so, keeps asking at its slowest pace, publishes nothing, and tells nobody the key."""
    async with vendor(bench, tmp_path) as (clock, client):
        with capture_logs() as said:
            async with running(bench, clock, client, WRONG_KEY) as run:
                await run.until(lambda: run.states.count(FeedState.UNLICENSED) > 1, "the feed to be unlicensed")
                assert not run.context.health.conditions()[bench.feed].ready
                assert run.records == [] and run.producer.letters == []
                await run.stop()
        assert WRONG_KEY not in repr((run.producer.sent, said, run.context.health.conditions()))


@each_bench
async def test_a_life_with_a_drop_a_silence_and_a_frame_that_does_not_fit(bench: Bench, tmp_path: Path) -> None:
    """Nothing twice, nothing missed where the vendor has a history; what does not fit is put aside and the rest goes on."""
    with capture_logs() as said:
        async with live(bench, tmp_path) as run:
            await misfit(run)
            await outage(run, {"fault": "drop"})
            await outage(run, bench.frozen)
            await run.play(65)
            await run.stop()
    assert_exact(run)
    last = run.heartbeats[-1]
    assert last.feed == bench.feed and last.records_published == len(run.records)
    watermarks = [heartbeat.ts_event for heartbeat in run.heartbeats]
    assert watermarks == sorted(watermarks)
    assert RIGHT_KEY not in repr((run.producer.sent, run.producer.letters, said, run.context.health.conditions()))
    assert {record.delay_seconds for _, record in run.records if isinstance(record, (Trade, Bar))} <= {
        bench.spec.limits(run.context.settings).delay_seconds
    }


async def misfit(run: Run) -> None:
    """Send what does not fit: one dead letter with the field's path, and the records after it."""
    if run.bench.bad is None:
        return
    order, path = run.bench.bad
    before = len(run.identities)
    await run.fault(**order)
    await run.until(lambda: bool(run.producer.letters), "a dead letter")
    await run.play(20)
    assert [letter.field_path for letter in run.producer.letters] == [path]
    assert run.producer.letters[0].value and len(run.identities) > before


async def outage(run: Run, fault: Mapping[str, Any]) -> None:
    """End or freeze the connection: the feed notices, says so, and comes back."""
    before = run.heartbeats[-1].reconnects
    if await run.fault(**fault) == 0:
        return  # nothing streams: the vendor is polled
    await run.until(lambda: run.heartbeats[-1].reconnects > before, f"the feed to notice: {fault}")
    await run.play(20)
    assert run.heartbeats[-1].state is FeedState.LIVE


def assert_exact(run: Run) -> None:
    found = run.identities
    assert found and set(found.values()) == {1}, "published more than once"
    if run.bench.happened is None:
        return
    end_ms = run.heartbeats[-1].ts_event // 1_000
    wanted = run.bench.happened(run.first_us // 1_000 + 1, end_ms)
    assert not wanted - set(found), "missed"
    assert not set(found) - run.bench.happened(run.first_us // 1_000 - 1, run.clock.now_us() // 1_000 + 1), "made up"


