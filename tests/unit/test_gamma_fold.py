"""stage.gamma driven by hand: when it writes, from what, in any order, through bytes, and what it says when something is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.calc.contract_table import CONTRACT, UPDATES
from processors.folds import gamma_inputs as inputs
from processors.folds.gamma_rows import PRICES
from processors.market_facts.gamma import gamma_view
from schemas.codec import Codec
from schemas.records import (
    Alert,
    AlertLevel,
    DealerModel,
    GammaProfile,
    GammaScore,
    GammaState,
    OptionRight,
    VolatilityMeasure,
    VolatilityPoint,
)
from tests.support.gamma_world import (
    DAY,
    OPEN,
    SECOND,
    SPOT,
    SYMBOL,
    GammaWorld,
    at,
    bar,
    contract,
    days,
    profile_of,
    session_close,
    stamps,
    started,
    trade,
    vendor_total,
    whole_chain,
)

MINUTE = 60 * SECOND


def test_a_chain_and_a_price_give_a_profile() -> None:
    """GEX-01, GEX-02, GEX-03, GEX-10: totals, flip, walls, matrix and four exposures, with their ages."""
    world = started()
    found = profile_of(world.tick(OPEN))
    assert (found.symbol, found.spot, found.spot_age_seconds, found.chain_age_seconds) == (SYMBOL, SPOT, 1.0, 5.0)
    assert found.gamma_usd_per_1pct is not None and found.flip_price is not None
    curve = np.interp(found.flip_price, found.grid_prices, found.grid_naive)
    assert abs(curve) < 1e-6 * max(map(abs, found.grid_naive)), "the flip is the zero of the curve that is written"
    assert np.interp(SPOT, found.grid_prices, found.grid_naive) == pytest.approx(found.gamma_usd_per_1pct)
    matrix = np.array(found.matrix_gamma).reshape(len(found.expiries), len(found.strikes))
    assert matrix.sum(axis=0) == pytest.approx(found.strike_gamma)
    assert matrix.sum(axis=1) == pytest.approx(found.expiry_gamma)
    assert found.call_wall == found.strikes[int(np.argmax(found.strike_gamma))]
    assert found.put_wall == found.strikes[int(np.argmin(found.strike_gamma))]
    assert None not in (found.delta_usd, found.vanna_usd_per_vol_point, found.charm_usd_per_day, found.max_pain, found.move_tomorrow_usd)
    view = gamma_view(found)
    assert (view.total_gamma_usd_per_1pct, view.flip_price, view.ts_event) == (found.gamma_usd_per_1pct, found.flip_price, OPEN)


def test_no_gap_of_more_than_a_minute() -> None:
    """GEX-11, GEX-01: a tick a second for a session's hour with a price a second, a chain every two minutes."""
    world = started()
    written = []
    for second in range(3_600):
        moment = OPEN + second * SECOND
        if second % 120 == 60:
            world.take(contract(moment - SECOND, 590, OptionRight.CALL, interest=1_000, volatility=0.2))
        world.take(bar(moment, SPOT + second / 1_000))
        written += [record.ts_event for record in world.tick(moment) if isinstance(record, GammaProfile)]
    gaps = np.diff([OPEN, *written, OPEN + 3_600 * SECOND])
    assert max(gaps) <= 60 * SECOND <= 90 * SECOND
    assert min(gaps[1:]) >= SECOND


def test_the_price_between_two_chains_moves_the_total() -> None:
    """GEX-11: minute updates by spot alone."""
    world = started()
    before = profile_of(world.tick(OPEN))
    world.take(bar(OPEN + 50 * SECOND, SPOT + 8))
    after = profile_of(world.tick(OPEN + MINUTE))
    assert after.spot == SPOT + 8
    assert after.gamma_usd_per_1pct != before.gamma_usd_per_1pct
    assert after.gamma_usd_per_1pct == pytest.approx(np.interp(SPOT + 8, before.grid_prices, before.grid_naive), rel=0.1)


def test_without_a_price_nothing_is_computed_and_it_says_so() -> None:
    world = GammaWorld()
    world.take(contract(OPEN - SECOND, 590, OptionRight.CALL))
    found = profile_of(world.tick(OPEN))
    assert found.spot is None and found.gamma_usd_per_1pct is None and "no_spot" in found.flags
    assert gamma_view(found).total_gamma_usd_per_1pct is None


