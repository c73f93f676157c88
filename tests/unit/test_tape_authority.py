"""One authority for each instrument's prints, late data that does not pass for the present, and crypto on a Sunday."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import orjson
import pytest

from infra.clock import ManualClock, to_microseconds
from infra.feature_settings import FeatureSettings
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.market_calendar import NEW_YORK, session_at
from infra.plugins import load_all
from infra.settings import BarSettings, BoxSettings, Settings
from infra.unit import UnitContext
from infra.vendorsim.alpaca_wire import CoinMarket
from infra.vendorsim.crypto_market import CryptoMarket
from processors.folds.market import MarketFold
from producers.alpaca.parse import parse_frame
from producers.deduplicator import Deduplicator
from producers.feed_session import FeedSession
from producers.publisher import Publisher
from producers.sequence import sequence_of
from producers.source import ALWAYS_WRITTEN, Parsed, Payload, Stamps, feeds
from producers.tape_authority import Tape
from schemas.instruments import is_crypto_pair
from schemas.records import Bar, MarketView, Quote, Resolution, Session, Tick, Trade
from tests.support.feed_bench import MemoryProducer

NOON = 1_748_966_400_000_000
MINUTE = 60_000_000


def session(feed: str, **sections: Any) -> tuple[FeedSession, MemoryProducer]:
    load_all("producers")
    settings, clock, spec = Settings.model_validate(sections), ManualClock(NOON), feeds()[feed]
    producer: Any = MemoryProducer(CodecSet.offline((*spec.writes, *ALWAYS_WRITTEN)))
    context = UnitContext(settings, clock, Health(), asyncio.Event())
    limits = spec.limits(settings)
    publisher = Publisher(
        spec.name, producer, DeadLetters(producer, spec.name, settings, clock), clock, context.health, spec.watermarked, {},
        delay_seconds=limits.delay_seconds,
    )  # fmt: skip
    return FeedSession(spec, spec.build(settings, clock), context, publisher, Deduplicator(), None), producer


def topics(producer: MemoryProducer) -> list[str]:
    return [topic for topic, _ in producer.sent if topic not in ALWAYS_WRITTEN]


POLYGON = Payload("stocks-websocket", orjson.dumps([
    {"ev": "T", "sym": "SPY", "x": 4, "i": "1", "p": 500.0, "s": 100, "t": NOON // 1_000, "q": 7},
    {"ev": "AM", "sym": "SPY", "v": 100, "o": 500, "c": 500, "h": 500, "l": 500, "s": NOON // 1_000 - 60_000, "e": NOON // 1_000},
]), NOON)  # fmt: skip
ALPACA = Payload("stocks-websocket", orjson.dumps([
    {"T": "t", "S": "SPY", "i": 1, "x": "D", "p": 500.0, "s": 100, "t": "2025-06-03T16:00:00Z", "c": ["@"], "z": "B"},
    {"T": "b", "S": "SPY", "o": 500, "h": 500, "l": 500, "c": 500, "v": 100, "t": "2025-06-03T15:59:00Z"},
]), NOON)  # fmt: skip


@pytest.mark.parametrize(("stocks", "tape_of"), [("polygon", "feed.polygon"), ("alpaca", "feed.alpaca")])
async def test_a_print_that_two_vendors_deliver_is_on_the_tape_once(stocks: str, tape_of: str) -> None:
    """C-22: the authority's print goes out, the other's stays raw; bars of both go out, told apart by their source."""
    for feed, payload in (("feed.polygon", POLYGON), ("feed.alpaca", ALPACA)):
        running, producer = session(feed, tape={"stocks": stocks})
        await running.publish(payload)
        assert topics(producer) == (["market.trades", "market.bars"] if feed == tape_of else ["market.bars"])
        assert [topic for topic, _ in producer.sent].count("raw.payloads") == 1


async def test_late_data_do_not_pass_for_the_market_of_now() -> None:
    """ING-05: stamped, and withheld from the tape of a live stack; a stack whose mode says so takes them."""
    moment_ms = NOON // 1_000 - 900_000
    row = {"symbol": "SPY", "bid": 1.0, "ask": 2.0, "bidsize": 1, "asksize": 1, "bid_date": moment_ms, "ask_date": moment_ms}
    quotes = Payload("/v1/markets/quotes", orjson.dumps({"quotes": {"quote": row}}), NOON)
    bars = Payload("/v1/markets/timesales", orjson.dumps({"series": {"data": {
        "timestamp": moment_ms // 1_000 - 60, "open": 1, "high": 1, "low": 1, "close": 1, "volume": 5,
    }}}), NOON, {"symbol": "SPY"})  # fmt: skip
    for mode, wanted in (("live", ["market.bars"]), ("delayed", ["market.quotes", "market.bars"])):
        running, producer = session("feed.tradier", tape={"stocks": "tradier"}, stack={"mode": mode})
        for payload in (quotes, bars):
            await running.publish(payload)
        assert topics(producer) == wanted
        assert {record.delay_seconds for topic, record in producer.sent if topic not in ALWAYS_WRITTEN} == {900}
    live = Tape(Settings.model_validate({"tape": {"stocks": "tradier"}}), 900)
    assert live.detail == "data 900 s late: trades and quotes withheld, the stack's mode is live"
    assert Tape(Settings()).detail is None


async def test_a_late_feed_does_not_lag_by_its_delay() -> None:
    """The watermark says what is complete, 15 minutes ago; the lag says how far we are behind the vendor."""
    running, _ = session("feed.tradier", tape={"stocks": "tradier"}, stack={"mode": "delayed"})
    running.publisher.advance(NOON - 905 * 1_000_000)
    await running.publisher.heartbeat()
    assert running._context.health.conditions()["feed.tradier"].lag_seconds == 5.0


def test_a_quote_that_comes_late_is_no_fresh_quote_to_a_decision() -> None:
    """The freshness rule goes by the moment at the source: a late quote is missing in the view, as if none had come."""
    settings = Settings()
    fold = MarketFold(settings.bars, settings.boxes, settings.feature)
    views = []
    for delay_seconds in (0, 900):
        came: Any = {"symbol": "SPY", "ts_received": NOON, "ts_published": NOON, "source": "tradier", "sequence": 1}
        trade = Trade(**came, ts_event=NOON, trade_id="1", price=500.0, size=100.0)
        quote = Quote(**came, ts_event=NOON - delay_seconds * 1_000_000, bid_price=499.0, ask_price=501.0, delay_seconds=delay_seconds)
        state, _ = fold.step(fold.initial("SPY"), "market.trades", trade)
        state, _ = fold.step(state, "market.quotes", quote)
        state, outputs = fold.step(state, "ops.ticks", Tick(ts_event=NOON + 5_000_000))
        views += [output.record for output in outputs if isinstance(output.record, MarketView)]
    fresh, stale = views
    assert fresh.bid_price == 499.0 and stale.bid_price is None


def test_crypto_makes_bars_on_a_sunday() -> None:
    """ING-11: BTC/USD from Alpaca's frames, at a time at which no exchange is open."""
    start = to_microseconds(datetime(2025, 6, 1, 11, 0, tzinfo=NEW_YORK))
    assert session_at(start) is Session.CLOSED
    market = CoinMarket(CryptoMarket(7))
    frame = [{"T": "t", "S": "BTC/USD", **row} for _, row in market.rows("t", "BTC/USD", start // 1_000, start // 1_000 + 180_000)]
    fold = MarketFold(BarSettings(), BoxSettings(), FeatureSettings())
    state = fold.initial("BTC-USD")
    for item in parse_frame(orjson.dumps(frame), Stamps(start, start, start + 10 * MINUTE)):
        assert isinstance(item, Parsed) and isinstance(item.record, Trade) and item.record.symbol == "BTC-USD"
        state, _ = fold.step(state, "market.trades", item.record)
    bars: list[Bar] = []
    for second in range(1, 190):
        state, outputs = fold.step(state, "ops.ticks", Tick(ts_event=start + second * 1_000_000))
        bars += [output.record for output in outputs if isinstance(output.record, Bar) and output.record.resolution is Resolution.M1]
    vendors = [market.bar("BTC/USD", start // 1_000 + minute * 60_000) for minute in range(3)]
    assert [(bar.open, bar.high, bar.low, bar.close, bar.trade_count) for bar in bars] == [
        (row["o"], row["h"], row["l"], row["c"], row["n"]) for row in vendors if row
    ]
    assert [bar.volume for bar in bars] == pytest.approx([row["v"] for row in vendors if row])


def test_pairs_are_told_from_tickers() -> None:
    symbols = ("BTC-USD", "ETH-USDT", "SPY", "BRK.B", "BAC-PL", "-USD", "BTC/USD")
    assert [symbol for symbol in symbols if is_crypto_pair(symbol)] == ["BTC-USD", "ETH-USDT"]


def test_made_up_sequences_rise_with_time_and_tell_prints_of_one_moment_apart() -> None:
    moments = [NOON * 1_000 + offset for offset in (0, 1, 1_000, 3_600_000_000_000)]
    numbers = [sequence_of(moment, "D", 1) for moment in moments]
    assert numbers == sorted(set(numbers)) and numbers[-1] < 2**63
    assert sequence_of(moments[0], "D", 1) != sequence_of(moments[0], "K", 1)
    midnight = to_microseconds(datetime(2025, 6, 4, tzinfo=NEW_YORK)) * 1_000
    assert sequence_of(midnight, 1) < 100_000 < sequence_of(midnight - 1, 1) < 2**63
