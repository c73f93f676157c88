"""The REST poller against a vendor of the test's own: limits, faults, pages, dead letters, and a catalogue that changes meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from infra.clock import ManualClock
from infra.errors import Permanent
from infra.health import Health
from infra.plugins import load_all
from infra.settings import Settings
from infra.unit import UnitContext, registered
from producers.rest_catalog import transforms
from producers.rest_catalog.circuit_breaker import BreakerState
from producers.rest_catalog.latest import NoValue
from producers.source import Parsed, Payload, Refused, Stamps
from producers.unusual_whales import parse_raw_only
from schemas.records import FeedFaultKind, FeedState, Gapper
from tests.support.rest_catalogs import at, entry
from tests.support.rest_vendor import Vendor, World, polling

START = at("12:00:30")
GAPPERS = {"transform": "of_this_test", "topics": ["reference.gappers"], "key": "symbol"}


def gappers(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"data": [{"symbol": "A", "price": 1.5}]}"""
    found: list[Parsed | Refused] = []
    for number, row in enumerate(orjson.loads(payload.body)["data"]):
        price = row.get(options.get("field", "price"))
        if price is None:
            path = f"data[{number}].price"
            found.append(Refused("reference.gappers", orjson.dumps(row), Permanent(f"expected a number at {path}, found none", path)))
            continue
        found.append(Parsed("reference.gappers", Gapper(
            symbol=row["symbol"], ts_event=payload.received_us, ts_received=stamps.received_us, ts_published=stamps.published_us,
            source="toy", last_price=price, previous_close=1.0, gap_percent=0.0, volume=1.0,
        )))  # fmt: skip
    return found


@pytest.fixture(autouse=True, scope="module")
def registered_transform() -> Iterator[None]:
    transforms.transform("of_this_test")(gappers)
    yield
    transforms._TRANSFORMS.pop("of_this_test")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


def content(*entries: Mapping[str, Any], **vendor: Any) -> dict[str, Any]:
    return {"vendor": {"name": "toy", "base_path": "/api", **vendor}, "endpoints": [dict(one) for one in entries]}


def rows(*found: Any, **headers: str) -> web.Response:
    return web.json_response({"data": list(found)}, headers=headers)


async def pass_seconds(world: World, clock: ManualClock, seconds: int, pause: float = 0.002) -> None:
    """Let market time pass, second by second, with time to answer in each."""
    for _ in range(seconds):
        clock.advance(1)
        await asyncio.sleep(pause)
        if world.running.done():
            world.running.result()


async def test_answers_are_published_raw_first_then_as_records(clock: ManualClock, tmp_path: Path) -> None:
    """ING-28, ING-29: an entry in a file is all it takes; the key goes with the request and nowhere else."""
    vendor = Vendor({"/api/prices/SPY": lambda request, _: rows({"symbol": "SPY", "price": 1.5})})
    one = entry("prices", path="/prices/{ticker}", symbols="watched", params={"date": "today"}, **GAPPERS)
    async with polling(content(one), clock, tmp_path, vendor) as world:
        await world.until(lambda: len(world.collected.payloads) == 2 and bool(world.collected.records), "both symbols")
        await world.until(lambda: world.collected.states[-1] == (FeedState.LIVE, None), "the feed to be live")
    first = next(payload for payload in world.collected.payloads if payload.parameters["ticker"] == "SPY")
    assert (first.endpoint, first.parameters) == ("/api/prices/{ticker}", {"ticker": "SPY", "date": "2026-11-18"})
    assert vendor.asked[0][1] == {"date": "2026-11-18"}
    order = world.collected.order
    (record,) = world.collected.records
    assert order.index(first) < order.index(next(item for item in order if isinstance(item, Parsed))) and record.last_price == 1.5
    assert "right" not in str(order), "the key"


async def test_a_429_holds_everything_back_as_long_as_the_vendor_wishes(clock: ManualClock, tmp_path: Path) -> None:
    vendor = Vendor({"/api/one": lambda request, before: rows() if before else web.Response(status=429, headers={"Retry-After": "20"})})
    async with polling(content(entry("one", cadence="tier 2", priority="critical")), clock, tmp_path, vendor) as world:
        await world.until(lambda: vendor.counts()["/api/one"] == 1, "the first call")
        await pass_seconds(world, clock, 19)
        assert vendor.counts()["/api/one"] == 1
        assert [fault.kind for fault in world.collected.faults[-1]] == [FeedFaultKind.THROTTLED]
        await pass_seconds(world, clock, 2)
        await world.until(lambda: vendor.counts()["/api/one"] == 2 and len(world.collected.payloads) == 1, "the call to come again")
        assert world.poller.dispatcher.breaker("one").state(clock.now_us()) is BreakerState.CLOSED
        await world.until(lambda: world.collected.faults[-1] == (), "the feed to be good again")


