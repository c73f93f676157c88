"""The product's Polygon catalogue against the simulated vendor: the planned calls, every contract and bar once, and every fault survived."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import BaseTestServer, TestServer

from infra.clock import MICROSECONDS, ManualClock
from infra.errors import Retryable
from infra.settings import Settings, SimulatorSettings
from infra.vendor_settings import PolygonSettings
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from infra.vendorsim.unusual_whales_market import OptionMarket
from producers.rest import RestClient
from producers.rest_catalog.call_errors import Limited, NotInPlan, Unusable
from producers.rest_catalog.catalog_file import CatalogFile
from producers.rest_catalog.fetcher import Fetcher
from producers.rest_catalog.poller import Poller
from producers.rest_catalog.polygon import CATALOG, polygon
from producers.rest_catalog.schedule import Line, calls_of_day, lines
from schemas.records import Bar, FeedState, OptionContract, Resolution
from tests.support.rest_catalogs import WEDNESDAY, at
from tests.support.rest_vendor import Collected

START = at("10:00")
WARM_UP_SECONDS, SECONDS = 60, 140
WATCHED = ("ACRX", "BNGO", "SPY")
SCENARIO = Scenario(WEDNESDAY)
LENGTHS = {Resolution.M1: 60_000, Resolution.M2: 120_000, Resolution.M5: 300_000, Resolution.M15: 900_000}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def server(clock: ManualClock, tmp_path: Path) -> AsyncIterator[BaseTestServer]:
    settings = Settings(polygon=PolygonSettings.model_validate({"api_key": "right"}), simulator=SimulatorSettings(state_folder=tmp_path))
    async with TestServer(create_app(settings, clock, SCENARIO)) as running:
        yield running


async def fault(server: BaseTestServer, **order: Any) -> None:
    async with ClientSession() as session, session.post(server.make_url("/polygon/faults"), json=order) as answer:
        assert answer.status == 200, await answer.text()


@asynccontextmanager
async def polling(server: BaseTestServer, clock: ManualClock, **changes: Any) -> AsyncIterator[tuple[Poller, Collected]]:
    values = {"api_key": "right", "poll_rest": True, "symbols": WATCHED, "rest_url": str(server.make_url("/polygon"))}
    access = polygon(Settings(polygon=PolygonSettings.model_validate(values | changes)))
    assert access.unavailable is None
    file = CatalogFile(CATALOG, access.symbols, switched_off=access.switched_off)
    client = RestClient(access.rest_url, access.headers, 1.0, clock)
    collected, stop = Collected(), asyncio.Event()
    poller = Poller("feed.polygon_rest", file, file.read(clock.now_us()), client, collected, clock)
    running = asyncio.create_task(poller.run(stop))
    try:
        yield poller, collected
    finally:
        stop.set()
        await running
        await client.close()


async def until(poller: Poller, clock: ManualClock, moment_us: int) -> None:
    """Walk the clock second by second; each time wait until nothing is on its way, or what is waits for the clock."""
    while clock.now_us() < moment_us:
        clock.advance(1)
        quiet = turns = 0
        while quiet < 3 and turns < 200:
            await asyncio.sleep(0.001)
            turns += 1
            quiet = 0 if poller.under_way else quiet + 1


async def test_the_planned_calls_bring_every_contract_and_bar_once(server: BaseTestServer, clock: ManualClock) -> None:
    """ING-02, ING-03."""
    from_us = START + WARM_UP_SECONDS * MICROSECONDS
    until_us = from_us + SECONDS * MICROSECONDS
    async with polling(server, clock) as (poller, collected), asyncio.timeout(200):
        await until(poller, clock, until_us)
        catalog = poller._accepted.catalog
    assert [(refused.topic, str(refused.error)) for refused in collected.refused] == []
    asked = {(payload.endpoint, payload.parameters.get("multiplier")) for payload in collected.payloads}
    assert len(asked) == len(catalog.endpoints) - 2, "all but the bars of no contract and the evening's"

    def name(line: Line) -> tuple[str, str | None, str | None]:
        return catalog.path_of(line.endpoint), dict(line.query).get("multiplier"), line.symbol

    planned = Counter(name(call.line) for call in calls_of_day(catalog, WEDNESDAY) if from_us < call.due_us <= until_us)
    made = Counter(
        (payload.endpoint, payload.parameters.get("multiplier"), payload.parameters.get("ticker"))
        for payload in collected.payloads
        if from_us < payload.received_us <= until_us and "cursor" not in payload.parameters
    )
    assert made == planned

    market = OptionMarket(SCENARIO, 7)
    contracts = [record for record in collected.records if isinstance(record, OptionContract)]
    for symbol in ("SPY", "QQQ", "IWM"):
        chain = market.day(symbol).chain
        near = {name for name, number in chain.numbers.items() if chain.expiries[chain.expiry_number[number]] <= WEDNESDAY + timedelta(days=45)}
        found = Counter(record.option_symbol for record in contracts if record.symbol == symbol)
        calls = [p for p in collected.payloads if p.endpoint.startswith("/v3/snapshot/options") and p.parameters["ticker"] == symbol]
        whole = sum("cursor" not in payload.parameters for payload in calls)
        assert len(calls) > whole, "a chain has several pages"
        assert set(found) == near and set(found.values()) == {whole}
    assert all(record.open_interest is not None and record.delta is not None for record in contracts)

    bars = [record for record in collected.records if isinstance(record, Bar) and record.symbol == "ACRX"]
    assert len({(bar.resolution, bar.window_start) for bar in bars}) == len(bars)
    minutes = await BarBook(SCENARIO).bars("ACRX", SCENARIO.span_ms[0], until_us // 1_000)
    for resolution, length_ms in LENGTHS.items():
        newest_us = max(bar.window_end for bar in bars if bar.resolution is resolution)
        assert until_us - newest_us <= 2 * length_ms * 1_000
        windows: dict[int, list[Any]] = {}
        for minute in minutes:
            windows.setdefault(minute.start_ms // length_ms * length_ms, []).append(minute)
        expected = {
            start * 1_000: (one[0].open, max(m.high for m in one), min(m.low for m in one), one[-1].close, float(sum(m.volume for m in one)))
            for start, one in windows.items()
            if (start + length_ms) * 1_000 <= newest_us
        }
        mine = [bar for bar in bars if bar.resolution is resolution]
        assert {bar.window_start: (bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in mine} == expected


async def test_each_fault_meets_its_call_alone(server: BaseTestServer, clock: ManualClock) -> None:
    accepted = CatalogFile(CATALOG, WATCHED).read(START)
    by_id = {(line.endpoint.id, line.symbol): line for line in lines(accepted.catalog, WEDNESDAY)}
    client = RestClient(str(server.make_url("/polygon")), {"Authorization": "Bearer right"}, 1.0, clock)
    collected = Collected()
    fetcher = Fetcher("feed.polygon_rest", client, collected, clock, lambda _: None, _at_once)

    async def fetch(name: str, symbol: str | None = None) -> None:
        await fetcher.fetch(by_id[name, symbol], accepted.catalog.vendor)

    await fault(server, fault="refuse", requests=1, endpoint="/v3/reference/splits")
    with pytest.raises(Limited) as limited:
        await fetch("splits")
    assert limited.value.retry_after_seconds == 1.0
    await fault(server, fault="refuse", requests=1, endpoint="/v3/reference/splits", retry_after=False)
    with pytest.raises(Limited) as limited:
        await fetch("splits")
    assert limited.value.retry_after_seconds is None
    await fault(server, fault="error", endpoint="/v3/reference/splits", status=503)
    with pytest.raises(Retryable, match="503"):
        await fetch("splits")
    await fault(server, fault="downgrade", paths=["/v3/reference/splits"])
    with pytest.raises(NotInPlan):
        await fetch("splits")
    await fault(server, fault="upgrade")
    await fault(server, fault="truncate", endpoint="/v3/snapshot/options")
    with pytest.raises(Unusable):
        await fetch("option_chain", "SPY")
    await fault(server, fault="rename", endpoint="/range/1/minute", field="o", value="open")
    with pytest.raises(Unusable) as unusable:
        await fetch("bars_1m", "ACRX")
    assert unusable.value.field_path == "results[0].o"
    await fault(server, fault="wrong_type", endpoint="/losers", field="prevDay", value="0.73")
    with pytest.raises(Unusable, match="prevDay"):
        await fetch("losers")
    assert collected.records == [] and len(collected.refused) == 3
    assert b"right" not in b"".join(refused.value for refused in collected.refused)

    for name, symbol in (("splits", None), ("option_chain", "SPY"), ("bars_1m", "ACRX"), ("losers", None)):
        await fetch(name, symbol)
    assert {type(record).__name__ for record in collected.records} == {"CorporateAction", "OptionContract", "Bar", "Gapper"}
    await client.close()


async def test_without_a_licence_for_equity_only_options_are_asked_for(server: BaseTestServer, clock: ManualClock) -> None:
    """ING-04: the switch of the settings, whatever the file says."""
    async with polling(server, clock, use_equity=False) as (poller, collected), asyncio.timeout(60):
        await until(poller, clock, START + 10 * MICROSECONDS)
    assert {payload.endpoint for payload in collected.payloads} == {"/v3/snapshot/options/{ticker}"}


async def test_a_plan_that_covers_nothing_is_unlicensed_and_comes_back(server: BaseTestServer, clock: ManualClock) -> None:
    """ING-04: 403 is a state with a reason, not a crash."""
    await fault(server, fault="downgrade", paths=["/v2/", "/v3/"])
    async with polling(server, clock, use_equity=False) as (poller, collected), asyncio.timeout(60):
        await until(poller, clock, START + 10 * MICROSECONDS)
        state, detail = collected.states[-1]
        assert state is FeedState.UNLICENSED and "403" in (detail or "")
        await fault(server, fault="upgrade")
        clock.advance(900)  # so long a refused endpoint is left alone
        await until(poller, clock, clock.now_us() + 310 * MICROSECONDS)
        assert collected.states[-1] == (FeedState.LIVE, None)


async def _at_once(_: Line) -> None:
    """Let a page go without waiting for the budget."""
