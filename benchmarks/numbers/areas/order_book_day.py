"""A whole day of book numbers row by row: LOBSTER's AMZN, in the order of the rows, never of the times."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd

from benchmarks.numbers.number import DATA, Compared, number
from infra.cli.book_day import BookDay, read_day
from processors.calc import book_pressure, depth
from processors.calc.liquidity_grade import liquidity_grade
from processors.calc.rolling_mean import time_weighted_mean

_FOLDER = "l2/lobster"
_EMPTY = 9_999_999_999


def _needs(levels: int) -> str:
    return f"{_FOLDER}/LOBSTER_SampleFile_AMZN_2012-06-21_{levels}.zip"


def _day(levels: int) -> dict[str, Any]:
    return {
        "reference": "pandas, row by row", "data": f"LOBSTER AMZN 2012-06-21, level {levels} file, every message", "tolerance": 1e-6,
        "needs": (_needs(levels),),
    }  # fmt: skip


@lru_cache
def _ours(levels: int) -> BookDay:
    return read_day(DATA / _needs(levels))


@lru_cache
def _frame(levels: int) -> pd.DataFrame:
    names = [f"{side}_{kind}_{level}" for level in range(levels) for side in ("ask", "bid") for kind in ("price", "size")]
    with ZipFile(DATA / _needs(levels)) as archive:
        stem = f"AMZN_2012-06-21_34200000_57600000_{{}}_{levels}.csv"
        book = pd.read_csv(io.BytesIO(archive.read(stem.format("orderbook"))), header=None, names=names).astype(float)
        book["second"] = pd.read_csv(io.BytesIO(archive.read(stem.format("message"))), header=None)[0].to_numpy()
    for level in range(levels):
        for side in ("ask", "bid"):
            nobody = book[f"{side}_price_{level}"].abs() == _EMPTY
            book.loc[nobody, f"{side}_price_{level}"] = np.nan
            book.loc[nobody, f"{side}_size_{level}"] = 0.0
    return book


def _sides(levels: int, weights: list[float]) -> tuple[pd.Series[float], pd.Series[float]]:
    frame = _frame(levels)
    bids, asks = (sum((frame[f"{side}_size_{level}"] * weight for level, weight in enumerate(weights)), pd.Series(0.0, frame.index))
                  for side in ("bid", "ask"))  # fmt: skip
    return bids, asks


def _imbalance(levels: int, weights: list[float]) -> pd.Series[float]:
    bids, asks = _sides(levels, weights)
    return ((bids - asks) / (bids + asks)).where((bids > 0) & (asks > 0))


def _rolling(levels: int) -> pd.Series[float]:
    """Integrate the step function between the window's ends, with pandas' cumulative sums and an as-of join."""
    frame = _frame(levels)
    at = (frame.second * 1e6).round().astype("int64")
    value = _imbalance(levels, [1.0] * levels)
    steps = pd.DataFrame({"at": at, "value": value}).groupby("at", as_index=False).last()
    steps["area"] = (steps.value * (steps["at"].shift(-1) - steps["at"])).cumsum().shift(1).fillna(0.0)
    wanted = pd.DataFrame({"at": at, "before": at - 3_000_000})
    ends = pd.merge_asof(wanted, steps, on="at")
    end = ends.area  # at a message the area up to it is complete
    starts = pd.merge_asof(wanted[["before"]], steps, left_on="before", right_on="at")
    start = (starts.area + starts.value * (starts.before - starts["at"])).fillna(0.0)
    span = (at - np.maximum(at - 3_000_000, at.iloc[0])).astype(float)
    return ((end - start) / span).where(span > 0)


@number(title="AMZN level 5: spread", unit="basis points of the mid price", of=depth.spread_bps, **_day(5))
def amzn_spread() -> Compared:
    frame = _frame(5)
    return _ours(5).spread_bps, (frame.ask_price_0 - frame.bid_price_0) / (frame.ask_price_0 + frame.bid_price_0) * 20_000


@number(title="AMZN level 5: imbalance of 5 levels", unit="share, -1 to 1", of=depth.imbalance, **_day(5))
def amzn_imbalance() -> Compared:
    return _ours(5).imbalance_5, _imbalance(5, [1.0] * 5)


@number(title="AMZN level 5: pressure", unit="share, -1 to 1", of=book_pressure.pressure, **_day(5))
def amzn_pressure() -> Compared:
    return _ours(5).pressure, _imbalance(5, [1 / place for place in range(1, 6)])


@number(title="AMZN level 5: microprice", unit="US dollars", of=depth.microprice, **_day(5))
def amzn_microprice() -> Compared:
    frame = _frame(5)
    weighted = frame.bid_price_0 * frame.ask_size_0 + frame.ask_price_0 * frame.bid_size_0
    return _ours(5).microprice, weighted / (frame.bid_size_0 + frame.ask_size_0) / 10_000


@number(title="AMZN level 5: imbalance over 3 s, time-weighted", unit="share, -1 to 1", of=time_weighted_mean, **_day(5))
def amzn_rolling() -> Compared:
    return _ours(5).imbalance_3s, _rolling(5)


@number(title="AMZN level 5: liquidity grade", unit="A 0, B 1, C 2, D 3", of=liquidity_grade, **{**_day(5), "tolerance": 0.0})
def amzn_grade() -> Compared:
    frame = _frame(5)
    bids, asks = _sides(5, [1.0] * 5)
    weaker = np.minimum(bids, asks)
    spread = (frame.ask_price_0 - frame.bid_price_0) / (frame.ask_price_0 + frame.bid_price_0) * 20_000
    usable = (weaker > 0) & (spread <= 50)
    expected = np.select([~usable, (spread < 5) & (weaker > 1_000), (spread < 10) & (weaker > 500)], [3, 0, 1], 2)
    grades = _ours(5).grade
    assert grades is not None
    return np.array(["ABCD".index(grade) for grade in grades.tolist()]), expected


@number(title="AMZN level 1: spread", unit="basis points of the mid price", of=depth.spread_bps, **_day(1))
def amzn_best_spread() -> Compared:
    frame = _frame(1)
    return _ours(1).spread_bps, (frame.ask_price_0 - frame.bid_price_0) / (frame.ask_price_0 + frame.bid_price_0) * 20_000


@number(title="AMZN level 1: imbalance of the best level", unit="share, -1 to 1", of=depth.imbalance, **_day(1))
def amzn_best_imbalance() -> Compared:
    return _ours(1).imbalance_1, _imbalance(1, [1.0])


@number(title="AMZN level 1: microprice", unit="US dollars", of=depth.microprice, **_day(1))
def amzn_best_microprice() -> Compared:
    frame = _frame(1)
    weighted = frame.bid_price_0 * frame.ask_size_0 + frame.ask_price_0 * frame.bid_size_0
    return _ours(1).microprice, weighted / (frame.bid_size_0 + frame.ask_size_0) / 10_000


@number(title="AMZN level 1: imbalance over 3 s, time-weighted", unit="share, -1 to 1", of=time_weighted_mean, **_day(1))
def amzn_best_rolling() -> Compared:
    return _ours(1).imbalance_3s, _rolling(1)