async def test_one_broken_endpoint_does_not_stop_the_others(clock: ManualClock, tmp_path: Path) -> None:
    """ING-36: 500s open its breaker, it is asked again later, and the rest keep their minute."""
    vendor = Vendor({"/api/broken": lambda request, _: web.Response(status=500)})
    both = content(entry("broken", priority="nice"), entry("fine"), breaker={"failures": 3, "open_seconds": 120, "longest_seconds": 600})
    async with polling(both, clock, tmp_path, vendor) as world:
        await world.until(lambda: bool(world.collected.payloads), "the first answer")
        await pass_seconds(world, clock, 300)
        breaker = world.poller.dispatcher.breaker("broken")
        assert breaker.state(clock.now_us()) is not BreakerState.CLOSED
        assert vendor.counts()["/api/fine"] == 6 and 3 <= vendor.counts()["/api/broken"] <= 6
        assert world.collected.states[-1] == (FeedState.LIVE, "left alone: broken")
        (fault,) = world.collected.faults[-1]
        assert (fault.kind, fault.topics) == (FeedFaultKind.LEFT_ALONE, ("raw.payloads",)) and "broken" in fault.reason
        vendor.replies.clear()
        await pass_seconds(world, clock, 400)
        await world.until(lambda: breaker.state(clock.now_us()) is BreakerState.CLOSED, "the probe to close it")
        assert world.collected.states[-1] == (FeedState.LIVE, None) and world.collected.faults[-1] == ()


async def test_what_does_not_fit_is_a_dead_letter_with_the_field(clock: ManualClock, tmp_path: Path) -> None:
    """A bad row does not spoil the others; an answer of bad rows is one letter; no JSON is one, too."""
    good, renamed = {"symbol": "A", "price": 2.0}, {"symbol": "B", "preis": 2.0}
    vendor = Vendor({
        "/api/mixed": lambda request, _: rows(good, renamed), "/api/renamed": lambda request, _: rows(renamed, renamed, renamed),
        "/api/cut": lambda request, _: web.Response(text='{"data": [{"sym'),
    })  # fmt: skip
    entries = [entry(name, cadence="tier 2", rows={"new_only": True}, **GAPPERS) for name in ("mixed", "renamed", "cut")]
    async with polling(content(*entries), clock, tmp_path, vendor) as world:
        await world.until(lambda: len(world.collected.refused) == 3, "three letters")
    assert [record.symbol for record in world.collected.records] == ["A"]
    letters = {refused.value: refused.error.field_path for refused in world.collected.refused}
    assert letters[orjson.dumps(renamed)] == "data[1].price"
    whole = next(value for value in letters if value.count(b"preis") == 3)
    assert letters[whole] == "data[0].price"
    assert len(world.collected.payloads) == 3, "all are kept as received"


async def test_a_transform_with_a_bug_stops_nobody(clock: ManualClock, tmp_path: Path) -> None:
    vendor = Vendor({"/api/odd": lambda request, _: rows({"price": 1.0}), "/api/fine": lambda request, _: rows({"symbol": "A", "price": 1.0})})
    async with polling(content(entry("odd", **GAPPERS), entry("fine", **GAPPERS)), clock, tmp_path, vendor) as world:
        await world.until(lambda: bool(world.collected.records) and bool(world.collected.refused), "a record and a letter")
    assert "KeyError" in str(world.collected.refused[0].error)


