"""The numbers of flow: thresholds at their edges, and each number against a library or a table (FLW-01..10, FLW-13)."""

from __future__ import annotations

from math import isclose, nan

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.calc.flow_close import expected_move_percent, in_window, predict_close
from processors.calc.flow_disclosures import congress_signal, congress_sums, direction_of, is_cluster
from processors.calc.flow_divergence import diverges, off_exchange_divergence, price_gap_bps, smart_money_gap
from processors.calc.flow_joins import agreement, confirmed, sentiment_score
from processors.calc.flow_premium import PremiumSums, asymmetry, is_one_sided
from processors.calc.flow_scores import slope, standard_score, stands_out
from processors.calc.flow_sides import side_of, sides_of, unknown_share
from processors.calc.flow_toxicity import correlation, toxicity

PRICES = st.one_of(st.just(nan), st.floats(0, 100, width=16))


@pytest.mark.parametrize(
    ("price", "bid", "ask", "side"),
    [
        (1.1, 1.0, 1.1, 1), (1.0, 1.0, 1.1, -1), (1.05, 1.0, 1.1, 0), (1.06, 1.0, 1.1, 1), (1.2, 1.0, 1.1, 1), (0.9, 1.0, 1.1, -1),
        (1.0, nan, 1.1, 0), (1.0, 1.2, 1.1, 0), (0.0, 0.0, 0.0, 0), (1.0, 1.0, 1.0, 0), (1.01, 1.0, 1.0, 1), (0.05, 0.0, 0.05, 1),
        (10.1, 10.05, 10.15, 0), (14.3, 14.25, 14.35, 0),
    ],
)  # fmt: skip
def test_the_side_is_where_the_print_lay_in_the_quote(price: float, bid: float, ask: float, side: int) -> None:
    assert side_of(price, bid, ask) == side


@settings(max_examples=60, deadline=None)
@given(quotes=st.lists(st.tuples(st.floats(0, 100, width=16), PRICES, PRICES), min_size=1, max_size=20))
def test_many_sides_are_those_one_by_one(quotes: list[tuple[float, float, float]]) -> None:
    price, bid, ask = (np.array(column) for column in zip(*quotes, strict=True))
    assert sides_of(price, bid, ask).tolist() == [side_of(*quote) for quote in quotes]


def test_the_share_of_unknown_sides_is_told() -> None:
    sums = PremiumSums().plus(300.0, True, 1).plus(100.0, False, 0).plus(100.0, False, -1)
    assert sums == PremiumSums(calls=300.0, puts=200.0, net_calls=300.0, net_puts=-100.0, unknown=100.0)
    assert unknown_share(sums.unknown, sums.calls + sums.puts) == 0.2
    assert unknown_share(0.0, 0.0) is None


@pytest.mark.parametrize(
    ("calls", "puts", "passes"), [(60.1, 39.9, True), (60.0, 40.0, False), (39.9, 60.1, True), (40.0, 60.0, False), (0.0, 0.0, False)]
)
def test_flow_is_one_sided_above_60_percent(calls: float, puts: float, passes: bool) -> None:
    """FLW-04."""
    for scale in (1.0, 1e4, 1e7 / 3):
        assert is_one_sided(asymmetry(calls * scale, puts * scale)) is passes
    assert (asymmetry(calls, puts) or 0.0) * (calls - puts) >= 0, "its sign is that of the stronger side"


@pytest.mark.parametrize(("off", "lit", "passes"), [(550, 450, False), (551, 450, True), (450, 550, False), (449, 551, True), (0, 0, False)])
def test_off_exchange_diverges_above_10_percent(off: float, lit: float, passes: bool) -> None:
    """FLW-05."""
    assert diverges(off_exchange_divergence(off, lit)) is passes


