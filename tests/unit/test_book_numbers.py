"""Numbers of books and signed volume against pandas, statsmodels and scikit-learn, and what was planted comes out."""

from __future__ import annotations

from math import nan

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.ensemble import IsolationForest

from processors.calc.book_pressure import pressure
from processors.calc.depth import BookSides
from processors.calc.hedge_response import hedge_direction, hedge_response
from processors.calc.isolation_forest import anomaly_scores
from processors.calc.liquidity_grade import liquidity_grade
from processors.calc.price_impact import price_impact
from processors.calc.quote_stuffing import StuffingRule, is_stuffed
from processors.calc.rolling_mean import time_weighted_mean
from processors.calc.running_deviation import Deviation, add_value
from processors.calc.volume_clock import Bucket, bulk_buy_share, pour, vpin
from processors.estimation.depth_anomaly import train_forest
from processors.estimation.informed_trading import informed_trading, log_likelihood
from schemas.records import LiquidityGrade, OptionRight

RULE = StuffingRule(window=3, minimum_updates=100.0, factor=5.0, minimum_history=20)


@pytest.mark.parametrize(
    ("spread", "bids", "asks", "grade"),
    [
        (4.999, 1_001, 1_001, "A"), (5.0, 1_001, 1_001, "B"), (4.999, 1_000, 5_000, "B"), (4.999, 5_000, 1_000, "B"), (0.0, 1_001, 1_001, "A"),
        (9.999, 501, 501, "B"), (10.0, 501, 501, "C"), (9.999, 500, 501, "C"), (9.999, 501, 500, "C"), (50.0, 1, 1, "C"), (50.001, 9_999, 9_999, "D"),
        (nan, 9_999, 9_999, "D"), (1.0, 0, 9_999, "D"), (1.0, 9_999, 0, "D"), (nan, 0, 0, "D"), (-1.0, 9_999, 9_999, "D"),
    ],
)  # fmt: skip
def test_the_grade_at_its_borders(spread: float, bids: float, asks: float, grade: str) -> None:
    """DEP-02, C-08, C-14."""
    assert liquidity_grade(spread, bids, asks) is LiquidityGrade(grade)


def test_pressure_weighs_near_levels_more() -> None:
    """DEP-05"""
    bids = BookSides(np.array([0, 2, 2, 8]), np.zeros(8), np.array([100.0, 200.0, *[60.0] * 6]))
    asks = BookSides(np.array([0, 2, 3, 9]), np.zeros(9), np.array([200.0, 100.0, 50.0, *[60.0] * 6]))
    expected = [(100 + 100 - 200 - 50) / (100 + 100 + 200 + 50), nan, 0.0]
    assert pressure(bids, asks) == pytest.approx(expected, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_rolling_mean_equals_one_taken_millisecond_by_millisecond(data: st.DataObject) -> None:
    """DEP-01: time-weighted; a value stands until the next, and no longer than its life."""
    steps = data.draw(st.lists(st.integers(0, 2_500), min_size=1, max_size=12))
    values = np.array(data.draw(st.lists(st.sampled_from([nan, -0.5, 0.25, 1.0]), min_size=len(steps), max_size=len(steps))))
    times = np.cumsum(np.array(steps)) + 3_000
    life = data.draw(st.sampled_from([700, 3_000, 10_000]))
    ends = np.array(sorted(data.draw(st.lists(st.integers(0, 40_000), min_size=1, max_size=8))))
    known = pd.DataFrame({"value": values, "time": times}).groupby("time").last()
    every = np.arange(0, 60_000)
    place = np.searchsorted(known.index, every, side="right") - 1
    stands = (place >= 0) & (every - known.index.to_numpy()[np.maximum(place, 0)] < life)
    line = pd.Series(np.where(stands, known["value"].to_numpy()[np.maximum(place, 0)], np.nan))
    found = time_weighted_mean(times, values, ends, 3_000, life)
    expected = [line.loc[max(end - 3_000, 0) : end - 1].mean() for end in ends]
    assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_no_value_has_no_mean() -> None:
    assert np.isnan(time_weighted_mean(np.zeros(0, np.int64), np.zeros(0), np.array([5]), 3)).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60), st.floats(2, 50))
def test_the_running_deviation_equals_pandas(values: list[float], half_life: float) -> None:
    known = Deviation(0.0, 0.0, 0.0)
    for value in values:
        known = add_value(known, value, half_life)
    expected = pd.Series(values).ewm(halflife=half_life).std(bias=True).iloc[-1]
    assert known.value == pytest.approx(0.0 if len(values) == 1 else expected, abs=1e-6)


@given(st.floats(-1, 1), st.floats(1e-3, 2))
def test_bulk_classification_equals_scipy(change: float, deviation: float) -> None:
    """DEP-07"""
    assert bulk_buy_share(change, deviation) == pytest.approx(norm.cdf(change / deviation), abs=1e-12)
    assert bulk_buy_share(change, 0.0) == 0.5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 900), st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0])), min_size=1, max_size=60), st.integers(50, 400))
