"""Value, greeks and implied volatility against QuantLib; the summed kernel against the contract-wise one."""

from __future__ import annotations

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from processors.calc.black_scholes import greeks, implied_volatility
from processors.calc.gamma_chain import OptionChain
from processors.calc.gamma_exposure import gamma_profile, usd_per_percent

RATE, YIELD = 0.045, 0.013


def quantlib(spot: float, strike: float, years: float, volatility: float, is_call: bool) -> ql.BlackCalculator:
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, strike)
    forward, discount = spot * np.exp((RATE - YIELD) * years), np.exp(-RATE * years)
    return ql.BlackCalculator(payoff, forward, volatility * np.sqrt(years), discount)


def grid() -> tuple[np.ndarray, ...]:
    strike, years, volatility, is_call = (
        part.ravel() for part in np.meshgrid([60.0, 90.0, 100.0, 115.0, 160.0], [1 / 365, 0.08, 0.5, 2.0], [0.08, 0.25, 1.2], [True, False])
    )
    return strike, years, volatility, is_call.astype(bool)


def test_greeks_are_quantlibs() -> None:
    strike, years, volatility, is_call = grid()
    ours = greeks(100.0, strike, years, volatility, is_call, rate=RATE, dividend_yield=YIELD)
    references = [quantlib(100.0, *case) for case in zip(strike, years, volatility, is_call, strict=True)]
    for name, of in {
        "value": lambda one, _: one.value(), "delta": lambda one, _: one.delta(100.0), "gamma": lambda one, _: one.gamma(100.0),
        "vega": lambda one, time: one.vega(time) / 100, "theta": lambda one, time: one.theta(100.0, time) / 365,
    }.items():  # fmt: skip
        expected = [of(one, float(time)) for one, time in zip(references, years, strict=True)]
        assert getattr(ours, name) == pytest.approx(expected, rel=1e-9, abs=1e-12), name


def test_vanna_and_charm_are_the_changes_of_quantlibs_delta() -> None:
    strike, years, volatility, is_call = grid()
    ours = greeks(100.0, strike, years, volatility, is_call, rate=RATE, dividend_yield=YIELD)
    step = 1e-5
    for number, (k, time, sigma, call) in enumerate(zip(strike, years, volatility, is_call, strict=True)):
        up, down = (quantlib(100.0, k, time, sigma + side, call).delta(100.0) for side in (step, -step))
        assert ours.vanna[number] == pytest.approx((up - down) / (2 * step) / 100, rel=1e-4, abs=1e-7)
        later, sooner = (quantlib(100.0, k, time - side, sigma, call).delta(100.0) for side in (step * time, -step * time))
        assert ours.charm[number] == pytest.approx((later - sooner) / (2 * step * time) / 365, rel=1e-4, abs=1e-7)


def test_what_has_no_time_or_volatility_has_no_greeks() -> None:
    found = greeks(100.0, np.array([100.0, 100.0]), np.array([0.0, 0.1]), np.array([0.2, 0.0]), np.array([True, False]))
    assert all(np.isnan(column).all() for column in found)


@given(
    strike=st.floats(70, 140), years=st.floats(0.02, 2), volatility=st.floats(0.05, 1.5), is_call=st.booleans()
)  # fmt: skip
def test_the_volatility_of_a_price_is_the_one_it_was_made_with(strike: float, years: float, volatility: float, is_call: bool) -> None:
    """Wherever the price depends on the volatility at all."""
    contract = (np.array([strike]), np.array([years]))
    sides = np.array([is_call])
    made = greeks(100.0, *contract, np.array([volatility]), sides, rate=RATE, dividend_yield=YIELD)
    if made.vega[0] < 1e-4:
        return
    [found] = implied_volatility(made.value, 100.0, *contract, sides, rate=RATE, dividend_yield=YIELD)
    assert found == pytest.approx(volatility, abs=1e-6)


def test_a_price_below_what_exercise_is_worth_implies_nothing() -> None:
    price, strike, years = np.array([1.0, 200.0, 0.0]), np.array([90.0, 90.0, 90.0]), np.full(3, 0.1)
    assert np.isnan(implied_volatility(price, 100.0, strike, years, np.array([True] * 3))).all()


@given(seed=st.integers(0, 1_000))
def test_the_profile_is_the_sum_over_contracts(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = 20
    chain = OptionChain(
        random.integers(20_000, 20_005, count), random.uniform(80, 120, count), random.random(count) < 0.5, random.uniform(0.01, 1, count),
        random.uniform(0.1, 0.6, count), random.integers(1, 500, count).astype(float),
    )  # fmt: skip
    positions = random.normal(0, 100, (3, count))
    prices = np.array([90.0, 100.0, 111.0])
    found = gamma_profile(chain, positions, prices, rate=RATE, dividend_yield=YIELD)
    for column, price in enumerate(prices):
        gamma = greeks(price, chain.strike, chain.years, chain.volatility, chain.is_call, rate=RATE, dividend_yield=YIELD).gamma
        assert found[:, column] == pytest.approx([usd_per_percent(gamma, position, price).sum() for position in positions], rel=1e-9)
