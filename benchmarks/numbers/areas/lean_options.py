"""LEAN's option universes: its greeks by its volatilities, and volatilities of its prices against QuantLib's.

LEAN's own volatilities cannot be the reference: they do not fit the prices beside them (`tests/realdata/test_lean_volatilities.py`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.numbers.number import DATA, Compared, number
from benchmarks.numbers.quantlib_volatility import quantlib_volatility
from infra.files.chain_file import EPOCH_ORDINAL
from infra.files.option_chains import read_chain
from processors.calc.black_scholes import Greeks, greeks, implied_volatility

_LEAN = "options/lean/universes/aapl/20140602.csv"
TWX = tuple(f"options/lean/universes/twx/{day}.csv" for day in ("20140604", "20140605", "20140606", "20140609", "20140610"))
_RATE, _YIELD = 0.0025, 0.02
_NEAR = 0.15


def _by_their_volatility() -> tuple[Any, Greeks]:
    chain = read_chain(DATA / _LEAN)
    day = date(2014, 6, 2).toordinal() - EPOCH_ORDINAL
    frame = pd.DataFrame(chain.rows)
    frame["years"] = (frame.expiry - day - 16 / 24) / 365
    used = (frame.implied_volatility > 0) & (frame.gamma > 0) & frame.delta.abs().between(0.2, 0.8) & (frame.expiry - day).between(6, 99)
    frame = frame[used].copy()
    # Lean's spot is not in the file: that of each expiry follows from vega / gamma = spot^2 x volatility x years.
    frame["spot"] = np.sqrt(100 * frame.vega / (frame.gamma * frame.implied_volatility * frame.years))
    spot = frame.groupby("expiry").spot.transform("median").to_numpy()
    columns = (frame[name].to_numpy() for name in ("strike", "years", "implied_volatility", "is_call"))
    return frame, greeks(spot, *columns, rate=_RATE, dividend_yield=_YIELD)


@number(
    title="Delta by LEAN's volatility, median difference", unit="-1 to 1", of=greeks, reference="LEAN's own, an American tree", tolerance=0.02,
    data="LEAN option universe AAPL 2014-06-02, 383 contracts", needs=(_LEAN,),
)  # fmt: skip
def lean_delta() -> Compared:
    frame, ours = _by_their_volatility()
    return [float(np.median(np.abs(ours.delta - frame.delta)))], [0.0]


@number(
    title="Gamma and vega by LEAN's volatility, median share of the difference", unit="a share", of=greeks, reference="LEAN's own, an American tree",
    data="LEAN option universe AAPL 2014-06-02, 383 contracts", tolerance=0.02, needs=(_LEAN,),
)  # fmt: skip
def lean_gamma() -> Compared:
    frame, ours = _by_their_volatility()
    return [float(np.median(np.abs(mine / theirs - 1))) for mine, theirs in ((ours.gamma, frame.gamma), (ours.vega, frame.vega))], [0.0, 0.0]


@number(
    title="Implied volatility of closing prices", unit="a year, a fraction", of=implied_volatility, reference="QuantLib blackFormulaImpliedStdDev",
    data="LEAN option universes of TWX, 2014-06-04 to 2014-06-10, strikes within 15 % of the close", tolerance=1e-8, needs=TWX,
)  # fmt: skip
def lean_volatility() -> Compared:
    ours, theirs = list[float](), list[float]()
    for name in TWX:
        near = near_the_money(name)
        columns = [near[column].to_numpy() for column in ("close", "spot", "strike", "years", "is_call")]
        ours += implied_volatility(*columns, rate=_RATE, dividend_yield=_YIELD).tolist()
        theirs += [quantlib_volatility(*row, rate=_RATE, dividend_yield=_YIELD) for row in zip(*columns, strict=True)]
    return ours, theirs


def near_the_money(name: str) -> pd.DataFrame:
    """Return the contracts of a universe near the close of their underlying, a week or more to live, with a price that a volatility gives."""
    frame = pd.read_csv(DATA / name).rename(columns=lambda column: column.removeprefix("#"))
    spot, options = float(frame.close.iloc[0]), frame.iloc[1:].copy()
    options["years"] = (pd.to_datetime(options.expiry.astype(int).astype(str)) - pd.Timestamp(Path(name).stem)).dt.days / 365
    options["spot"], options["is_call"] = spot, options["right"] == "C"
    forward = spot * np.exp((_RATE - _YIELD) * options.years)
    sign = np.where(options.is_call, 1.0, -1.0)
    least = np.exp(-_RATE * options.years) * np.maximum(sign * (forward - options.strike), 0.0)
    # A cent of time value: of a price at the edge of what is possible no two solvers agree on the last digits.
    chosen = options.strike.between(spot * (1 - _NEAR), spot * (1 + _NEAR)) & (options.years > 7 / 365) & (options.close > least + 0.01)
    near: pd.DataFrame = options[chosen]
    return near
