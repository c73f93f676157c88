"""What LEAN's option universes say of volatility: their own column does not fit the prices beside it, so it proves nothing about ours."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.numbers.areas.lean_options import TWX, near_the_money
from benchmarks.numbers.number import DATA
from processors.calc.black_scholes import greeks, implied_volatility

pytestmark = pytest.mark.skipif(not (DATA / TWX[0]).exists(), reason="no LEAN universes")


@pytest.mark.parametrize("name", TWX)
def test_ours_give_the_prices_back_and_leans_own_do_not(name: str) -> None:
    near = near_the_money(name)
    near = near[near.implied_volatility > 0]
    price, spot, strike, years, is_call = (near[column].to_numpy() for column in ("close", "spot", "strike", "years", "is_call"))
    ours = implied_volatility(price, spot, strike, years, is_call)
    assert len(near) > 5 and 0.15 < np.nanmedian(ours) < 0.30, "what TWX had in June 2014"
    assert np.nanmax(np.abs(greeks(spot, strike, years, ours, is_call).value - price)) < 1e-6
    theirs = greeks(spot, strike, years, near.implied_volatility.to_numpy(), is_call).value
    assert near.implied_volatility.median() > 0.5 and np.median(theirs / price) > 1.5