def test_buckets_equal_pandas_share_by_share(bars: list[tuple[int, float]], size: int) -> None:
    """DEP-07: VPIN against an implementation that lays every single share into its bucket."""
    bucket, closed = Bucket(0.0, 0.0), list[float]()
    for volume, share in bars:
        bucket, more = pour(bucket, float(volume), share, float(size), 10_000)
        closed += more
    shares = pd.Series(np.repeat([share for _, share in bars], [volume for volume, _ in bars]))
    bought = shares.groupby(np.arange(len(shares)) // size).sum().iloc[: len(shares) // size]
    expected = ((2 * bought - size).abs() / size).to_numpy()
    assert closed == pytest.approx(expected.tolist(), abs=1e-9)
    assert bucket.filled == pytest.approx(len(shares) % size)
    if len(expected):
        assert vpin(np.array(closed)) == pytest.approx(expected.mean(), abs=1e-9)
    else:
        assert np.isnan(vpin(np.array(closed)))


def test_vpin_recovers_the_planted_share_of_informed_flow() -> None:
    """DEP-07: alpha mu / (alpha mu + 2 epsilon), to which the mean of |bought - sold| / volume goes with many trades."""
    random = np.random.default_rng(11)
    alpha, mu, epsilon, bucket_minutes = 0.4, 9_000.0, 10_000.0, 400
    news, bad = random.random(bucket_minutes) < alpha, random.random(bucket_minutes) < 0.5
    buys = random.poisson(epsilon + mu * (news & ~bad)).astype(float)
    sells = random.poisson(epsilon + mu * (news & bad)).astype(float)
    size = float((buys + sells).mean())
    imbalances = [abs(b - s) / size for b, s in zip(buys, sells, strict=True)]
    planted = float(mu * news.mean() / (mu * news.mean() + 2 * epsilon))
    assert vpin(np.array(imbalances)) == pytest.approx(planted, abs=0.01)


def test_many_closed_buckets_are_bounded() -> None:
    bucket, closed = pour(Bucket(0.0, 0.0), 1e9, 0.75, 1.0, 50)
    assert (len(closed), bucket.filled) == (50, 0.0)
    assert set(closed) == {0.5}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 200))
