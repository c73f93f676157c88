"""BAR-05, BAR-07 to BAR-11: bands, extremes of the day, channel, z-score and volume by time of day equal pandas' and TA-Lib's."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.feature_settings import FeatureSettings
from processors.calc.aggregate import Aggregate, of_prints
from processors.calc.price_spread import deviation, merged_squares, squares_of
from processors.calc.volume_profile import BUCKET_US, VolumeProfile
from processors.folds.day import add_late, add_second
from processors.folds.trades import PRINTS
from schemas.records import Bar, DayTotals, Features, Resolution, Trade
from tests.support.market_replay import OPEN, SECOND, Driver, random_tape, trade

DAY = 86_400
PRE_MARKET = -5.5 * 3_600  # 04:00, seconds from the open


@pytest.fixture(scope="module")
def walked() -> tuple[list[Trade], Driver]:
    tape, driver = random_tape(4, -1_800, 9_000, 3_000), Driver()
    driver.play(tape, until=9_100)
    return tape, driver


def assert_equal(found: list[float | None], reference: np.ndarray | pd.Series, rel: float = 1e-9) -> None:
    expected = [None if np.isnan(value) else float(value) for value in reference]
    assert [value is None for value in found] == [value is None for value in expected]
    assert [v for v in found if v is not None] == pytest.approx([v for v in expected if v is not None], rel=rel, abs=1e-9)


def test_the_bands_equal_pandas_minute_by_minute(walked: tuple[list[Trade], Driver]) -> None:
    """BAR-10: the volume weighted deviation of every print of the session, which begins anew at 09:30."""
    tape, driver = walked
    frame = pd.DataFrame([(item.ts_event, item.price, item.size) for item in tape], columns=["ts", "price", "size"])
    expected = []
    features: list[Features] = driver.written("derived.features", resolution=Resolution.M1)
    for item in features:
        begins = OPEN if item.window_end > OPEN else 0
        session = frame[(frame.ts >= begins) & (frame.ts < item.window_end)]
        mean = np.average(session.price, weights=session["size"])
        expected.append(np.sqrt(np.average((session.price - mean) ** 2, weights=session["size"])))
    assert len(features) > 150
    assert_equal([item.vwap_sigma for item in features], np.array(expected))


def test_the_days_extremes_and_their_seconds_equal_pandas(walked: tuple[list[Trade], Driver]) -> None:
    """BAR-10: of two equal highs the earlier one is told."""
    tape, driver = walked
    frame = pd.DataFrame([(item.ts_event // SECOND * SECOND, item.ts_event, item.price) for item in tape], columns=["second", "ts", "price"])
    for item in driver.written("derived.features", resolution=Resolution.M1):
        known = frame[frame.ts < item.window_end]
        high, low = known.loc[known.price.idxmax()], known.loc[known.price.idxmin()]
        assert (item.day_high, item.day_high_at) == (high.price, high.second)
        assert (item.day_low, item.day_low_at) == (low.price, low.second)


@pytest.mark.parametrize("resolution", [Resolution.M1, Resolution.M2, Resolution.M5])
def test_channel_and_z_score_equal_talib(walked: tuple[list[Trade], Driver], resolution: Resolution) -> None:
    """BAR-08, BAR-09: the channel of the bars before, so that a close above it is a break."""
    _, driver = walked
    bars: list[Bar] = driver.written("derived.bars", resolution=resolution)
    features: list[Features] = driver.written("derived.features", resolution=resolution)
    high, low, close = (np.array([getattr(bar, name) for bar in bars]) for name in ("high", "low", "close"))
    assert_equal([item.donchian_high for item in features], pd.Series(talib.MAX(high, 20)).shift())
    assert_equal([item.donchian_low for item in features], pd.Series(talib.MIN(low, 20)).shift())
    assert_equal([item.close_z_score for item in features], (close - talib.SMA(close, 20)) / talib.STDDEV(close, 20), rel=1e-6)


def test_lengths_are_settings() -> None:
    """BAR-08, BAR-09: more bars than the other features need are kept too."""
    driver = Driver(feature=FeatureSettings(channel_bars=40, z_score_bars=33))
    driver.play(random_tape(5, 0, 6_000, 900), until=6_010)
    bars, features = (driver.written(f"derived.{kind}", resolution=Resolution.M1) for kind in ("bars", "features"))
    close = np.array([bar.close for bar in bars])
    assert_equal([item.donchian_high for item in features], pd.Series([bar.high for bar in bars]).rolling(40).max().shift())
    assert_equal([item.close_z_score for item in features], (close - talib.SMA(close, 33)) / talib.STDDEV(close, 33), rel=1e-6)


def test_hours_and_days_have_features_too() -> None:
    """BAR-07, BAR-11: EMA and ATR of hours and days equal TA-Lib's on the same bars."""
    driver = Driver()
    for day in range(30):
        for hour in range(6):
            base = day * DAY + hour * 3_600
            driver.feed(*(trade(base + place, 5.0 + (day * 7 + hour * 3 + place) % 11 / 10, sequence=base + place) for place in range(4)))
            driver.tick(base + 3_605)
        driver.tick(day * DAY + 11 * 3_600)
    for resolution, least in ((Resolution.H1, 170), (Resolution.D1, 25)):
        bars, features = (driver.written(f"derived.{kind}", resolution=resolution) for kind in ("bars", "features"))
        assert len(bars) == len(features) >= least
        high, low, close = (np.array([getattr(bar, name) for bar in bars]) for name in ("high", "low", "close"))
        assert_equal([item.atr_wilder_14 for item in features], talib.ATR(high, low, close, 14))
        assert_equal([item.ema_20 for item in features], talib.EMA(close, 20))
        assert_equal([item.ema_50 for item in features], talib.EMA(close, 50))


