"""BAR-02 to BAR-05, BAR-07: features at each bar close equal TA-Lib's and pandas', null while warming up."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.calc.aggregate import Aggregate
from processors.folds.features import INDICATORS, extend
from schemas.records import Bar, Features, Resolution
from tests.support.market_replay import OPEN, SECOND, Driver, quote, trade

MINUTE = 60 * SECOND


def walk(seed: int, minutes: int) -> Driver:
    generator = random.Random(seed)
    price, tape = 5.0, []
    for second in range(0, minutes * 60, 6):
        price = max(1.0, price + generator.gauss(0, 0.01))
        tape.append(trade(second + generator.random(), round(price, 2), float(generator.randint(1, 900))))
    driver = Driver()
    driver.play(tape, until=minutes * 60 + 2)
    return driver


@pytest.fixture(scope="module")
def walked() -> Driver:
    return walk(1, 150)


@pytest.fixture(scope="module", params=[Resolution.M1, Resolution.M2, Resolution.M5])
def pair(walked: Driver, request: pytest.FixtureRequest) -> tuple[pd.DataFrame, list[Features]]:
    bars: list[Bar] = walked.written("derived.bars", resolution=request.param)
    frame = pd.DataFrame([{name: getattr(bar, name) for name in ("high", "low", "close", "volume", "vwap")} for bar in bars])
    return frame, walked.written("derived.features", resolution=request.param)


def assert_equal(found: list[float | None], reference: np.ndarray | pd.Series) -> None:
    expected = [None if np.isnan(value) else value for value in reference]
    assert [value is None for value in found] == [value is None for value in expected]
    assert [v for v in found if v is not None] == pytest.approx([v for v in expected if v is not None], rel=1e-9)


def test_wilders_atr_equals_talib(pair: tuple[pd.DataFrame, list[Features]]) -> None:
    frame, features = pair
    reference = talib.ATR(frame.high.to_numpy(), frame.low.to_numpy(), frame.close.to_numpy(), 14)
    assert_equal([item.atr_wilder_14 for item in features], reference)


def test_simple_atr_equals_pandas(pair: tuple[pd.DataFrame, list[Features]]) -> None:
    frame, features = pair
    before = frame.close.shift()
    ranges = pd.concat([frame.high - frame.low, (frame.high - before).abs(), (frame.low - before).abs()], axis=1).max(axis=1)
    ranges.iloc[0] = np.nan
    assert_equal([item.atr_simple_14 for item in features], ranges.rolling(14).mean())


@pytest.mark.parametrize(("name", "length"), [("ema_20", 20), ("ema_50", 50)])
def test_exponential_means_equal_talib(pair: tuple[pd.DataFrame, list[Features]], name: str, length: int) -> None:
    frame, features = pair
    assert_equal([getattr(item, name) for item in features], talib.EMA(frame.close.to_numpy(), length))


def test_momentum_relative_volume_and_range_equal_pandas(pair: tuple[pd.DataFrame, list[Features]]) -> None:
    """BAR-03, BAR-05: of every bar length."""
    frame, features = pair
    assert_equal([item.momentum_bps for item in features], frame.close.pct_change() * 10_000)
    assert_equal([item.relative_volume for item in features], frame.volume / frame.volume.shift().rolling(20).mean())
    assert_equal([item.range_bps for item in features], (frame.high / frame.low - 1) * 10_000)


def test_session_vwap_equals_pandas(pair: tuple[pd.DataFrame, list[Features]]) -> None:
    frame, features = pair
    vwap = (frame.vwap * frame.volume).cumsum() / frame.volume.cumsum()
    assert_equal([item.session_vwap for item in features], vwap)
    assert_equal([item.vwap_distance_bps for item in features], (frame.close / vwap - 1) * 10_000)


def test_vwap_starts_anew_at_the_open_and_the_close() -> None:
    """BAR-04: 04:00, 09:30 and 16:00 New York each begin a session."""
    driver = Driver()
    close = 6.5 * 3_600
    driver.play([trade(-100, 4.0), trade(-30, 6.0), trade(10, 7.0), trade(70, 9.0), trade(close + 5, 2.0)], until=round(close) + 70)
    vwaps = [item.session_vwap for item in driver.written("derived.features", resolution=Resolution.M1)]
    assert vwaps == [4.0, 5.0, 7.0, 8.0, 2.0]
    last = driver.written("derived.features")[-1]
    assert (last.day_high, last.day_low) == (9.0, 2.0)


def test_spread_is_that_of_the_last_fresh_quote() -> None:
    driver = Driver()
    driver.play([trade(50, 5.0), quote(58, 4.99, 5.01), trade(110, 5.0), trade(170, 5.0), quote(178, None, 5.01)], until=190)
    spreads = [item.spread_bps for item in driver.written("derived.features", resolution=Resolution.M1)]
    assert spreads == [pytest.approx(40.0), None, None]


def test_nothing_is_known_of_indicators_at_the_first_bar() -> None:
    driver = Driver()
    driver.play([trade(5, 5.0)], until=62)
    (first,) = driver.written("derived.features", resolution=Resolution.M1)
    empty = ("atr_wilder_14", "atr_simple_14", "ema_20", "ema_50", "momentum_bps", "relative_volume")
    assert [getattr(first, name) for name in empty] == [None] * len(empty)
    assert (first.bar_count, first.close, first.session_vwap) == (1, 5.0, 5.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1, 100), min_size=1, max_size=90), st.integers(0, 89))
def test_computing_on_from_a_bar_equals_computing_all(closes: list[float], start: int) -> None:
    bars = [
        Aggregate(OPEN + place * MINUTE, OPEN + (place + 1) * MINUTE, c, c + 0.1, c - 0.1, c, 10.0, c * 10, 1, 0, 0, 0, 0, 0)
        for place, c in enumerate(closes)
    ]  # fmt: skip
    batch = extend(bars, [], 0)
    assert extend(bars, batch, min(start, len(bars) - 1)) == batch
    stepwise = []
    for count in range(1, len(bars) + 1):
        stepwise = extend(bars[:count], INDICATORS.unpack(INDICATORS.pack_all(stepwise)), count - 1)
    assert stepwise == batch
