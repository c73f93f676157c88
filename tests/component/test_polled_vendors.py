"""The product's catalogues of polled vendors against simulators in each vendor's shape: ING-07, ING-08, CAL-03, CAL-04, CAL-05, CAL-08."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from infra.clock import ManualClock
from infra.market_calendar import trading_day
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.scenario import Scenario
from processors.reference.earnings_merge import merge_earnings
from processors.reference.economic_schedule import load_schedule
from processors.reference.event_merge import merge_events
from schemas.records import Bar, CalendarEvent, EarningsReport, EconomicObservation, FeedState, Gapper, ReportTime, Resolution, VolatilityPoint
from tests.support.polled_vendors import FOLDER, KEY, SYMBOLS, PolledWorld, polled
from tests.support.rest_catalogs import WEDNESDAY, at

ALL = ("alpha_vantage", "financial_modeling_prep", "finnhub", "fred", "nasdaq", "trading_economics", "twelve_data", "yahoo")


async def test_a_day_of_every_vendor_is_asked_as_planned_and_every_answer_fits() -> None:
    """Each endpoint once at least, nothing refused, prices those of the market, and the merge of earnings hears all five calendars."""
    clock = ManualClock(at("05:50"))
    async with polled(clock, ALL) as world:
        await world.pass_to(at("20:30"))
    refused = [(name, str(one.error)) for name, found in world.collected.items() for one in found.refused]
    assert refused == []
    asked = {name: {payload.endpoint for payload in found.payloads} for name, found in world.collected.items()}
    for name in ALL:
        entries = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
        base = entries["vendor"].get("base_path", "")
        assert asked[name] == {base + one["path"] for one in entries["endpoints"] if one["cadence"] is not False}, name
    records = [record for found in world.collected.values() for record in found.records]
    assert {type(record) for record in records} == {Bar, CalendarEvent, EarningsReport, EconomicObservation, Gapper, VolatilityPoint}
    assert {record.symbol for record in records if isinstance(record, VolatilityPoint)} == {"SPX", "SPY", "NDX", "QQQ"}, "VIX and VXN"
    assert {record.source for record in records} == set(ALL)
    same_as_the_market([record for record in records if isinstance(record, Bar) and record.resolution is Resolution.M1])
    merged = merge_earnings([record for record in records if isinstance(record, EarningsReport)], clock.now_us())
    assert {len(report.sources) for report in merged} >= {5}
    late = [report for report in merged if report.conflict]
    assert late and all(report.claimed_dates for report in late), "Yahoo believes some a day later; the earliest day is kept"
    assert world.doors["alpha_vantage"].calls.total() <= 25 and world.doors["trading_economics"].calls.total() * 31 <= 2_000


def minutes_of(world: PolledWorld, vendor: str) -> list[Bar]:
    return [one for one in world.collected[vendor].records if isinstance(one, Bar) and one.resolution is Resolution.M1]


def same_as_the_market(bars: list[Bar]) -> None:
    market = BarBook(Scenario(WEDNESDAY))
    assert len(bars) > 100
    for bar in bars:
        true = market.bar(bar.symbol, bar.window_start // 1_000)
        assert true is not None
        assert [bar.open, bar.high, bar.low, bar.close, bar.volume] == pytest.approx([true.open, true.high, true.low, true.close, true.volume])


async def test_at_a_rate_limit_the_next_record_comes_from_the_next_vendor(tmp_path: Path) -> None:
    """ING-07: Alpha Vantage answers 200 with a Note; Yahoo answers in the same turn; when Yahoo fails too, Twelve Data does."""
    clock = ManualClock(at("10:00"))
    async with polled(clock, ("alpha_vantage", "yahoo", "twelve_data"), {"alpha_vantage": only("minutes", tmp_path, regular=300)}) as world:
        await world.pass_to(at("10:00:10"), 2)  # one call at once is all that Alpha Vantage allows
        first = world.collected["alpha_vantage"].records
        assert {bar.source for bar in first} == {"alpha_vantage"} and {bar.symbol for bar in first} == set(SYMBOLS)
        assert not minutes_of(world, "yahoo") and not minutes_of(world, "twelve_data")
        world.doors["alpha_vantage"].refusals_left = 1
        await world.pass_to(at("10:05"), 10)
        assert {bar.source for bar in minutes_of(world, "yahoo")} == {"yahoo"} and not minutes_of(world, "twelve_data")
        assert (FeedState.LIVE, "minutes comes from yahoo") in world.collected["alpha_vantage"].states
        world.doors["alpha_vantage"].refusals_left = world.doors["yahoo"].failures_left = 1_000
        await world.pass_to(at("10:10"), 10)
        assert {bar.source for bar in minutes_of(world, "twelve_data")} == {"twelve_data"}
        world.doors["alpha_vantage"].refusals_left = 0
        await world.pass_to(at("10:20"), 10)
        assert world.collected["alpha_vantage"].states[-1] == (FeedState.LIVE, None)
    bars = [bar for name in world.collected for bar in minutes_of(world, name)]
    assert max(bar.window_end for bar in bars) >= at("10:14")
    same_as_the_market(bars)
    assert max(Counter((bar.source, bar.symbol, bar.window_start) for bar in bars).values()) == 1, "a bar is sent once, though it is answered again"


async def test_an_open_breaker_and_a_missing_neighbour_are_passed_over(tmp_path: Path) -> None:
    """ING-35: five failures open the breaker; from then on nobody asks Alpha Vantage, and Twelve Data answers because Yahoo is not there."""
    clock = ManualClock(at("10:00"))
    async with polled(clock, ("alpha_vantage", "twelve_data"), {"alpha_vantage": only("minutes", tmp_path, regular=60)}) as world:
        world.doors["alpha_vantage"].failures_left = 1_000
        await world.until(lambda: bool(minutes_of(world, "twelve_data")), "the first answer of the other")
        while not world.pollers["alpha_vantage"].dispatcher.broken(clock.now_us()):
            await world.pass_to(clock.now_us() + 5_000_000, 5)
        assert world.doors["alpha_vantage"].calls.total() == 5
        answered = world.doors["twelve_data"].calls.total()
        await world.pass_to(clock.now_us() + 50_000_000, 10)
        assert world.doors["alpha_vantage"].calls.total() == 5 and world.doors["twelve_data"].calls.total() > answered
        assert {bar.symbol for bar in minutes_of(world, "twelve_data")} == set(SYMBOLS)
        state, detail = world.collected["alpha_vantage"].states[-1]
        assert state is FeedState.DOWN and "503" in str(detail) and "minutes comes from twelve_data" in str(detail)


async def test_finnhub_is_never_asked_for_intraday_data(tmp_path: Path) -> None:
    """ING-08: refused here, with the reason, without a call."""
    content = yaml.safe_load((FOLDER / "finnhub.yaml").read_text())
    content["endpoints"].append({
        "id": "candles", "path": "/stock/candle", "params": {"symbol": "{symbol}", "resolution": "1", "from": "today_ms", "to": "today_ms"},
        "symbols": ["AAPL"], "cadence": 300, "priority": "important", "ttl_seconds": 600,
    })  # fmt: skip
    path = tmp_path / "finnhub.yaml"
    path.write_text(yaml.safe_dump(content))
    async with polled(ManualClock(at("10:00")), ("finnhub",), {"finnhub": path}) as world:
        refusals = list[tuple[str, str]]()
        told = world.pollers["finnhub"].dispatcher._on_skip
        world.pollers["finnhub"].dispatcher._on_skip = lambda call, skip, why: (refusals.append((skip, why)), told(call, skip, why))[1]
        await world.pass_to(at("10:11"), 60)
        assert refusals and set(refusals) == {("forbidden", "intraday candles are off until Finnhub's plan is upgraded")}
        assert "/api/v1/stock/candle" not in world.doors["finnhub"].calls and world.doors["finnhub"].calls["/api/v1/quote"] == len(SYMBOLS)
        assert await world.pollers["finnhub"].instead("candles", "AAPL") == f"{refusals[0][0]}: {refusals[0][1]}"


async def test_the_251st_request_of_a_day_is_refused_here(tmp_path: Path) -> None:
    """CAL-05: also by a process that begins with what another one counted, and no longer on the next day."""
    clock = ManualClock(at("10:00"))
    name = "financial_modeling_prep"
    async with polled(clock, (name,), {name: only("earnings", tmp_path, name, regular=300)}) as world:
        poller, collected, door = world.pollers[name], world.collected[name], world.doors[name]
        poller.dispatcher.tally.restore("2026-11-18", 248, "2026-11", 1_000)
        await world.pass_to(at("10:30"), 60)
        assert door.calls.total() == 2 and len(collected.payloads) == 2
        assert collected.counts[-1] == ("2026-11-18", 250, "2026-11", 1_002)
        assert collected.states[-1] == (FeedState.LIVE, "250 of 250 requests of 2026-11-18 are used up")
        assert await poller.instead("earnings", None) == "used_up: 250 of 250 requests of 2026-11-18 are used up"
        await world.pass_to(at("09:36", WEDNESDAY.replace(day=19)), 3_600)
        assert door.calls.total() > 2 and collected.states[-1] == (FeedState.LIVE, None)
        assert collected.counts[-1][0] == "2026-11-19"


async def test_calendars_are_asked_at_their_hours() -> None:
    """CAL-03, CAL-04: Yahoo at 06:00 once for the next days, Nasdaq twice a day, in New York."""
    clock = ManualClock(at("00:01"))
    async with polled(clock, ("nasdaq", "yahoo")) as world:
        await world.pass_to(at("05:59:59"))
        assert not world.doors["yahoo"].calls
        await world.pass_to(at("06:00:01"), 1)
        assert world.doors["yahoo"].calls.total() == 1
        await world.pass_to(at("23:59"))
        assert world.doors["yahoo"].calls.total() == 1 and world.doors["nasdaq"].calls.total() == 2
    yahoo, nasdaq = world.collected["yahoo"], world.collected["nasdaq"]
    assert [payload.parameters["startDate"] for payload in yahoo.payloads] == [str(at("00:00") // 1_000)]
    assert [payload.parameters["date"] for payload in nasdaq.payloads] == ["2026-11-18", "2026-11-19"]
    days = {trading_day(report.ts_event).isoformat() for report in yahoo.records}
    assert days and min(days) >= "2026-11-18" and max(days) <= "2026-11-23"
    assert {report.report_time for report in nasdaq.records} <= {ReportTime.PREMARKET, ReportTime.POSTMARKET}


async def test_another_provider_of_the_economic_calendar_changes_nothing_downstream() -> None:
    """CAL-08: what Trading Economics tells becomes the same merged events that Unusual Whales' names become."""
    clock = ManualClock(at("06:30"))
    async with polled(clock, ("trading_economics", "fred")) as world:
        await world.settle()
    told = [record for found in world.collected.values() for record in found.records if isinstance(record, CalendarEvent)]
    schedule = load_schedule()
    theirs = {event.series: event for event in merge_events(told, schedule, clock.now_us(), ("trading_economics",)) if event.series}
    names = {
        "us-cpi": "Consumer price index", "fomc-minutes": "FOMC minutes", "us-nonfarm-payrolls": "Nonfarm payrolls",
        "us-ppi": "Producer price index", "us-gdp": "GDP (second estimate)", "us-jobless-claims": "Initial jobless claims",
        "fomc-decision": "FOMC interest-rate decision",
    }  # fmt: skip
    assert set(names) < set(theirs)
    ours = [
        replace(theirs[series], event_id=f"uw-{series}", source="unusual_whales", event=name, series=None, country=None, sources=())
        for series, name in names.items()
    ]
    swapped = {event.series: event for event in merge_events([*told, *ours], schedule, clock.now_us(), ("unusual_whales",)) if event.series}
    for series in names:
        parts = [(one.event_id, one.ts_event, one.kind, one.event, one.importance) for one in (theirs[series], swapped[series])]
        assert parts[0] == parts[1]
    abroad = [event for event in merge_events(told, schedule, clock.now_us()) if event.country == "EU"]
    assert {event.event for event in abroad} == {"Unemployment Rate", "ECB interest-rate decision"}, "another country's rate is not ours"