def days_of_volume(limit: int, least: int) -> tuple[Driver, pd.DataFrame]:
    driver, generator, rows = Driver(feature=FeatureSettings(volume_days=limit, least_volume_days=least)), random.Random(2), []
    for day in range(9):
        for bucket in range(6):
            if generator.random() < 0.15:
                continue  # a silent five minutes is no bar
            size = float(generator.randint(1, 900))
            base = day * DAY + bucket * 300
            driver.feed(trade(base + 7, 5.0, size, sequence=base), trade(base + 130, 5.0, 2 * size, sequence=base + 1))
            driver.tick(base + 303)
            rows.append((day, bucket, 3 * size))
        driver.tick(day * DAY + 2_000)
    return driver, pd.DataFrame(rows, columns=["day", "bucket", "volume"])


def test_relative_volume_of_the_time_of_day_equals_pandas() -> None:
    """BAR-05: mean of earlier days on which these five minutes traded; after ``volume_days`` a recursive mean of that weight."""
    driver, frame = days_of_volume(limit=4, least=2)

    def usual(volumes: pd.Series) -> pd.Series:
        means, found, days = [], np.nan, 0
        for volume in volumes:
            means.append(found if days >= 2 else np.nan)
            days = min(days + 1, 4)
            found = volume if days == 1 else found + (volume - found) / days
        return pd.Series(means, index=volumes.index)

    frame["usual"] = frame.groupby("bucket").volume.transform(usual)
    expected = frame.volume / frame.usual
    features = driver.written("derived.features", resolution=Resolution.M5)
    assert_equal([item.relative_volume_same_time for item in features], expected, rel=1e-6)
    assert expected.notna().sum() > 15
    minute = [item for item in driver.written("derived.features", resolution=Resolution.M1) if item.relative_volume_same_time is not None]
    five = {item.window_end // BUCKET_US: item.relative_volume_same_time for item in features}
    firsts = [item for item in minute if (item.window_end // SECOND) % 300 == 60]
    assert firsts, "the first minute of five holds a third of their volume: relative to a fifth of what is usual"
    assert [item.relative_volume_same_time for item in firsts] == pytest.approx([five[item.window_end // BUCKET_US + 1] * 5 / 3 for item in firsts])


def test_a_late_trade_counts_in_the_usual_volume() -> None:
    """BAR-05: what came late joins the mean as if it had come in time."""
    driver = Driver(feature=FeatureSettings(least_volume_days=1))
    driver.feed(trade(5, 5.0, 100.0))
    driver.tick(302)
    driver.feed(trade(9, 5.0, 300.0))
    driver.tick(303)
    driver.feed(trade(DAY + 5, 5.0, 200.0))
    driver.tick(DAY + 302)
    (_, second) = driver.written("derived.features", resolution=Resolution.M5)
    assert second.relative_volume_same_time == 0.5


def test_the_profile_of_a_symbol_stays_small() -> None:
    """BAR-05: its size does not grow with the days: 10,000 symbols in 18 MB."""
    profile = VolumeProfile()
    for day in range(400):
        profile = profile.at((day + 1) * DAY * SECOND, 20)
        for bucket in range(0, 192, 5):
            profile = profile.add(profile.day_start + 8 * 3_600 * SECOND + bucket * BUCKET_US, 100.0 + day % 2)
    assert sum(len(part) for part in profile[1:]) == 192 * 9
    start = profile.day_start + 8 * 3_600 * SECOND
    assert profile.usual_volume(start, start + BUCKET_US, 5) == pytest.approx(100.5, abs=0.1)
    assert profile.usual_volume(start + BUCKET_US, start + 2 * BUCKET_US, 1) is None
    assert profile.usual_volume(start - 1, start + 1, 1) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0.01, 1e4), st.floats(0.01, 1e6)), min_size=1, max_size=40), st.integers(0, 40))
def test_squares_of_two_parts_equal_those_of_the_whole(prints: list[tuple[float, float]], cut: int) -> None:
    """BAR-10: incremental equals batch."""
    prices, sizes = (np.array(values) for values in zip(*prints, strict=True))
    mean = np.average(prices, weights=sizes)

    def sums(part: slice) -> tuple[float, float, float]:
        price, size = prices[part], sizes[part]
        inner = np.average(price, weights=size) if len(size) else 0.0
        return float(size.sum()), float((price * size).sum()), float((size * (price - inner) ** 2).sum())

    merged = merged_squares(*sums(slice(cut)), *sums(slice(cut, None)))
    expected = float((sizes * (prices - mean) ** 2).sum())
    assert merged == pytest.approx(expected, rel=1e-6, abs=1e-9 * float((sizes * prices**2).sum()))
    assert deviation(merged, float(sizes.sum())) == pytest.approx(np.sqrt(max(merged, 0.0) / sizes.sum()))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 50), st.randoms(use_true_random=False))