def test_symbols_without_a_chain_leave_their_state_as_it_is() -> None:
    world = GammaWorld()
    empty = world.state
    world.take(bar(OPEN, 5.0), trade(OPEN, 590, OptionRight.CALL, bought=3), vendor_total(OPEN, 1.0))
    assert world.state is empty and world.tick(OPEN + SECOND) == []
    rows = inputs.newest_of_seconds(np.frombuffer(PRICES.pack(OPEN, 1, 5.0), PRICES.dtype))
    state, outputs = world.fold.step_columns(empty, "derived.bars", (np.frombuffer(rows, PRICES.dtype),))
    assert state is empty and outputs == ()


def test_rows_that_cannot_be_used_are_counted() -> None:
    """Zero volatility, no open interest told, nobody holds one, and what expired at today's close."""
    world = started()
    world.take(
        contract(OPEN - SECOND, 700, OptionRight.CALL, volatility=0.0), contract(OPEN - SECOND, 701, OptionRight.CALL, interest=None),
        contract(OPEN - SECOND, 702, OptionRight.CALL, interest=0),
    )  # fmt: skip
    before = profile_of(world.tick(OPEN))
    assert (before.contracts_without_volatility, before.contracts_without_open_interest, before.contracts_expired) == (1, 1, 0)
    closed = session_close() + SECOND
    world.take(bar(closed - SECOND, SPOT))
    after = profile_of(world.tick(closed))
    assert after.contracts_expired == 102
    assert after.contracts_used < before.contracts_used
    world.take(bar(closed + 12 * 3_600 * SECOND, SPOT))
    later = profile_of(world.tick(closed + 14 * 3_600 * SECOND))
    assert later.contracts_expired == 0, "the day after they are forgotten"


def test_trades_sign_the_second_model_and_repeats_count_once() -> None:
    """GEX: dealers took the other side; the vendor's counts of the day make a repeat harmless."""
    world = started()
    assert profile_of(world.tick(OPEN)).flow_gamma_usd_per_1pct is None
    bought = trade(OPEN + SECOND, 590, OptionRight.CALL, bought=500, sold=100)
    world.take(bought, bought, trade(OPEN + 2 * SECOND, 590, OptionRight.CALL, bought=400, sold=90))
    found = profile_of(world.tick(OPEN + MINUTE))
    table = np.frombuffer(world.state.contracts, CONTRACT)
    assert (table["bought"].sum(), table["sold"].sum()) == (500, 100)
    assert found.flow_gamma_usd_per_1pct is not None and found.flow_gamma_usd_per_1pct < 0, "dealers are short what was bought"
    assert "no_flow" not in found.flags and "no_opened" in found.flags
    assert found.grid_flow and not found.grid_opened


def test_a_change_of_open_interest_is_signed_by_the_day_that_made_it() -> None:
    world = started()
    world.take(trade(OPEN + SECOND, 590, OptionRight.CALL, bought=300, sold=100))
    world.tick(OPEN + MINUTE)
    table = np.frombuffer(world.state.contracts, CONTRACT)
    [before] = table[table["bought"] > 0]
    next_day = OPEN + 86_400 * SECOND
    world.take(bar(next_day - 2 * SECOND, SPOT), contract(next_day - SECOND, 590, OptionRight.CALL, interest=int(before["interest"]) + 100))
    found = profile_of(world.tick(next_day))
    table = np.frombuffer(world.state.contracts, CONTRACT)
    [after] = table[table["key"] == before["key"]]
    assert after["opened"] - before["opened"] == -50, "customers bought half more than they sold: dealers wrote half of the hundred"
    assert after["carried"] == -200 and after["bought"] == 0
    assert found.opened_gamma_usd_per_1pct is not None and "no_opened" not in found.flags


def test_a_total_far_from_the_vendors_is_told_once_a_level() -> None:
    """C-10, C-24: our value beside the vendor's, an alert on a change of level."""
    world = started()
    ours = profile_of(world.tick(OPEN))
    assert ours.gamma_usd_per_1pct is not None and ours.gross_gamma_usd_per_1pct is not None
    assert "no_vendor" in ours.flags and ours.vendor_drift is None
    gross, near = ours.gross_gamma_usd_per_1pct, ours.gamma_usd_per_1pct
    alerts: list[Alert] = []
    for minute, vendor in enumerate((near, near + 0.2 * gross, near + 0.2 * gross, near + gross, near), 1):
        moment = OPEN + minute * MINUTE
        world.take(vendor_total(moment - SECOND, vendor))
        alerts += [record for record in world.tick(moment) if isinstance(record, Alert)]
    assert [alert.level for alert in alerts] == [AlertLevel.WARN, AlertLevel.BLOCK, AlertLevel.CLEARED]
    assert alerts[0].subject == SYMBOL and set(alerts[0].claims) == {"tapewire", "vendor"}


