"""What a market view says at a tick, when one is written, and that its state stays small."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.settings import BarSettings
from schemas.codec import Codec
from schemas.records import EventImportance, MacroWindow, MarketState, MarketView, Resolution, Session, Tick
from tests.support.market_replay import OPEN, SECOND, Driver, quote, trade


def view_at(driver: Driver, seconds: int, **unfit: str) -> MarketView:
    (view,) = [output.record for output in driver.tick(seconds, **unfit) if output.topic == "views"]
    assert isinstance(view, MarketView)
    return view


def test_a_view_holds_closed_seconds_and_the_newest_quote() -> None:
    driver = Driver()
    driver.feed(trade(1.0, 5.0), trade(1.5, 5.2, 50.0), trade(3.5, 4.0), quote(1.0, 4.9, 5.1), quote(3.9, 5.0, 5.2), quote(4.0, 6.0, 6.1))
    view = view_at(driver, 4)
    assert (view.last_price, view.interval_high, view.interval_low, view.interval_volume) == (5.2, 5.2, 5.0, 150.0)
    assert view.last_trade_age_seconds == 2.0
    assert (view.bid_price, view.ask_price, view.bid_size, view.quote_age_seconds) == (5.0, 5.2, 300.0, pytest.approx(0.1))
    assert view.spread_bps == pytest.approx(0.2 / 5.1 * 10_000)
    assert (view.day_open, view.day_high, view.day_low, view.day_volume) == (5.0, 5.2, 5.0, 150.0)
    assert view.session_vwap == pytest.approx((500 + 260) / 150)
    assert (view.session, view.minutes_since_open) == (Session.REGULAR, pytest.approx(4 / 60))
    assert view.flags == ("warming_up",)


def test_intervals_do_not_overlap() -> None:
    driver = Driver()
    driver.feed(trade(1.0, 5.0), trade(2.0, 6.0))
    first, second = view_at(driver, 4), view_at(driver, 5)
    assert (first.interval_high, second.interval_high, second.interval_low) == (5.0, 6.0, 6.0)
    assert driver.tick(6) == ()
    quiet = view_at(driver, 10)
    assert (quiet.interval_high, quiet.interval_low, quiet.interval_volume, quiet.last_price) == (None, None, 0.0, 6.0)


def test_an_old_quote_counts_as_missing() -> None:
    driver = Driver(BarSettings(quote_fresh_seconds=3))
    driver.feed(trade(1.0, 5.0), quote(1.0, 4.9, 5.1))
    assert "stale_quote" not in view_at(driver, 4).flags
    stale = view_at(driver, 5)
    assert "stale_quote" in stale.flags
    assert (stale.bid_price, stale.ask_price, stale.spread_bps, stale.quote_age_seconds) == (None, None, None, 4.0)


def test_a_symbol_without_quotes_says_so() -> None:
    driver = Driver()
    driver.feed(trade(1.0, 5.0))
    assert view_at(driver, 4).flags == ("no_quote", "warming_up")


def test_a_view_carries_the_economic_event_that_its_tick_tells_of() -> None:
    """CAL-09, CAL-10: the log says which window a symbol's view knew of."""
    driver = Driver()
    driver.feed(trade(1.0, 5.0))
    window = MacroWindow(starts_at=OPEN, ends_at=OPEN + 600 * SECOND, event_id="cpi", event="CPI", importance=EventImportance.HIGH)
    for second, macro in ((4, window), (5, None)):
        driver.state, outputs = driver.fold.step(driver.state, "ops.ticks", Tick(ts_event=OPEN + second * SECOND, macro=macro))
        found = [output.record for output in outputs if isinstance(output.record, MarketView)]
        assert [item.macro for item in found] == [macro]
        driver.feed(trade(second - 1.5, 5.1))


def test_quotes_of_a_bad_feed_count_as_missing_and_the_view_says_why() -> None:
    """IBK-30, ING-37: what the tick names reaches neither prices nor features; the rest of the view goes on."""
    driver = Driver()
    driver.feed(trade(1.0, 5.0), quote(1.0, 4.9, 5.1), quote(4.5, 4.9, 5.1))
    bad = view_at(driver, 4, quotes="CROSSED")
    assert (bad.bid_price, bad.ask_price, bad.spread_bps, bad.last_price) == (None, None, None, 5.0)
    assert bad.flags == ("warming_up", "bad_quotes")
    assert view_at(driver, 5).bid_price == 4.9
    driver.feed(trade(6.0, 5.0), trade(7.0, 5.0))
    assert view_at(driver, 9, trades="LATE").flags == ("warming_up", "bad_trades")
    assert "feed_down" in view_at(driver, 10, trades="DOWN", quotes="DOWN").flags


def test_closed_bars_come_once_and_late_data_is_flagged() -> None:
    driver = Driver()
    driver.play([trade(second, 5.0) for second in range(0, 130, 5)], until=140)
    shown = [bar for view in driver.written("views") for bar in view.closed_bars]
    assert [(bar.resolution.value, bar.window_end) for bar in shown] == [
        (bar.resolution.value, bar.window_end) for bar in driver.written("derived.bars") if bar.resolution is not Resolution.S1
    ]
    driver.feed(trade(61.5, 5.5))
    assert "late_data" in view_at(driver, 141).flags


def test_views_come_at_least_every_interval_until_nothing_came_for_long() -> None:
    driver = Driver(BarSettings(view_interval_seconds=5, view_idle_seconds=20))
    driver.play([trade(1.0, 5.0)], until=100)
    seconds = [(view.ts_event - OPEN) // SECOND for view in driver.written("views")]
    assert seconds == [4, 5, 10, 15, 20, 62]  # the last one because a minute closed


def test_outside_regular_hours_there_are_no_minutes_since_the_open() -> None:
    driver = Driver()
    driver.feed(trade(-1_000, 5.0))
    view = view_at(driver, -997)
    assert (view.session, view.minutes_since_open, view.day_open) == (Session.PRE, None, None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.floats(0.01, 1e5, allow_nan=False), st.floats(1e-6, 1e7)), min_size=1, max_size=60))
def test_no_published_number_is_ever_not_finite(prints: list[tuple[int, float, float]]) -> None:
    """SCH-05: every record encodes, and encoding refuses NaN and infinity."""
    driver = Driver()
    driver.play([trade(second, price, size, sequence=place) for place, (second, price, size) in enumerate(prints)], until=480)
    for output in driver.outputs:
        Codec(type(output.record), 1).encode(output.record)


def test_state_survives_its_encoding_and_stays_bounded() -> None:
    driver, codec = Driver(), Codec(MarketState, 1)
    sizes = []
    for block in range(8):
        tape = [trade(block * 900 + second / 2, 5.0 + second % 7 / 100) for second in range(1_800)]
        driver.play(tape, until=(block + 1) * 900)
        packed = codec.encode(driver.state)
        assert codec.decode(packed) == driver.state
        sizes.append(len(packed))
    assert max(sizes) < 40_000


def test_a_decoded_state_goes_on_like_the_original() -> None:
    tape = [trade(second / 3, 5.0 + second % 11 / 100) for second in range(4_000)]
    whole, halves, codec = Driver(), Driver(), Codec(MarketState, 1)
    whole.play(tape, until=1_400)
    halves.play(tape[:1_998], until=666)
    halves.state = codec.decode(codec.encode(halves.state))
    halves.play(tape[1_998:], until=1_400, first=667)
    assert halves.outputs == whole.outputs