async def test_a_key_that_a_vendor_repeats_is_published_nowhere(tmp_path: Path) -> None:
    clock = ManualClock(at("10:00"))
    async with polled(clock, ("alpha_vantage",), {"alpha_vantage": only("minutes", tmp_path, regular=60)}) as world:
        world.doors["alpha_vantage"].per_day = 0
        await world.settle()
        await world.pass_to(at("10:00:30"), 10)
        collected = world.collected["alpha_vantage"]
        assert not collected.records and world.doors["alpha_vantage"].calls.total() >= 1
        for said in (*map(repr, collected.order), *map(repr, collected.states)):
            assert KEY not in said
        assert json.dumps([dict(payload.parameters) for payload in collected.payloads]).find(KEY) == -1


def only(entry: str, folder: Path, vendor: str = "alpha_vantage", **cadence: int) -> Path:
    """Write a vendor's catalogue with one of its entries, at another cadence and as many requests as that needs."""
    content = yaml.safe_load((FOLDER / f"{vendor}.yaml").read_text())
    content["endpoints"] = [one | {"cadence": cadence, "ttl_seconds": 7_200} for one in content["endpoints"] if one["id"] == entry]
    if vendor == "alpha_vantage":
        content["vendor"]["budget"] |= {"per_day": 10_000, "per_minute": 60, "stop_at": 60, "shares": {"critical": 0, "important": 60, "nice": 0}}
    path = folder / f"{vendor}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path