def test_the_days_sums_do_not_depend_on_what_came_late(seed: int, order: random.Random) -> None:
    """BAR-01, BAR-10: seconds in any order give the same extremes, times and bands."""
    tape = random_tape(seed, 0, 300, 60)
    groups: dict[int, list[Trade]] = {}
    for item in tape:
        groups.setdefault(item.ts_event // SECOND * SECOND, []).append(item)

    def second(start: int) -> tuple[Aggregate, float]:
        packed = b"".join(PRINTS.pack(item.ts_event, item.sequence, 0, item.price, item.size, item.bar_parts) for item in groups[start])
        prints = PRINTS.unpack(packed)
        whole = of_prints(start, start + SECOND, prints)
        return whole, squares_of(prints, whole.volume, whole.notional)

    straight: DayTotals | None = None
    for start in sorted(groups):
        straight = add_second(straight, *second(start))
    starts = list(groups)
    order.shuffle(starts)
    mixed: DayTotals | None = add_second(None, *second(starts[0]))
    for start in starts[1:]:
        mixed = add_late(mixed, *second(start))
    assert straight is not None and mixed is not None
    assert (mixed.high, mixed.high_at, mixed.low, mixed.low_at) == (straight.high, straight.high_at, straight.low, straight.low_at)
    assert mixed.session_squares == pytest.approx(straight.session_squares, rel=1e-9, abs=1e-9)


def test_a_halt_leaves_no_bars_and_changes_no_sum() -> None:
    """BAR-01: nothing trades for six minutes, so there is no bar; what is known of the session stays."""
    driver = Driver()
    tape = random_tape(6, 0, 600, 200) + [replace(item, ts_event=item.ts_event + 960 * SECOND) for item in random_tape(7, 0, 300, 90)]
    driver.play(tape, until=1_400)
    inside = [bar for bar in driver.written("derived.bars") if bar.window_start >= OPEN + 600 * SECOND and bar.window_end <= OPEN + 960 * SECOND]
    assert inside == []
    ends = [item.window_end for item in driver.written("derived.features", resolution=Resolution.M1)]
    assert max(b - a for a, b in pairwise(ends)) == 420 * SECOND
    before, after = (item for item in driver.written("views") if item.ts_event in (OPEN + 605 * SECOND, OPEN + 955 * SECOND))
    assert (before.session_vwap, before.features_1m) == (after.session_vwap, after.features_1m)
