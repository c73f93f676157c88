"""Alpaca's entries as records, the same over both transports, and its errors by name; against the simulated vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.clock import ManualClock
from infra.errors import Retryable
from infra.settings import Settings, StackSettings, TapeSettings
from infra.vendor_settings import AlpacaSettings
from producers.alpaca.error_codes import ERRORS, error_of
from producers.alpaca.feed import CRYPTO, STOCKS, AlpacaSource, Market, stock_limits
from producers.alpaca.parse import Control, parse_frame
from producers.alpaca.parse_rest import parse_answer
from producers.source import Parsed, Payload, Refused, Stamps, Unlicensed
from schemas.records import Bar, Quote, Resolution, Trade
from tests.support.feed_bench import SCENARIO, START_MS
from tests.support.simulated_vendor import Client, closed_after, simulated, stamps

START_US = START_MS * 1_000
NOON_2021 = 1_614_000_000_000_000
SYMBOLS = ("ACRX", "SPY", "BNGO")


def told(client: Client, **changes: Any) -> Settings:
    base = f"127.0.0.1:{client.port}/alpaca"
    values = {
        "stock_stream_url": f"ws://{base}/stream/v2", "crypto_stream_url": f"ws://{base}/stream/v1beta3/crypto/us", "rest_url": f"http://{base}",
        "api_key": "id", "api_secret": "right", "symbols": SYMBOLS, "requests_per_second": 10_000, "silence_seconds": 5.0,  # pragma: allowlist secret
    }  # fmt: skip
    tape, stack = TapeSettings(stocks=changes.pop("stocks", "alpaca")), StackSettings(mode=changes.pop("mode", "live"))
    return Settings(alpaca=AlpacaSettings.model_validate(values | changes), tape=tape, stack=stack)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_US)


@pytest.fixture
async def client(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Client]:
    async with simulated(clock, tmp_path, SCENARIO, alpaca={"api_key": "id", "api_secret": "right"}) as opened:  # pragma: allowlist secret
        yield opened


def source(settings: Settings, clock: ManualClock, market: Market = STOCKS) -> AbstractAsyncContextManager[AlpacaSource]:
    return closed_after(AlpacaSource(settings, clock, market, stock_limits(settings).delay_seconds if market is STOCKS else 0))


def alike(items: list[Parsed]) -> dict[tuple[Any, ...], Any]:
    """Return records without what says when and how they came, by their identity."""
    found = {}
    for item in items:
        record: Any = replace(item.record, ts_received=0, ts_published=0, backfilled=False)  # type: ignore[type-var]
        found[item.topic, record.symbol, getattr(record, "sequence", record.ts_event), getattr(record, "trade_id", None)] = record
    return found


@pytest.mark.parametrize("market", [STOCKS, CRYPTO], ids=["stocks", "crypto"])
async def test_both_transports_give_identical_records(client: Client, clock: ManualClock, market: Market) -> None:
    """ING-06: trades, quotes and minute bars of five minutes, once by stream and once by REST in small pages."""
    async with source(told(client), clock, market) as feed, feed.connect() as stream:
        clock.advance(300)
        live: list[Parsed] = []
        while stream.complete_until_us is None or stream.complete_until_us < clock.now_us():
            payload = await stream.receive(0.2)
            items = [] if payload is None else feed.parse(payload, stamps(clock))
            assert all(isinstance(item, Parsed) for item in items)
            live += items  # type: ignore[arg-type]
        history: list[Parsed] = []
        payloads = [payload async for payload in feed.history(START_US, None)]
        for payload in payloads:
            history += [item for item in feed.parse(payload, stamps(clock, backfilled=True)) if isinstance(item, Parsed)]
    past = {key: record for key, record in alike(history).items() if record.ts_event > START_US}
    assert past == alike(live) and len(live) == len(past) > 300
    assert {type(record) for record in past.values()} == {Trade, Quote, Bar}
    assert all(item.record.backfilled for item in history)  # type: ignore[attr-defined]


async def test_prints_are_those_of_the_simulated_polygon(client: Client, clock: ManualClock) -> None:
    """Same seed, same tape: price, size, id, odd lots, and the numbers of exchanges that Polygon uses."""
    clock.advance(60)
    async with source(told(client), clock) as feed:
        items = [item async for payload in feed.history(START_US, None) for item in feed.parse(payload, stamps(clock))]
    trades = {item.record for item in items if isinstance(item, Parsed) and isinstance(item.record, Trade)}
    found = {(t.symbol, t.trade_id, t.price, t.size, t.exchange, t.conditions, t.ts_event // 1_000) for t in trades}
    happened = [event for symbol in SYMBOLS for event in SCENARIO.symbol_events(symbol, START_MS, START_MS + 60_000) if hasattr(event, "price")]
    assert found == {(e.symbol, e.trade_id, e.price, float(e.size), e.exchange, tuple(e.conditions), e.ts_ms) for e in happened}
    orders = sorted(trades, key=lambda trade: (trade.symbol, trade.sequence))
    assert [t.trade_id for t in orders] == [e.trade_id for e in sorted(happened, key=lambda event: (event.symbol, event.sequence))]


async def test_pages_follow_their_token(client: Client, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.alpaca.backfill._PAGE", 50)
    clock.advance(60)
    async with source(told(client, symbols=("ACRX",)), clock) as feed:
        payloads = [payload async for payload in feed.history(START_US, None)]
        quotes = [payload for payload in payloads if payload.endpoint.endswith("/quotes")]
        items = [item for payload in quotes for item in feed.parse(payload, stamps(clock))]
    assert len(quotes) > 1 and [("page_token" in payload.parameters) for payload in quotes] == [False, *([True] * (len(quotes) - 1))]
    assert len(items) == sum(not hasattr(event, "price") for event in SCENARIO.symbol_events("ACRX", START_MS, START_MS + 60_000))


async def test_another_authority_leaves_us_the_bars(client: Client, clock: ManualClock) -> None:
    """Two vendors of one tape: who is not its authority asks for no print, over neither transport."""
    async with source(told(client, stocks="polygon"), clock) as feed, feed.connect() as stream:
        clock.advance(125)
        kinds: set[str] = set()
        while stream.complete_until_us is None or stream.complete_until_us < clock.now_us():
            payload = await stream.receive(0.2)
            kinds |= {entry["T"] for entry in orjson.loads(payload.body)} if payload else set()
        endpoints = {payload.endpoint async for payload in feed.history(START_US, None)}
    assert kinds == {"b"} and endpoints == {"/v2/stocks/bars"}


async def test_the_late_feed_is_late_over_both_transports(client: Client, clock: ManualClock) -> None:
    """delayed_sip: every record says 900 s, and nothing newer is asked for."""
    clock.advance(1_000)
    settings = told(client, feed="delayed_sip", mode="delayed")
    late = stamps(clock, delay_seconds=stock_limits(settings).delay_seconds)
    async with source(settings, clock) as feed, feed.connect() as stream:
        clock.advance(20)
        items: list[Any] = []
        while not items:
            payload = await stream.receive(0.2)
            items += feed.parse(payload, late) if payload else []
        items += [item async for payload in feed.history(START_US, None) for item in feed.parse(payload, late)]
    assert {item.record.delay_seconds for item in items} == {900}
    assert max(item.record.ts_event for item in items) <= clock.now_us() - 900_000_000


async def test_a_second_connection_is_refused_by_name(client: Client, clock: ManualClock) -> None:
    """406: the account allows one; it can be tried again."""
    async with source(told(client), clock) as feed, feed.connect():
        with pytest.raises(Retryable, match="406 connection limit exceeded; another process uses the same key") as refused:
            async with feed.connect():
                pytest.fail("connected")
        assert not isinstance(refused.value, Unlicensed)
        async with source(told(client), clock, CRYPTO) as coins, coins.connect():
            pass  # another stream has its own limit


async def test_an_error_in_the_stream_ends_the_connection(client: Client, clock: ManualClock) -> None:
    async with source(told(client), clock) as feed, feed.connect() as stream:
        await client.post("/alpaca/faults", json={"fault": "frame", "frame": '[{"T":"error","code":407,"msg":"slow client"}]'})
        with pytest.raises(Retryable, match="407 slow client"):
            while True:
                await stream.receive(1.0)


@pytest.mark.parametrize("code", range(401, 411))
def test_every_error_has_its_name(code: int) -> None:
    error = error_of(code, "", "stocks-websocket")
    assert isinstance(error, Unlicensed) == (code in (401, 402, 405, 408, 409, 410))
    assert f"{code} {ERRORS[code]}" in str(error)


def test_captured_entries_become_records() -> None:
    """Samples of the vendor's pages; a correction, a cancellation and a status are kept raw."""
    frame = b"""[{"T":"t","i":96921,"S":"AAPL","x":"D","p":126.55,"s":1,"t":"2021-02-22T15:51:44.208Z","c":["@","I"],"z":"C"},
        {"T":"q","S":"AMD","bx":"U","bp":87.66,"bs":1,"ax":"Q","ap":87.68,"as":4,"t":"2021-02-22T15:51:45.335689322Z","c":["R"],"z":"C"},
        {"T":"b","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":49378,"n":461,"vw":389.062639,"t":"2021-02-22T19:15:00Z"},
        {"T":"u","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":49400,"n":463,"vw":389.06264,"t":"2021-02-22T19:15:00Z"},
        {"T":"d","S":"SPY","o":387.0,"h":390,"l":386.1,"c":389.12,"v":9000000,"n":46100,"vw":388.1,"t":"2021-02-22T05:00:00Z"},
        {"T":"t","S":"BTC/USD","p":96123.5,"s":0.001,"t":"2021-02-22T10:27:48.858228144Z","i":3447222699101865076,"tks":"S"},
        {"T":"c","S":"EEM"},{"T":"x","S":"GOOGL"},{"T":"s","S":"AAPL"},
        {"T":"subscription","trades":["AAPL"],"quotes":[],"bars":["*"]}]"""
    moment = NOON_2021 + 86_400_000_000
    items = parse_frame(frame, Stamps(moment, moment, moment))
    trade, quote, bar, updated, day, coin, control = items
    assert isinstance(trade, Parsed) and isinstance(trade.record, Trade)
    assert (trade.record.exchange, trade.record.conditions, trade.record.ts_event) == (4, (37,), 1_614_009_104_208_000)
    assert isinstance(quote, Parsed) and isinstance(quote.record, Quote)
    assert (quote.record.bid_size, quote.record.ask_size, quote.record.ask_exchange) == (100.0, 400.0, 5)
    assert quote.record.ts_event == 1_614_009_105_335_689
    assert isinstance(bar, Parsed) and isinstance(updated, Parsed) and isinstance(day, Parsed)
    assert isinstance(bar.record, Bar) and isinstance(updated.record, Bar) and isinstance(day.record, Bar)
    assert (bar.record.revision, updated.record.revision, updated.record.volume) == (0, 1, 49_400.0)
    assert (day.record.resolution, day.record.window_end - day.record.window_start) == (Resolution.D1, 86_400_000_000)
    assert isinstance(coin, Parsed) and isinstance(coin.record, Trade)
    assert (coin.record.symbol, coin.record.size, coin.record.exchange) == ("BTC-USD", 0.001, None)
    assert isinstance(control, Control) and control.channels is not None
    growing = Stamps(0, 1_614_009_000_000_000, 2**62)
    assert not [item for item in parse_frame(frame, growing) if isinstance(item, Parsed) and isinstance(item.record, Bar)], "still growing"


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"p": 0}, "[0].p"), ({"p": None}, "[0].p"), ({"s": -1}, "[0].s"), ({"i": "x"}, "[0].i"), ({"i": None}, "[0].i"), ({"S": 5}, "[0].S"),
        ({"t": "2021-02-22"}, "[0].t"), ({"t": "2021-13-22T15:51:44Z"}, "[0].t"), ({"t": "2999-02-22T15:51:44Z"}, "[0].t"),
        ({"c": "I"}, "[0].c"), ({"T": "zz"}, "[0].T"), ({"T": None}, "[0].T"), ({"T": "q", "bp": 2.0, "ap": 1.0, "bs": 1, "as": 1}, "[0].ap"),
        ({"T": "b", "o": 1, "h": 1, "l": 2, "c": 1, "v": 1}, "[0].l"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_its_field_and_the_rest_goes_on(entry: dict[str, Any], path: str) -> None:
    good = {"T": "t", "i": 96921, "S": "AAPL", "x": "D", "p": 126.55, "s": 1, "t": "2021-02-22T15:51:44.208Z", "c": ["@"], "z": "C"}
    moment = NOON_2021 + 86_400_000_000
    refused, after = parse_frame(orjson.dumps([good | entry, good]), Stamps(moment, moment, moment))
    assert isinstance(refused, Refused) and refused.error.field_path == path
    assert isinstance(after, Parsed)


@pytest.mark.parametrize("body", [b"", b"{", b"7", b'{"trades":[]}', b'{"trades":{"A":{}}}', b'{"trades":{"A":[7]}}', b"\xff"])
def test_an_answer_that_does_not_fit_is_refused(body: bytes) -> None:
    items = parse_answer(Payload("/v2/stocks/trades", body, 0), Stamps(0, 0, 0))
    assert all(isinstance(item, Refused) for item in items) and len(items) == 1
