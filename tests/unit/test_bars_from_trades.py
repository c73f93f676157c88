"""BAR-01, BAR-11: bars from trades equal pandas', whatever the order of arrival; late and repeated trades."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.cli.demo_tape import eligible
from infra.errors import Permanent
from infra.settings import BarSettings
from processors.calc.aggregate import Print
from processors.folds.trades import PRINTS
from producers.polygon.sale_conditions import bar_parts
from schemas.records import Bar, MarketState, Resolution, Trade
from tests.support.market_replay import OPEN, SECOND, Driver, quote, trade

OFFSETS = {"M1": "1min", "M2": "2min", "M5": "5min", "M15": "15min", "H1": "1h"}


CONDITIONS: list[tuple[int, ...]] = [(), (), (37,), (14, 37, 41), (22,), (2, 41), (10,), (12,), (12, 37), (15,), (38,), (13,), (32, 14)]


def random_tape(seed: int, count: int = 400, span: int = 2_000, *, with_conditions: bool = False) -> list[Trade]:
    generator = random.Random(seed)
    moments = sorted(generator.uniform(0, span) for _ in range(count))
    price, tape = 5.0, []
    for number, moment in enumerate(moments):
        price = max(0.5, price + generator.choice((-0.01, 0.0, 0.01)))
        codes = generator.choice(CONDITIONS) if with_conditions else ()
        size = float(generator.randint(1, 900))
        tape.append(trade(moment, round(price, 2), size, sequence=number, conditions=codes, bar_parts=bar_parts(codes)))
    return tape


def newest(bars: list[Bar]) -> dict[tuple[str, int], Bar]:
    found: dict[tuple[str, int], Bar] = {}
    for bar in bars:
        key = (bar.resolution.value, bar.window_start)
        assert key not in found or bar.revision > found[key].revision, "a bar comes again with a higher revision only"
        found[key] = bar
    return found


def assert_equal_to_pandas(bars: list[Bar], tape: list[Trade]) -> None:
    ordered = sorted(tape, key=lambda item: (item.ts_event, item.sequence))
    frame = pd.DataFrame([(t.ts_event, t.price, t.size, t.conditions) for t in ordered], columns=["ts", "price", "size", "conditions"])
    frame = eligible(frame)
    frame.index = pd.to_datetime(frame["ts"], unit="us", utc=True)
    mine = newest(bars)
    for resolution, offset in OFFSETS.items():
        groups = frame.resample(offset)
        reference = pd.DataFrame(
            {
                "open": groups["priced"].first(), "high": groups["extreme"].max(), "low": groups["extreme"].min(), "close": groups["priced"].last(),
                "volume": groups["counted"].sum(), "notional": groups["notional"].sum(), "n": groups.size(),
            }
        ).dropna()  # fmt: skip
        found = {start: bar for (name, start), bar in mine.items() if name == resolution}
        assert len(found) == len(reference)
        for moment, row in reference.iterrows():
            bar = found[int(pd.Timestamp(str(moment)).value) // 1_000]
            assert (bar.open, bar.high, bar.low, bar.close) == (row["open"], row["high"], row["low"], row["close"])
            assert (bar.volume, bar.trade_count) == (row["volume"], row["n"])
            assert bar.vwap == (pytest.approx(row["notional"] / row["volume"], rel=1e-12) if row["volume"] else None)


@pytest.mark.parametrize("with_conditions", [False, True])
def test_bars_equal_pandas(with_conditions: bool) -> None:
    """BAR-01; with conditions, which prints count is taken from the vendor's table by pandas, not by our code."""
    tape = random_tape(1, with_conditions=with_conditions)
    driver = Driver()
    driver.play(tape, until=9_000)
    assert_equal_to_pandas(driver.written("derived.bars"), tape)


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 5))
def test_shuffled_arrival_gives_the_same_records(order: random.Random, seed: int) -> None:
    """BAR-01: between two ticks the order of arrival does not matter, to the byte."""
    tape = random_tape(seed, count=120, span=200, with_conditions=seed % 2 == 0)
    quotes = [quote(second + order.random(), 4.9, 5.1) for second in range(0, 200, 3)]
    straight, shuffled = Driver(), Driver()
    straight.play([*tape, *quotes], until=400)
    place = 0
    records = sorted([*tape, *quotes], key=lambda record: record.ts_event)
    for tick in range(0, 401, 2):
        group = []
        while place < len(records) and records[place].ts_event < OPEN + tick * SECOND:
            group.append(records[place])
            place += 1
        order.shuffle(group)
        shuffled.feed(*group)
        shuffled.tick(tick - 1) if tick else ()
        shuffled.tick(tick)
    assert shuffled.written("derived.bars") == straight.written("derived.bars")
    assert shuffled.written("derived.features") == straight.written("derived.features")


