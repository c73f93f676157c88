"""The simulated Polygon speaks the vendor's protocol, as of the market clock, and keeps WebSocket and REST in agreement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp.test_utils import TestClient, TestServer

from infra.clock import ManualClock
from infra.settings import Settings, SimulatorSettings
from infra.vendor_settings import PolygonSettings
from infra.vendorsim.market_events import MINUTE_MS, TapeTrade
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app

KEY = "a-key-of-this-test"
SCENARIO = Scenario(date(2025, 6, 3))
START_MS = SCENARIO.span_ms[0] + 30 * MINUTE_MS


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_MS * 1_000)


@pytest.fixture
async def client(clock: ManualClock, tmp_path: Path) -> AsyncIterator[TestClient[Any, Any]]:
    settings = Settings(
        polygon=PolygonSettings.model_validate({"api_key": KEY}), simulator=SimulatorSettings(state_folder=tmp_path)
    )
    async with TestClient(TestServer(create_app(settings, clock, SCENARIO))) as opened:
        yield opened


async def entries(socket: aiohttp.ClientWebSocketResponse) -> list[dict[str, Any]]:
    return list(orjson.loads(await socket.receive_str(timeout=10)))


@asynccontextmanager
async def subscribed(client: TestClient[Any, Any], channels: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with client.ws_connect("/polygon/stocks") as socket:
        assert (await entries(socket))[0]["status"] == "connected"
        await socket.send_json({"action": "auth", "params": KEY})
        assert (await entries(socket))[0]["status"] == "auth_success"
        await socket.send_json({"action": "subscribe", "params": channels})
        for channel in channels.split(","):
            assert await entries(socket) == [{"ev": "status", "status": "success", "message": f"subscribed to: {channel}"}]
        yield socket


async def until_pong(socket: aiohttp.ClientWebSocketResponse) -> list[dict[str, Any]]:
    """Return every entry up to the answer of a ping: that is everything that happened before it."""
    await socket.ping(b"mark")
    found: list[dict[str, Any]] = []
    while True:
        message = await socket.receive(timeout=10)
        if message.type is aiohttp.WSMsgType.PONG:
            return found
        found += orjson.loads(message.data)


@pytest.fixture
async def raw_socket(client: TestClient[Any, Any]) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with client.ws_connect("/polygon/stocks", autoping=False) as socket:
        await entries(socket)
        await socket.send_json({"action": "auth", "params": KEY})
        await entries(socket)
        await socket.send_json({"action": "subscribe", "params": "T.*,Q.*,AM.*"})
        for _ in range(3):
            await entries(socket)
        yield socket


async def get(client: TestClient[Any, Any], path: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
    async with client.get(path, params={"apiKey": KEY} | {key: str(value) for key, value in parameters.items()}) as answer:
        return answer.status, await answer.json()


async def test_a_wrong_key_is_refused(client: TestClient[Any, Any]) -> None:
    async with client.ws_connect("/polygon/stocks") as socket:
        await entries(socket)
        await socket.send_json({"action": "auth", "params": "wrong"})
        assert (await entries(socket))[0]["status"] == "auth_failed"
        assert (await socket.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
    async with client.get("/polygon/v3/trades/ACRX", params={"apiKey": "wrong"}) as answer:  # pragma: allowlist secret
        assert answer.status == 401
    async with client.get("/polygon/v3/trades/ACRX", headers={"Authorization": f"Bearer {KEY}"}) as answer:
        assert answer.status == 200


async def test_the_stream_holds_what_happened_and_a_pong_closes_it(raw_socket: aiohttp.ClientWebSocketResponse, clock: ManualClock) -> None:
    """A pong comes after every event before the ping: the proof of completeness the watermark of a quiet market rests on."""
    clock.advance(61.5)
    found = await until_pong(raw_socket)
    happened = SCENARIO.events_between(START_MS, START_MS + 61_500)
    trades = [(e["sym"], e["i"], e["q"], e["p"], e["s"], e["t"]) for e in found if e["ev"] == "T"]
    assert trades == [(t.symbol, t.trade_id, t.sequence, t.price, t.size, t.ts_ms) for t in happened if isinstance(t, TapeTrade)]
    assert sum(e["ev"] == "Q" for e in found) == len(happened) - len(trades)
    bars = [e for e in found if e["ev"] == "AM"]
    assert {bar["s"] for bar in bars} == {START_MS} and len(bars) == 20
    acrx = next(bar for bar in bars if bar["sym"] == "ACRX")
    assert acrx["v"] == sum(size for symbol, _, _, _, size, ts in trades if symbol == "ACRX" and ts < START_MS + MINUTE_MS)
    assert acrx["av"] > acrx["v"]


async def test_only_what_was_subscribed_comes(client: TestClient[Any, Any], clock: ManualClock) -> None:
    async with subscribed(client, "T.ACRX,A.BNGO") as socket:
        clock.advance(3)
        kinds = {(entry["ev"], entry["sym"]) for entry in await entries(socket)}
    assert kinds <= {("T", "ACRX"), ("A", "BNGO")} and kinds


async def test_history_agrees_with_the_stream_and_pages(client: TestClient[Any, Any], clock: ManualClock) -> None:
    """REST stamps are nanoseconds of the same milliseconds; pages follow next_url; nothing from after the clock is shown."""
    clock.advance(30)
    since = START_MS * 1_000_000
    collected: list[dict[str, Any]] = []
    status, body = await get(client, "/polygon/v3/trades/ACRX", **{"timestamp.gte": since, "order": "asc", "limit": 7})
    collected += body["results"]
    clock.advance(600)
    while "next_url" in body:
        path = body["next_url"].split("/", 3)[3]
        async with client.get("/" + path, headers={"Authorization": f"Bearer {KEY}"}) as answer:
            body = await answer.json()
        collected += body["results"]
    happened = [e for e in SCENARIO.symbol_events("ACRX", START_MS, START_MS + 30_000) if isinstance(e, TapeTrade)]
    assert status == 200
    assert [(row["id"], row["sequence_number"], row["sip_timestamp"]) for row in collected] == [
        (t.trade_id, t.sequence, t.ts_ms * 1_000_000) for t in happened
    ]
    _, newest = await get(client, "/polygon/v3/quotes/ACRX", limit=1)
    assert newest["results"][0]["sip_timestamp"] < clock.now_us() * 1_000


async def test_bars_snapshots_and_gainers(client: TestClient[Any, Any], clock: ManualClock) -> None:
    """ING-01, ING-02: bars of several intervals agree; gainers are sorted and above yesterday's close."""
    clock.advance(600)
    _, minutes = await get(client, f"/polygon/v2/aggs/ticker/BNGO/range/1/minute/{START_MS}/{START_MS + 599_999}")
    _, fives = await get(client, f"/polygon/v2/aggs/ticker/BNGO/range/5/minute/{START_MS}/{START_MS + 599_999}")
    assert [row["t"] for row in minutes["results"]] == [START_MS + n * MINUTE_MS for n in range(10)]
    assert len(fives["results"]) == 2
    assert sum(row["v"] for row in fives["results"]) == sum(row["v"] for row in minutes["results"])
    assert max(row["h"] for row in minutes["results"]) == max(row["h"] for row in fives["results"])
    _, gainers = await get(client, "/polygon/v2/snapshot/locale/us/markets/stocks/gainers")
    changes = [row["todaysChangePerc"] for row in gainers["tickers"]]
    assert changes == sorted(changes, reverse=True) and changes[0] > 10 and changes[-1] > 0
    status, one = await get(client, "/polygon/v2/snapshot/locale/us/markets/stocks/tickers/ACRX")
    assert status == 200 and one["ticker"]["prevDay"]["c"] == SCENARIO.previous_close("ACRX")
    assert (await get(client, "/polygon/v2/snapshot/locale/us/markets/stocks/tickers/NOSUCH"))[0] == 404
    assert (await get(client, "/polygon/v2/aggs/ticker/BNGO/range/1/parsec/1/2"))[0] == 400


