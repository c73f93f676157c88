"""A vendor's bars in the place of trades: the same bars, features and boxes, each share once, nothing said twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.errors import Permanent
from infra.settings import BarSettings
from processors.folds.day import session_sigma
from schemas.records import Bar, MarketView, Resolution, Tick
from tests.support.market_replay import OPEN, SECOND, SYMBOL, Driver, quote, random_tape, trade

MINUTE = 60
BY_BARS = BarSettings(vendor_bars="1m", vendor_bar_spread_seconds=1)
LONGER = (Resolution.M1, Resolution.M2, Resolution.M5, Resolution.M15, Resolution.H1)


def bar(minute: int, price: float = 5.0, volume: float = 100.0, length: int = MINUTE, **changes: Any) -> Bar:
    """Make a vendor's bar that begins so many minutes after the open; it comes a second after its end."""
    start = OPEN + minute * MINUTE * SECOND
    values: dict[str, Any] = {
        "symbol": SYMBOL, "resolution": Resolution.M1, "window_start": start, "window_end": start + length * SECOND, "open": price,
        "high": price + 0.1, "low": price - 0.1, "close": price + 0.05, "volume": volume, "vwap": price, "trade_count": None, "source": "polygon",
        "ts_event": start + length * SECOND,
    }  # fmt: skip
    return Bar(**{**values, **changes})


def numbers(bars: list[Bar]) -> list[tuple[Any, ...]]:
    return [(item.resolution, item.window_start, item.open, item.high, item.low, item.close, item.volume, round(item.vwap or 0, 9)) for item in bars]


def longer(driver: Driver) -> list[tuple[Any, ...]]:
    return sorted(numbers([item for resolution in LONGER for item in driver.written("derived.bars", resolution=resolution)]), key=repr)


@pytest.fixture(scope="module")
def by_trades() -> Driver:
    """Fold 300 trades in 90 minutes: so few that some minutes have none."""
    driver = Driver()
    driver.play(random_tape(3, 0, 90 * MINUTE, 300), until=95 * MINUTE, first=0)
    return driver


@pytest.fixture(scope="module")
def by_bars(by_trades: Driver) -> Driver:
    """Fold the minutes of these trades as if a vendor had sent them."""
    minutes: list[Bar] = by_trades.written("derived.bars", resolution=Resolution.M1)
    assert 60 < len(minutes) < 90
    driver = Driver(BY_BARS)
    driver.play([replace(item, source="polygon", ts_event=item.window_end) for item in minutes], until=95 * MINUTE, first=0)
    return driver


def test_longer_bars_equal_those_of_the_trades(by_trades: Driver, by_bars: Driver) -> None:
    assert len(longer(by_trades)) > 100
    assert longer(by_bars) == longer(by_trades)
    assert by_bars.written("derived.bars", resolution=Resolution.S1) == []


def test_features_and_boxes_equal_those_of_the_trades(by_trades: Driver, by_bars: Driver) -> None:
    """Only the spread of prices inside a minute is not known: VWAP's sigma is that of the minutes' means."""
    compared = (
        "bar_count", "close", "range_bps", "day_high", "day_low", "atr_wilder_14", "atr_simple_14", "ema_20", "momentum_bps", "session_vwap",
        "vwap_distance_bps", "relative_volume", "donchian_high", "donchian_low", "close_z_score",
    )  # fmt: skip

    def rows(driver: Driver) -> list[tuple[Any, ...]]:
        found = [(f.resolution.value, f.window_end, *(_near(getattr(f, name)) for name in compared)) for f in driver.written("derived.features")]
        return sorted(found, key=repr)

    assert rows(by_bars) == rows(by_trades)
    boxes = [[(b.resolution, b.box_id) for b in driver.written("derived.boxes")] for driver in (by_trades, by_bars)]
    assert sorted(boxes[0], key=repr) == sorted(boxes[1], key=repr)
    trades, bars = by_trades.state.history.day, by_bars.state.history.day
    assert trades is not None and bars is not None
    assert (bars.high, bars.low, bars.volume) == (trades.high, trades.low, trades.volume)
    sigmas = session_sigma(bars), session_sigma(trades)
    assert sigmas[0] is not None and sigmas[1] is not None and 0 < sigmas[0] < sigmas[1]


