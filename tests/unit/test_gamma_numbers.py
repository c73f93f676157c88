"""Exposures, levels, max pain, volatility rank, term structure, skew, surface, drift and scores: edges and golden values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.calc.dealer_positions import flow_positions, naive_positions, opened_positions
from processors.calc.gamma_chain import OptionChain, business_years, calendar_years, usable
from processors.calc.gamma_drift import drift_level, relative_drift
from processors.calc.gamma_exposure import price_grid, strike_matrix
from processors.calc.gamma_levels import flip_price, is_at_max_gamma, support_resistance, walls, zero_crossings
from processors.calc.gamma_score import DayPrices, Verdict, judge
from processors.calc.gamma_summary import gamma_summary
from processors.calc.max_pain import max_pain
from processors.calc.volatility_rank import is_cheap_enough, volatility_percentile, volatility_rank
from processors.calc.volatility_skew import risk_reversal, skew_shift
from processors.calc.volatility_surface import index_gap, volatility_surface
from processors.calc.volatility_term import TermStructure, expected_move, term_structure, volatility_at
from schemas.records import AlertLevel, DealerModel


def chain(seed: int = 1, count: int = 60) -> OptionChain:
    random = np.random.default_rng(seed)
    expiry = random.choice([20_000, 20_007, 20_030], count)
    return OptionChain(
        expiry, random.choice(np.arange(80.0, 121.0, 2.5), count), random.random(count) < 0.5, (expiry - 19_990) / 365,
        random.uniform(0.1, 0.5, count), random.integers(0, 500, count).astype(float),
    )  # fmt: skip


def test_the_flip_is_the_zero_of_the_reference_curve() -> None:
    """GEX-01: interpolated between prices, the crossing nearest to spot, none where the curve does not cross."""
    grid = price_grid(100.0, reach=0.2, points=41)
    curve = (grid - 93.3) * (grid - 118.0)
    assert zero_crossings(grid, curve) == pytest.approx([93.3, 118.0], abs=0.05)
    assert flip_price(grid, curve, 100.0) == pytest.approx(93.3, abs=0.05)
    assert flip_price(grid, grid - 97.0, 100.0) == pytest.approx(97.0)
    assert flip_price(grid, np.ones(41), 100.0) is None
    assert flip_price(grid, np.zeros(41), 100.0) is None, "nothing at all crosses nowhere"


def test_walls_are_the_largest_strikes_of_either_sign() -> None:
    """GEX-02."""
    found = walls(np.array([90.0, 100.0, 110.0]), np.array([-7.0, 2.0, 5.0]))
    assert found == (110.0, 90.0, 90.0)
    assert walls(np.array([90.0]), np.array([3.0])) == (90.0, None, 90.0)
    assert walls(np.array([]), np.array([])) == (None, None, None)


@given(seed=st.integers(0, 500))
def test_the_matrix_adds_up_to_strikes_and_expiries(seed: int) -> None:
    """GEX-03: grid sums equal the strike totals."""
    contracts, values = chain(seed), np.random.default_rng(seed).normal(size=60)
    found = strike_matrix(contracts.strike, contracts.expiry, values)
    assert found.by_strike == pytest.approx([values[contracts.strike == strike].sum() for strike in found.strikes])
    assert found.by_expiry == pytest.approx([values[contracts.expiry == expiry].sum() for expiry in found.expiries])
    assert found.values.sum() == pytest.approx(values.sum())


@pytest.mark.parametrize(("distance_pct", "passes"), [(0.10, True), (0.11, False), (-0.10, True), (-0.11, False), (0.0, True)])
def test_the_trigger_is_a_tenth_of_a_percent(distance_pct: float, passes: bool) -> None:
    """GEX-04: 0.10 % passes, 0.11 % does not."""
    spot = 600.0
    assert is_at_max_gamma(spot, spot * (1 - distance_pct / 100)) is passes


def test_support_flips_when_price_crosses_it() -> None:
    """GEX-05."""
    found = walls(np.array([90.0, 110.0]), np.array([-5.0, 5.0]))
    assert support_resistance(found, 90.01)[2:] == (True, True)
    assert support_resistance(found, 89.99)[2:] == (False, True)
    assert support_resistance(found, 110.01)[2:] == (True, False)
    assert support_resistance(walls(np.array([90.0]), np.array([1.0])), 100.0)[2] is None


@given(seed=st.integers(0, 500))
def test_max_pain_is_the_reference_minimum(seed: int) -> None:
    """GEX-06: every strike tried, the cheapest taken; the pin zone has no strike that pays more than 5 % above it."""
    contracts = chain(seed)

    def payout(price: float) -> float:
        worth = np.where(contracts.is_call, np.maximum(price - contracts.strike, 0), np.maximum(contracts.strike - price, 0))
        return float((worth * contracts.open_interest).sum() * 100)

    found = max_pain(contracts.strike, contracts.is_call, contracts.open_interest)
    assert found is not None
    strikes = np.unique(contracts.strike)
    assert found.payout == pytest.approx(min(map(payout, strikes)))
    assert payout(found.strike) == pytest.approx(found.payout)
    zone = strikes[(strikes >= found.pin_low) & (strikes <= found.pin_high)]
    assert all(payout(strike) <= found.payout * 1.05 * (1 + 1e-12) for strike in zone)
    assert max_pain(contracts.strike, contracts.is_call, np.zeros(60)) is None


def test_rank_and_percentile() -> None:
    """GEX-07: 80 passes, 81 blocks."""
    past = np.array([0.10, 0.20, np.nan, 0.15, 0.30])
    assert volatility_rank(0.26, past) == pytest.approx(80.0)
    assert volatility_percentile(0.26, past) == pytest.approx(75.0)
    assert (volatility_rank(0.5, past), volatility_rank(0.05, past)) == (100.0, 0.0)
    assert volatility_rank(0.2, np.array([0.2, 0.2])) is None
    assert volatility_percentile(0.2, np.array([])) is None
    assert is_cheap_enough(80.0) and not is_cheap_enough(81.0)


def test_term_structure_interpolates_variance() -> None:
    """GEX-08: output equals the fixture's interpolation."""
    term = TermStructure(np.array([1, 2]), np.array([0.1, 0.3]), np.array([0.2, 0.3]))
    variance = (0.2**2 * 0.1 + 0.3**2 * 0.3) / 2
    assert volatility_at(term, 0.2) == pytest.approx(np.sqrt(variance / 0.2))
    assert (volatility_at(term, 0.01), volatility_at(term, 9.0)) == (0.2, pytest.approx(0.3))
    assert volatility_at(TermStructure(np.array([], np.int64), np.array([]), np.array([])), 0.1) is None
    assert expected_move(500.0, 0.16, 1 / 252) == pytest.approx(500 * 0.16 / np.sqrt(252))
    expiry, both = np.full(4, 9), np.array([True, False, True, False])
    flat = OptionChain(expiry, np.array([95.0, 95.0, 105.0, 105.0]), both, np.full(4, 0.1), np.array([0.3, 0.34, 0.2, 0.24]), np.ones(4))
    assert term_structure(flat, 100.0).volatility == pytest.approx([0.27])