async def test_faults_on_request(client: TestClient[Any, Any], raw_socket: aiohttp.ClientWebSocketResponse, clock: ManualClock) -> None:
    async def fault(**order: Any) -> int:
        async with client.post("/polygon/faults", json=order) as answer:
            return answer.status

    clock.advance(1)
    before = await until_pong(raw_socket)
    assert await fault(fault="duplicate") == 200
    assert await until_pong(raw_socket) == before
    assert await fault(fault="frame", frame="not json") == 200
    assert await raw_socket.receive_str(timeout=10) == "not json"
    assert await fault(fault="nonsense") == 400
    assert await fault(fault="bad", kind="nonsense") == 400
    assert await fault(fault="refuse", requests=1) == 200
    async with client.get("/polygon/v3/trades/ACRX", params={"apiKey": KEY}) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert await fault(fault="drop") == 200
    assert (await raw_socket.receive(timeout=10)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_a_late_print_comes_later_with_its_own_stamp(
    client: TestClient[Any, Any], raw_socket: aiohttp.ClientWebSocketResponse, clock: ManualClock
) -> None:
    async with client.post("/polygon/faults", json={"fault": "late", "symbol": "ACRX", "seconds": 20}) as answer:
        assert answer.status == 200
    first = next(e for e in SCENARIO.symbol_events("ACRX", START_MS, START_MS + 60_000) if isinstance(e, TapeTrade))
    clock.advance(10)
    assert str(first.trade_id) not in [e.get("i") for e in await until_pong(raw_socket) if e.get("sym") == "ACRX"]
    clock.advance(15)
    late = [e for e in await until_pong(raw_socket) if e.get("sym") == "ACRX" and e.get("i") == first.trade_id]
    assert [entry["t"] for entry in late] == [first.ts_ms]


async def test_ground_truth_is_served(client: TestClient[Any, Any]) -> None:
    async with client.get("/scenario/truth") as answer:
        truth = await answer.json()
    assert [box["symbol"] for box in truth] == [box.symbol for box in SCENARIO.truth()]
    async with client.get("/scenario/market") as answer:
        assert (await answer.json())["first_ms"] == SCENARIO.span_ms[0]
