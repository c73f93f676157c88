"""Tradier's events and answers as records, its two environments, and its sessions; against the simulated vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.clock import ManualClock
from infra.errors import Retryable
from infra.settings import Settings, StackSettings, TapeSettings, load
from infra.vendor_settings import TradierSettings
from infra.vendorsim.market_events import TapeQuote, TapeTrade
from producers.polled_stream import PolledStream
from producers.source import Parsed, Payload, Refused, Stamps, Unlicensed
from producers.tradier.environment import environment_of
from producers.tradier.feed import TradierSource, limits
from producers.tradier.parse_rest import BARS_ENDPOINT, QUOTES_ENDPOINT, parse_answer
from producers.tradier.parse_stream import parse_events
from schemas.records import Bar, Quote, Trade
from tests.support.feed_bench import SCENARIO, START_MS
from tests.support.simulated_vendor import Client, closed_after, simulated, stamps

START_US = START_MS * 1_000
MAY_2019 = Stamps(1_557_800_000_000_000, 1_557_800_000_000_000, 1_557_800_000_000_000)
SALE = {
    "type": "timesale", "symbol": "SPY", "exch": "Q", "bid": "282.08", "ask": "282.09", "last": "282.09", "size": "100",
    "date": "1557758874355", "seq": 352795, "flag": "@", "cancel": False, "correction": False, "session": "normal",
}  # fmt: skip
QUOTE = {
    "type": "quote", "symbol": "C", "bid": 281.84, "bidsz": 60, "bidexch": "M", "biddate": "1557757189000", "ask": 281.85, "asksz": 6,
    "askexch": "Z", "askdate": "1557757190000",
}  # fmt: skip
ROW = {
    "symbol": "AAPL", "description": "Apple Inc", "exch": "Q", "type": "stock", "last": 208.21, "bid": 208.19, "ask": 208.21, "bidsize": 12,
    "bidexch": "Q", "bid_date": 1557168406000, "asksize": 1, "askexch": "Y", "ask_date": 1557168406000, "trade_date": 1557168406000,
}  # fmt: skip


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_US)


@pytest.fixture
async def client(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Client]:
    async with simulated(clock, tmp_path, SCENARIO, tradier={"access_token": "right"}) as opened:
        yield opened


def source(client: Client, clock: ManualClock, environment: str = "prod", **changes: Any) -> AbstractAsyncContextManager[TradierSource]:
    base = f"127.0.0.1:{client.port}"
    values = {
        "environment": environment, "rest_url": f"http://{base}/{'tradier' if environment == 'prod' else 'tradier-sandbox'}",
        "websocket_url": f"ws://{base}/tradier/ws/v1/markets/events", "access_token": "right", "symbols": ("ACRX", "SPY"),
        "requests_per_second": 10_000, "silence_seconds": 5.0, "poll_seconds": 2.0,
    }  # fmt: skip
    settings = Settings(
        tradier=TradierSettings.model_validate(values | changes), tape=TapeSettings(stocks="tradier"), stack=StackSettings(mode="delayed")
    )
    return closed_after(TradierSource(settings, clock))


@pytest.mark.parametrize(
    ("environment", "rest_url", "websocket_url", "delay_seconds"),
    [
        ("sandbox", "https://sandbox.tradier.com", None, 900),
        ("prod", "https://api.tradier.com", "wss://ws.tradier.com/v1/markets/events", 0),
    ],
)
def test_the_environment_chooses_the_addresses(environment: str, rest_url: str, websocket_url: str | None, delay_seconds: int) -> None:
    """CFG-12: each value yields its URL."""
    settings = load({"TAPEWIRE_TRADIER__ENVIRONMENT": environment})
    chosen = environment_of(settings.tradier)
    assert (chosen.rest_url, chosen.websocket_url, chosen.delay_seconds) == (rest_url, websocket_url, delay_seconds)
    assert limits(settings).delay_seconds == delay_seconds


async def test_the_stream_brings_the_prints_of_the_tape(client: Client, clock: ManualClock) -> None:
    async with source(client, clock) as feed, feed.connect() as stream:
        items: list[Any] = []
        while stream.complete_until_us is None:
            await stream.receive(0.1)  # a pong: the subscription was heard
        clock.advance(20)
        while stream.complete_until_us < clock.now_us():
            payload = await stream.receive(0.1)
            items += feed.parse(payload, stamps(clock)) if payload else []
    assert all(isinstance(item, Parsed) for item in items)
    happened = [event for symbol in ("ACRX", "SPY") for event in SCENARIO.symbol_events(symbol, START_MS, START_MS + 20_000)]
    trades = {(r.symbol, r.sequence, r.ts_event, r.price, r.size, r.conditions) for r in (i.record for i in items) if isinstance(r, Trade)}
    assert trades == {
        (e.symbol, e.sequence, e.ts_ms * 1_000, e.price, float(e.size), tuple(e.conditions)) for e in happened if isinstance(e, TapeTrade)
    }
    assert sum(isinstance(item.record, Quote) for item in items) == sum(isinstance(event, TapeQuote) for event in happened)


async def test_the_sandbox_is_polled_and_every_record_says_how_late_it_is(client: Client, clock: ManualClock) -> None:
    """ING-05: quotes and bars, 15 minutes old, each stamped with it."""
    clock.advance(1_200)
    late = stamps(clock, delay_seconds=900)
    async with source(client, clock, "sandbox") as feed, feed.connect() as stream:
        assert isinstance(stream, PolledStream)
        first = await stream.receive(1.0)
        assert first is not None and await stream.receive(0.0) is None, "not before the next turn"
        clock.advance(2)
        second = await stream.receive(1.0)
        (poll,) = feed.polls()
        bars = [payload async for payload in poll.fetch()]
        past = [payload async for payload in feed.history(START_US - 900_000_000, None)]
        items: list[Any] = [item for payload in (first, second, *bars, *past) if payload for item in feed.parse(payload, late)]
    assert {type(item.record) for item in items} == {Quote, Bar}
    assert {item.record.delay_seconds for item in items} == {900}
    assert max(item.record.ts_event for item in items) <= clock.now_us() - 900_000_000
    assert all(item.record.trade_count is None for item in items if isinstance(item.record, Bar))


async def test_bars_equal_polygons(client: Client, clock: ManualClock) -> None:
    clock.advance(600)
    async with source(client, clock) as feed:
        payloads = [payload async for payload in feed.history(START_US, None, ["SPY"])]
        found = [item.record for payload in payloads for item in feed.parse(payload, stamps(clock)) if isinstance(item, Parsed)]
    path = f"/polygon/v2/aggs/ticker/SPY/range/1/minute/{START_MS - 3_600_000}/{START_MS + 600_000}"
    async with client.get(path, params={"apiKey": "x"}) as answer:
        rows = (await answer.json())["results"]
    assert [(b.window_start // 1_000, b.open, b.high, b.low, b.close, b.volume) for b in found if isinstance(b, Bar)] == [
        (row["t"], row["o"], row["h"], row["l"], row["c"], row["v"]) for row in rows
    ]


async def test_a_session_that_is_not_known_is_unlicensed(client: Client, clock: ManualClock) -> None:
    async with source(client, clock) as feed, feed.connect() as stream:
        await client.post("/tradier/faults", json={"fault": "frame", "frame": '{"error":"Session not found: unauthorized"}'})
        with pytest.raises(Unlicensed, match="Session not found"):
            while True:
                await stream.receive(1.0)
    async with source(client, clock, access_token="wrong") as feed:  # pragma: allowlist secret
        with pytest.raises(Unlicensed, match="401"):
            async with feed.connect():
                pytest.fail("connected")


async def test_a_vendor_in_trouble_can_be_tried_again(client: Client, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.rest._ATTEMPTS", 1)
    async with source(client, clock, "sandbox") as feed, feed.connect() as stream:
        for fault, status in (("refuse", "429"), ("error", "500")):
            await client.post("/tradier/faults", json={"fault": fault})
            clock.advance(2)
            with pytest.raises(Retryable, match=status):
                await stream.receive(1.0)


def test_captured_events_become_records() -> None:
    """Samples of the vendor's page, one a line; a print's copies, a summary, a cancellation and a correction are kept raw."""
    others = [SALE | {"cancel": True}, SALE | {"correction": True}, {"type": "trade", "symbol": "SPY"}, {"type": "summary"}, {"type": "tradex"}]
    lines = b"\n".join(map(orjson.dumps, [SALE, QUOTE, *others]))
    trade, quote = parse_events(lines, MAY_2019)
    assert isinstance(trade, Parsed) and isinstance(trade.record, Trade)
    assert (trade.record.price, trade.record.size, trade.record.sequence, trade.record.exchange) == (282.09, 100.0, 352_795, 5)
    assert trade.record.ts_event == 1_557_758_874_355_000
    assert isinstance(quote, Parsed) and isinstance(quote.record, Quote)
    assert (quote.record.bid_size, quote.record.ask_size, quote.record.ask_exchange) == (6_000.0, 600.0, 19)
    assert quote.record.ts_event == 1_557_757_190_000_000


def test_a_single_element_is_no_list_and_none_is_null() -> None:
    def quotes(body: Any) -> list[Parsed | Refused]:
        return list(parse_answer(Payload(QUOTES_ENDPOINT, orjson.dumps(body), 0), MAY_2019))

    one, two = quotes({"quotes": {"quote": ROW}}), quotes({"quotes": {"quote": [ROW, ROW | {"symbol": "C"}]}})
    assert [len(one), len(two)] == [1, 2] and one[0] == two[0]
    assert quotes({"quotes": None}) == quotes({"quotes": {"unmatched_symbols": {"symbol": "XX"}}}) == []
    assert parse_answer(Payload(BARS_ENDPOINT, b'{"series":null}', 0, {"symbol": "A"}), MAY_2019) == []
    bar = {"timestamp": 1557408600, "open": 200.46, "high": 200.53, "low": 198.76, "close": 200.1154, "volume": 1, "vwap": 199.7}
    for data in (bar, [bar]):
        (found,) = parse_answer(Payload(BARS_ENDPOINT, orjson.dumps({"series": {"data": data}}), 0, {"symbol": "A"}), MAY_2019)
        assert isinstance(found, Parsed) and isinstance(found.record, Bar) and found.record.window_start == 1_557_408_600_000_000


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (SALE | {"last": "ten"}, ".last"), (SALE | {"last": "NaN"}, ".last"), (SALE | {"size": "0"}, ".size"), (SALE | {"seq": None}, ".seq"),
        (SALE | {"date": "0"}, ".date"), (SALE | {"date": "99999999999999"}, ".date"), (SALE | {"symbol": ""}, ".symbol"),
        (QUOTE | {"bid": 300}, ".ask"), (QUOTE | {"bidsz": None}, ".bidsz"), ({"type": "zz"}, "type"), ({}, "type"), ([], ""),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_its_field_and_the_rest_goes_on(event: Any, path: str) -> None:
    refused, after = parse_events(orjson.dumps(event) + b"\n" + orjson.dumps(SALE), MAY_2019)
    assert isinstance(refused, Refused) and refused.error.field_path == path
    assert isinstance(after, Parsed)


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b'{"quotes":7}', b'{"quotes":{"quote":7}}', b'{"quotes":{"quote":[{"bid":1}]}}'])
def test_an_answer_that_does_not_fit_is_refused(body: bytes) -> None:
    assert [type(item) for item in parse_answer(Payload(QUOTES_ENDPOINT, body, 0), MAY_2019)] == [Refused]
