"""Dealers' gamma: greeks against QuantLib, published totals and flip of CBOE chains, max pain and the rest against brute force."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import QuantLib as ql

from benchmarks.numbers.number import DATA, Compared, number
from benchmarks.numbers.quantlib_volatility import quantlib_volatility
from infra.cli.gamma_of_file import FileGamma, gamma_of_file
from infra.files.option_chains import read_chain
from processors.calc.black_scholes import Greeks, greeks, implied_volatility
from processors.calc.gamma_chain import DayCount
from processors.calc.gamma_exposure import exposures, usd_per_percent
from processors.calc.gamma_levels import flip_price
from processors.calc.max_pain import max_pain
from processors.calc.volatility_rank import volatility_percentile, volatility_rank
from processors.calc.volatility_skew import skew_shift
from processors.calc.volatility_surface import index_gap, volatility_surface
from processors.calc.volatility_term import TermStructure, volatility_at

_RATE, _YIELD, _SPOT = 0.045, 0.013, 100.0
_CBOE = "options/cboe_2022-02-05_spx_ndx/{}_quotedata.csv"
_QUANTLIB: Any = {"reference": "QuantLib BlackCalculator", "data": "120 contracts, 1 day to 2 years, 8 to 120 %", "tolerance": 1e-9, "relative": True}


@lru_cache
def _contracts() -> tuple[np.ndarray, ...]:
    return tuple(
        part.ravel() for part in np.meshgrid([60.0, 90.0, 100.0, 115.0, 160.0], [1 / 365, 0.08, 0.5, 2.0], [0.08, 0.25, 1.2], [True, False])
    )


@lru_cache
def _ours() -> Greeks:
    strike, years, volatility, is_call = _contracts()
    return greeks(_SPOT, strike, years, volatility, is_call.astype(bool), rate=_RATE, dividend_yield=_YIELD)


def _calculator(strike: float, years: float, volatility: float, is_call: bool) -> ql.BlackCalculator:
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, float(strike))
    return ql.BlackCalculator(payoff, _SPOT * np.exp((_RATE - _YIELD) * years), volatility * np.sqrt(years), np.exp(-_RATE * years))


def _theirs(of: Any) -> np.ndarray:
    return np.array([of(_calculator(*case), float(case[1])) for case in zip(*_contracts(), strict=True)])


def _priced() -> np.ndarray:
    return np.asarray(_ours().value > 1e-6)  # below it both are rounding


@number(title="Option value", unit="US dollars a share", of=greeks, **_QUANTLIB)
def value() -> Compared:
    return _ours().value[_priced()], _theirs(lambda one, _: one.value())[_priced()]


@number(title="Delta", unit="-1 to 1", of=greeks, **_QUANTLIB)
def delta() -> Compared:
    return _ours().delta[_priced()], _theirs(lambda one, _: one.delta(_SPOT))[_priced()]


@number(title="Gamma", unit="change of delta for a dollar", of=greeks, **_QUANTLIB)
def gamma() -> Compared:
    return _ours().gamma[_priced()], _theirs(lambda one, _: one.gamma(_SPOT))[_priced()]


@number(title="Vega", unit="US dollars for a point of volatility", of=greeks, **_QUANTLIB)
def vega() -> Compared:
    return _ours().vega[_priced()], _theirs(lambda one, years: one.vega(years) / 100)[_priced()]


@number(title="Theta", unit="US dollars a calendar day", of=greeks, **_QUANTLIB)
def theta() -> Compared:
    return _ours().theta[_priced()], _theirs(lambda one, years: one.theta(_SPOT, years) / 365)[_priced()]


_DIFFERENCES: Any = {"reference": "central difference of QuantLib's delta", "data": "120 contracts, 1 day to 2 years, 8 to 120 %", "tolerance": 1e-6}


@number(title="Vanna", unit="change of delta for a point of volatility", of=greeks, **_DIFFERENCES)
def vanna() -> Compared:
    step = 1e-5
    moved = [
        (_calculator(k, t, sigma + step, call).delta(_SPOT) - _calculator(k, t, sigma - step, call).delta(_SPOT)) / (2 * step) / 100
        for k, t, sigma, call in zip(*_contracts(), strict=True)
    ]
    return _ours().vanna, moved


@number(title="Charm", unit="change of delta a day that passes", of=greeks, **_DIFFERENCES)
def charm() -> Compared:
    moved = []
    for k, t, sigma, call in zip(*_contracts(), strict=True):
        step = t * 1e-5
        moved.append((_calculator(k, t - step, sigma, call).delta(_SPOT) - _calculator(k, t + step, sigma, call).delta(_SPOT)) / (2 * step) / 365)
    return _ours().charm, moved


@number(
    title="Implied volatility", unit="a year, a fraction", of=implied_volatility, reference="QuantLib blackFormulaImpliedStdDev",
    data="values of the 120 contracts that depend on volatility", tolerance=1e-8,
)  # fmt: skip
def implied() -> Compared:
    strike, years, _, is_call = _contracts()
    good = (_ours().vega > 1e-4) & _priced()
    found = implied_volatility(_ours().value, _SPOT, strike, years, is_call.astype(bool), rate=_RATE, dividend_yield=_YIELD)
    theirs = [
        quantlib_volatility(_ours().value[i], _SPOT, strike[i], years[i], bool(is_call[i]), rate=_RATE, dividend_yield=_YIELD)
        for i in np.flatnonzero(good)
    ]
    return found[good], theirs


@number(
    title="Gamma of American options taken as European", unit="change of delta for a dollar, a share of it", of=greeks, relative=True, tolerance=0.06,
    reference="QuantLib binomial tree (Leisen-Reimer, 801 steps)",
    data="out of the money and at it, 7 to 90 days, 15 to 60 %, 4 % interest, 1 % yield",
)  # fmt: skip
def american() -> Compared:
    today = ql.Date(2, 1, 2025)
    ql.Settings.instance().evaluationDate = today
    ours, theirs = [], []
    for days in (7, 30, 90):
        for volatility in (0.15, 0.30, 0.60):
            for strike, right in ((95.0, ql.Option.Put), (100.0, ql.Option.Put), (100.0, ql.Option.Call), (105.0, ql.Option.Call)):
                flat = [ql.YieldTermStructureHandle(ql.FlatForward(today, level, ql.Actual365Fixed())) for level in (0.01, 0.04)]
                surface = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), volatility, ql.Actual365Fixed()))
                process = ql.BlackScholesMertonProcess(ql.QuoteHandle(ql.SimpleQuote(_SPOT)), flat[0], flat[1], surface)
                option = ql.VanillaOption(ql.PlainVanillaPayoff(right, strike), ql.AmericanExercise(today, today + days))
                option.setPricingEngine(ql.BinomialVanillaEngine(process, "lr", 801))
                theirs.append(option.gamma())
                one = (np.array([strike]), np.array([days / 365]), np.array([volatility]), np.array([right == ql.Option.Call]))
                ours.append(float(greeks(_SPOT, *one, rate=0.04, dividend_yield=0.01).gamma[0]))
    return ours, theirs


@lru_cache
def _of_cboe(symbol: str) -> FileGamma:
    return gamma_of_file(DATA / _CBOE.format(symbol), DayCount.BUSINESS, None, None, rate=0.0, dividend_yield=0.0, reach=0.2)


@number(
    title="Total gamma of SPX and NDX, greeks of the file", unit="billion US dollars for a move by 1 %", of=usd_per_percent, relative=True,
    reference="published: -19.156 and -0.1256", data="CBOE delayed quotes, 2022-02-05", tolerance=1e-3,
    needs=(_CBOE.format("spx"), _CBOE.format("ndx")),
)  # fmt: skip
def totals() -> Compared:
    return [(_of_cboe(symbol).vendor_total or np.nan) / 1e9 for symbol in ("spx", "ndx")], [-19.156, -0.1256]


@number(
    title="Gamma flip of NDX, recomputed profile", unit="US dollars", of=flip_price, reference="published: 14,686", relative=True, tolerance=1e-3,
    data="CBOE delayed quotes, 2022-02-05, business days / 262", needs=(_CBOE.format("ndx"),),
)  # fmt: skip
def flip() -> Compared:
    return [_of_cboe("ndx").naive.flip or np.nan], [14_686.0]


@number(
    title="Gamma exposure by contract", unit="US dollars for a move by 1 %", of=exposures, reference="pandas, row by row", relative=True,
    tolerance=1e-12, data="CBOE delayed quotes of SPX, 2022-02-05", needs=(_CBOE.format("spx"),),
)  # fmt: skip
def exposure() -> Compared:
    chain = read_chain(DATA / _CBOE.format("spx"))
    frame = pd.DataFrame(chain.rows)
    spot = chain.spot or np.nan
    held = frame[(frame.gamma > 0) & (frame.open_interest > 0)]
    theirs = held.gamma * held.open_interest.where(held.is_call, -held.open_interest) * 100 * spot * spot * 0.01
    signed = np.where(held.is_call, held.open_interest, -held.open_interest)
    return usd_per_percent(held.gamma.to_numpy(), signed, spot), theirs


@number(title="Max pain", unit="US dollars", of=max_pain, reference="every strike tried", data="200 random chains", tolerance=0.0)
def pain() -> Compared:
    ours, theirs = [], []
    for seed in range(200):
        random = np.random.default_rng(seed)
        strike, calls, held = random.choice(np.arange(80.0, 120.0, 2.5), 50), random.random(50) < 0.5, random.integers(0, 900, 50).astype(float)
        found = max_pain(strike, calls, held)
        paid = [
            float((np.where(calls, np.maximum(price - strike, 0), np.maximum(strike - price, 0)) * held).sum()) for price in np.unique(strike)
        ]
        ours.append(np.nan if found is None else found.strike)
        theirs.append(float(np.unique(strike)[int(np.argmin(paid))]))
    return ours, theirs


@number(title="IV rank", unit="0 to 100", of=volatility_rank, reference="pandas", data="252 random days", tolerance=1e-9)
def rank() -> Compared:
    past = pd.Series(np.random.default_rng(5).uniform(0.1, 0.4, 252))
    return [volatility_rank(0.3, np.asarray(past, dtype=np.float64)) or np.nan], [(0.3 - past.min()) / (past.max() - past.min()) * 100]


@number(
    title="IV percentile", unit="0 to 100", of=volatility_percentile, reference="scipy.stats.percentileofscore", data="252 random days",
    tolerance=1e-9,
)  # fmt: skip
def percentile() -> Compared:
    from scipy.stats import percentileofscore

    past = np.random.default_rng(5).uniform(0.1, 0.4, 252)
    return [volatility_percentile(0.3, past) or np.nan], [percentileofscore(past, 0.3, kind="strict")]


@number(title="Skew shift", unit="standard deviations", of=skew_shift, reference="pandas rolling mean and std", data="20 random days", tolerance=1e-9)
def skew() -> Compared:
    past = pd.Series(np.random.default_rng(6).normal(0.05, 0.01, 20))
    found = skew_shift(0.07, np.asarray(past, dtype=np.float64))
    return [np.nan if found is None or found.shift is None else found.shift], [(0.07 - past.mean()) / past.std()]


@number(
    title="Volatility of a horizon", unit="a year, a fraction", of=volatility_at, reference="QuantLib BlackVarianceCurve",
    data="four expiries, 40 horizons", tolerance=1e-9,
)  # fmt: skip
def horizon() -> Compared:
    today = ql.Date(2, 1, 2025)
    days, levels = [7, 30, 60, 200], [0.31, 0.24, 0.22, 0.25]
    curve = ql.BlackVarianceCurve(today, [today + day for day in days], levels, ql.Actual365Fixed())
    term = TermStructure(np.array(days), np.array(days) / 365, np.array(levels))
    asked = np.linspace(7, 200, 40) / 365
    return [volatility_at(term, float(years)) or np.nan for years in asked], [curve.blackVol(float(years), 100.0) for years in asked]


@number(
    title="Volatility surface, nine distances from the price", unit="a year, a fraction", of=volatility_surface, tolerance=1e-12,
    reference="pandas groupby and scipy.interpolate.interp1d", data="CBOE delayed quotes of SPX, 2022-02-05", needs=(_CBOE.format("spx"),),
)  # fmt: skip
def surface() -> Compared:
    from scipy.interpolate import interp1d

    found, spot = _of_cboe("spx").summary.surface, _of_cboe("spx").spot
    frame = pd.DataFrame(read_chain(DATA / _CBOE.format("spx")).rows)
    out = np.where(frame.is_call, frame.strike >= spot, frame.strike <= spot)
    held = frame[out & (frame.implied_volatility > 0) & (frame.open_interest > 0)]
    means = held.groupby(["expiry", "strike"]).implied_volatility.mean()
    theirs = []
    for expiry in found.expiries.tolist():
        smile = means.loc[expiry]
        line = interp1d(np.log(smile.index.to_numpy() / spot), smile.to_numpy(), bounds_error=False) if len(smile) > 1 else None
        theirs.append(np.full(len(found.moneyness), np.nan) if line is None else line(found.moneyness))
    return found.volatility, theirs


@number(
    title="Index of volatility above the volatility at the money", unit="points", of=index_gap, tolerance=1e-12, reference="pandas",
    data="100 random closes and volatilities",
)  # fmt: skip
def gap() -> Compared:
    frame = pd.DataFrame(np.random.default_rng(7).uniform((10.0, 0.08), (60.0, 0.6), (100, 2)), columns=["index", "month"])
    return [index_gap(month, close) for close, month in frame.itertuples(index=False)], frame["index"] - 100 * frame.month