async def test_alerts_are_paged_without_loss_or_repeat(clock: ManualClock, tmp_path: Path) -> None:
    """UWE-02: 101 alerts in pages of 100; the next call goes on after the newest; one that appears late is not lost."""
    alerts = [{"symbol": f"S{number}", "price": 1.0, "created_at": f"2026-11-18T16:{number // 60:02}:{number % 60:02}Z"} for number in range(101)]

    def reply(request: web.Request, _: int) -> web.Response:
        newer, older = request.query.get("newer_than", ""), request.query.get("older_than", "9")
        found = sorted((one for one in alerts if newer <= str(one["created_at"]) <= older), key=lambda one: str(one["created_at"]), reverse=True)
        return rows(*found[:100])

    paging = {"new_only": True, "time": "created_at", "newer_than": "newer_than", "older_than": "older_than", "page_rows": 100, "pages": 5}
    vendor = Vendor({"/api/alerts": reply})
    async with polling(content(entry("alerts", rows=paging, priority="critical", **GAPPERS)), clock, tmp_path, vendor) as world:
        await world.until(lambda: len(world.collected.records) >= 101, "101 alerts")
        alerts.append({"symbol": "LATE", "price": 1.0, "created_at": "2026-11-18T16:01:38.500000Z"})
        alerts.append({"symbol": "NEW", "price": 1.0, "created_at": "2026-11-18T16:02:00Z"})
        await pass_seconds(world, clock, 61)
        await world.until(lambda: len(world.collected.records) >= 103, "two more")
    assert sorted(record.symbol for record in world.collected.records) == sorted(str(one["symbol"]) for one in alerts)
    assert [query.get("newer_than") for _, query in vendor.asked] == [None, None, "2026-11-18T16:01:30Z"]


async def test_one_poll_is_kept_in_three_shapes_and_the_next_day_has_a_key_of_its_own(clock: ManualClock, tmp_path: Path) -> None:
    """ING-43: as it comes, as the day's, and as the newest with its end; keys name endpoint, symbol and date (SCH-12)."""
    vendor = Vendor({"/api/numbers/SPY": lambda request, before: rows({"n": before}), "/api/market": lambda request, _: rows()})
    entries = [entry("numbers", path="/numbers/{ticker}", symbols=["SPY"], ttl_seconds=7_200, cadence="tier 2"), entry("market", cadence="tier 3")]
    async with polling(content(*entries, snapshots=True), clock, tmp_path, vendor) as world:
        await world.until(lambda: len(world.collected.snapshots) >= 4, "both answers")
        first = {one.key: one for one in world.collected.snapshots}
        clock.advance(86_400)
        await world.until(lambda: any(one.key.endswith(":2026-11-19") for one in world.collected.snapshots), "the next day")
    day, newest = first["numbers:SPY:2026-11-18"], first["numbers:SPY:latest"]
    assert set(first) >= {"market:MARKET:2026-11-18", "market:MARKET:latest"}
    assert (day.ts_expires, newest.ts_expires) == (None, newest.ts_received + 7_200_000_000)
    assert (day.body, newest.body, newest.session_date) == (b'{"data": [{"n": 0}]}', b'{"data": [{"n": 0}]}', None)
    assert {payload.body for payload in world.collected.payloads} >= {day.body}
    assert not [one for one in world.collected.snapshots if one.key == "numbers:SPY:2026-11-18" and b'"n": 0' not in one.body]


SHORTS = {"transform": "uw_shorts_ticker_ftds", "topics": ["raw.payloads"], "priority": "critical", "rows": {"new_only": True}}
FIT = {"date": "2026-11-17", "price": "45.75", "quantity": 5}


async def test_an_odd_row_that_comes_again_and_again_is_one_letter_and_no_failure(clock: ManualClock, tmp_path: Path) -> None:
    """ING-36: an endpoint whose rows are only checked answers well but for one row; nobody leaves it alone for that."""
    assert parse_raw_only.WITH_RECORDS
    vendor = Vendor({"/api/shorts": lambda request, before: rows(*({**FIT, "quantity": n} for n in range(before + 2)), {"price": []})})
    async with polling(content(entry("shorts", **SHORTS)), clock, tmp_path, vendor) as world:
        await pass_seconds(world, clock, 60 * 8)
        await world.until(lambda: vendor.counts()["/api/shorts"] >= 8, "eight answers")
        assert world.poller.dispatcher.broken(clock.now_us()) == {}
    assert len(world.collected.refused) == 1