def test_a_view_at_each_bar_and_none_between(by_bars: Driver) -> None:
    views: list[MarketView] = by_bars.written("views")
    closed = [view for view in views if any(item.resolution is Resolution.M1 for item in view.closed_bars)]
    assert len(closed) == len(by_bars.written("derived.bars", resolution=Resolution.M1))
    assert len(views) <= len(closed) + 95 // 2, "the others close a longer window for which no bar came"
    assert all("vendor_bars" in view.flags for view in views)
    assert all(view.interval_volume == sum(item.volume for item in view.closed_bars if item.resolution is Resolution.M1) for view in closed)


def test_trades_count_and_bars_beside_them_do_not() -> None:
    """Each share is counted once, though both come; also when the trades end and bars go on."""
    driver = Driver(BY_BARS)
    trades = [trade(second, 5.0, 10.0) for second in range(0, 300, 7)]
    bars = [bar(minute, volume=90.0) for minute in range(40)]
    driver.play([*trades, *bars], until=41 * MINUTE)
    day = driver.state.history.day
    stood_in = [item for item in bars if item.window_start >= OPEN + (300 + 900) * SECOND]
    assert day is not None and day.volume == sum(item.size for item in trades) + sum(item.volume for item in stood_in)
    assert driver.state.history.vendor_bars_dropped == 0
    views: list[MarketView] = driver.written("views")
    assert "vendor_bars" not in views[0].flags and "vendor_bars" in views[-1].flags


def test_trades_take_over_from_bars_and_no_share_counts_twice() -> None:
    driver = Driver(BY_BARS)
    bars = [bar(minute, volume=90.0) for minute in range(10)]
    late = trade(4 * MINUTE + 5, 7.0, 1_000.0)
    driver.play(bars[:5], until=5 * MINUTE + 10, first=0)
    driver.feed(late)
    trades = [trade(second, 5.0, 10.0) for second in range(6 * MINUTE, 10 * MINUTE, 7)]
    driver.play([*trades, *bars[5:]], until=12 * MINUTE, first=5 * MINUTE + 11)
    day = driver.state.history.day
    assert day is not None and day.volume == 6 * 90.0 + sum(item.size for item in trades)
    assert day.high == 5.1, "the trade inside a bar that stood in is in it already"
    assert driver.state.history.late_trades_dropped == 1


def test_the_first_trade_is_not_kept_waiting_for_bars() -> None:
    """A symbol that comes onto the watchlist is known by its trades from the next second on."""
    driver = Driver(BY_BARS)
    driver.play([bar(0), trade(70, 6.0)], until=73, first=0)
    (view,) = [output.record for output in driver.outputs if output.topic == "views"][-1:]
    assert (view.ts_event, view.last_price, view.flags) == (OPEN + 73 * SECOND, 6.0, ("no_quote", "warming_up"))


def test_of_windows_without_another_bar_patience_closes_them_and_what_comes_later_is_left_out() -> None:
    driver = Driver(BY_BARS)
    driver.play([bar(0)], until=2 * MINUTE + 31, first=0)
    assert driver.written("derived.bars", resolution=Resolution.M2) == []
    driver.tick(2 * MINUTE + 32)  # end + grace + patience
    (two,) = driver.written("derived.bars", resolution=Resolution.M2)
    assert (two.volume, two.trade_count) == (100.0, None)
    driver.feed(bar(1))
    driver.tick(2 * MINUTE + 40)
    assert driver.state.history.vendor_bars_dropped == 1
    assert len(driver.written("derived.bars", resolution=Resolution.M1)) == 1


def test_bars_of_long_ago_are_history_and_nobody_acts_on_them() -> None:
    """The first answer of a vendor holds an hour of them."""
    driver = Driver(BY_BARS)
    driver.feed(*(bar(minute) for minute in range(10)))
    driver.tick(10 * MINUTE + 2)
    assert [item.window_start for item in driver.written("derived.bars", resolution=Resolution.M1)] == [OPEN + 9 * MINUTE * SECOND]
    assert driver.state.history.vendor_bars_dropped == 9


