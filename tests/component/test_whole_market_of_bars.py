"""The whole market by Polygon's bars, one symbol of it by its trades: feed, ticks and stage on a real broker."""

from __future__ import annotations

from pathlib import Path

from infra.settings import BarSettings, StageSettings
from infra.vendorsim.market_events import TapeTrade
from schemas.records import Bar, Resolution
from tests.support.feed_world import FeedWorld, empty_topics
from tests.support.kafka_world import wait_until

WRITTEN = ("derived.bars", "derived.features", "derived.boxes", "views")
BY_TRADES = "SPY"
MINUTE_US = 60_000_000


def test_symbols_without_trades_are_known_by_their_bars(feed_world: FeedWorld, tmp_path: Path) -> None:
    """BAR-01: AM.* brings the bars of every symbol; whose trades come is folded from these, whose do not from the vendor's bars."""
    world = feed_world
    empty_topics(world.settings, WRITTEN)
    polygon = world.settings.polygon.model_copy(update={"symbols": (BY_TRADES,), "bar_symbols": ("*",)})
    bars = BarSettings(vendor_bars="1m", vendor_bar_spread_seconds=5)
    world.settings = world.settings.model_copy(update={"polygon": polygon, "bars": bars, "stage": StageSettings(data_folder=tmp_path / "stages")})
    world.start("market", "run", "stage.market")
    world.start_feeds()
    world.run_for(330)
    wanted = {(bar.symbol, bar.window_start) for bar in world.records("market.bars") if bar.symbol != BY_TRADES and not bar.backfilled}
    wait_until(lambda: wanted <= {(bar.symbol, bar.window_start) for bar in _minutes(world)}, "the bars of all symbols", 60)
    world.stop("feeds")
    assert world.stop("market") == 0

    vendors = {(bar.symbol, bar.window_start): bar for bar in world.records("market.bars") if bar.resolution is Resolution.M1}
    assert {symbol for symbol, _ in wanted} == {*world.scenario.symbols} - {BY_TRADES}
    assert {trade.symbol for trade in world.records("market.trades")} == {BY_TRADES}
    for bar in _minutes(world):
        other = vendors.get((bar.symbol, bar.window_start))
        if bar.symbol != BY_TRADES or bar.trade_count is None:
            assert other is not None
            assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (other.open, other.high, other.low, other.close, other.volume)
    _assert_longer_bars(world)
    _assert_trades_count_once(world)
    views = world.records("views")
    assert {view.symbol for view in views} == set(world.scenario.symbols)
    assert all("vendor_bars" in view.flags for view in views if view.symbol != BY_TRADES)
    first_us = min(trade.ts_event for trade in world.records("market.trades")) + 10_000_000
    assert not any("vendor_bars" in view.flags for view in views if view.symbol == BY_TRADES and view.ts_event > first_us)
    assert world.dead_letters("market.bars") == []
    heartbeat = world.newest_heartbeat()
    assert heartbeat is not None and heartbeat.gaps <= heartbeat.reconnects, "a symbol without trades has no missing ones"


def _minutes(world: FeedWorld) -> list[Bar]:
    return [bar for bar in world.records("derived.bars") if bar.resolution is Resolution.M1]


def _assert_longer_bars(world: FeedWorld) -> None:
    """Two minutes are the sum of their parts, of each symbol."""
    minutes = {(bar.symbol, bar.window_start): bar for bar in _minutes(world)}
    pairs = [bar for bar in world.records("derived.bars") if bar.resolution is Resolution.M2 and bar.symbol != BY_TRADES]
    assert len(pairs) >= len(world.scenario.symbols) - 1
    for bar in pairs:
        parts = [minutes[key] for key in ((bar.symbol, bar.window_start), (bar.symbol, bar.window_start + MINUTE_US)) if key in minutes]
        assert bar.volume == sum(part.volume for part in parts)
        assert (bar.high, bar.low) == (max(part.high for part in parts), min(part.low for part in parts))


def _assert_trades_count_once(world: FeedWorld) -> None:
    """The bars that come beside trades add nothing to them."""
    start_us = world.records("ops.heartbeats")[0].ts_event
    whole = [bar for bar in _minutes(world) if bar.symbol == BY_TRADES and bar.window_start > start_us]
    assert len(whole) >= 3
    for bar in whole:
        events = world.scenario.events_between(bar.window_start // 1_000, bar.window_end // 1_000)
        sizes = [float(event.size) for event in events if isinstance(event, TapeTrade) and event.symbol == BY_TRADES]
        assert 0 < bar.volume <= sum(sizes)
        assert bar.trade_count == len(sizes)
