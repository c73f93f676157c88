"""The flow fold: what a day's records leave at a tick, whatever their order, and what is missing and why (FLW-01..12, STR-23)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import Permanent
from infra.flow_settings import FlowSettings
from infra.settings import Settings
from processors.folds.flow_day import MINUTE_US, afternoon
from processors.folds.flow_rows import DAYS, DayNet
from processors.market_facts.flow import flow_view
from processors.stages import STAGES
from schemas.codec import Codec
from schemas.record import Record
from schemas.records import DepthMetrics, DepthMode, FlowState, FlowView, OptionRight, OptionTrade, SymbolEventKind, Tick, TradeSide
from tests.support.flow_replay import (
    DAY,
    MINUTE,
    OPEN,
    SECOND,
    FlowDriver,
    at,
    darkpool_print,
    event,
    flow_alert,
    insider_sale,
    option_trade,
    price_level,
    vendor_minute,
)  # fmt: skip
from tests.support.market_replay import trade

CALL, PUT = OptionRight.CALL, OptionRight.PUT


def some_trades(seed: int, count: int, start: int = OPEN, minutes: int = 90) -> list[OptionTrade]:
    dice = random.Random(seed)
    return [
        option_trade(
            start + dice.randrange(minutes * MINUTE), dice.choice([500.0, 2_500.0, 150_000.0]), right=dice.choice([CALL, PUT]),
            bought=dice.choice([1, 1, -1, 0]), trade_id=f"{seed}/{place}", delta=dice.choice([0.25, -0.5, None]),
        )
        for place in range(count)
    ]  # fmt: skip


def table_of(trades: Sequence[OptionTrade]) -> pd.DataFrame:
    """Return the trades with the sides as they were planted."""
    table = pd.DataFrame([{"ts": one.ts_event, "premium": one.premium, "call": one.right is CALL, "side": one.side} for one in trades])
    table["sign"] = table.side.map({TradeSide.ASK: 1, TradeSide.BID: -1, TradeSide.MID: 0})
    table["bullish"] = table.sign * table.premium * np.where(table.call, 1, -1)
    return table


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 120), cuts=st.lists(st.integers(1, 89), max_size=6))
def test_record_by_record_is_pandas_over_the_whole_day(seed: int, count: int, cuts: list[int]) -> None:
    """FLW-01, 04, 10: incremental = batch, in any order within a tick, with repeats, through ticks at any minute."""
    trades = some_trades(seed, count)
    driver = FlowDriver()
    edges = [*sorted(set(cuts)), 90]
    for first, last in zip([0, *edges], edges, strict=False):
        part = [one for one in trades if OPEN + first * MINUTE <= one.ts_event < OPEN + last * MINUTE]
        random.Random(seed).shuffle(part)
        driver.feed(part + part[:3])
        driver.tick(OPEN + last * MINUTE)
    metrics = driver.metrics(OPEN + 90 * MINUTE + SECOND, darkpool_print(OPEN, 1e6))
    table = table_of(trades)
    assert metrics.option_trades == count
    assert metrics.call_premium_usd == pytest.approx(table.premium[table.call].sum())
    assert metrics.net_premium_usd == pytest.approx(table.bullish.sum())
    assert metrics.unknown_side_share == pytest.approx(table.premium[table.sign == 0].sum() / table.premium.sum())
    recent = table[table.ts >= OPEN + 31 * MINUTE]
    if len(recent):
        assert metrics.net_premium_60m_usd == pytest.approx(recent.bullish.sum())
        known = range(max(31, int((table.ts.min() - OPEN) // MINUTE)), 91)
        line = recent.groupby((recent.ts - OPEN) // MINUTE).bullish.sum().reindex(known, fill_value=0.0)
        if metrics.momentum_usd_per_minute is not None:
            expected = scipy.stats.linregress(range(len(line)), line.cumsum()).slope
            assert metrics.momentum_usd_per_minute == pytest.approx(float(expected), rel=1e-6, abs=1e-6)
        else:
            assert len(line) < 15
    else:
        assert metrics.missing["net_premium_60m_usd"] == "no_option_trades"


def test_the_state_through_bytes_gives_the_same_metrics() -> None:
    trades, codec = some_trades(7, 200), Codec(FlowState, 1)
    plain, stored = FlowDriver(), FlowDriver()
    for minute in range(1, 91):
        part = [one for one in trades if minute - 1 <= (one.ts_event - OPEN) // MINUTE < minute]
        for driver in (plain, stored):
            driver.feed(part)
            driver.tick(OPEN + minute * MINUTE)
        stored.state = codec.decode(codec.encode(stored.state))
    assert stored.written == plain.written and len(plain.written) > 60
    assert len(codec.encode(plain.state)) < 40_000, "bounded"


def test_the_afternoon_s_window_has_exact_edges() -> None:
    """FLW-10: 14:00 belongs to it, 15:30 does not; null before 14:00 and after the close."""
    driver = FlowDriver()
    driver.feed([option_trade(at(13, 59, 59.999999), 100.0)])
    before = driver.tick(at(14, 0))
    assert before is not None and before.cumulative_delta_usd is None and before.missing["cumulative_delta_usd"] == "outside_window"
    driver.feed([option_trade(at(14, 0), 100.0), option_trade(at(15, 29, 59.999999), 100.0, bought=-1, delta=0.25), option_trade(at(15, 30), 100.0)])
    inside = driver.tick(at(15, 30, 1))
    assert inside is not None and inside.cumulative_delta_usd == pytest.approx((0.5 - 0.25) * 100 * 590.0)
    assert driver.metrics(at(16, 0), darkpool_print(at(15, 59), 1e5)).cumulative_delta_usd == inside.cumulative_delta_usd
    assert driver.metrics(at(16, 0, 1), darkpool_print(at(15, 59, 1), 1e5)).cumulative_delta_usd is None


def test_on_a_half_day_the_window_ends_half_an_hour_before_the_early_close() -> None:
    """FLW-10: 2025-11-28 closes at 13:00; 2025-05-17 is a Saturday."""
    half, full = afternoon(20_420), afternoon(DAY)
    assert half is not None and full is not None
    assert (half.end - half.start, half.close - half.end) == (90 * MINUTE_US, 30 * MINUTE_US)
    assert (full.start, full.end, full.close) == (at(14, 0), at(15, 30), at(16, 0))
    assert afternoon(DAY + 1) is None


def test_an_afternoon_of_buying_predicts_an_imbalance_to_buy() -> None:
    """FLW-03: confidence grows, the flag comes above 70 %, size is the cumulative delta, unknown sides lower it."""
    dice = random.Random(3)
    driver = FlowDriver()
    series = []
    for minute in range(90):
        driver.feed([option_trade(at(14, minute, 5), dice.choice([200.0, 4_000.0]), bought=dice.choice([1, 1, 1, -1]))])
        metrics = driver.tick(at(14, minute + 1))
        assert metrics is not None
        series.append(metrics.close_imbalance_confidence)
        assert ("close_imbalance" in metrics.flags) is (series[-1] is not None and abs(series[-1]) > 0.7)
        assert (metrics.close_expected_move_percent is None) is ("close_imbalance" not in metrics.flags)
    assert series[:14] == [None] * 14 and series[-1] is not None and series[-1] > 0.9
    assert metrics.close_imbalance_usd == metrics.cumulative_delta_usd
    assert metrics.close_expected_move_percent is not None and 0.2 <= metrics.close_expected_move_percent <= 0.5


@pytest.mark.parametrize(("premium", "counted"), [(999_999.0, 0), (1_000_000.0, 0), (1_000_001.0, 1)])
def test_only_sweeps_above_a_million_count(premium: float, counted: int) -> None:
    """FLW-07."""
    metrics = FlowDriver().metrics(at(10, 0), flow_alert(at(9, 59), premium), flow_alert(at(9, 59), 5e6, has_sweep=False, total_size=7))
    assert metrics.sweeps_60m == counted and ("large_sweeps" in metrics.flags) is bool(counted)
    assert metrics.sweep_premium_60m_usd == counted * premium


def test_the_same_sweep_over_rest_and_stream_counts_once() -> None:
    """FLW-07: calls minus puts; after 60 minutes it is over."""
    driver = FlowDriver()
    call, put = flow_alert(at(9, 40), 3e6), flow_alert(at(9, 41), 2e6, right=PUT, option_symbol="SPY250516P00590000")
    metrics = driver.metrics(at(10, 0), call, replace(call, vendor_alert_id=None, ts_event=call.ts_event + 250_000), put)
    assert (metrics.sweeps_60m, metrics.sweep_premium_60m_usd, metrics.sweep_net_premium_60m_usd) == (2, 5e6, 1e6)
    later = driver.metrics(at(10, 40, 30), darkpool_print(at(10, 40), 1e5))
    assert (later.sweeps_60m, later.sweep_net_premium_60m_usd) == (1, -2e6)


def test_a_planted_accumulation_off_exchange_is_detected() -> None:
    """FLW-06: 20 quiet stretches, then one of buying."""
    driver, dice = FlowDriver(), random.Random(1)
    driver.feed(darkpool_print(OPEN + place * 5 * MINUTE, dice.uniform(9e5, 1.1e6), bought=dice.choice([1, -1])) for place in range(20))
    quiet = driver.tick(OPEN + 100 * MINUTE + 2 * SECOND)
    assert quiet is not None and quiet.darkpool_score is not None and abs(quiet.darkpool_score) < 2 and not quiet.flags
    driver.feed(darkpool_print(OPEN + 100 * MINUTE + place * SECOND, 2e6 + place) for place in range(3))
    loud = driver.tick(OPEN + 105 * MINUTE + 2 * SECOND)
    assert loud is not None and loud.darkpool_score is not None and loud.darkpool_score > 2 and "darkpool_accumulation" in loud.flags
    assert loud.darkpool_unknown_side_share == 0.0


def test_large_traders_who_turn_against_the_crowd_stand_out() -> None:
    """FLW-02: score and direction against scipy."""
    driver, dice, gaps = FlowDriver(), random.Random(4), []
    for place in range(20):
        start = OPEN + place * 5 * MINUTE
        last = place == 19
        large = [option_trade(start + number, 200_000.0, bought=-1 if last else dice.choice([1, -1, 0])) for number in range(4)]
        small = [option_trade(start + number, 500.0, bought=1 if last else dice.choice([1, 0])) for number in range(6)]
        driver.feed(large + small)
        gaps.append(table_of(large).bullish.sum() / 800_000 - table_of(small).bullish.sum() / 3_000)
    metrics = driver.tick(OPEN + 100 * MINUTE + 2 * SECOND)
    assert metrics is not None and metrics.smart_money_gap == pytest.approx(gaps[-1])
    assert metrics.divergence_score == pytest.approx(float(scipy.stats.zmap(gaps[-1:], gaps[:-1], ddof=1)[0]))
    assert metrics.divergence_score < -2 and "smart_divergence" in metrics.flags


def test_the_trend_is_of_the_last_three_complete_sessions() -> None:
    """FLW-01: 3-day trend; two sessions are too few, the running one does not count."""
    driver = FlowDriver()
    for place, premium in enumerate((9e9, 100.0, 300.0, 800.0)):
        days = place * 86_400 * SECOND - 4 * 86_400 * SECOND
        driver.feed([option_trade(OPEN + days, premium)])
        driver.tick(OPEN + days + MINUTE)
    metrics = driver.metrics(OPEN + MINUTE, option_trade(OPEN, 1e6))
    assert metrics.trend_usd_per_day == pytest.approx(float(scipy.stats.linregress([0, 1, 2], [100.0, 300.0, 800.0]).slope))
    assert DAYS.unpack(driver.state.memory.days)[-1] == DayNet(DAY - 1, 800.0)


def test_off_exchange_volume_against_lit_of_the_newest_whole_answer() -> None:
    """FLW-05: rows of one answer belong together; one that is still coming in does not count."""
    driver = FlowDriver()
    driver.feed([price_level(at(10, 0), 590.0, 100, 200), price_level(at(10, 0), 591.0, 350, 350), price_level(at(10, 5), 590.0, 900, 100)])
    early = driver.tick(at(10, 5, 1))
    assert early is not None and early.off_exchange_divergence == pytest.approx(0.1) and "off_exchange_divergence" not in early.flags
    later = driver.metrics(at(10, 5, 2), darkpool_print(at(10, 5), 1e5))
    assert later.off_exchange_divergence == pytest.approx(-0.8) and "off_exchange_divergence" in later.flags
    assert later.off_exchange_share == pytest.approx(0.1)


def test_the_vendor_s_minutes_are_set_not_added_when_they_come_again() -> None:
    """C-10: the vendor's value beside ours, and their drift."""
    driver = FlowDriver()
    sides = {"call_volume_ask_side": 50, "call_volume_bid_side": 20, "put_volume_ask_side": 5, "put_volume_bid_side": 5}
    volumes = {"call_volume": 90, "put_volume": 30, **sides}
    driver.feed([vendor_minute(at(14, 0), 500.0, 100.0, net_delta=7.0), vendor_minute(at(14, 1), 50.0, 0.0, net_delta=2.0)])
    driver.feed([vendor_minute(at(14, 0), 600.0, 100.0, net_delta=9.0, **volumes), option_trade(at(14, 1), 700.0)])
    metrics = driver.tick(at(14, 2))
    assert metrics is not None and metrics.vendor_net_premium_usd == metrics.vendor_net_premium_60m_usd == 550.0
    assert metrics.net_premium_drift_usd == 150.0 and metrics.vendor_cumulative_delta_shares == 11.0
    assert metrics.vendor_toxicity == pytest.approx(abs(55 - 25) / 120)
    whole = driver.metrics(at(14, 3), vendor_minute(at(14, 2), 900.0, 0.0, cumulative=True))
    assert whole.vendor_net_premium_usd == 900.0, "the stream's sum is never added to the minutes"


