"""Option trades that the stream missed, fetched from the simulated vendor's REST interface by the feed's own source."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from infra.clock import ManualClock, to_datetime
from infra.settings import Settings, SimulatorSettings
from infra.vendor_settings import UnusualWhalesSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from infra.vendorsim.unusual_whales_channels import said
from infra.vendorsim.unusual_whales_market import OptionMarket
from producers.rest import RestClient
from producers.source import Parsed, Payload, Refused, Source, Stamps
from producers.unusual_whales.backfill import PATH, TradeHistory
from producers.unusual_whales.feed_stream import unusual_whales_stream
from schemas.records import OptionTrade

KEY = "a-token-of-this-test"
SCENARIO = Scenario(date(2026, 11, 20))
NOW_US = (SCENARIO.span_ms[0] + 100 * 60_000) * 1_000
MINUTE_US = 60_000_000


@pytest.fixture
async def vendor(tmp_path: Path) -> AsyncIterator[TestClient[Any, Any]]:
    settings = Settings(
        unusual_whales=UnusualWhalesSettings.model_validate({"api_key": KEY}), simulator=SimulatorSettings(state_folder=tmp_path)
    )
    async with TestClient(TestServer(create_app(settings, ManualClock(NOW_US), SCENARIO))) as opened:
        yield opened


def source(url: str, **changes: Any) -> Source:
    told = {"rest_url": url, "api_key": KEY, "channels": ("option_trades:SPY", "flow-alerts")} | changes
    return unusual_whales_stream(Settings(unusual_whales=UnusualWhalesSettings.model_validate(told)), ManualClock(NOW_US))


async def trades(feed: Source, start_us: int, end_us: int | None) -> list[OptionTrade]:
    stamps = Stamps(NOW_US, NOW_US, NOW_US, backfilled=True)
    items = [item async for payload in feed.history(start_us, end_us) for item in feed.parse(payload, stamps)]
    await feed.close()
    assert not [item for item in items if isinstance(item, Refused)]
    return [item.record for item in items if isinstance(item, Parsed) and isinstance(item.record, OptionTrade)]


async def test_what_happened_meanwhile_is_fetched_and_flagged(vendor: TestClient[Any, Any]) -> None:
    """ING-25: every trade of the gap, with the ids the stream gives them; no other underlying's than those that were joined."""
    start_us, end_us = NOW_US - 2 * MINUTE_US, NOW_US - MINUTE_US
    found = await trades(source(str(vendor.make_url("/uw"))), start_us, end_us)
    market = OptionMarket(SCENARIO, SimulatorSettings().seed)
    happened = {
        entry.payload["id"]
        for entry in said(market, {"option_trades"}, start_us // 1_000, end_us // 1_000)
        if entry.payload["underlying_symbol"] == "SPY" and entry.payload["executed_at"] * 1_000 >= start_us
    }
    assert len(happened) > 20
    assert {trade.trade_id for trade in found if start_us <= trade.ts_event < end_us} >= happened
    assert all(trade.backfilled and trade.symbol == "SPY" for trade in found)


@pytest.mark.parametrize(
    ("changes", "start_us", "end_us"),
    [
        ({"channels": ("flow-alerts",)}, NOW_US - MINUTE_US, None),
        ({"backfill_minutes": 5}, NOW_US - 60 * MINUTE_US, NOW_US - 50 * MINUTE_US),
        ({"backfill_minutes": 0}, NOW_US - MINUTE_US, None),
    ],
)
async def test_nothing_is_asked_that_nobody_wants(vendor: TestClient[Any, Any], changes: dict[str, Any], start_us: int, end_us: int | None) -> None:
    assert await trades(source(str(vendor.make_url("/uw")), **changes), start_us, end_us) == []


class PagingVendor:
    """A vendor with so many trades in the last minute, so far apart; pages of 500, the newest first."""

    def __init__(self, count: int, apart_us: int) -> None:
        self.rows = [{"id": str(number), "executed_at": as_text(NOW_US - MINUTE_US + number * apart_us)} for number in range(count)]
        self.asked: list[dict[str, str]] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        older, newer = request.query["older_than"], request.query["newer_than"]
        return web.json_response({"data": [row for row in reversed(self.rows) if newer < row["executed_at"] < older][:500]})


def as_text(moment_us: int) -> str:
    return to_datetime(moment_us).isoformat(timespec="microseconds").replace("+00:00", "Z")


async def fetched(handle: Any, most_requests: int) -> list[Payload]:
    app = web.Application()
    app.router.add_get(PATH, handle)
    async with TestServer(app) as server:
        client = RestClient(str(server.make_url("")), {}, 1_000.0, ManualClock(NOW_US))
        try:
            return [payload async for payload in TradeHistory(client, (), most_requests).fetch(NOW_US - MINUTE_US, NOW_US, None)]
        finally:
            await client.close()


def ids(payloads: list[Payload]) -> Counter[str]:
    return Counter(row["id"] for payload in payloads for row in orjson.loads(payload.body)["data"])


@pytest.mark.parametrize("apart_us", [40_000, 10, 100])
async def test_no_trade_is_lost_between_two_pages(apart_us: int) -> None:
    """Many share a moment: the next page begins within it, and what comes twice is known by its id."""
    vendor = PagingVendor(1_400, apart_us)
    found = ids(await fetched(vendor.handle, 20))
    assert set(found) == {row["id"] for row in vendor.rows}


async def test_the_newest_count_when_there_are_too_many() -> None:
    vendor = PagingVendor(1_400, 40_000)
    found = ids(await fetched(vendor.handle, 2))
    assert len(vendor.asked) == 2
    assert "1399" in found and "0" not in found


@pytest.mark.parametrize("status", [403, 404, 422])
async def test_a_vendor_that_refuses_does_not_stop_the_stream(status: int) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status)

    assert await fetched(refuse, 20) == []


@pytest.mark.parametrize("body", [b"<html>", b'{"data":7}'])
async def test_an_answer_that_is_none_ends_the_back_fill(body: bytes) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body)

    assert await fetched(answer, 20) == []
