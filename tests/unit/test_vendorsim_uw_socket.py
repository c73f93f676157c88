"""The simulated Unusual Whales WebSocket: joins, payloads as of the clock, and faults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from infra.clock import ManualClock
from infra.vendorsim.scenario import Scenario
from tests.support.simulated_vendor import Client, order_fault, simulated

KEY = "a-token-of-this-test"
SCENARIO = Scenario(date(2026, 11, 20))
START_MS = SCENARIO.span_ms[0] + 100 * 60_000
Socket = aiohttp.ClientWebSocketResponse


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_MS * 1_000)


@pytest.fixture
async def client(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Client]:
    async with simulated(clock, tmp_path, SCENARIO, unusual_whales={"api_key": KEY}) as opened:
        yield opened


@asynccontextmanager
async def joined(client: Client, *channels: str) -> AsyncIterator[Socket]:
    async with client.ws_connect(f"/uw/socket?token={KEY}", autoping=False) as socket:
        for channel in channels:
            await socket.send_json({"channel": channel, "msg_type": "join"})
            assert orjson.loads(await socket.receive_str(timeout=10)) == [channel, {"response": {}, "status": "ok"}]
        yield socket


async def frames(socket: Socket) -> list[str]:
    """Return every frame up to the answer of a ping: that is everything that happened before it."""
    await socket.ping(b"mark")
    found: list[str] = []
    while True:
        message = await socket.receive(timeout=10)
        if message.type is aiohttp.WSMsgType.PONG:
            return found
        assert message.type is aiohttp.WSMsgType.TEXT, message
        found.append(message.data)


async def said(socket: Socket) -> list[tuple[str, dict[str, Any]]]:
    return [tuple(orjson.loads(frame)) for frame in await frames(socket)]


async def test_a_wrong_token_and_a_plan_without_sockets_are_refused_at_the_door(client: Client) -> None:
    for token in ("wrong", ""):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await client.ws_connect(f"/uw/socket?token={token}")
    await order_fault(client, "uw", fault="downgrade", channels=["*"])
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await client.ws_connect(f"/uw/socket?token={KEY}")


async def test_an_unknown_channel_and_one_beyond_the_plan_are_refused_by_themselves(client: Client, clock: ManualClock) -> None:
    await order_fault(client, "uw", fault="downgrade", channels=["gex"])
    async with joined(client, "price:SPY") as socket:
        for channel, reason in (("periscopes", "unmatched topic"), ("gex:NONE", "unmatched topic"), ("gex:SPY", "unauthorized")):
            await socket.send_json({"channel": channel, "msg_type": "join"})
            refused = orjson.loads(await socket.receive_str(timeout=10))
            assert refused == [channel, {"response": {"reason": reason}, "status": "error"}]
        clock.advance(10)
        assert {channel for channel, _ in await said(socket)} == {"price:SPY"}


async def test_only_what_was_joined_comes_each_trade_once_in_order(client: Client, clock: ManualClock) -> None:
    async with joined(client, "option_trades:SPY") as socket:
        found: list[dict[str, Any]] = []
        for _ in range(5):
            clock.advance(12)
            found += [payload for _, payload in await said(socket)]
    assert len(found) > 20 and {trade["underlying_symbol"] for trade in found} == {"SPY"}
    assert [trade["executed_at"] for trade in found] == sorted(trade["executed_at"] for trade in found)
    assert all(START_MS <= trade["executed_at"] < START_MS + 60_000 for trade in found)
    assert len({trade["id"] for trade in found}) == len(found)
    answer = await client.get(
        "/uw/api/option-trades", params={"ticker_symbol": "SPY", "newer_than": str(START_MS - 1), "limit": "500"},
        headers={"Authorization": f"Bearer {KEY}"},
    )  # fmt: skip
    assert {row["id"] for row in (await answer.json())["data"]} == {trade["id"] for trade in found}


async def test_every_channel_speaks(client: Client, clock: ManualClock) -> None:
    channels = ["option_trades:SPY", "flow-alerts", "news", "gex", "gex:IWM", "gex_strike:SPY", "gex_strike_expiry:AAPL", "price", "net_flow:SPY"]
    async with joined(client, *channels) as socket:
        heard: set[str] = set()
        for _ in range(60):
            clock.advance(60)
            heard |= {channel for channel, _ in await said(socket)}
            if heard == set(channels):
                break
    assert heard == set(channels)


async def test_faults_of_connections(client: Client, clock: ManualClock) -> None:
    async with joined(client, "option_trades:SPY") as socket:
        clock.advance(20)
        first = await frames(socket)
        assert await order_fault(client, "uw", fault="duplicate") == 1
        assert await frames(socket) == first[-1:]
        await order_fault(client, "uw", fault="reorder", frames=2)
        await order_fault(client, "uw", fault="rename", field="underlying_price", value="spot_price")
        clock.advance(20)
        found = [orjson.loads(frame)[1] for frame in await frames(socket)]
        assert found[0]["executed_at"] > found[1]["executed_at"] and "spot_price" in found[1]
        await order_fault(client, "uw", fault="wrong_type", field="price", value={"dollars": 1})
        await order_fault(client, "uw", fault="frame", frame="nonsense")
        clock.advance(20)
        wrong, spoiled = (await frames(socket))[:2]
        assert wrong == "nonsense" and orjson.loads(spoiled)[1]["price"] == {"dollars": 1}
        await order_fault(client, "uw", fault="truncate")
        clock.advance(20)
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads((await frames(socket))[0])
        await order_fault(client, "uw", fault="downgrade", channels=["option_trades"])
        assert [orjson.loads(frame) for frame in await frames(socket)] == [
            ["option_trades:SPY", {"response": {"reason": "unauthorized"}, "status": "error"}]
        ]
        await order_fault(client, "uw", fault="drop")
        assert (await socket.receive(timeout=10)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_an_expired_token_closes_the_connection(client: Client) -> None:
    async with joined(client, "price") as socket:
        assert await order_fault(client, "uw", fault="expire") == 1
        closing = await socket.receive(timeout=10)
        assert closing.type is aiohttp.WSMsgType.CLOSE and closing.data == aiohttp.WSCloseCode.POLICY_VIOLATION
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        await client.ws_connect(f"/uw/socket?token={KEY}")