def test_disclosures_count_for_their_look_back() -> None:
    """FLW-08: an opposing trade blocks; FLW-09: two sellers do nothing, three fire, plans do not count, nobody counts twice."""
    driver = FlowDriver()
    buy = event(SymbolEventKind.CONGRESS_TRADE, at(0, 0), transaction="Purchase", amount_low=500_001.0)
    sales = insider_sale("A"), insider_sale("A", OPEN + 1), insider_sale("B"), insider_sale("C", is_planned=True)
    metrics = driver.metrics(at(9, 0), buy, buy, *sales)
    assert metrics.congress_signal == 1 and metrics.congress_bought_usd == 500_001.0 and metrics.flags == ("congress_buying",)
    assert metrics.insider_sellers == 0, "filed later in the day"
    two = driver.metrics(at(9, 31), insider_sale("a", OPEN + 2))
    assert two.insider_sellers == 2 and "insider_selling" not in two.flags
    sell = event(SymbolEventKind.CONGRESS_TRADE, at(0, 1), transaction="Sale (Partial)", amount_low=1_001.0)
    three = driver.metrics(at(9, 32), insider_sale("D"), sell)
    assert three.insider_sellers == 3 and three.insider_sold_usd == 500_000.0 and three.flags == ("insider_selling",)
    assert three.congress_signal == 0
    month = driver.metrics(OPEN + 40 * 86_400 * SECOND, darkpool_print(OPEN + 40 * 86_400 * SECOND - 1, 1e5))
    assert (month.congress_signal, month.insider_sellers) == (None, 0)