def test_shares_become_dollars_and_an_old_total_is_not_compared() -> None:
    """X-01: the daily value in shares counts only until the minute's value in dollars is there."""
    world = started(idle_seconds=100_000)
    world.take(vendor_total(OPEN - SECOND, 1_000.0, in_usd=False))
    assert profile_of(world.tick(OPEN)).vendor_gamma_usd_per_1pct == pytest.approx(1_000 * 0.01 * SPOT**2)
    world.take(vendor_total(OPEN + SECOND, 5.0))
    assert profile_of(world.tick(OPEN + MINUTE)).vendor_gamma_usd_per_1pct == 5.0
    late = profile_of(world.tick(OPEN + 3_600 * SECOND))
    assert late.vendor_drift is None and {"stale_vendor", "stale_spot", "stale_chain"} <= set(late.flags)


def test_models_are_judged_when_the_next_session_is_over() -> None:
    """The scorecard: what was said at the end of one session, against the next."""
    world = started(idle_seconds=200_000)
    world.tick(OPEN)
    world.take(bar(session_close() - MINUTE, SPOT))
    world.tick(session_close())
    assert not [record for record in world.tick(session_close() + MINUTE) if isinstance(record, GammaScore)], "nobody spoke the day before"
    second_day = DAY + timedelta(days=1)
    for clock, price in (("10:00:00", SPOT - 1), ("12:00:00", SPOT + 3), ("15:59:00", SPOT + 1)):
        world.take(bar(at(clock, second_day) - SECOND, price))
        world.tick(at(clock, second_day))
    found = [record for record in world.tick(session_close(second_day) + SECOND) if isinstance(record, GammaScore)]
    [score] = found
    assert (score.model, score.session_date, score.said_spot) == (DealerModel.NAIVE, days(second_day), SPOT)
    assert (score.open, score.high, score.low, score.close) == (SPOT - 1, SPOT + 3, SPOT - 1, SPOT + 1)
    assert score.calm_was_right is not None and score.ts_said == session_close()


def test_rank_and_skew_know_the_days_before() -> None:
    """GEX-07: a vendor's volatilities of the year stand in until we have our own."""
    world = started()
    assert profile_of(world.tick(OPEN)).iv_rank is None
    for back in range(1, 40):
        world.take(
            VolatilityPoint(
                symbol=SYMBOL, **stamps(OPEN), session_date=days(DAY) - back, measure=VolatilityMeasure.IV_RANK, implied_volatility=0.10 + back / 100
            )
        )
    found = profile_of(world.tick(OPEN + MINUTE))
    assert found.volatility_30d is not None
    expected = (found.volatility_30d - 0.11) / (0.49 - 0.11) * 100
    assert found.iv_rank == pytest.approx(expected)
    assert found.iv_allows_buying is True


@settings(max_examples=20, deadline=None)
@given(order=st.randoms(use_true_random=False), through_bytes=st.booleans())
def test_what_is_written_does_not_depend_on_the_order_between_topics(order: Any, through_bytes: bool) -> None:
    """SCH-01: chains, trades, prices and totals before a tick, shuffled, and with the state stored and read back in between."""
    records = [
        *whole_chain(OPEN - 5 * SECOND)[::9], bar(OPEN - SECOND, SPOT), vendor_total(OPEN - SECOND, 7.0),
        trade(OPEN - 2 * SECOND, 590, OptionRight.CALL, bought=9, sold=2), trade(OPEN - SECOND, 590, OptionRight.CALL, bought=12, sold=2),
    ]  # fmt: skip
    first = contract(OPEN - 9 * SECOND, 590, OptionRight.CALL)
    expected = GammaWorld()
    expected.take(first, *records)
    shuffled = GammaWorld()
    shuffled.take(first)
    codec = Codec(GammaState, 1)
    for record in order.sample(records, len(records)):
        shuffled.take(record)
        if through_bytes:
            shuffled.state = codec.decode(codec.encode(shuffled.state))
    assert shuffled.tick(OPEN) == expected.tick(OPEN)