def test_records_ahead_of_the_tick_change_nothing() -> None:
    """A trade or quote that arrives early waits for its own tick."""
    tape = random_tape(3, count=100, span=90)
    calm, early = Driver(), Driver()
    calm.play(tape, until=120)
    early.feed(*tape)
    for second in range(121):
        early.tick(second)
    assert early.written("derived.bars") == calm.written("derived.bars")
    assert early.written("views") == calm.written("views")


def test_open_and_close_follow_time_then_sequence() -> None:
    driver = Driver()
    driver.feed(trade(0.5, 3.0, sequence=7), trade(0.5, 1.0, sequence=5), trade(0.5, 2.0, sequence=6))
    driver.tick(3)
    (bar,) = driver.written("derived.bars", resolution=Resolution.S1)
    assert (bar.open, bar.high, bar.low, bar.close, bar.trade_count) == (1.0, 3.0, 1.0, 3.0, 3)


def test_a_window_closes_at_the_first_tick_a_grace_after_its_end() -> None:
    driver = Driver(BarSettings(grace_seconds=2))
    driver.feed(trade(59.9, 5.0))
    assert not [output for output in driver.tick(61) if output.topic == "derived.bars"]
    written = [output.record.resolution for output in driver.tick(62) if isinstance(output.record, Bar)]
    assert written == [Resolution.S1, Resolution.M1]


def test_bars_close_in_the_order_of_their_ends() -> None:
    driver = Driver()
    driver.play([trade(second, 5.0) for second in range(0, 900, 7)], until=902)
    ends = [bar.window_end for bar in driver.written("derived.bars")]
    assert ends == sorted(ends)
    last = [bar.resolution.value for bar in driver.written("derived.bars", window_end=OPEN + 900 * SECOND)]
    assert last == ["M1", "M5", "M15"]  # 09:45: two minutes and the hour are still open


def test_a_repeated_trade_counts_once() -> None:
    driver = Driver()
    driver.feed(trade(1.0, 5.0), trade(1.0, 5.0), trade(1.2, 5.1))
    driver.tick(4)
    driver.feed(trade(1.2, 5.1))  # and again after its second was closed
    driver.tick(5)
    (bar,) = driver.written("derived.bars", resolution=Resolution.S1)
    assert (bar.trade_count, bar.volume) == (2, 200.0)
    assert driver.state.history.repeated_trades_dropped == 1


def test_a_late_trade_revises_every_bar_it_belongs_to() -> None:
    tape = random_tape(4, count=300, span=600)
    late = tape.pop(150)
    driver = Driver(BarSettings(known_seconds=600))
    driver.play(tape, until=700)
    before = newest(driver.written("derived.bars"))
    driver.feed(late)
    written = [output.record for output in driver.tick(701) if isinstance(output.record, Bar)]
    assert {bar.resolution.value for bar in written} >= {"M1", "M2", "M5"}
    for bar in written:
        known = before.get((bar.resolution.value, bar.window_start))
        assert bar.revision == (known.revision + 1 if known else 0)
        assert bar.window_start <= late.ts_event < bar.window_end
    driver.play([trade(8_000, 5.0)], until=9_100, first=702)
    assert_equal_to_pandas(driver.written("derived.bars"), [*tape, late, trade(8_000, 5.0)])


def test_a_late_trade_in_a_silent_minute_makes_a_bar() -> None:
    driver = Driver()
    driver.play([trade(10, 5.0), trade(200, 5.2)], until=300)
    driver.feed(trade(90, 5.1))
    driver.tick(301)
    (bar,) = driver.written("derived.bars", resolution=Resolution.M1, window_start=OPEN + 60 * SECOND)
    assert (bar.open, bar.volume, bar.revision) == (5.1, 100.0, 0)