def test_a_print_confirms_an_alert_only_in_time() -> None:
    """FLW-11: the same direction, large enough, at most five minutes apart."""
    for seconds, premium, bought, found in ((300, 5e5, 1, 1), (301, 5e5, 1, 0), (-300, 5e5, 1, 1), (10, 5e5, -1, 0), (10, 4e5, 1, 0)):
        alert = flow_alert(at(10, 30), 2e5)
        metrics = FlowDriver().metrics(at(10, 50), alert, darkpool_print(at(10, 30, seconds), premium, bought=bought))
        assert metrics.darkpool_confirmations_60m == found, (seconds, premium, bought)
        assert ("darkpool_confirms_flow" in metrics.flags) is bool(found)


def test_flow_is_joined_with_a_fresh_book() -> None:
    """FLW-11."""
    driver = FlowDriver()
    book = DepthMetrics(
        symbol="SPY", ts_event=at(10, 0), mode=DepthMode.LIVE, generation=1, sequence=1, age_ms=0, bid_size_5=900.0, ask_size_5=100.0, imbalance_5=0.8
    )
    driver.feed([book])
    assert driver.tick(at(10, 0, 1)) is None, "a book alone is no reason to write"
    metrics = driver.metrics(at(10, 0, 5), option_trade(at(10, 0, 4), 500.0, bought=-1))
    assert metrics.flow_book_agreement == -1 and metrics.book_imbalance == 0.8
    assert driver.metrics(at(10, 0, 11), option_trade(at(10, 0, 10), 500.0)).missing["flow_book_agreement"] == "stale_depth"


