"""The Polygon feed and the ticks on a real broker: every print once, whatever is killed, dropped or repeated."""

from __future__ import annotations

from collections import Counter

from schemas import catalog
from schemas.records import FeedState
from tests.support.feed_world import FeedWorld, assert_ticks_complete, expected

SECOND = 1_000_000


def first_whole_millisecond(world: FeedWorld) -> int:
    """Return where the watermark began, rounded up: the market's events are of whole milliseconds."""
    return (int(world.records("ops.heartbeats")[0].ts_event) // 1_000 + 1) * 1_000


def assert_exact(world: FeedWorld, end_us: int) -> None:
    """Trades and quotes on the topics are those of the market, each once, from the first heartbeat's watermark on."""
    start_us = first_whole_millisecond(world)
    end_us = min(end_us, world.watermark_us()) // 1_000 * 1_000
    trades, quotes = expected(world, start_us, end_us)
    found = Counter(
        (trade.symbol, trade.sequence, trade.trade_id, trade.ts_event, trade.price, trade.size, trade.conditions)
        for trade in world.records("market.trades")
        if start_us <= trade.ts_event < end_us
    )
    wanted = Counter((t.symbol, t.sequence, t.trade_id, t.ts_ms * 1_000, t.price, float(t.size), tuple(t.conditions)) for t in trades)
    assert len(trades) > 100
    assert found == wanted, (list((wanted - found).items())[:5], list((found - wanted).items())[:5])
    found_quotes = Counter(
        (quote.symbol, quote.sequence, quote.bid_price, quote.ask_size)
        for quote in world.records("market.quotes")
        if start_us <= quote.ts_event < end_us
    )
    assert found_quotes == Counter((q.symbol, q.sequence, q.bid_price, q.ask_lots * 100.0) for q in quotes)


def assert_order(world: FeedWorld) -> None:
    """The prints of a symbol are in the vendor's order."""
    last: dict[str, int] = {}
    for trade in world.records("market.trades"):
        assert trade.sequence > last.get(trade.symbol, 0)
        last[trade.symbol] = trade.sequence


def test_live_market_reaches_the_topics_exactly_and_ticks_follow(feed_world: FeedWorld) -> None:
    """ING-01, ING-02, ING-10, BAR-01: undisturbed; raw payloads kept; heartbeats cover what ticks claim."""
    feed_world.start_feeds()
    feed_world.run_for(80)
    feed_world.stop("feeds")
    assert_exact(feed_world, feed_world.watermark_us())
    assert_order(feed_world)

    seconds = assert_ticks_complete(feed_world)
    assert seconds[-1] <= feed_world.watermark_us()
    heartbeats = feed_world.records("ops.heartbeats")
    assert [h.ts_event for h in heartbeats] == sorted(h.ts_event for h in heartbeats)
    assert heartbeats[-1].state is FeedState.LIVE
    tick = feed_world.records("ops.ticks")[-1]
    covered = {topic.kafka_name for topic in catalog.topics().values() if topic.covered}
    assert set(tick.barriers) == {"market.trades.v1", "market.quotes.v1", *covered}

    assert {bar.symbol for bar in feed_world.records("market.bars")} >= {"ACRX", "SPY"}
    assert {gapper.symbol for gapper in feed_world.records("reference.gappers")} >= {"ACRX", "BNGO"}
    endpoints = {payload.endpoint for payload in feed_world.records("raw.payloads")}
    assert endpoints >= {"stocks-websocket", "/v3/trades", "/v2/snapshot/locale/us/markets/stocks/gainers"}
    assert b"key-of-this-test" not in b"".join(payload.body for payload in feed_world.records("raw.payloads"))
    assert feed_world.dead_letters("raw.payloads") == []


def test_killed_feed_and_killed_vendor_lose_and_repeat_nothing(feed_world: FeedWorld) -> None:
    """ING-10: SIGKILL of feed and ticks, then of the vendor; each print is on the topic once."""
    feed_world.start_feeds()
    feed_world.run_for(20)
    for _ in range(2):
        feed_world.kill("feeds")
        feed_world.start_feeds()
        feed_world.run_for(20)
    feed_world.kill("vendorsim")
    feed_world.start_simulator()
    feed_world.run_for(20)
    feed_world.stop("feeds")
    assert_exact(feed_world, feed_world.watermark_us())
    assert_order(feed_world)
    assert_ticks_complete(feed_world)
    assert any(trade.backfilled for trade in feed_world.records("market.trades"))


def test_vendor_faults_are_survived(feed_world: FeedWorld) -> None:
    """ING-10: drops, silence, repeats, late prints, lost prints and bad frames; the rest goes on."""
    feed_world.start_feeds()
    feed_world.run_for(15)
    assert feed_world.fault(fault="drop") == 1
    feed_world.run_for(15)
    feed_world.fault(fault="duplicate")
    for kind in ("malformed", "nan", "infinite", "negative", "crossed", "wrong_type", "future", "unknown"):
        feed_world.fault(fault="bad", kind=kind, symbol="ACRX")
    feed_world.fault(fault="late", symbol="ACRX", seconds=15)
    feed_world.run_for(25)
    feed_world.fault(fault="silence", seconds=4)  # longer than the watch allows: the connection is given up
    feed_world.run_for(15)
    feed_world.fault(fault="silence", seconds=1, lose=True)  # prints that never come: noticed by the minute's volume
    feed_world.run_for(130)
    feed_world.stop("feeds")

    newest_minute = feed_world.watermark_us() // (60 * SECOND) * 60 * SECOND
    trades, _ = expected(feed_world, first_whole_millisecond(feed_world), newest_minute - 5 * SECOND)
    found = Counter((trade.symbol, trade.sequence) for trade in feed_world.records("market.trades"))
    assert not {key: count for key, count in found.items() if count > 1}
    missing = [trade for trade in trades if (trade.symbol, trade.sequence) not in found]
    assert missing == []
    assert_ticks_complete(feed_world)

    letters = [*feed_world.dead_letters("market.trades"), *feed_world.dead_letters("market.quotes"), *feed_world.dead_letters("raw.payloads")]
    paths = Counter(letter.field_path for letter in letters)
    assert paths["[0].p"] == 4, paths
    assert paths["[0].ap"] == paths["[0].t"] == paths["[0].ev"] == paths[""] == 1, paths
    assert all(letter.value and letter.reason.startswith(("field", "expected")) for letter in letters)