def test_columns_and_records_lead_to_the_same() -> None:
    by_record, by_column = started(), started()
    trades = [
        trade(OPEN - SECOND + number, 590 + 2 * (number % 3), OptionRight.PUT, bought=number, sold=1, spot=SPOT + number / 100) for number in range(9)
    ]
    by_record.take(*trades)
    updates = np.frombuffer(b"".join(inputs.update_of(one) for one in trades), UPDATES.dtype)
    prices = np.frombuffer(b"".join(inputs.price_of(one) for one in trades), PRICES.dtype)
    by_column.state, _ = by_column.fold.step_columns(by_column.state, "options.trades", (updates, prices))
    assert by_column.tick(OPEN) == by_record.tick(OPEN)


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0.0, 5.0, 6.0, 7.0])), min_size=1, max_size=12), st.integers(1, 11))
def test_the_prices_that_are_kept_are_all_that_a_tick_looks_at(prices: list[tuple[int, float]], cut: int) -> None:
    """A price on the very moment of a tick is the tick's, one after it is the next one's; however many come at once."""
    rows = np.array([(OPEN + moment * SECOND // 4, 0, price) for moment, price in prices], PRICES.dtype)
    kept = PRICES.unpack(inputs.newest_of_seconds(rows[:cut]) + inputs.newest_of_seconds(rows[cut:]))
    for tick in range(5):
        seen = [
            max((tuple(row) for row in some if row[0] <= OPEN + tick * SECOND and row[2] > 0), default=None) for some in (kept, rows.tolist())
        ]
        assert seen[0] == seen[1]


@settings(max_examples=20, deadline=None)
@given(counts=st.lists(st.integers(0, 50), min_size=1, max_size=40), cuts=st.sets(st.integers(1, 39), max_size=3))
def test_columns_and_records_fill_the_state_at_the_same_row(counts: list[int], cuts: set[int]) -> None:
    """What one tick covers may be more than a state can hold; then both ways take in the same rows."""
    trades = [
        trade(OPEN + number * SECOND, 590 + 2 * (number % 3), OptionRight.PUT, bought=count, spot=None) for number, count in enumerate(counts)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("processors.folds.gamma._MOST_WAITING_BYTES", 7 * UPDATES.row_size)
        by_record, by_column = GammaWorld(), GammaWorld()
        for world in (by_record, by_column):
            world.take(contract(OPEN, 590, OptionRight.PUT), contract(OPEN, 592, OptionRight.PUT))
        by_record.take(*trades)
        updates = np.frombuffer(b"".join(map(inputs.update_of, trades)), UPDATES.dtype)
        prices = np.zeros(len(updates), PRICES.dtype)
        prices["ts_event"] = updates["ts_event"]
        places = [0, *sorted(cut for cut in cuts if cut < len(trades)), len(trades)]
        for first, last in pairwise(places):
            by_column.state, _ = by_column.fold.step_columns(by_column.state, "options.trades", (updates[first:last], prices[first:last]))
    assert by_column.state == by_record.state
    assert len(by_column.state.waiting_updates) < 7 * UPDATES.row_size


def test_much_that_waits_is_taken_in_by_the_next_tick_without_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it changes no number of the profile that comes when it is due."""
    told = []
    for limit in (1_000_000, 3 * UPDATES.row_size):
        monkeypatch.setattr("processors.folds.gamma._MANY_WAITING_BYTES", limit)
        world = started()
        world.tick(OPEN)
        for second in range(1, 60):
            moment = OPEN + second * SECOND
            world.take(trade(moment - 1, 590, OptionRight.CALL, bought=second), trade(moment + 1, 592, OptionRight.CALL, sold=second))
            assert not world.tick(moment)
            assert limit > 1_000 or len(world.state.waiting_updates) <= 5 * UPDATES.row_size
        told.append(world.tick(OPEN + MINUTE))
    assert told[0] == told[1] != []


def test_a_record_after_the_tick_waits() -> None:
    world = started()
    world.take(bar(OPEN + 5 * SECOND, SPOT + 50))
    assert profile_of(world.tick(OPEN)).spot == SPOT
    assert profile_of(world.tick(OPEN + MINUTE)).spot == SPOT + 50


def test_a_chain_stamped_at_its_own_tick_or_ahead_of_it_waits_for_the_next() -> None:
    """GEX-01: ticks cover what is on the log, and a vendor's stamp may be later than the tick that does."""
    world = GammaWorld()
    world.take(*whole_chain(OPEN), bar(OPEN - SECOND, SPOT))
    assert world.tick(OPEN) == []
    assert profile_of(world.tick(OPEN + SECOND)).contracts_used > 0


def test_a_worker_that_catches_up_does_not_gather_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processors.folds.gamma._MOST_WAITING_BYTES", 20 * UPDATES.row_size)
    world = started()
    assert len(world.state.waiting_updates) < 20 * UPDATES.row_size
    assert profile_of(world.tick(OPEN)).contracts_used > 200


def test_the_nearest_expiries_are_kept_of_too_many_contracts() -> None:
    world = started(most_contracts=150)
    found = profile_of(world.tick(OPEN))
    assert "chain_cut" in found.flags
    assert date.fromordinal(found.expiries[0] + date(1970, 1, 1).toordinal()) == DAY


def test_compiling_leaves_no_trace() -> None:
    world = GammaWorld()
    before = replace(world.state)
    world.fold.compile()
    assert world.state == before