def test_odd_lots_alone_make_no_bar_but_count_in_the_longer_one() -> None:
    """As with the vendor: 37 counts in the volume and sets no price."""
    driver = Driver()
    driver.feed(trade(1, 9.0, 7.0, bar_parts=4), trade(70, 5.0, 100.0), trade(71, 9.0, 3.0, bar_parts=4))
    for second in range(400):
        driver.tick(second)
    assert [bar.window_start for bar in driver.written("derived.bars", resolution=Resolution.M1)] == [OPEN + 60 * SECOND]
    (bar,) = driver.written("derived.bars", resolution=Resolution.M2)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trade_count) == (5.0, 5.0, 5.0, 5.0, 110.0, 3)
    first = driver.written("views")[0]
    assert (first.last_price, first.interval_high, first.day_high, first.day_volume) == (None, None, None, 7.0)


def test_a_late_price_makes_a_bar_with_the_odd_lots_that_came_in_time() -> None:
    driver = Driver()
    driver.play([trade(10, 5.0), trade(70, 9.0, 7.0, bar_parts=4), trade(200, 5.2)], until=300)
    driver.feed(trade(71, 5.1))
    driver.tick(301)
    (bar,) = driver.written("derived.bars", resolution=Resolution.M1, window_start=OPEN + 60 * SECOND)
    assert (bar.open, bar.high, bar.volume, bar.trade_count, bar.revision) == (5.1, 5.1, 107.0, 2, 0)


def test_prints_that_an_earlier_version_left_waiting_are_not_lost() -> None:
    driver = Driver()
    item = Print(OPEN + SECOND, 7, 99, 5.0, 100.0, 7)
    driver.state = MarketState(symbol="BCRX", history=driver.state.history, pending_trades=PRINTS.pack(*item)[:-8])
    driver.feed(trade(1.5, 5.5))
    driver.tick(4)
    (bar,) = driver.written("derived.bars", resolution=Resolution.S1)
    assert (bar.open, bar.close, bar.trade_count) == (5.0, 5.5, 2)
    assert driver.state.pending_trades == b""


def test_a_trade_beyond_the_horizon_is_counted_and_dropped() -> None:
    driver = Driver(BarSettings(correction_horizon_seconds=60))
    driver.play([trade(10, 5.0)], until=100)
    driver.feed(trade(11, 9.0))
    outputs = driver.tick(101)
    assert not [output for output in outputs if output.topic == "derived.bars"]
    assert driver.state.history.late_trades_dropped == 1


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000), st.sets(st.integers(0, 119), max_size=12))
def test_late_trades_end_in_the_bars_of_an_undisturbed_tape(seed: int, delayed: set[int]) -> None:
    tape = random_tape(seed, count=120, span=300, with_conditions=seed % 2 == 0)
    driver = Driver(BarSettings(known_seconds=400))
    driver.play([item for place, item in enumerate(tape) if place not in delayed] or tape[:1], until=400, first=0)
    driver.feed(*[tape[place] for place in sorted(delayed)])
    for second in range(401, 7_300):
        driver.tick(second)
    assert_equal_to_pandas(driver.written("derived.bars"), tape)


def test_a_tick_that_was_folded_already_changes_nothing() -> None:
    driver = Driver()
    driver.play([trade(second, 5.0) for second in range(30)], until=40)
    state = driver.state
    assert driver.tick(40) == () and driver.tick(12) == ()
    assert driver.state is state


@pytest.mark.parametrize("bad", [{"price": -1.0}, {"price": 0.0}, {"size": 0.0}])
def test_a_trade_without_a_positive_price_and_size_is_refused(bad: dict[str, float]) -> None:
    driver = Driver()
    with pytest.raises(Permanent):
        driver.feed(trade(1, **{"price": 5.0, **bad}))


def test_a_crossed_quote_is_refused() -> None:
    with pytest.raises(Permanent):
        Driver().feed(quote(1, 5.1, 5.0))
