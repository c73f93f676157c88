"""IBK-29: yields of bond futures, the dollar, VIX against VX; each equal to a reference, and told as quotes come."""

from __future__ import annotations

from dataclasses import replace

import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from infra.regime_settings import MacroGaugeSettings
from processors.calc.macro_gauges import NOTIONAL_YEARS, basis_percent, bond_price, change_percent, notional_yield
from processors.macro_gauges import MacroGauges
from schemas import catalog, golden_examples
from schemas.records import BrokerQuote, MacroGauge, MacroGaugeKind

NOW = 1_750_431_600_000_000
SECOND = 1_000_000


def reference_yield(price: float, years: int) -> float:
    """QuantLib's yield of a 6 % bond with whole years left, on a coupon day."""
    day = ql.Date(15, 5, 2025)
    ql.Settings.instance().evaluationDate = day
    calendar, convention = ql.NullCalendar(), ql.Unadjusted
    ends, half_years = day + ql.Period(years, ql.Years), ql.Period(ql.Semiannual)
    schedule = ql.Schedule(day, ends, half_years, calendar, convention, convention, ql.DateGeneration.Backward, False)
    bond = ql.FixedRateBond(0, 100.0, schedule, [0.06], ql.Thirty360(ql.Thirty360.BondBasis))
    quoted = ql.BondPrice(price, ql.BondPrice.Clean)
    return float(bond.bondYield(quoted, ql.Thirty360(ql.Thirty360.BondBasis), ql.Compounded, ql.Semiannual, day, 1e-12, 1_000))


@pytest.mark.parametrize("years", NOTIONAL_YEARS.values())
@pytest.mark.parametrize("price", [82.5, 100.0, 110.703125, 112.5, 139.0])
def test_a_yield_is_that_of_quantlib(price: float, years: int) -> None:
    assert notional_yield(price, years) == pytest.approx(reference_yield(price, years), abs=1e-9)


@given(st.floats(-0.05, 0.3), st.sampled_from(sorted(NOTIONAL_YEARS.values())))
def test_price_and_yield_turn_into_each_other(rate: float, years: int) -> None:
    assert notional_yield(bond_price(rate, years), years) == pytest.approx(rate, abs=1e-9)


def test_impossible_prices_have_no_gauge() -> None:
    assert notional_yield(0.001, 10) is None and notional_yield(1e9, 2) is None
    assert change_percent(99.0, None) is None and change_percent(99.0, 100.0) == pytest.approx(-1.0)
    assert basis_percent(0.0, 18.0) is None and basis_percent(16.0, 18.0) == pytest.approx(12.5)


def quote(symbol: str, at_us: int = NOW, *, mid: float | None = None, last: float | None = None, close: float | None = None) -> BrokerQuote:
    example = golden_examples.load(catalog.topic("broker.quotes"))["typical"]
    assert isinstance(example, BrokerQuote)
    sides = (None, None) if mid is None else (mid - 0.25, mid + 0.25)
    return replace(
        example, symbol=symbol, ts_event=at_us, bid_price=sides[0], ask_price=sides[1], last_price=last, close_price=close, is_crossed=False,
        is_halted=None,
    )  # fmt: skip


def told(*quotes: BrokerQuote) -> list[MacroGauge]:
    gauges = MacroGauges(MacroGaugeSettings())
    return [gauge for one in quotes for gauge in gauges.take(one)]


def test_each_future_becomes_its_gauge() -> None:
    found = told(quote("ZB", mid=112.5), quote("ZN", mid=110.75), quote("DX", mid=98.0, close=100.0), quote("ES", mid=6000.0))
    assert [(one.gauge, one.kind) for one in found] == [
        ("yield_30y", MacroGaugeKind.BOND_YIELD), ("yield_10y", MacroGaugeKind.BOND_YIELD), ("dollar", MacroGaugeKind.DOLLAR_STRENGTH),
    ]  # fmt: skip
    assert found[0].percent == pytest.approx(100 * reference_yield(112.5, 30)) and found[2].percent == pytest.approx(-2.0)
    assert (found[1].input_symbols, found[1].input_prices) == (("ZN",), (110.75,))


def test_cash_and_future_are_compared_while_both_are_fresh() -> None:
    (basis,) = told(quote("VIX", last=16.0), quote("VX", NOW + 2 * SECOND, mid=18.0))
    assert (basis.gauge, basis.percent, basis.input_age_ms, basis.ts_event) == ("vix_basis", pytest.approx(12.5), 2_000, NOW + 2 * SECOND)
    assert told(quote("VIX", last=16.0), quote("VX", NOW + 61 * SECOND, mid=18.0)) == []
    assert told(quote("VIX", last=16.0), replace(quote("VX", mid=18.0), is_crossed=True)) == []
    assert told(quote("VIX"), quote("VX", mid=18.0)) == [], "no price is no zero"


def test_a_gauge_is_told_at_most_every_five_seconds() -> None:
    found = told(*(quote("ZN", NOW + second * SECOND, mid=110.0 + second) for second in range(11)))
    assert [one.ts_event - NOW for one in found] == [0, 5 * SECOND, 10 * SECOND]


def test_a_dollar_without_a_close_has_no_strength() -> None:
    assert told(quote("DX", mid=98.0)) == []