def test_a_headline_reaches_the_view() -> None:
    """FLW-12: score, headline, impact; without the vendor's word there is no score."""
    headline = event(SymbolEventKind.HEADLINE, at(9, 0), headline="Raises its forecast", sentiment="positive", is_major=True)
    driver = FlowDriver()
    view = flow_view(driver.metrics(at(9, 1), headline))
    assert (view.news_headline, view.news_score, view.news_is_major) == ("Raises its forecast", 1.0, True)
    silent = driver.metrics(at(9, 3), event(SymbolEventKind.HEADLINE, at(9, 2), headline="Something happened"), headline)
    assert silent.news_headline == "Something happened" and silent.news_score is None and silent.missing["news_score"] == "no_sentiment"
    assert driver.metrics(OPEN + 86_400 * SECOND, darkpool_print(OPEN + 86_300 * SECOND, 1e5)).news_headline is None


def test_what_is_missing_is_null_and_says_why() -> None:
    """STR-23: never 0; each number of the record is there or has its reason."""
    metrics = FlowDriver().metrics(at(9, 31), insider_sale("A", at(9, 30), transaction_code="A", amount=5.0))
    absent = {name for name in type(metrics).__slots__ if getattr(metrics, name) is None}
    assert absent == set(metrics.missing) and metrics.insider_sellers == 0
    view = flow_view(metrics)
    assert all(getattr(view, name) is None for name in FlowView.__slots__ if name not in ("ts_event", "flags", "insider_sellers"))