@pytest.mark.parametrize(("shift", "fires"), [(1.01, True), (0.99, False), (-1.01, True), (1.0, False)])
def test_a_planted_shift_of_the_skew(shift: float, fires: bool) -> None:
    """GEX-09: 1.01 standard deviations fire, 0.99 do not."""
    past = np.random.default_rng(3).normal(0.05, 0.01, 30)
    last = past[-20:]
    found = skew_shift(float(last.mean() + shift * last.std(ddof=1)), past)
    assert found is not None and found.shift == pytest.approx(shift)
    assert found.fires() is fires
    assert skew_shift(0.05, past[:19]) is None


def test_the_skew_is_read_at_a_delta_of_a_quarter() -> None:
    strike = np.arange(60.0, 141.0)
    contracts = OptionChain(
        np.full(162, 9), np.concatenate((strike, strike)), np.repeat([True, False], 81), np.full(162, 30 / 365),
        np.concatenate((np.full(81, 0.2), np.full(81, 0.26))), np.ones(162),
    )  # fmt: skip
    assert risk_reversal(contracts, 100.0) == pytest.approx(0.06)
    assert risk_reversal(contracts.part(contracts.strike > 98), 100.0) is None, "the puts do not reach that delta"


def test_all_four_exposures_are_there() -> None:
    """GEX-10, SCH-14: gamma, vanna, charm and delta of a chain by hand: one call, dealers long."""
    one = OptionChain(np.array([9]), np.array([100.0]), np.array([True]), np.array([0.25]), np.array([0.2]), np.array([10.0]))
    found = gamma_summary(one, {DealerModel.NAIVE: naive_positions(one.open_interest, one.is_call)}, 100.0)
    d1 = 0.05
    density = np.exp(-(d1**2) / 2) / np.sqrt(2 * np.pi)
    assert found.models[DealerModel.NAIVE].total == pytest.approx(density / (100 * 0.1) * 10 * 100 * 100**2 * 0.01)
    assert found.delta == pytest.approx(0.519938805838 * 10 * 100 * 100, rel=1e-9)
    assert found.vanna == pytest.approx(-density * -0.05 / 0.2 * 0.01 * 10 * 100 * 100)
    assert found.charm == pytest.approx(density * -0.05 / (2 * 0.25) / 365 * 10 * 100 * 100)


