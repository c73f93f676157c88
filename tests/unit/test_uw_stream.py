"""The client of Unusual Whales' WebSocket against the simulated vendor: joins, refusals, silence, and frames that go on together."""

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

from infra.clock import ManualClock, monotonic_seconds
from infra.errors import Retryable
from infra.settings import Settings
from infra.vendor_settings import UnusualWhalesSettings
from infra.vendorsim.scenario import Scenario
from producers.source import Parsed, Payload, Refused, Source, Stamps, Stream, Unlicensed
from producers.unusual_whales.feed_stream import unusual_whales_stream
from producers.unusual_whales.stream import JoinAnswer, join_answer
from tests.support.simulated_vendor import Client, order_fault, simulated

KEY = "a-token-of-this-test"
SCENARIO = Scenario(date(2026, 11, 20))
START_MS = SCENARIO.span_ms[0] + 100 * 60_000
CHANNELS = ("option_trades:SPY", "flow-alerts", "news", "gex:SPY", "gex_strike:SPY", "gex_strike_expiry:QQQ", "net_flow:SPY", "price:SPY")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_MS * 1_000)


@pytest.fixture
async def vendor(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Client]:
    async with simulated(clock, tmp_path, SCENARIO, unusual_whales={"api_key": KEY}) as opened:
        yield opened


def source(client: Client, clock: ManualClock, **changes: Any) -> Source:
    url = str(client.make_url("/uw/socket")).replace("http", "ws", 1)
    told = {"websocket_url": url, "api_key": KEY, "channels": CHANNELS, "silence_seconds": 20.0} | changes
    return unusual_whales_stream(Settings(unusual_whales=UnusualWhalesSettings.model_validate(told)), clock)


async def payloads(stream: Stream) -> list[Payload]:
    """Return what comes until nothing more does."""
    found: list[Payload] = []
    while True:
        payload = await stream.receive(1.0)
        if payload is None:
            return found
        found.append(payload)


def parsed(feed: Source, payload: Payload, clock: ManualClock) -> list[Parsed | Refused]:
    now_us = clock.now_us()
    return list(feed.parse(payload, Stamps(now_us, now_us, now_us)))


async def test_every_channel_is_joined_and_every_frame_becomes_records(vendor: Client, clock: ManualClock) -> None:
    """ING-23 to 26: one connection, all channels; each kind of record on its topic, none refused."""
    feed = source(vendor, clock)
    async with feed.connect() as stream:
        assert stream.detail is None
        topics: Counter[str] = Counter()
        for _ in range(20):
            clock.advance(120)
            for payload in await payloads(stream):
                for item in parsed(feed, payload, clock):
                    assert isinstance(item, Parsed), item
                    topics[item.topic] += 1
            if len(topics) == 5:
                break
    assert set(topics) == {"options.trades", "options.flow-alerts", "options.exposures", "options.net-premium", "news.headlines"}
    await feed.close()


async def test_frames_that_came_together_go_on_together_and_lose_nothing(vendor: Client, clock: ManualClock) -> None:
    feed = source(vendor, clock, channels=("option_trades:SPY",))
    async with feed.connect() as stream:
        clock.advance(300)
        found = await payloads(stream)
    frames = [line for payload in found for line in payload.body.split(b"\n")]
    assert len(frames) > 2 * len(found)
    ids = [orjson.loads(frame)[1]["id"] for frame in frames]
    items = [item for payload in found for item in parsed(feed, payload, clock)]
    assert [item.record.trade_id for item in items] == ids  # type: ignore[union-attr]
    assert len(set(ids)) == len(ids) > 100


async def test_a_refused_token_is_said_without_the_token(vendor: Client, clock: ManualClock) -> None:
    feed = source(vendor, clock, api_key="another-token")  # pragma: allowlist secret
    with pytest.raises(Unlicensed, match="401") as refused:
        async with feed.connect():
            pytest.fail("connected")
    assert "another-token" not in str(refused.value) and refused.value.__cause__ is None
    elsewhere = source(vendor, clock, websocket_url="ws://127.0.0.1:9/uw/socket")
    with pytest.raises(Retryable) as away:
        async with elsewhere.connect():
            pytest.fail("connected")
    assert KEY not in str(away.value) and away.value.__cause__ is None


