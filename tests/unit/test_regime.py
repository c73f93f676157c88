"""Regimes: filter, label, fold (REG-01, REG-02, REG-10)."""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import Permanent
from infra.regime_settings import RegimeSettings
from processors.calc.kalman import kalman_filter, kalman_fit
from processors.calc.regime import RegimeBar, regime_numbers
from processors.column_input import ColumnInput
from processors.fold import Output
from processors.folds.regime import BARS, RegimeFold
from processors.market_facts.regime import regime_view
from processors.partition_fold import PartitionFold
from processors.partition_state import Packed
from processors.stages import STAGES
from schemas import catalog
from schemas.codec import Codec
from schemas.records import Bar, Regime, RegimeLabel, RegimeState, Resolution, Tick
from tests.support.market_replay import OPEN, SECOND, SYMBOL, trade
from tests.support.raw_batches import batch_of

MINUTE = 60 * SECOND
QUICK = RegimeSettings(minimum_volatility_history=10)


def bar(minute: int, close: float, spread: float = 0.01, **changes: object) -> Bar:
    start = OPEN + minute * MINUTE
    values = {
        "symbol": SYMBOL, "resolution": Resolution.M1, "window_start": start, "window_end": start + MINUTE, "open": close, "high": close + spread,
        "low": close - spread, "close": close, "volume": 100.0, "source": "tapewire", "ts_event": start + MINUTE + 2 * SECOND,
    }  # fmt: skip
    return Bar(**{**values, **changes})  # type: ignore[arg-type]


def folded(bars: Iterable[Bar], fold: RegimeFold | None = None) -> list[Regime]:
    fold = fold or RegimeFold(QUICK)
    codec = Codec(RegimeState, 1)
    state, found = fold.initial(SYMBOL), []
    for item in bars:
        state, outputs = fold.step(state, "derived.bars", item)
        state = codec.decode(codec.encode(state))
        found += [output.record for output in outputs]
    assert all(isinstance(item, Regime) for item in found)
    return found  # type: ignore[return-value]


def walk(count: int, seed: int, step: float = 0.02, drift: float = 0.0, back: float = 0.0) -> list[float]:
    """Closes of a walk; ``back`` takes that share of the last step back."""
    dice = random.Random(seed)
    price, last, closes = 20.0, 0.0, []
    for _ in range(count):
        last = drift + dice.gauss(0.0, step) - back * last
        price += last
        closes.append(round(price, 4))
    return closes


def test_the_band_holds_the_true_price_95_times_of_100() -> None:
    """REG-01: on simulated constant velocity with irregular steps the 95 % band covers 94 to 96 %."""
    dice = np.random.default_rng(5)
    inside = total = 0
    for _ in range(600):
        minutes = np.cumsum(dice.choice([1.0, 1.0, 2.0, 5.0], 60))
        truth = 50.0 + dice.normal(0.0, 0.05) * minutes
        found = kalman_filter(minutes, truth + dice.normal(0.0, 0.05, 60), noise=0.0025, drift=0.0)
        inside += int((np.abs(found.price - truth) <= 1.96 * np.sqrt(found.price_variance)).sum())
        total += 60
    assert 0.94 <= inside / total <= 0.96


def test_the_filter_finds_noise_and_drift_near_the_planted_ones() -> None:
    dice = np.random.default_rng(9)
    minutes = np.arange(4_000.0)
    velocity = np.cumsum(dice.normal(0.0, 0.01, 4_000))
    noise, drift = kalman_fit(minutes, np.cumsum(velocity) + dice.normal(0.0, 0.1, 4_000))
    assert noise == pytest.approx(0.01, rel=0.1)
    assert drift == pytest.approx(1e-4, rel=0.1)


@pytest.mark.parametrize(
    ("closes", "label"),
    [
        (walk(90, 1, drift=0.03), RegimeLabel.TRENDING_UP),
        (walk(90, 1, drift=-0.03), RegimeLabel.TRENDING_DOWN),
        (walk(90, 4, back=0.9), RegimeLabel.MEAN_REVERTING),
        (walk(75, 3) + [walk(75, 3)[-1] + (value - 20.0) for value in walk(15, 9, step=0.15)], RegimeLabel.VOLATILE),
        (walk(60, 5, step=0.1) + [walk(60, 5, step=0.1)[-1] + (value - 20.0) for value in walk(30, 6, step=0.004)], RegimeLabel.CALM),
    ],
)
def test_fixtures_are_labelled_as_expected(closes: list[float], label: RegimeLabel) -> None:
    """REG-02: a trend up and down, a price that turns back, a burst and a lull."""
    newest = folded(bar(minute, close) for minute, close in enumerate(closes))[-1]
    assert newest.label is label


def test_warming_up_is_unknown_and_says_how_far() -> None:
    found = folded(bar(minute, close) for minute, close in enumerate(walk(45, 2)))
    assert len(found) == 45, "a label with each bar"
    assert found[28].label is RegimeLabel.UNKNOWN and found[28].reasons == ("warming_up: 29 of 30 bars",)
    assert found[28].kalman_price is None and found[28].adx_14 is None
    assert found[29].kalman_price is not None and found[29].reasons == ("volatility_rank warming_up: 0 of 10 values",)
    assert found[-1].reasons == ()
    view = regime_view(found[-1])
    assert (view.label, view.trend_probability, view.kalman_price_sd) == (found[-1].label, found[-1].rise_probability, found[-1].kalman_price_sd)