def test_the_surface_of_a_golden_chain() -> None:
    """GEX-12: out of the money by moneyness; against a volatility index the gap is that of the wings."""
    strike = np.array([80.0, 90.0, 100.0, 110.0, 125.0])
    contracts = OptionChain(np.full(5, 9), strike, strike >= 100, np.full(5, 30 / 365), np.array([0.40, 0.30, 0.20, 0.22, 0.30]), np.ones(5))
    found = volatility_surface(contracts, 100.0, (-0.3, np.log(0.9), 0.0, np.log(1.1), 0.3))
    assert found.volatility[0, 1:4] == pytest.approx([0.30, 0.20, 0.22])
    assert np.isnan(found.volatility[0, [0, 4]]).all()
    expiries, moneyness, volatility = found.points(np.array([9]))
    assert expiries.tolist() == [9, 9, 9] and moneyness == pytest.approx([np.log(0.9), 0.0, np.log(1.1)])
    assert volatility == pytest.approx([0.30, 0.20, 0.22]) and found.points(np.array([8]))[0].size == 0
    month = volatility_at(term_structure(contracts, 100.0), 30 / 365)
    assert month is not None and index_gap(month, 23.5) == pytest.approx(3.5)


def test_what_cannot_be_used_is_counted_by_its_reason() -> None:
    nan = np.nan
    contracts = OptionChain(
        np.full(6, 9), np.full(6, 100.0), np.ones(6, bool), np.array([0.0, 0.1, 0.1, 0.1, 0.1, 0.1]), np.array([0.2, 0.0, nan, 0.2, 0.2, 0.2]),
        np.array([5.0, 5.0, 5.0, 0.0, nan, 5.0]),
    )  # fmt: skip
    found = usable(contracts)
    assert (found.expired, found.no_volatility, found.empty, found.no_open_interest, int(found.where.sum())) == (1, 2, 1, 1, 1)
    assert usable(contracts, np.array([False, False, False, True, True, False])).where.sum() == 3, "what traded today counts without open interest"


def test_day_counts() -> None:
    monday, saturday = 19_030, 19_028  # 2022-02-07 and 2022-02-05
    assert business_years(np.array([monday, monday + 1]), saturday).tolist() == [0.0, 1 / 262]
    assert calendar_years(np.array([86_400_000_000]), 0).tolist() == [1 / 365]


def test_positions_of_three_models() -> None:
    interest, calls = np.array([10.0, 20.0]), np.array([True, False])
    assert naive_positions(interest, calls).tolist() == [10.0, -20.0]
    assert flow_positions(np.array([5.0, 0.0]), np.array([8.0, 0.0]), np.array([1.0, 4.0])).tolist() == [-2.0, 4.0]
    before, now = np.array([10.0, 20.0, 10.0]), np.array([14.0, 10.0, 12.0])
    sides = np.array([True, False, False])
    found = opened_positions(np.array([10.0, -20.0, -10.0]), before, now, np.array([30.0, 0.0, 0.0]), np.array([10.0, 0.0, 0.0]), sides)
    assert found.tolist() == [10 - 4 * 0.5, -10.0, -12.0]


@pytest.mark.parametrize(
    ("drift", "level"), [(None, "CLEARED"), (0.10, "CLEARED"), (0.101, "WARN"), (-0.25, "WARN"), (0.251, "BLOCK"), (-1.0, "BLOCK")]
)
def test_drift_has_two_levels(drift: float | None, level: str) -> None:
    """C-10, C-24, OVR-04."""
    assert drift_level(drift, 0.10, 0.25) is AlertLevel(level)
    assert relative_drift(90.0, 100.0, 50.0) == -0.2
    assert relative_drift(1.0, 1.0, 0.0) is None


def test_a_model_is_judged_by_the_next_day() -> None:
    said = {"flip": 95.0, "call_wall": 105.0, "put_wall": 97.0, "move": 2.0}
    assert judge(DayPrices(100, 102, 98, 101), 100.0, 5.0, **said) == Verdict(True, True, True)
    assert judge(DayPrices(100, 106, 94, 94), 100.0, 5.0, **said) == Verdict(False, False, False)
    assert judge(DayPrices(100, 106, 94, 94), 100.0, -5.0, **said).calm_was_right is True
    nothing = {"flip": None, "call_wall": None, "put_wall": 97.0, "move": None}
    assert judge(DayPrices(100, 102, 98, 101), 100.0, 5.0, **nothing) == Verdict(None, None, None)
