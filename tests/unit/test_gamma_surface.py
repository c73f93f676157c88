"""The surface of volatilities that stage.gamma tells with a profile, and its gap to the volatility index (GEX-12)."""

from __future__ import annotations

from datetime import timedelta
from math import exp

import pytest

from schemas.records import (
    VolatilityMeasure,
    VolatilityPoint,
)
from tests.support.gamma_world import (
    DAY,
    EXPIRIES,
    OPEN,
    SECOND,
    SPOT,
    SYMBOL,
    GammaWorld,
    at,
    bar,
    days,
    profile_of,
    stamps,
    started,
    whole_chain,
)

MINUTE = 60 * SECOND


def index_close(back: int, close: float) -> VolatilityPoint:
    return VolatilityPoint(
        symbol=SYMBOL, **{**stamps(OPEN), "source": "fred"}, session_date=days(DAY) - back, measure=VolatilityMeasure.VOLATILITY_INDEX,
        implied_volatility=close / 100,
    )  # fmt: skip


def test_the_profile_carries_the_surface_of_its_expiries() -> None:
    """GEX-12: golden, the smile of the chain: 18 % at the money, 0.4 more for each unit of distance; nothing beyond the strikes."""
    found = profile_of(started().tick(OPEN))
    points = list(zip(found.surface_expiries, found.surface_moneyness, found.surface_volatility, strict=True))
    assert {expiry for expiry, _, _ in points} == set(found.expiries) == {days(expiry) for expiry in EXPIRIES}
    assert {moneyness for _, moneyness, _ in points} == {-0.05, -0.025, 0.0, 0.025, 0.05}, "strikes reach 8.5 % to either side"
    for _, moneyness, volatility in points:
        assert volatility == pytest.approx(0.18 + 0.4 * abs(exp(moneyness) - 1), abs=2e-4), "linear in ln(strike) between strikes of 2 USD"
    assert len(points) == 3 * 5


def test_the_gap_to_the_volatility_index_is_that_of_its_session() -> None:
    """GEX-12: golden, 19.4 points on a session whose 30-day volatility at the money was 18 %: the wings cost 1.4 points."""
    world = started()
    assert profile_of(world.tick(OPEN)).volatility_index is None, "none came"
    world.take(index_close(1, 18.2))
    before = profile_of(world.tick(OPEN + MINUTE))
    assert (before.volatility_index, before.volatility_index_session) == (pytest.approx(18.2), days(DAY) - 1)
    assert before.volatility_index_gap is None, "nobody knows our volatility of that session"
    second_day = DAY + timedelta(days=1)
    morning = at("10:00:00", second_day)
    world.take(bar(morning - SECOND, SPOT), index_close(0, 19.4), index_close(1, 18.2))
    found = profile_of(world.tick(morning))
    assert (found.volatility_index, found.volatility_index_session) == (pytest.approx(19.4), days(DAY)), "the newest session counts"
    assert found.volatility_index_gap == pytest.approx(1.4, abs=1e-4) and "index_gap_vendor" not in found.flags


def test_the_gap_of_a_session_before_ours_is_the_vendors_and_says_so() -> None:
    world = started()
    vendor = VolatilityPoint(
        symbol=SYMBOL, **stamps(OPEN), session_date=days(DAY) - 1, measure=VolatilityMeasure.IV_RANK, implied_volatility=0.16
    )  # fmt: skip
    world.take(vendor, index_close(1, 18.2))
    found = profile_of(world.tick(OPEN))
    assert found.volatility_index_gap == pytest.approx(2.2) and "index_gap_vendor" in found.flags


def test_an_index_that_comes_before_the_chain_is_kept() -> None:
    world = GammaWorld()
    world.take(index_close(1, 18.2))
    assert world.tick(OPEN) == [], "no chain, no profile"
    world.take(*whole_chain(OPEN + SECOND), bar(OPEN + SECOND, SPOT))
    assert profile_of(world.tick(OPEN + MINUTE)).volatility_index == pytest.approx(18.2)