async def test_answers_of_which_no_row_fits_open_the_breaker(clock: ManualClock, tmp_path: Path) -> None:
    """ING-36: also where the rows are only checked."""
    vendor = Vendor({"/api/shorts": lambda request, before: rows({"fee": before}, {"fee": -before})})
    async with polling(content(entry("shorts", **SHORTS)), clock, tmp_path, vendor) as world:
        for _ in range(30):
            await pass_seconds(world, clock, 20)
            if world.poller.dispatcher.broken(clock.now_us()):
                break
        assert set(world.poller.dispatcher.broken(clock.now_us())) == {"shorts"}


async def test_the_next_process_goes_on_at_the_cursor(clock: ManualClock, tmp_path: Path) -> None:
    """UWE-26: without gap or repeat, also what has the very moment of the newest row and what appeared while nobody asked."""
    alerts = [{"symbol": f"S{number}", "price": 1.0, "created_at": f"2026-11-18T16:00:{number:02}Z"} for number in range(20)]

    def reply(request: web.Request, _: int) -> web.Response:
        newer = request.query.get("newer_than", "")
        return rows(*sorted((one for one in alerts if newer <= str(one["created_at"])), key=lambda one: str(one["created_at"]), reverse=True))

    one = entry("alerts", rows={"new_only": True, "time": "created_at", "newer_than": "newer_than"}, priority="critical", **GAPPERS)
    async with polling(content(one), clock, tmp_path, Vendor({"/api/alerts": reply})) as world:
        await world.until(lambda: len(world.collected.records) == 20, "the first alerts")
        cursors = world.collected.cursors
    assert [cursor.line for cursor in cursors.values()] == ["feed.unusual_whales:alerts:MARKET:0"]
    alerts.append({"symbol": "SAME", "price": 1.0, "created_at": "2026-11-18T16:00:19Z"})
    alerts.append({"symbol": "LATER", "price": 1.0, "created_at": "2026-11-18T16:30:00Z"})
    vendor = Vendor({"/api/alerts": reply})
    async with polling(content(one), clock, tmp_path, vendor, cursors) as world:
        await world.until(lambda: len(world.collected.records) >= 2, "what is new")
    assert sorted(record.symbol for record in world.collected.records) == ["LATER", "SAME"]
    assert vendor.asked[0][1]["newer_than"] == "2026-11-18T16:00:09Z"


async def test_a_row_that_was_asked_for_is_lost_to_nobody_while_its_records_are_not_safe(clock: ManualClock, tmp_path: Path) -> None:
    """UWE-26: the cursor is written when the broker has the rows."""
    one = entry("alerts", rows={"new_only": True, "time": "created_at", "newer_than": "newer_than"}, priority="critical", **GAPPERS)
    vendor = Vendor({"/api/alerts": lambda request, _: rows({"symbol": "A", "price": 1.0, "created_at": "2026-11-18T16:00:00Z"})})
    async with polling(content(one), clock, tmp_path, vendor) as world:
        world.collected.holds_back = True
        await world.until(lambda: bool(world.collected.waiting), "a cursor that waits")
        assert (len(world.collected.records), world.collected.cursors) == (1, {})
        for call in world.collected.waiting:
            call()
        assert world.collected.cursors


async def test_pages_by_number_end_with_the_short_one(clock: ManualClock, tmp_path: Path) -> None:
    def reply(request: web.Request, _: int) -> web.Response:
        page = int(request.query["page"])
        return rows(*({"symbol": f"P{page}N{number}", "price": 1.0} for number in range(3 if page < 2 else 1)))

    vendor = Vendor({"/api/pages": reply})
    one = entry("pages", cadence="tier 2", rows={"page": "page", "page_rows": 3, "pages": 4}, **GAPPERS)
    async with polling(content(one), clock, tmp_path, vendor) as world:
        await world.until(lambda: len(world.collected.records) == 7, "seven rows on three pages")
    assert [query["page"] for _, query in vendor.asked] == ["0", "1", "2"]


async def test_the_plans_real_limit_wins(clock: ManualClock, tmp_path: Path) -> None:
    """X-04: the headers state 10 a minute; the rest waits, by priority."""
    names = {"used": "x-used", "remaining": "x-left"}
    entries = [entry(f"e{number}", priority="critical") for number in range(30)]
    vendor = Vendor({f"/api/e{number}": lambda request, _: rows(**{"x-used": "1", "x-left": "9"}) for number in range(30)})
    async with polling(content(*entries, limit_headers=names), clock, tmp_path, vendor) as world:
        await pass_seconds(world, clock, 5)
        await world.until(lambda: world.poller.dispatcher.budget.limits.per_minute == 10, "the limit to be adopted")
        before = len(vendor.asked)
        assert before <= 20, "what had left before the first answer"
        await pass_seconds(world, clock, 180)
        assert len(vendor.asked) - before <= 3 * 9 and vendor.most_at_once <= 20
        assert "allows 10 requests a minute" in str(world.collected.states[-1][1])