def test_the_gap_of_the_two_mean_prices() -> None:
    assert price_gap_bps(100.1 * 50, 50, 100.0 * 20, 20) == pytest.approx(10.0)
    assert price_gap_bps(0.0, 0, 100.0, 1) is None


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=40), newest=st.floats(-1e6, 1e6))
@settings(max_examples=50, deadline=None)
def test_a_score_is_scipy_s(values: list[float], newest: float) -> None:
    """FLW-02, FLW-06."""
    ours = standard_score(newest, values, 2)
    if ours is None:
        assert np.std(values) <= 1e-9 * max(1.0, abs(np.mean(values)))
    else:
        assert ours == pytest.approx(float(scipy.stats.zmap([newest], values, ddof=1)[0]), rel=1e-6, abs=1e-9)


def test_a_planted_divergence_of_2_1_deviations_fires_and_2_0_does_not() -> None:
    """FLW-02: the newest value is laid 2.1 deviations above those before it."""
    earlier = np.array([0.1, -0.2, 0.05, 0.3, -0.1, 0.0, 0.2, -0.3, 0.15, -0.05, 0.1, -0.1])
    mean, deviation = earlier.mean(), earlier.std(ddof=1)
    assert stands_out(standard_score(float(mean + 2.1 * deviation), earlier, 12))
    assert stands_out(standard_score(float(mean - 2.1 * deviation), earlier, 12))
    assert not stands_out(standard_score(float(mean + 1.999 * deviation), earlier, 12))
    assert not stands_out(2.0) and not stands_out(None)
    assert standard_score(9.0, earlier, 13) is None, "too few to measure with"
    assert standard_score(9.0, np.ones(20), 12) is None, "values that do not differ measure nothing"


def test_large_traders_are_measured_against_the_crowd() -> None:
    """FLW-02: direction."""
    assert smart_money_gap(90.0, 100.0, -10.0, 50.0) == pytest.approx(1.1)
    assert smart_money_gap(90.0, 100.0, 0.0, 0.0) is None


@given(values=st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=70))
@settings(max_examples=50, deadline=None)
def test_a_slope_is_scipy_s(values: list[float]) -> None:
    """FLW-01."""
    theirs = scipy.stats.linregress(np.arange(len(values)), values).slope
    assert isclose(slope(values) or 0.0, float(theirs), rel_tol=1e-6, abs_tol=1e-6 * max(1.0, max(map(abs, values))))
    assert slope(values[:1]) is None


def test_the_window_includes_its_start_and_not_its_end() -> None:
    """FLW-10."""
    assert [in_window(moment, 100, 200) for moment in (99, 100, 199, 200)] == [False, True, True, False]


def test_confidence_is_that_of_the_test_that_the_mean_minute_is_zero() -> None:
    """FLW-03: against the normal distribution of scipy, less the unknown share."""
    minutes = np.random.default_rng(5).normal(2e5, 1e6, 60)
    found = predict_close(minutes, 0.2)
    distance = abs(minutes.mean()) / scipy.stats.sem(minutes)
    assert found is not None
    assert found.confidence == pytest.approx((1 - 2 * scipy.stats.norm.sf(distance)) * 0.8, abs=1e-12)
    assert (found.size_usd, found.direction) == (pytest.approx(minutes.sum()), np.sign(minutes.sum()))
    assert predict_close(minutes[:14], 0.0) is None


def test_only_above_70_percent_a_move_is_expected() -> None:
    """FLW-03: act above 70 %, 0.2 to 0.5 %."""
    assert expected_move_percent(0.70, 1) is None
    assert expected_move_percent(0.7001, 1) == pytest.approx(0.2, abs=1e-3)
    assert expected_move_percent(1.0, -1) == pytest.approx(-0.5)
    assert expected_move_percent(0.9, 0) is None
    certain = predict_close(np.full(20, 5.0), 0.0)
    assert certain is not None and certain.confidence == 1.0 and certain.expected_move_percent == pytest.approx(0.5)
    nothing = predict_close(np.zeros(20), 0.0)
    assert nothing is not None and nothing.confidence == 0.0 and nothing.direction == 0


def test_a_recorded_afternoon_gives_a_rising_series_of_confidence() -> None:
    """FLW-03: a steady drift becomes more certain with every minute; noise does not."""
    drift = np.random.default_rng(2).normal(1.0, 2.0, 90)
    series = [found.confidence for count in range(15, 91) if (found := predict_close(drift[:count], 0.0)) is not None]
    assert len(series) == 76 and series[-1] > 0.99 and all(0 <= one <= 1 for one in series)
    noise = predict_close(np.random.default_rng(6).normal(0.0, 2.0, 90), 0.0)
    assert noise is not None and noise.confidence < 0.95


