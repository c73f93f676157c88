"""The Polygon source against the simulated vendor: log-in, refusals, history and pacing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import BaseTestServer, TestServer

from infra.clock import ManualClock
from infra.errors import Permanent, Retryable
from infra.health import Health
from infra.plugins import load_all
from infra.settings import Settings, SimulatorSettings
from infra.unit import UnitContext, registered
from infra.vendor_settings import PolygonSettings
from infra.vendorsim.market_events import MINUTE_MS, TapeQuote, TapeTrade, minute_bar
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from producers.next_page import query_of
from producers.polygon.feed import PolygonSource
from producers.rest import RestClient
from producers.source import Parsed, Stamps, Unlicensed
from schemas.records import Bar, PriceBand, Quote, Resolution, Trade

SCENARIO = Scenario(date(2025, 6, 3))
START_MS = SCENARIO.span_ms[0] + 30 * MINUTE_MS
SYMBOLS = ("ACRX", "SPY")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_MS * 1_000)


@pytest.fixture
async def server(clock: ManualClock, tmp_path: Path) -> AsyncIterator[BaseTestServer]:
    settings = Settings(
        polygon=PolygonSettings.model_validate({"api_key": "right"}), simulator=SimulatorSettings(state_folder=tmp_path)
    )
    async with TestServer(create_app(settings, clock, SCENARIO)) as running:
        yield running


def settings_for(server: BaseTestServer, **changes: Any) -> Settings:
    values = {
        "websocket_url": f"ws://127.0.0.1:{server.port}/polygon/stocks", "rest_url": f"http://127.0.0.1:{server.port}/polygon",
        "delayed_websocket_url": "",
        "api_key": "right", "symbols": SYMBOLS, "requests_per_second": 1_000, "silence_seconds": 2.0,  # pragma: allowlist secret
    }  # fmt: skip
    return Settings(polygon=PolygonSettings.model_validate(values | changes))


@asynccontextmanager
async def opened(settings: Settings, clock: ManualClock) -> AsyncIterator[PolygonSource]:
    source = PolygonSource(settings, clock)
    try:
        yield source
    finally:
        await source.close()


def stamps(clock: ManualClock) -> Stamps:
    return Stamps(clock.now_us(), clock.now_us(), clock.now_us() + 60_000_000)


async def test_the_stream_brings_what_happened_to_the_subscribed_symbols(server: BaseTestServer, clock: ManualClock) -> None:
    async with opened(settings_for(server), clock) as source, source.connect() as stream:
        clock.advance(20)
        happened = [e for e in SCENARIO.events_between(START_MS, START_MS + 20_000) if e.symbol in SYMBOLS]
        found: list[Any] = []
        async with asyncio.timeout(10):
            while len(found) < len(happened):
                payload = await stream.receive(1.0)
                if payload is not None:
                    found += [item.record for item in source.parse(payload, stamps(clock)) if isinstance(item, Parsed)]
        assert [(r.symbol, r.sequence, r.ts_event) for r in found] == [(e.symbol, e.sequence, e.ts_ms * 1_000) for e in happened]
        async with asyncio.timeout(10):
            while stream.complete_until_us is None:
                assert await stream.receive(0.2) is None
        assert stream.complete_until_us <= clock.now_us()


async def test_history_equals_the_stream(server: BaseTestServer, clock: ManualClock) -> None:
    """Back-filled prints and quotes are the live ones, flagged; bounds are those asked for."""
    clock.advance(120)
    start_us, end_us = (START_MS + 5_000) * 1_000, (START_MS + 65_000) * 1_000
    flagged = Stamps(clock.now_us(), clock.now_us(), clock.now_us(), backfilled=True)
    found: dict[str, set[tuple[str, int]]] = {"market.trades": set(), "market.quotes": set(), "market.bars": set()}
    async with opened(settings_for(server), clock) as source:
        items = [item async for payload in source.history(start_us, end_us) for item in source.parse(payload, flagged)]
    for item in items:
        assert isinstance(item, Parsed)
        record: Any = item.record
        assert record.backfilled
        found[item.topic].add((record.symbol, getattr(record, "sequence", record.ts_event)))
    happened = [e for e in SCENARIO.events_between(START_MS + 5_000, START_MS + 65_000) if e.symbol in SYMBOLS]
    assert found["market.trades"] == {(e.symbol, e.sequence) for e in happened if isinstance(e, TapeTrade)}
    assert found["market.quotes"] == {(e.symbol, e.sequence) for e in happened if isinstance(e, TapeQuote)}
    assert len(found["market.bars"]) > 50, "the first call warms up with an hour of bars (here: since nine o'clock)"


async def test_a_refused_key_is_unlicensed_not_a_crash(server: BaseTestServer, clock: ManualClock) -> None:
    """ING-04."""
    async with opened(settings_for(server, api_key="wrong"), clock) as source:  # pragma: allowlist secret
        with pytest.raises(Unlicensed):
            async with source.connect():
                pass
        with pytest.raises(Unlicensed):
            async for _ in source.history(START_MS * 1_000, None):
                pass


async def fault(server: BaseTestServer, **order: Any) -> None:
    async with ClientSession() as session, session.post(server.make_url("/polygon/faults"), json=order) as answer:
        assert answer.status == 200, await answer.text()


async def received(source: PolygonSource, stream: Any, clock: ManualClock, enough: Callable[[list[Any]], bool]) -> list[Any]:
    """Return records in the order in which they come, as soon as they are enough."""
    found: list[Any] = []
    async with asyncio.timeout(10):
        while not enough(found):
            payload = await stream.receive(0.2)
            if payload is not None:
                items = source.parse(payload, stamps(clock))
                assert not [item for item in items if not isinstance(item, Parsed)]
                found += [item.record for item in items if isinstance(item, Parsed)]
    return found


async def test_every_channel_brings_its_records_and_only_those_switched_on(server: BaseTestServer, clock: ManualClock) -> None:
    settings = settings_for(server, channels=("A", "AM", "LULD"), symbols=("SPY",))
    async with opened(settings, clock) as source, source.connect() as stream:
        clock.advance(61)
        records = await received(source, stream, clock, lambda found: any(isinstance(one, PriceBand) for one in found))
    seconds = [one for one in records if isinstance(one, Bar) and one.resolution is Resolution.S1]
    (minute,) = [one for one in records if isinstance(one, Bar) and one.resolution is Resolution.M1]
    inside = [bar for bar in seconds if minute.window_start <= bar.window_start < minute.window_end]
    assert sum(bar.volume for bar in inside) <= minute.volume and max(bar.high for bar in inside) == minute.high
    band = next(one for one in records if isinstance(one, PriceBand))
    assert band.lower_price is not None and band.upper_price is not None and band.lower_price < minute.close < band.upper_price
    assert not [one for one in records if isinstance(one, (Trade, Quote))]
    assert len({(bar.resolution, bar.window_start) for bar in seconds}) == len(seconds)


async def test_a_channel_outside_the_plan_is_named_and_the_others_go_on(server: BaseTestServer, clock: ManualClock) -> None:
    """ING-04: the vendor's refusal does not say which channel it means."""
    await fault(server, fault="downgrade", channels=["Q"], paths=["/v3/quotes"])
    async with opened(settings_for(server), clock) as source, source.connect() as stream:
        assert stream.detail is not None and "Q (" in stream.detail and "not authorized" in stream.detail
        clock.advance(5)
        happened = [e for e in SCENARIO.events_between(START_MS, START_MS + 5_000) if e.symbol in SYMBOLS and isinstance(e, TapeTrade)]
        records = await received(source, stream, clock, lambda found: len(found) >= len(happened))
        assert [one.sequence for one in records] == [event.sequence for event in happened]
        assert {payload.endpoint async for payload in source.history(START_MS * 1_000, None)} == {"/v3/trades", "/v2/aggs"}