def test_a_trade_taken_back_is_taken_out_and_a_poll_s_repeat_is_dropped() -> None:
    driver = FlowDriver()
    first, second = option_trade(at(10, 0), 500.0), option_trade(at(10, 0, 1), 900.0)
    driver.feed([first, second, second])
    driver.tick(at(10, 0, 2))
    gone = replace(second, canceled=True)
    metrics = driver.metrics(at(10, 0, 3), gone, gone, replace(first, trade_id="unknown", canceled=True))
    assert metrics.option_trades == 1 and metrics.net_premium_usd == 500.0
    assert driver.metrics(at(10, 0, 4), gone).net_premium_usd == 500.0
    driver.metrics(at(10, 2), option_trade(at(10, 2), 100.0, ts_event=at(10, 1, 59)))
    late, filled = option_trade(at(10, 0, 30), 50.0), option_trade(at(10, 0, 31), 70.0, backfilled=True)
    assert driver.metrics(at(10, 2, 1), late, filled).net_premium_usd == 670.0
    assert (driver.state.memory.late_trades, driver.state.memory.repeated_trades) == (1, 3)


def test_at_most_once_a_second_and_each_minute_until_idle() -> None:
    driver = FlowDriver(FlowSettings(idle_minutes=2))
    driver.feed([option_trade(OPEN, 500.0)])
    for second in range(1, 601):
        driver.tick(OPEN + second * SECOND)
    assert [(one.ts_event - OPEN) // SECOND for one in driver.written] == [1, 60, 120]
    assert driver.fold.step(driver.state, "ops.ticks", Tick(ts_event=OPEN))[1] == (), "an old tick says nothing"


def test_trades_that_were_read_ahead_of_their_ticks_make_nothing_be_written() -> None:
    """FLW-01: a worker that catches up reads trades before the ticks of earlier minutes; what it writes is what it would have written then."""
    driver = FlowDriver()
    driver.feed([option_trade(OPEN + 5 * MINUTE, 500.0)])
    assert [driver.tick(OPEN + minute * MINUTE) for minute in range(1, 6)] == [None] * 5
    assert driver.tick(OPEN + 5 * MINUTE + SECOND) is not None


def test_a_bad_feed_is_named() -> None:
    driver = FlowDriver()
    driver.feed([option_trade(OPEN, 500.0)])
    metrics = driver.tick(OPEN + SECOND, options__trades="DOWN", market__trades="DOWN")
    assert metrics is not None and metrics.unfit == {"options.trades": "DOWN"} and metrics.ages_seconds == {"options.trades": 1.0}


@pytest.mark.parametrize(
    "record", [option_trade(5, 500.0), option_trade(OPEN, 500.0, size=0), option_trade(OPEN, -1.0, price=1.0), darkpool_print(5, 1e5), trade(1, 5.0)]
)
def test_what_cannot_be_used_is_refused(record: Record) -> None:
    with pytest.raises(Permanent):
        FlowDriver().feed([record])


def test_the_stage_is_registered() -> None:
    spec = STAGES["flow"]
    assert spec.outputs == ("derived.flow-metrics",) and spec.raw_inputs == ("options.trades",)
    assert spec.build_fold(Settings()).initial("SPY").symbol == "SPY"  # type: ignore[union-attr]