@pytest.mark.parametrize(
    ("trades", "signal"),
    [
        ([(1, 500_001.0)], 1), ([(1, 500_000.0)], 0), ([(1, 300_000.0), (1, 250_000.0)], 1), ([(1, 900_000.0), (-1, 1_001.0)], 0),
        ([(-1, 500_001.0)], -1), ([(0, 900_000.0)], None), ([], None),
    ],
)  # fmt: skip
def test_an_opposing_trade_blocks_the_congress_signal(trades: list[tuple[int, float]], signal: int | None) -> None:
    """FLW-08."""
    assert congress_signal(congress_sums(trades)) == signal


def test_the_words_of_reports() -> None:
    words = {"Buy": 1, "Purchase": 1, "Sell": -1, "Sell (partial)": -1, "Sale (Full)": -1, "Exchange": 0, "Receive": 0}
    assert {word: direction_of(word) for word in words} == words


def test_two_sellers_are_no_cluster_and_three_are_one() -> None:
    """FLW-09."""
    assert [is_cluster(count) for count in (0, 2, 3, 4)] == [False, False, True, True]


@settings(max_examples=50, deadline=None)
@given(
    alerts=st.lists(st.tuples(st.integers(0, 50), st.sampled_from([-1, 0, 1])), max_size=12),
    prints=st.lists(st.tuples(st.integers(0, 50), st.sampled_from([-1, 1])), max_size=12),
    tolerance=st.integers(0, 6),
)
def test_a_print_confirms_within_its_tolerance_as_in_pandas(alerts: list[tuple[int, int]], prints: list[tuple[int, int]], tolerance: int) -> None:
    """FLW-11."""
    alerts, prints = sorted(alerts), sorted(prints)
    ours = confirmed(*(np.array([row[place] for row in rows], np.int64) for rows in (alerts, prints) for place in (0, 1)), tolerance)
    left = pd.DataFrame(alerts, columns=["moment", "direction"], dtype=np.int64)
    right = pd.DataFrame(prints, columns=["moment", "direction"], dtype=np.int64).assign(found=1.0)
    joined = pd.merge_asof(left, right, on="moment", by="direction", direction="nearest", tolerance=tolerance)
    assert ours.tolist() == (joined["found"].notna() & (joined["direction"] != 0)).tolist()


def test_flow_and_book_are_joined_within_a_tolerance() -> None:
    """FLW-11."""
    assert agreement(5.0, 0.3, 10, 10) == 1
    assert agreement(5.0, -0.3, -10, 10) == -1
    assert agreement(5.0, 0.3, 11, 10) is None
    assert agreement(0.0, 0.3, 0, 10) is None


def test_the_score_of_news_is_the_vendor_s_word_or_none() -> None:
    """FLW-12."""
    assert [sentiment_score(word) for word in ("positive", "Negative", "neutral", "mixed", None)] == [1.0, -1.0, 0.0, None, None]


def test_toxicity_and_its_correlation() -> None:
    """FLW-13."""
    rng = np.random.default_rng(3)
    bought, sold = rng.integers(0, 90, 50).astype(float), rng.integers(0, 90, 50).astype(float)
    total = bought + sold + rng.integers(0, 9, 50)
    table = pd.DataFrame({"bought": bought, "sold": sold, "total": total})
    assert toxicity(bought, sold, total) == pytest.approx((table.bought - table.sold).abs().sum() / table.total.sum())
    assert toxicity(np.zeros(2), np.zeros(2), np.zeros(2)) is None
    ours = np.where(rng.random(50) < 0.1, nan, bought)
    both = pd.Series(ours).notna()
    assert correlation(ours, sold) == pytest.approx(float(scipy.stats.pearsonr(ours[both], sold[both]).statistic))
    assert correlation(ours[:9], sold[:9]) is None
    assert correlation(np.ones(20), rng.random(20)) is None