async def test_a_refused_key_is_unlicensed_and_a_missing_plan_one_endpoints_matter(clock: ManualClock, tmp_path: Path) -> None:
    vendor = Vendor({"/api/dear": lambda request, _: web.Response(status=403)})
    async with polling(content(entry("dear"), entry("fine")), clock, tmp_path, vendor) as world:
        await world.until(lambda: len(vendor.asked) == 2, "both to be asked")
        await pass_seconds(world, clock, 125)
        assert vendor.counts() == {"/api/dear": 1, "/api/fine": 3}
        vendor.replies["/api/fine"] = lambda request, _: web.Response(status=401)
        await pass_seconds(world, clock, 61)
        await world.until(lambda: world.collected.states[-1][0] is FeedState.UNLICENSED, "the state to say so")


async def test_a_changed_file_works_at_once_and_a_bad_one_changes_nothing(clock: ManualClock, tmp_path: Path) -> None:
    """CFG-01, ING-28, ING-39, ING-48: added, dropped, throttled under load without a restart; a bad file is rejected and said."""
    vendor = Vendor()
    async with polling(content(entry("stays"), entry("goes")), clock, tmp_path, vendor) as world:
        await world.until(lambda: len(world.collected.payloads) == 2, "the first calls")
        world.write(content(entry("stays", cadence=120), entry("goes", enabled=False), entry("comes")))
        await world.until(lambda: vendor.counts()["/api/comes"] == 1, "the new endpoint")
        await pass_seconds(world, clock, 240)
        assert vendor.counts() == {"/api/stays": 3, "/api/goes": 1, "/api/comes": 5}
        world.write("vendor: {name: toy}\nendpoints:\n  - id: stays\n    cadance: 1\n")
        await world.until(lambda: "toy.yaml:4" in str(world.collected.states[-1][1]), "the rejection to be said")
        await pass_seconds(world, clock, 120)
        assert vendor.counts() == {"/api/stays": 4, "/api/goes": 1, "/api/comes": 7}
        world.write(content(entry("stays", cadence=1), entry("more", cadence=1)))
        await world.until(lambda: "does not fit the budget" in str(world.collected.states[-1][1]), "the budget to refuse it")
        world.write(content(entry("stays")))
        await world.until(lambda: world.collected.states[-1] == (FeedState.LIVE, None), "the good one to be taken")
    assert len(world.collected.payloads) == len(vendor.asked), "every answer was published"


async def test_values_expire_and_calls_on_their_way_are_finished(clock: ManualClock, tmp_path: Path) -> None:
    """ING-27, ING-42."""
    vendor = Vendor({"/api/one": lambda request, _: web.json_response({"data": json.loads("[1]")})})
    async with polling(content(entry("one", ttl_seconds=60)), clock, tmp_path, vendor) as world:
        await world.until(lambda: bool(world.collected.payloads), "the first answer")
        await world.until(lambda: isinstance(world.poller.dispatcher.latest.get(("one", None, 0), clock.now_us()), Payload), "its value")
        assert world.poller.dispatcher.latest.get(("one", None, 0), clock.now_us() + 60_000_000) is NoValue.EXPIRED
        world.poller.dispatcher.budget.pause_until(0)
        clock.advance(60)
    assert world.collected.watermarks == sorted(world.collected.watermarks)
    assert len(world.collected.payloads) == len(vendor.asked)


async def test_without_a_key_the_unit_stays_up_and_says_so() -> None:
    load_all("producers")
    context = UnitContext(Settings(), ManualClock(0), Health())
    running = asyncio.create_task(registered()["feed.unusual_whales"].run(context))
    async with asyncio.timeout(5):
        while "feed.unusual_whales" not in context.health.conditions():
            await asyncio.sleep(0)
    condition = context.health.conditions()["feed.unusual_whales"]
    assert condition.ready and "TAPEWIRE_UNUSUAL_WHALES__API_KEY" in condition.detail
    context.stop.set()
    await running