def test_a_price_that_never_moves_has_no_direction() -> None:
    newest = folded(bar(minute, 5.0, spread=0.0) for minute in range(60))[-1]
    assert newest.rise_probability is None and newest.variance_ratio_5 is None
    assert newest.realised_volatility == 0.0 and newest.label is RegimeLabel.CALM
    assert newest.reasons == ("no_movement",)


def test_a_night_between_two_days_is_no_step() -> None:
    day = [bar(minute, close) for minute, close in enumerate(walk(60, 2))]
    next_day = [bar(1_440 + minute, close + 3.0) for minute, close in enumerate(walk(31, 3))]
    found = folded([*day, *next_day])
    assert found[60].label is RegimeLabel.UNKNOWN and found[60].bar_count == 1
    assert found[-1].bar_count == 31
    assert found[-1].realised_volatility == pytest.approx(folded(next_day)[-1].realised_volatility)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(35, 80), st.data())
def test_a_revised_bar_counts_as_if_it_had_been_so(seed: int, count: int, data: st.DataObject) -> None:
    """Incremental equals batch: the newest numbers are those of the window, however it came about."""
    bars = [bar(minute, close) for minute, close in enumerate(walk(count, seed))]
    place = data.draw(st.integers(max(0, count - 50), count - 1))
    wrong = bar(place, bars[place].close * 1.2)
    revised = bar(place, bars[place].close, revision=1)
    newest = folded([*bars[:place], wrong, *bars[place + 1 :], revised])[-1]
    window = np.frombuffer(
        BARS.pack_all([RegimeBar(item.window_start, item.window_end, item.high, item.low, item.close, 0) for item in bars[-60:]]), BARS.dtype
    )
    numbers = regime_numbers(window, 30)
    assert newest.window_end == bars[-1].window_end and newest.revision == 1
    assert (newest.kalman_price, newest.adx_14, newest.realised_volatility, newest.variance_ratio_5) == (
        numbers.kalman_price, numbers.adx, numbers.realised_volatility, numbers.variance_ratio,
    )  # fmt: skip


def test_bars_of_other_lengths_and_of_long_ago_change_nothing() -> None:
    fold = RegimeFold(QUICK)
    state = fold.initial(SYMBOL)
    for minute, close in enumerate(walk(70, 2)):
        state, _ = fold.step(state, "derived.bars", bar(minute, close))
    assert fold.step(state, "derived.bars", bar(70, 1.0, resolution=Resolution.S1)) == (state, ())
    assert fold.step(state, "derived.bars", bar(2, 1.0)) == (state, ())
    assert fold.wants_tick(state, Tick(ts_event=1)) is False


def test_bars_that_come_again_write_nothing() -> None:
    """After a kill stage.market writes its last bars once more, the older of two revisions among them."""
    bars = [bar(minute, close) for minute, close in enumerate(walk(50, 2))]
    bars.append(bar(48, bars[48].close + 0.01, revision=1))
    once = folded(bars)
    assert folded([*bars, *bars[45:], *bars[47:]]) == once
    assert len(once) == len(bars) == len({(item.window_end, item.revision) for item in once}), "each record has its own identity"


def test_what_is_no_price_is_refused() -> None:
    fold = RegimeFold(QUICK)
    for wrong in (bar(1, 5.0, low=0.0), bar(1, -5.0), bar(1, 5.0, window_end=OPEN)):
        with pytest.raises(Permanent):
            fold.step(fold.initial(SYMBOL), "derived.bars", wrong)
    with pytest.raises(Permanent):
        fold.step(fold.initial(SYMBOL), "derived.bars", trade(1, 5.0))


def test_columns_fold_as_records_do() -> None:
    """Bars of every length, good and bad: the same state, outputs and refusals."""
    dice = random.Random(3)
    lengths = (Resolution.S1, Resolution.M1, Resolution.M1, Resolution.M5)
    bars = [
        bar(number, close, symbol=dice.choice("AB"), resolution=dice.choice(lengths), low=dice.choice([close, close, close, -1.0]))
        for number, close in enumerate(walk(160, 2))
    ]
    fold, codec = RegimeFold(QUICK), Codec(Bar, 5)
    slow, fast = (PartitionFold(0, fold, None) for _ in range(2))
    expected: list[Output] = []
    refused = []
    for offset, item in enumerate(bars):
        try:
            slow.fold_record("derived.bars.v1", "derived.bars", offset, item.symbol, item, expected.append)
        except Permanent:
            refused.append(offset)
    found: list[Output] = []
    batch = batch_of([codec.encode(item) for item in bars])
    alone = []
    for part in ColumnInput(catalog.topic("derived.bars"), 5, fold).read(0, [batch]):
        if isinstance(part, Packed):
            fast.fold_packed("derived.bars.v1", "derived.bars", part, found.append)
        else:
            alone.append(part.offset)
    assert alone == refused and len(refused) > 10
    # A refused bar splits what comes together; each symbol's outputs keep their order.
    for symbol in "AB":
        assert [item for item in found if item.record.symbol == symbol] == [item for item in expected if item.record.symbol == symbol]  # type: ignore[attr-defined]
    assert {item.key: item.state for item in fast.snapshots()} == {item.key: item.state for item in slow.snapshots()}


def test_workers_of_analytics_share_nothing_but_topics() -> None:
    """REG-10: each has its own consumer group, changelog and outputs, so one that stops takes no other with it; see docs/regimes.md."""
    workers = [STAGES[name] for name in ("depth", "regime", "agents")]
    outputs = [topic for item in workers for topic in item.outputs]
    assert len(set(outputs)) == len(outputs)
    assert not set(outputs) & {topic for item in workers for topic in item.reads}, "none waits for another"
    assert len({item.app_id for item in workers}) == len({item.changelog for item in workers}) == len(workers)