async def test_a_refused_channel_is_named_and_the_others_go_on(vendor: Client, clock: ManualClock) -> None:
    await order_fault(vendor, "uw", fault="downgrade", channels=["gex"])
    feed = source(vendor, clock, channels=("gex", "price:SPY", "periscope"))
    async with feed.connect() as stream:
        assert stream.detail == "refused channels: gex (unauthorized), periscope (unmatched topic)"
        clock.advance(10)
        assert await payloads(stream)
        await order_fault(vendor, "uw", fault="downgrade", channels=["price"])  # while we listen
        await payloads(stream)
        assert "price:SPY" in (stream.detail or "")
    with pytest.raises(Unlicensed, match="all refused"):
        async with source(vendor, clock, channels=("gex", "price")).connect():
            pytest.fail("connected")


async def test_a_plan_without_sockets_is_unlicensed(vendor: Client, clock: ManualClock) -> None:
    """X-04: WebSocket access needs the higher plan."""
    await order_fault(vendor, "uw", fault="downgrade", channels=["*"])
    with pytest.raises(Unlicensed, match="403"):
        async with source(vendor, clock).connect():
            pytest.fail("connected")


async def test_a_half_open_connection_is_given_up(vendor: Client, clock: ManualClock) -> None:
    feed = source(vendor, clock, silence_seconds=0.5)
    async with feed.connect() as stream:
        await order_fault(vendor, "uw", fault="half_open")
        began = monotonic_seconds()
        with pytest.raises(Retryable, match="silence"):
            while monotonic_seconds() - began < 20:
                await stream.receive(0.05)


async def test_data_that_comes_before_the_last_answer_is_kept(clock: ManualClock) -> None:
    """A busy channel speaks as soon as it is joined, while others still wait for their answer."""
    headline = orjson.dumps(["news", {"headline": "first", "timestamp": "2026-11-20T14:00:00Z", "source": "aggregator", "tickers": []}])

    async def vendor_of_two(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        joins = [orjson.loads((await socket.receive()).data)["channel"] for _ in range(2)]
        for channel in joins:
            await socket.send_str(orjson.dumps([channel, {"response": {}, "status": "ok"}]).decode())
            await socket.send_str(headline.decode())
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/uw/socket", vendor_of_two)
    async with TestClient(TestServer(app)) as client:
        feed = source(client, clock, channels=("news", "price"))
        async with feed.connect() as stream:
            first = await stream.receive(5)
            second = await stream.receive(0.5) if first is not None and first.body.count(headline) < 2 else None
    assert first is not None and first.body.split(b"\n")[0] == headline
    frames = first.body + b"\n" + (second.body if second else b"")
    assert frames.count(headline) == 2


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (b'["gex:SPY",{"response":{},"status":"ok"}]', JoinAnswer("gex:SPY", None)),
        (b'["gex",{"response":{"reason":"unauthorized"},"status":"error"}]', JoinAnswer("gex", "unauthorized")),
        (b'["gex",{"response":"no","status":"error"}]', JoinAnswer("gex", "error")),
        (b'["news",{"headline":"response and status"}]', None),
        (b'["news",{"headline":"x","response":{},"status":"ok"}]', None),
        (b'{"response":{},"status":"ok"}', None),
        (b'["gex",{"response":', None),
        (b"[]", None),
    ],
)
def test_answers_to_joins_are_told_from_data(frame: bytes, expected: JoinAnswer | None) -> None:
    assert join_answer(frame) == expected


def test_without_a_key_or_channels_the_feed_says_why(clock: ManualClock) -> None:
    def unavailable(**told: Any) -> str | None:
        return unusual_whales_stream(Settings(unusual_whales=UnusualWhalesSettings.model_validate(told)), clock).unavailable

    assert "API_KEY" in (unavailable() or "")
    assert "CHANNELS" in (unavailable(api_key=KEY, channels=()) or "")
    assert unavailable(api_key=KEY) is None


def test_frames_with_line_breaks_inside_texts_stay_one_frame() -> None:
    """The separator between frames cannot occur inside one: JSON escapes it."""
    assert b"\n" not in orjson.dumps(["news", {"headline": "two\nlines"}])