def test_kyle_s_lambda_equals_statsmodels(seed: int, count: int) -> None:
    """DEP-09"""
    random = np.random.default_rng(seed)
    volumes, changes = random.normal(0, 5_000, count), random.normal(0, 0.05, count)
    line = price_impact(changes, volumes)
    reference = sm.OLS(changes, sm.add_constant(volumes)).fit()
    assert line is not None
    assert (line.intercept, line.kyle_lambda) == pytest.approx(tuple(reference.params), rel=1e-9, abs=1e-14)
    assert line.explained == pytest.approx(reference.rsquared, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_kyle_s_lambda_recovers_what_was_planted(seed: int) -> None:
    """DEP-09: within 5 %."""
    random = np.random.default_rng(seed)
    volumes = random.normal(0, 5_000, 120)
    line = price_impact(2e-6 * volumes + random.normal(0, 0.002, 120), volumes)
    assert line is not None
    assert line.kyle_lambda == pytest.approx(2e-6, rel=0.05)


def test_no_line_without_change_of_volume() -> None:
    """STR-23: unavailable, never 0."""
    assert price_impact(np.ones(2), np.ones(2)) is None
    assert price_impact(np.arange(9.0), np.ones(9)) is None
    flat = price_impact(np.zeros(9), np.arange(9.0))
    assert flat is not None
    assert flat.kyle_lambda == 0
    assert np.isnan(flat.explained)


def test_pin_recovers_what_was_planted() -> None:
    """DEP-08: simulated days with known parameters; the estimate's own spread over 60 days is 0.016 here."""
    random = np.random.default_rng(5)
    alpha, delta, mu, buys, sells = 0.45, 0.4, 300.0, 400.0, 380.0
    days = 240
    news, bad = random.random(days) < alpha, random.random(days) < delta
    found = informed_trading(
        random.poisson(buys + mu * (news & ~bad)).astype(float), random.poisson(sells + mu * (news & bad)).astype(float)
    )
    assert found is not None
    assert found.pin == pytest.approx(alpha * mu / (alpha * mu + buys + sells), abs=0.02)
    assert (found.mu, found.buys, found.sells) == pytest.approx((mu, buys, sells), rel=0.03)
    assert found.alpha == pytest.approx(news.mean(), abs=0.01)
    assert found.delta == pytest.approx(bad[news].mean(), abs=0.03)


def test_pin_s_likelihood_equals_the_product_of_poissons() -> None:
    """DEP-08: term by term with scipy's Poisson, on days small enough for a plain product."""
    from scipy.stats import poisson

    buys, sells = np.array([3.0, 9.0, 4.0]), np.array([4.0, 2.0, 11.0])
    alpha, delta, mu, b, s = 0.3, 0.6, 6.0, 3.5, 4.5
    plain = 1.0
    for bought, sold in zip(buys, sells, strict=True):
        quiet = poisson.pmf(bought, b) * poisson.pmf(sold, s)
        bad = poisson.pmf(bought, b) * poisson.pmf(sold, s + mu)
        good = poisson.pmf(bought, b + mu) * poisson.pmf(sold, s)
        plain *= (1 - alpha) * quiet + alpha * delta * bad + alpha * (1 - delta) * good
    assert log_likelihood(buys, sells, alpha, delta, mu, b, s) == pytest.approx(np.log(plain), rel=1e-12)


def test_pin_without_trades_is_unknown() -> None:
    """STR-23"""
    assert informed_trading(np.array([5.0]), np.array([5.0])) is None
    assert informed_trading(np.zeros(30), np.ones(30)) is None


def _minute(updates: float, trades: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.poisson(updates, 60).astype(float), random.poisson(trades, 60).astype(float)


def test_a_planted_burst_is_stuffing_and_a_busy_period_is_not() -> None:
    """DEP-10"""
    updates, trades = _minute(30, 3)
    assert is_stuffed(updates, trades, RULE) is False
    burst = updates.copy()
    burst[-3:] = 900
    assert is_stuffed(burst, trades, RULE) is True
    busy = trades.copy()
    busy[-3:] = 80  # thirty times the updates, and thirty times the trades
    assert is_stuffed(burst, busy, RULE) is False
    quiet = updates.copy() / 30
    quiet[-3:] = 50  # far above what is usual, but nothing anybody would notice
    assert is_stuffed(quiet, trades, RULE) is False
    assert is_stuffed(burst[-22:], trades[-22:], RULE) is None


@pytest.mark.parametrize(
    ("right", "ask", "bid", "direction"),
    [("CALL", 9.0, 1.0, 1), ("CALL", 1.0, 9.0, -1), ("PUT", 9.0, 1.0, -1), ("PUT", 1.0, 9.0, 1), ("PUT", 5.0, 5.0, 0), ("CALL", None, None, 0)],
)
def test_who_must_hedge_which_way(right: str, ask: float | None, bid: float | None, direction: int) -> None:
    """DEP-11"""
    assert hedge_direction(OptionRight(right), ask, bid) == direction


def test_a_response_goes_with_the_hedge_or_against_it() -> None:
    """DEP-11"""
    before, after = np.array([0.0, 0.1, -0.1, nan, 0.05]), np.array([0.6, 0.5, 0.7])
    with_it, against = hedge_response(before, after, 1), hedge_response(before, after, -1)
    assert with_it is not None
    assert against is not None
    assert with_it.shift == -against.shift == pytest.approx(0.6 - 0.0125)
    assert with_it.deviations == pytest.approx(0.5875 / (pd.Series(before).sem()))
    assert hedge_response(before[:3], after[:2], 1) is None


def _books(random: np.random.Generator, count: int) -> np.ndarray:
    return np.column_stack((random.normal(0, 0.25, count), random.gamma(4, 1, count), random.normal(0, 0.25, count)))


def test_scores_equal_scikit_learn() -> None:
    """DEP-06"""
    rows = _books(np.random.default_rng(2), 3_000)
    trained = train_forest(rows, contamination=0.01)
    grown = IsolationForest(n_estimators=100, max_samples=256, contamination=0.01, random_state=7).fit(rows)
    assert anomaly_scores(trained.forest, rows) == pytest.approx(-grown.score_samples(rows), abs=1e-12)
    assert (anomaly_scores(trained.forest, rows) > trained.forest.cut).tolist() == (grown.predict(rows) < 0).tolist()


def test_planted_anomalies_are_found() -> None:
    """DEP-06: 1 % planted; at least nine of ten are found, and at most one ordinary book of a hundred is called one."""
    random = np.random.default_rng(3)
    trained = train_forest(_books(random, 10_000), contamination=0.005)
    ordinary, strange = _books(random, 9_900), np.column_stack(
        (random.choice([-0.97, 0.97], 100), random.uniform(25, 60, 100), random.choice([-0.97, 0.97], 100))
    )
    scores = anomaly_scores(trained.forest, np.vstack((ordinary, strange)))
    flagged = scores > trained.forest.cut
    recall, false_positives = flagged[9_900:].mean(), flagged[:9_900].mean()
    assert recall >= 0.9
    assert false_positives <= 0.01


def test_a_forest_needs_enough_books() -> None:
    with pytest.raises(ValueError, match="expected at least 256 complete rows to train on, found 100"):
        train_forest(np.vstack((np.zeros((100, 3)), np.full((400, 3), nan))), contamination=0.01)
