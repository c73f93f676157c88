"""Numbers of one order book snapshot."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.numbers.number import DATA, Compared, number
from processors.calc import depth
from processors.calc.depth import BookNumbers, BookSides, book_numbers

_BOOK = "l2/lobster_aapl_1000/AAPL_2012-06-21_34200000_57600000_orderbook_10.csv"
_LEVELS = 10
_UNIT_USD = 1e-4
_COLUMNS = [f"{side}_{kind}_{level}" for level in range(_LEVELS) for side in ("ask", "bid") for kind in ("price", "size")]
_PROOF: Any = {"reference": "pandas, row by row", "data": "LOBSTER AAPL 2012-06-21, 10 levels", "tolerance": 1e-9, "needs": (_BOOK,)}


@lru_cache
def _frame() -> pd.DataFrame:
    return pd.read_csv(DATA / _BOOK, header=None, names=_COLUMNS).astype(float)


@lru_cache
def _ours() -> BookNumbers:
    frame = _frame()

    def side(name: str) -> BookSides:
        price = frame[[f"{name}_price_{level}" for level in range(_LEVELS)]].to_numpy() * _UNIT_USD
        size = frame[[f"{name}_size_{level}" for level in range(_LEVELS)]].to_numpy()
        return BookSides(np.arange(len(frame) + 1) * _LEVELS, price.ravel(), size.ravel())

    return book_numbers(side("bid"), side("ask"))


def _size(name: str, levels: int) -> pd.Series[float]:
    return _frame()[[f"{name}_size_{level}" for level in range(levels)]].sum(axis=1)


@number(title="Imbalance of the 5 best levels", unit="share, -1 to 1", of=depth.imbalance, **_PROOF)
def imbalance_5() -> Compared:
    return _ours().imbalance_5, (_size("bid", 5) - _size("ask", 5)) / (_size("bid", 5) + _size("ask", 5))


@number(title="Imbalance of the 10 best levels", unit="share, -1 to 1", of=depth.imbalance, **_PROOF)
def imbalance_10() -> Compared:
    return _ours().imbalance_10, (_size("bid", 10) - _size("ask", 10)) / (_size("bid", 10) + _size("ask", 10))


@number(title="Spread", unit="basis points of the mid price", of=depth.spread_bps, **_PROOF)
def spread() -> Compared:
    frame = _frame()
    return _ours().spread_bps, (frame.ask_price_0 - frame.bid_price_0) / (frame.ask_price_0 + frame.bid_price_0) * 20_000


@number(title="Microprice", unit="US dollars", of=depth.microprice, **_PROOF)
def microprice() -> Compared:
    frame = _frame()
    weighted = frame.bid_price_0 * frame.ask_size_0 + frame.ask_price_0 * frame.bid_size_0
    return _ours().microprice, weighted / (frame.bid_size_0 + frame.ask_size_0) * _UNIT_USD