async def test_back_fill_that_the_plan_covers_in_part_goes_on_with_that_part(server: BaseTestServer, clock: ManualClock) -> None:
    await fault(server, fault="downgrade", paths=["/v3/quotes", "gainers"])
    async with opened(settings_for(server), clock) as source, source.connect() as stream:
        assert stream.detail is None
        assert {payload.endpoint async for payload in source.history(START_MS * 1_000, None)} == {"/v3/trades", "/v2/aggs"}
        assert stream.detail is not None and "/v3/quotes" in stream.detail and "403" in stream.detail
        (poll,) = source.polls()
        assert [payload async for payload in poll.fetch()] == []
        assert "gainers" in stream.detail
        await fault(server, fault="downgrade", paths=["/v3", "/v2"])
        with pytest.raises(Unlicensed):
            async for _ in source.history(START_MS * 1_000, None):
                pass


async def test_a_plan_without_real_time_is_served_by_the_delayed_host(server: BaseTestServer, clock: ManualClock) -> None:
    await fault(server, fault="downgrade", real_time=False)
    delayed = f"ws://127.0.0.1:{server.port}/polygon/delayed/stocks"
    async with opened(settings_for(server, delayed_websocket_url=delayed), clock) as source, source.connect() as stream:
        assert stream.detail is not None and stream.detail.startswith("delayed by 15 minutes")
        clock.advance(10)
        from_ms = START_MS - 900_000
        happened = [e for e in SCENARIO.events_between(from_ms, from_ms + 10_000) if e.symbol in SYMBOLS]
        records = await received(source, stream, clock, lambda found: len(found) >= len(happened))
        assert [(r.symbol, r.ts_event) for r in records] == [(e.symbol, e.ts_ms * 1_000) for e in happened]
        assert {r.delay_seconds for r in records} == {900}
        async with asyncio.timeout(10):
            while stream.complete_until_us is None:
                assert await stream.receive(0.2) is None
        assert stream.complete_until_us <= clock.now_us() - 900_000_000
    async with opened(settings_for(server, delayed_websocket_url=""), clock) as source:
        with pytest.raises(Unlicensed, match="websocket access"):
            async with source.connect():
                pass