def test_a_bar_that_comes_again_changes_nothing() -> None:
    driver = Driver(BY_BARS)
    driver.play([bar(0), bar(0), bar(1), bar(0), bar(1)], until=3 * MINUTE, first=0)
    day = driver.state.history.day
    assert day is not None and day.volume == 200.0
    assert len(driver.written("derived.bars", resolution=Resolution.M1)) == 2


def test_symbols_are_spread_over_the_seconds_after_a_minute() -> None:
    """Each symbol has its second, the same each time, so that a replay gives the same outputs."""
    moments: dict[str, list[int]] = {}
    for name in ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF"):
        driver = Driver(BarSettings(vendor_bars="1m", vendor_bar_spread_seconds=10))
        driver.state = driver.fold.initial(name)
        driver.play([bar(0, symbol=name), bar(1, symbol=name)], until=3 * MINUTE, first=0)
        moments[name] = [item.ts_event - item.window_end for item in driver.written("derived.bars", resolution=Resolution.M1)]
    assert all(len(found) == 2 and found[0] == found[1] for found in moments.values())
    assert len({found[0] for found in moments.values()}) > 2
    assert all(2 * SECOND <= found[0] < 12 * SECOND for found in moments.values())


def test_quotes_of_a_symbol_without_trades_do_not_close_its_windows_too_early() -> None:
    driver = Driver(BarSettings(vendor_bars="1m"))
    quotes = [quote(second + 0.5, 4.9, 5.1) for second in range(5 * MINUTE)]
    driver.play([*quotes, *(bar(minute) for minute in range(4))], until=5 * MINUTE)
    day = driver.state.history.day
    assert day is not None and day.volume == 400.0
    assert [item.volume for item in driver.written("derived.bars", resolution=Resolution.M2)] == [200.0, 200.0]


@pytest.mark.parametrize("settings", [BarSettings(), BY_BARS])
def test_bars_that_are_not_wanted_are_left_alone(settings: BarSettings) -> None:
    """Off by default; else only those of the tape's vendor and of the wanted length."""
    driver = Driver(settings)
    others = [bar(0, source="yahoo"), bar(0, resolution=Resolution.M5, length=300), bar(0, symbol="BTC-USD")]
    driver.play(others if settings is BY_BARS else [*others, bar(0)], until=8 * MINUTE, first=0)
    assert driver.outputs == []
    assert driver.state == driver.fold.initial(SYMBOL)


def test_seconds_of_a_vendor_become_bars_of_all_lengths() -> None:
    driver = Driver(BarSettings(vendor_bars="1s", vendor_bar_spread_seconds=1))
    starts = [OPEN + n * SECOND for n in range(0, 120, 3)]
    seconds = [
        bar(0, resolution=Resolution.S1, window_start=start, window_end=start + SECOND, ts_event=start + SECOND, volume=1.0) for start in starts
    ]
    driver.play(seconds, until=200, first=0)
    assert len(driver.written("derived.bars", resolution=Resolution.S1)) == 40
    assert [item.volume for item in driver.written("derived.bars", resolution=Resolution.M1)] == [20.0, 20.0]


@pytest.mark.parametrize("changes", [{"low": 6.0}, {"high": 4.0}, {"open": -1.0, "low": -2.0}, {"volume": -1.0}, {"close": float("nan")}])
def test_what_is_no_bar_is_refused(changes: dict[str, float]) -> None:
    driver = Driver(BY_BARS)
    with pytest.raises(Permanent, match="expected 0 < low"):
        driver.feed(bar(0, **changes))


def test_without_a_volume_weighted_mean_the_typical_price_stands_for_it() -> None:
    driver = Driver(BY_BARS)
    driver.feed(bar(0, vwap=None))
    driver.state, outputs = driver.fold.step(driver.state, "ops.ticks", Tick(ts_event=OPEN + 62 * SECOND))
    (one,) = [o.record for o in outputs if isinstance(o.record, Bar)]
    assert one.vwap == pytest.approx((5.1 + 4.9 + 5.05) / 3)


def _near(value: Any) -> Any:
    return round(value, 7) if isinstance(value, float) else value
