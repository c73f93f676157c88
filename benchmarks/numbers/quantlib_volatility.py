"""The volatility that QuantLib finds in an option's price: what ours are compared with."""

from __future__ import annotations

import math

import QuantLib as ql

_GUESS, _ACCURACY, _STEPS = 0.25, 1e-13, 1000


def quantlib_volatility(
    price: float, spot: float, strike: float, years: float, is_call: bool, *, rate: float, dividend_yield: float
) -> float:
    """Return the volatility a year, a fraction; rates are a year, continuously compounded."""
    right = ql.Option.Call if is_call else ql.Option.Put
    forward, discount = spot * math.exp((rate - dividend_yield) * years), math.exp(-rate * years)
    deviation = ql.blackFormulaImpliedStdDev(right, float(strike), float(forward), float(price), discount, 0.0, _GUESS, _ACCURACY, _STEPS)
    return float(deviation) / math.sqrt(years)