async def test_second_bars_are_back_filled_as_they_came(server: BaseTestServer, clock: ManualClock) -> None:
    """ING-10."""
    clock.advance(60)
    flagged = Stamps(clock.now_us(), clock.now_us(), clock.now_us(), backfilled=True)
    async with opened(settings_for(server, channels=("A",), symbols=("SPY",)), clock) as source:
        payloads = [payload async for payload in source.history(START_MS * 1_000, (START_MS + 30_000) * 1_000)]
        bars = [item.record for payload in payloads for item in source.parse(payload, flagged) if isinstance(item, Parsed)]
    events = [e for e in SCENARIO.symbol_events("SPY", START_MS, START_MS + 30_000) if isinstance(e, TapeTrade)]
    made = {start: minute_bar(start, list(group)) for start, group in groupby(events, lambda event: event.ts_ms // 1_000 * 1_000)}
    expected = [(start * 1_000, bar.open, bar.high, bar.low, bar.close, float(bar.volume)) for start, bar in made.items() if bar]
    assert [(b.window_start, b.open, b.high, b.low, b.close, b.volume) for b in bars] == expected  # type: ignore[attr-defined]
    assert all(bar.resolution is Resolution.S1 and bar.backfilled for bar in bars)  # type: ignore[attr-defined]


async def test_with_equity_switched_off_nothing_leaves_the_process(server: BaseTestServer, clock: ManualClock) -> None:
    """ING-04."""
    async with opened(settings_for(server, use_equity=False), clock) as source:
        assert source.unavailable is not None and "TAPEWIRE_POLYGON__USE_EQUITY" in source.unavailable


def test_the_next_page_is_asked_for_without_host_path_and_key() -> None:
    address = "https://api.massive.com/v3/snapshot/options/SPY?cursor=YXA9%3D%3D&limit=250&apiKey=secret"  # pragma: allowlist secret
    assert query_of(address) == [("cursor", "YXA9=="), ("limit", "250")]


async def test_a_vendor_that_is_away_can_be_tried_again(clock: ManualClock, server: BaseTestServer) -> None:
    settings = settings_for(server)
    await server.close()
    async with opened(settings, clock) as source:
        with pytest.raises(Retryable):
            async with source.connect():
                pass


async def test_rest_tries_again_when_limited_and_gives_up_on_wrong_requests(clock: ManualClock) -> None:
    """429 and 5xx wait and try again; 400 is ours and is not repeated."""
    answers = [429, 503, 200]
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/wrong":
            return web.Response(status=400, text="no such thing")
        return web.Response(status=answers.pop(0), text="{}", headers={"Retry-After": "0.01"})

    app = web.Application()
    app.router.add_get("/{path}", handler)
    async with TestServer(app) as running:
        client = RestClient(f"http://127.0.0.1:{running.port}", {}, 1_000, clock)
        assert (await client.get("/right", "right", {})).body == b"{}"
        with pytest.raises(Permanent):
            await client.get("/wrong", "wrong", {})
        await client.close()
    assert asked == ["/right", "/right", "/right", "/wrong"]


async def test_without_a_key_the_unit_stays_up_and_says_so() -> None:
    """No key, no account; nothing is published, nothing crashes, /readyz is fine."""
    load_all("producers")
    context = UnitContext(Settings(), ManualClock(0), Health())
    running = asyncio.create_task(registered()["feed.polygon"].run(context))
    async with asyncio.timeout(5):
        while "feed.polygon" not in context.health.conditions():
            await asyncio.sleep(0)
    condition = context.health.conditions()["feed.polygon"]
    assert condition.ready and "TAPEWIRE_POLYGON__API_KEY" in condition.detail
    context.stop.set()
    await running
