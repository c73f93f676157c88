"""What is read from books and signed volume over time: VPIN, PIN, lambda, anomalies, quote stuffing, the book's answer to sweeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm, poisson
from sklearn.ensemble import IsolationForest

from benchmarks.numbers.number import Compared, number
from processors.calc.hedge_response import hedge_response
from processors.calc.isolation_forest import anomaly_scores
from processors.calc.price_impact import price_impact
from processors.calc.quote_stuffing import StuffingRule, is_stuffed
from processors.calc.running_deviation import Deviation, add_value
from processors.calc.volume_clock import Bucket, bulk_buy_share, pour, vpin
from processors.estimation.depth_anomaly import train_forest
from processors.estimation.informed_trading import informed_trading, log_likelihood


@number(title="Deviation of price changes, half-life 300 bars", unit="US dollars", of=add_value,
        reference="pandas ewm(halflife).std(bias=True)", data="2,000 simulated changes", tolerance=1e-10)  # fmt: skip
def deviation() -> Compared:
    changes = np.random.default_rng(1).normal(0, 0.02, 2_000)
    known, ours = Deviation(0.0, 0.0, 0.0), []
    for change in changes.tolist():
        known = add_value(known, change, 300.0)
        ours.append(known.value)
    return ours, pd.Series(changes).ewm(halflife=300).std(bias=True).fillna(0.0)


@number(title="Bulk classification of volume", unit="share bought, 0 to 1", of=bulk_buy_share,
        reference="scipy.stats.norm.cdf", data="price changes of -4 to 4 deviations", tolerance=1e-14)  # fmt: skip
def classification() -> Compared:
    changes = np.linspace(-0.08, 0.08, 401)
    return [bulk_buy_share(change, 0.02) for change in changes.tolist()], norm.cdf(changes / 0.02)


@number(title="VPIN over 50 buckets", unit="0 to 1", of=vpin, reference="pandas, every share laid into its bucket",
        data="simulated bars, 50 buckets of 1,000 shares", tolerance=1e-10)  # fmt: skip
def toxicity() -> Compared:
    random = np.random.default_rng(3)
    volumes, shares = random.integers(1, 800, 400).astype(float), norm.cdf(random.normal(0, 1, 400))
    bucket, closed = Bucket(0.0, 0.0), list[float]()
    for volume, share in zip(volumes.tolist(), shares.tolist(), strict=True):
        bucket, more = pour(bucket, volume, share, 1_000.0, 50)
        closed += more
    ours = pd.Series(closed).rolling(50).apply(lambda window: vpin(np.asarray(window)))
    laid = pd.Series(np.repeat(shares, volumes.astype(int)))
    bought = laid.groupby(np.arange(len(laid)) // 1_000).sum().iloc[: len(laid) // 1_000]
    return ours, ((2 * bought - 1_000).abs() / 1_000).rolling(50).mean().to_numpy()


@number(title="VPIN of planted one-sided flow", unit="0 to 1", of=vpin, reference="the planted value: |2 x 0.8 - 1|",
        data="bars of which 80 % is bought", tolerance=1e-12)  # fmt: skip
def planted_toxicity() -> Compared:
    bucket, closed = Bucket(0.0, 0.0), list[float]()
    for volume in np.random.default_rng(2).integers(1, 700, 400).tolist():
        bucket, more = pour(bucket, float(volume), 0.8, 1_000.0, 50)
        closed += more
    return [vpin(np.array(closed[-50:]))], [0.6]


@number(title="Kyle's lambda", unit="US dollars a share", of=price_impact, reference="statsmodels OLS", data="100 simulated windows of 120 intervals",
        tolerance=1e-9, relative=True)  # fmt: skip
def impact() -> Compared:
    random = np.random.default_rng(4)
    ours, theirs = [], []
    for _ in range(100):
        volumes = random.normal(0, 5_000, 120)
        changes = 2e-6 * volumes + random.normal(0, 0.01, 120)
        line = price_impact(changes, volumes)
        assert line is not None
        ours.append(line.kyle_lambda)
        theirs.append(sm.OLS(changes, sm.add_constant(volumes)).fit().params[1])
    return ours, theirs


@number(title="Kyle's lambda as planted", unit="US dollars a share", of=price_impact, reference="the planted value",
        data="20 simulated windows of 120 intervals, noise a fifth of the signal", tolerance=0.05, relative=True)  # fmt: skip
def planted_impact() -> Compared:
    random = np.random.default_rng(4)
    ours = []
    for _ in range(20):
        volumes = random.normal(0, 5_000, 120)
        line = price_impact(2e-6 * volumes + random.normal(0, 0.002, 120), volumes)
        assert line is not None
        ours.append(line.kyle_lambda)
    return ours, np.full(20, 2e-6)


@number(title="Likelihood of PIN's model", unit="logarithm", of=log_likelihood, reference="scipy.stats.poisson, summed as plain probabilities",
        data="30 simulated days", tolerance=1e-9)  # fmt: skip
def likelihood() -> Compared:
    buys, sells = _simulated_days(30, 0.4, 0.5, 12.0, 15.0, 14.0, 6)
    alpha, delta, mu, b, s = 0.3, 0.6, 9.0, 13.0, 16.0
    quiet = poisson.pmf(buys, b) * poisson.pmf(sells, s)
    bad, good = poisson.pmf(buys, b) * poisson.pmf(sells, s + mu), poisson.pmf(buys, b + mu) * poisson.pmf(sells, s)
    days = (1 - alpha) * quiet + alpha * delta * bad + alpha * (1 - delta) * good
    return [log_likelihood(buys, sells, alpha, delta, mu, b, s)], [float(np.log(days).sum())]


@number(title="PIN as planted", unit="0 to 1", of=informed_trading, reference="the planted value: alpha mu / (alpha mu + buys + sells)",
        data="four markets of 240 simulated days", tolerance=0.02)  # fmt: skip
def planted_informed_trading() -> Compared:
    markets = ((0.3, 0.4, 120.0, 150.0, 140.0), (0.5, 0.3, 300.0, 400.0, 380.0), (0.2, 0.5, 900.0, 800.0, 850.0), (0.6, 0.7, 60.0, 40.0, 45.0))
    ours, planted = [], []
    for seed, (alpha, delta, mu, b, s) in enumerate(markets):
        found = informed_trading(*_simulated_days(240, alpha, delta, mu, b, s, seed))
        ours.append(np.nan if found is None else found.pin)
        planted.append(alpha * mu / (alpha * mu + b + s))
    return ours, planted


@number(title="Score of the isolation forest", unit="0 to 1", of=anomaly_scores, reference="scikit-learn IsolationForest.score_samples",
        data="3,000 simulated books", tolerance=1e-12)  # fmt: skip
def anomaly() -> Compared:
    rows = _simulated_books(np.random.default_rng(2), 3_000)
    trained = train_forest(rows, contamination=0.01)
    grown = IsolationForest(n_estimators=100, max_samples=256, contamination=0.01, random_state=7).fit(rows)
    return anomaly_scores(trained.forest, rows), -grown.score_samples(rows)


@number(title="Planted anomalies, 1 % of the books: missed, and others flagged", unit="share", of=train_forest,
        reference="none missed, none flagged", data="9,900 simulated books and 100 planted ones", tolerance=0.1)  # fmt: skip
def planted_anomalies() -> Compared:
    random = np.random.default_rng(3)
    trained = train_forest(_simulated_books(random, 10_000), contamination=0.005)
    ends = (random.choice([-0.97, 0.97], 100), random.uniform(25, 60, 100), random.choice([-0.97, 0.97], 100))
    flagged = anomaly_scores(trained.forest, np.vstack((_simulated_books(random, 9_900), np.column_stack(ends)))) > trained.forest.cut
    return [1 - flagged[9_900:].mean(), flagged[:9_900].mean() * 10], [0.0, 0.0]  # of the others one in a hundred, so ten times as strict


@number(title="Quote stuffing: planted bursts found, busy periods left alone", unit="1 flagged, 0 not", of=is_stuffed,
        reference="what was planted", data="400 simulated minutes", tolerance=0.0)  # fmt: skip
def stuffing() -> Compared:
    random = np.random.default_rng(5)
    rule, ours, planted = StuffingRule(3, 100.0, 5.0, 20), [], []
    for number_of_minute in range(400):
        rate, kind = random.uniform(5, 60), number_of_minute % 3  # quiet, stuffed, busy
        updates, trades = random.poisson(rate, 60).astype(float), random.poisson(rate / 10, 60).astype(float)
        if kind:
            updates[-3:] = random.poisson(rate * 20 + 150, 3)
        if kind == 2:
            trades[-3:] = random.poisson(rate * 2 + 15, 3)
        ours.append(float(bool(is_stuffed(updates, trades, rule))))
        planted.append(float(kind == 1))
    return ours, planted


@number(title="Shift of the imbalance after a sweep, in standard errors", unit="standard errors", of=hedge_response,
        reference="pandas std, divided by the root of the count", data="50 simulated sweeps", tolerance=1e-9, relative=True)  # fmt: skip
def response() -> Compared:
    random = np.random.default_rng(6)
    ours, theirs = [], []
    for _ in range(50):
        before, after = random.normal(0, 0.1, 10), random.normal(0.4, 0.1, 10)
        found = hedge_response(before, after, -1)
        assert found is not None
        ours.append(found.deviations)
        theirs.append(-(after.mean() - before.mean()) / (pd.Series(before).std() / 10**0.5))
    return ours, theirs


def _simulated_days(days: int, alpha: float, delta: float, mu: float, buys: float, sells: float, seed: int) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    news, bad = np.arange(days) < round(alpha * days), random.permutation(days) < round(delta * days)
    return random.poisson(buys + mu * (news & ~bad)).astype(float), random.poisson(sells + mu * (news & bad)).astype(float)


def _simulated_books(random: np.random.Generator, count: int) -> Any:
    return np.column_stack((random.normal(0, 0.25, count), random.gamma(4, 1, count), random.normal(0, 0.25, count)))
