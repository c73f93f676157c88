"""stage.microstructure's fold: books, bars, sweeps and ticks to one record a second (DEP-01, 02, 05..11, SCH-19, STR-23, C-08)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from infra.errors import ConfigurationError, Permanent
from infra.settings import Settings
from processors.anomaly_model import model_of, read_model, write_model
from processors.estimation.depth_anomaly import train_forest
from processors.folds.microstructure import MicrostructureFold
from processors.market_facts.depth import depth_at, depth_view
from processors.stages import STAGES
from schemas.codec import Codec
from schemas.records import DepthMode, LiquidityGrade, MicrostructureState, OptionRight, Tick
from tests.support.book_tape import CLOSE, OPEN, SECOND, SYMBOL, Tape, bar, book, sweep


def test_a_tick_says_what_lies_before_it() -> None:
    """DEP-01, DEP-05: sign and size of a fixture book; a snapshot at the tick itself waits for the next one."""
    tape = Tape()
    tape.take(book(OPEN + 400_000, age_ms=150), book(OPEN + SECOND, bids=100))
    (said,) = tape.tick(OPEN + SECOND)
    assert said.ts_event == OPEN + SECOND
    assert (said.imbalance_5, said.imbalance_3s, said.pressure) == pytest.approx((0.2, 0.2, 0.2))
    assert said.microprice == pytest.approx((10.0 * 80 + 10.01 * 120) / 200)
    assert said.spread_bps == pytest.approx(0.01 / 10.005 * 1e4)
    assert (said.taken_at, said.age_ms, said.mode) == (OPEN + 400_000, 750, DepthMode.LIVE)
    (after,) = tape.tick(OPEN + 2 * SECOND)
    assert after.imbalance_5 == pytest.approx(-0.6)
    assert after.imbalance_3s == pytest.approx((0.6 * 0.2 - 1.0 * 0.6) / 1.6)
    assert tape.tick(OPEN + 3 * SECOND) == [], "nothing new, nothing said"


def test_a_book_says_nothing_when_it_is_stale_and_its_grade_lives_for_a_minute() -> None:
    """DEP-02, IBK-14, STR-23: never the last value for the present one."""
    tape = Tape()
    tape.take(book(OPEN, bids=9_000, asks=9_000, spread=0.002))
    said = tape.ticks(OPEN + SECOND, OPEN + 90 * SECOND)
    assert [(each.ts_event - OPEN) // SECOND for each in said] == [1, 10, 60]
    fresh, stale, gone = said
    assert (fresh.grade, fresh.grade_expires_at) == (LiquidityGrade.A, OPEN + 60 * SECOND)
    assert (stale.imbalance_5, stale.missing["imbalance_5"], stale.missing["imbalance_3s"], stale.grade) == (None, "stale", "stale", LiquidityGrade.A)
    assert (stale.age_ms, gone.grade, gone.missing["grade"], gone.age_ms) == (10_000, None, "no_depth", None)


def test_a_view_s_grade_ends_with_its_life() -> None:
    """DEP-02: value expires after 60 s."""
    tape = Tape()
    tape.take(book(OPEN))
    (said,) = tape.tick(OPEN + SECOND)
    assert depth_view(said).grade is said.grade is not None
    assert depth_at(depth_view(said), OPEN + 60 * SECOND - 1).grade is said.grade
    late = depth_at(depth_view(said), OPEN + 60 * SECOND)
    assert (late.grade, late.grade_expires_at, late.missing["grade"]) == (None, None, "expired")
    assert (late.imbalance_5, late.flags, late.mode) == (said.imbalance_5, said.flags, said.mode)


def test_a_one_sided_book_is_graded_d() -> None:
    """C-14; its numbers are unknown, and say why."""
    tape = Tape()
    tape.take(book(OPEN, asks=0))
    (said,) = tape.tick(OPEN + SECOND)
    assert (said.grade, said.imbalance_5, said.ask_size_5, said.bid_size_5) == (LiquidityGrade.D, None, 0.0, 600.0)
    assert {said.missing[name] for name in ("imbalance_5", "imbalance_3s", "pressure", "spread_bps", "microprice", "ask_price")} == {"one_sided"}


def test_old_subscriptions_and_crossed_books_are_refused() -> None:
    """SCH-19, C-08: a new generation also begins a new window."""
    tape = Tape()
    tape.take(book(OPEN, generation=2, sequence=5))
    tape.take(book(OPEN + 1, generation=1, sequence=9, bids=1), book(OPEN + 2, generation=2, sequence=5, bids=1))
    assert tape.state.dropped == 2
    with pytest.raises(Permanent, match="expected bid <= ask"):
        tape.take(book(OPEN + 3, spread=-0.02))
    with pytest.raises(Permanent, match="generation and sequence above 0"):
        tape.take(book(OPEN + 3, generation=0))
    tape.take(book(OPEN + 500_000, generation=3, sequence=1, bids=100))
    (said,) = tape.tick(OPEN + SECOND)
    assert (said.generation, said.imbalance_3s) == (3, pytest.approx(-0.6))


def test_an_unfit_feed_makes_its_numbers_unavailable() -> None:
    """STR-23"""
    tape = Tape()
    tape.take(book(OPEN), bar(OPEN, 10.0))
    (said,) = tape.tick(OPEN + SECOND, {"market.books": "DOWN", "market.trades": "LATE"})
    assert (said.imbalance_5, said.grade) == (None, None)
    assert {said.missing[name] for name in ("imbalance_5", "grade", "vpin", "stuffing")} == {"feed_unfit"}


def test_nothing_is_zero_for_want_of_input() -> None:
    """STR-23: every null says why, and nothing that is known is called missing."""
    tape = Tape()
    tape.take(book(OPEN))
    (said,) = tape.tick(OPEN + SECOND)
    for name, why in {"vpin": "no_trades", "kyle_lambda": "no_trades", "pin": "no_trades", "stuffing": "no_trades", "anomaly": "no_model"}.items():
        assert (getattr(said, name), said.missing[name]) == (None, why)
    assert all(getattr(said, name) is None for name in said.missing)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_vpin_and_lambda_of_the_fold_equal_pandas(seed: int) -> None:
    """DEP-07, DEP-09: incremental equals batch, from the bars of two days."""
    random = np.random.default_rng(seed)
    tape = Tape(vpin_buckets=8, vpin_buckets_a_day=20, vpin_first_day_minutes=1, price_change_half_life_bars=20, impact_interval_seconds=5,
                impact_intervals=12, impact_minimum_intervals=5)  # fmt: skip
    frame = pd.DataFrame({"start": [OPEN + day * 86_400 * SECOND + second * SECOND for day in (0, 1) for second in range(0, 240, 2)]})
    frame["day"] = (frame.start - OPEN) // (86_400 * SECOND)
    frame["close"] = np.round(10 + random.normal(0, 0.01, len(frame)).cumsum(), 2)
    frame["volume"] = random.integers(1, 40, len(frame)) * 100.0
    for row in frame.itertuples():
        tape.take(bar(int(str(row.start)), float(str(row.close)), volume=float(str(row.volume))))
    frame["change"] = frame.groupby("day").close.diff().fillna(0.0)
    deviation = frame.change.ewm(halflife=20).std(bias=True).fillna(0.0)
    frame["share"] = np.where(deviation > 0, norm.cdf(frame.change / deviation.where(deviation > 0, 1.0)), 0.5)
    imbalances: list[float] = []
    for day, bars in frame.groupby("day"):
        if day == 0:
            early = bars[bars.start < OPEN + 60 * SECOND]
            size = early.volume.sum() * 390 / 20
            bars = bars.loc[~bars.index.isin(early.index)]
        else:
            size = frame[frame.day == 0].volume.sum() / 20
        laid = pd.Series(np.repeat(bars.share.to_numpy(), bars.volume.astype(int).to_numpy()))
        bought = laid.groupby((np.arange(len(laid)) // size).astype(int)).sum()
        whole = int(len(laid) / size)
        if float(size).is_integer():
            imbalances += ((2 * bought.iloc[:whole] - size).abs() / size).tolist()
    if float(size).is_integer():
        assert np.frombuffer(tape.state.buckets) == pytest.approx(imbalances[-8:], abs=1e-9)
    frame["interval"] = frame.start // (5 * SECOND)
    frame["signed"] = frame.volume * (2 * frame.share - 1)
    pairs = []
    for _, bars in frame.groupby("day"):
        told = bars.groupby("interval").agg(last=("close", "last"), signed=("signed", "sum"))
        told["change"] = told["last"].diff().fillna(told["last"] - bars.close.iloc[0])
        pairs.append(told.iloc[:-1])  # the newest interval is open; the night belongs to none
    told = pd.concat(pairs).iloc[-12:]
    line = sm.OLS(told.change.to_numpy(), sm.add_constant(told.signed.to_numpy())).fit()
    assert tape.state.kyle_lambda == pytest.approx(line.params[1], rel=1e-6)
    assert tape.state.kyle_explained == pytest.approx(line.rsquared, rel=1e-6)


def test_a_symbol_without_a_book_is_written_once_a_minute() -> None:
    tape = Tape(vpin_buckets=2, vpin_buckets_a_day=3_900, vpin_first_day_minutes=1)
    for second in range(240):
        tape.take(bar(OPEN + second * SECOND, 10.0 + second % 3 * 0.01))
        tape.tick(OPEN + (second + 3) * SECOND)
    assert 2 <= len(tape.said) <= 4
    last = tape.said[-1]
    assert last.vpin is not None
    assert 0 <= last.vpin <= 1
    assert (last.mode, last.missing["imbalance_5"], last.missing["grade"]) == (None, "no_depth", "no_depth")


def test_late_revisions_and_other_bars_change_nothing() -> None:
    tape = Tape()
    tape.take(bar(OPEN, 10.0))
    before = tape.state
    tape.take(bar(OPEN, 10.0), bar(OPEN + SECOND, 11.0, revision=1))
    assert tape.state is before


def test_a_burst_of_updates_without_trades_is_flagged() -> None:
    """DEP-10: planted burst flagged; the same updates with the trades to them are not."""
    for trades, expected in ((8, True), (400, False)):
        tape = Tape()
        for second in range(60):
            is_burst = 50 <= second < 54
            tape.take(book(OPEN + second * SECOND + 500_000, updates=1_000 if is_burst else 30))
            tape.take(bar(OPEN + second * SECOND, 10.0, trades=trades if is_burst else 8))
            tape.tick(OPEN + (second + 1) * SECOND)
        assert any("quote_stuffing" in said.flags for said in tape.said) is expected
        assert tape.said[40].stuffing is False
        assert tape.said[40].update_rate == pytest.approx(30)
        assert tape.said[5].missing["stuffing"] == "warming_up"


def test_updates_that_were_not_counted_are_unknown() -> None:
    """STR-23"""
    tape = Tape(stuffing_history_seconds=5)
    for second in range(20):
        tape.take(book(OPEN + second * SECOND, updates=None), bar(OPEN + second * SECOND, 10.0))
    (said,) = tape.tick(OPEN + 20 * SECOND)
    assert (said.stuffing, said.update_rate, said.missing["stuffing"]) == (None, None, "not_counted")


def _answered(direction: int, **changes: object) -> Tape:
    tape = Tape()
    for second in range(40):
        hedging = direction * 500 if second > 20 else 0
        tape.take(book(OPEN + second * SECOND + 100_000, bids=1_000 + hedging + second % 3 * 20, asks=1_000 - hedging))
        if second == 22:
            tape.take(sweep(OPEN + 20 * SECOND + 300_000, **changes))
        tape.tick(OPEN + (second + 1) * SECOND)
    return tape


def test_a_sweep_that_the_book_answers_is_hedging() -> None:
    """DEP-11: the planted pairing is found; the wrong direction, an unanswered sweep and a block that is no sweep are not."""
    found = [said for said in _answered(1).said if "hedging" in said.flags]
    assert {said.hedge_alert_id for said in found} == {"one"}
    assert found[0].ts_event == OPEN + 33 * SECOND
    assert found[0].hedge_shift == pytest.approx(0.5, abs=0.05)
    assert any("hedging" in said.flags for said in _answered(-1, right=OptionRight.PUT).said)
    for other in (_answered(-1), _answered(0), _answered(1, has_sweep=False), _answered(1, ask_side_premium=0.0), _answered(1, total_premium=900.0)):
        assert not any("hedging" in said.flags for said in other.said)
    assert _answered(-1).said[-1].hedge_shift == pytest.approx(-0.5, abs=0.05)


def test_a_judged_sweep_that_rest_tells_again_is_not_judged_again() -> None:
    tape = _answered(1)
    tape.take(sweep(OPEN + 20 * SECOND + 550_000))
    tape.take(book(OPEN + 92 * SECOND))
    tape.ticks(OPEN + 40 * SECOND, OPEN + 95 * SECOND)
    assert (tape.said[-1].hedge_shift, tape.said[-1].flags) == (None, ())


def test_hedging_is_forgotten_after_its_life() -> None:
    tape = _answered(1)
    tape.take(book(OPEN + 92 * SECOND))
    tape.ticks(OPEN + 92 * SECOND, OPEN + 95 * SECOND)
    assert (tape.said[-1].hedge_shift, tape.said[-1].flags) == (None, ())


def test_a_sweep_without_a_book_is_no_state() -> None:
    tape = Tape()
    tape.take(sweep(OPEN))
    assert tape.state == tape.fold.initial(SYMBOL)


def test_an_anomaly_carries_the_model_s_version(tmp_path: object) -> None:
    """DEP-06: a trained model is a file; the fold loads it and flags a book unlike the others."""
    from pathlib import Path

    random = np.random.default_rng(4)
    rows = np.column_stack((random.normal(0, 0.2, 4_000), random.gamma(4, 2, 4_000), random.normal(0, 0.2, 4_000)))
    trained = train_forest(rows, contamination=0.005)
    path = Path(str(tmp_path)) / "model.npz"
    write_model(model_of(trained.forest, trained_on="simulated", data_hash=trained.data_hash, rows=trained.rows, contamination=0.005), path)
    model = read_model(path)
    assert (model.trained_on, model.rows, len(model.data_hash)) == ("simulated", 4_000, 64)
    assert read_model(path).version == model.version
    tape = Tape(model)
    tape.take(book(OPEN, spread=0.008))
    tape.tick(OPEN + SECOND)
    tape.take(book(OPEN + SECOND, spread=0.06, bids=9_900, asks=100))
    tape.tick(OPEN + 2 * SECOND)
    tape.take(book(OPEN + 2 * SECOND, asks=0))
    tape.tick(OPEN + 3 * SECOND)
    usual, strange, halved = tape.said
    assert (usual.anomaly, strange.anomaly, strange.flags, usual.anomaly_model) == (False, True, ("anomaly",), model.version)
    assert (halved.anomaly, halved.anomaly_score, halved.missing["anomaly"]) == (None, None, "one_sided")
    path.write_bytes(b"something else")
    told = Settings.model_validate({"microstructure": {"anomaly_model_path": str(path)}})
    with pytest.raises(ConfigurationError, match="expected a model written by"):
        STAGES["microstructure"].build_fold(told)


def test_pin_is_estimated_after_the_close_of_each_day() -> None:
    """DEP-08: one estimate a day from the days so far; before enough of them it is unknown."""
    tape = Tape(pin_days=30, pin_minimum_days=6, vpin_first_day_minutes=1_000)
    random = np.random.default_rng(8)
    days = [day for day in range(12) if (day + 2) % 7 not in (5, 6)]
    for day in days:
        start = OPEN + day * 86_400 * SECOND
        news = random.random() < 0.5
        up = news and random.random() < 0.5
        for second in range(40):
            tape.take(bar(start + second * SECOND, 10.0 + (second % 2 * 0.01 if not news else second * 0.01 * (1 if up else -1)), trades=200))
        tape.tick(CLOSE + day * 86_400 * SECOND - SECOND)
        before = tape.state.pin
        for at in range(0, 1_980, 1):
            tape.tick(CLOSE + day * 86_400 * SECOND + at * SECOND)
        assert len(tape.state.days) // 24 == days.index(day) + 1
        assert (tape.state.pin is not None) is (days.index(day) >= 5)
        assert before == tape.state.pin or days.index(day) >= 5
    assert tape.state.pin is not None
    assert 0 < tape.state.pin < 1
    assert tape.said[-1].pin_days == len(days)


def test_state_comes_back_from_the_changelog() -> None:
    """A worker that was killed goes on as if it had not been; the state stays small."""
    tape = _answered(1)
    codec = Codec(MicrostructureState, 1)
    stored = codec.encode(tape.state)
    assert codec.decode(stored) == tape.state
    assert len(stored) < 16_000
    again = MicrostructureFold(tape.settings, 2.0)
    tick = Tick(ts_event=OPEN + 50 * SECOND)
    assert again.step(codec.decode(stored), "ops.ticks", tick) == tape.fold.step(tape.state, "ops.ticks", tick)


def test_state_is_bounded() -> None:
    tape = Tape(vpin_buckets=5, vpin_buckets_a_day=3_900, vpin_first_day_minutes=1, impact_intervals=10, impact_minimum_intervals=3,
                impact_interval_seconds=1)  # fmt: skip
    for second in range(600):
        tape.take(book(OPEN + second * SECOND), bar(OPEN + second * SECOND, 10 + second % 2 * 0.01), sweep(OPEN + second * SECOND, str(second)))
    state = tape.state
    assert (len(state.sweeps), len(state.buckets), len(state.impact)) == (8, 40, 160)
    assert len(state.books) <= 512 * 120
    tape.tick(OPEN + 600 * SECOND)
    assert len(tape.state.books) <= 8 * 120
