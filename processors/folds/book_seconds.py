"""What each of the newest seconds brought to a book: updates, trades, the imbalance it ended with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.packed import Layout

KEPT = 180  # seconds
_LONGEST_REST = 3  # seconds without a snapshot of a book that stays open: it did not change


class BookSecond(NamedTuple):
    """A second with a book."""

    second: int  # since the epoch
    updates: float  # NaN where they were not counted
    imbalance: float  # of the five best levels, at its end; NaN when a side was empty


class TradeSecond(NamedTuple):
    """A second with trades."""

    second: int
    trades: float


SECONDS = Layout(BookSecond)
TRADES = Layout(TradeSecond)


def add_book(seconds: bytes, second: int, updates: float, imbalance: float) -> bytes:
    """Add a snapshot; one of a second before the newest is left out."""
    if not seconds:
        return SECONDS.pack(second, updates, imbalance)
    last = SECONDS.last(seconds)
    if second < last.second:
        return seconds
    if second == last.second:
        return seconds[: -SECONDS.row_size] + SECONDS.pack(second, last.updates + updates, imbalance)
    resting = range(last.second + 1, second) if second - last.second <= _LONGEST_REST else ()
    added = b"".join(SECONDS.pack(each, 0.0, last.imbalance) for each in resting)
    return (seconds + added + SECONDS.pack(second, updates, imbalance))[-KEPT * SECONDS.row_size :]


def add_trades(trades: bytes, second: int, count: float) -> bytes:
    """Add a second's trades; of equal seconds the first counts."""
    if trades and second <= TRADES.last(trades).second:
        return trades
    return (trades + TRADES.pack(second, count))[-KEPT * TRADES.row_size :]


def counts_before(seconds: bytes, trades: bytes, before: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return updates and trades of each second with a book before a second, oldest first; the newest must reach up to it."""
    rows = np.frombuffer(seconds, SECONDS.dtype)
    rows = rows[rows["second"] < before]
    traded = np.frombuffer(trades, TRADES.dtype)
    if not len(traded):
        return rows["updates"], np.zeros(len(rows))
    place = np.minimum(np.searchsorted(traded["second"], rows["second"]), len(traded) - 1)
    return rows["updates"], np.where(traded["second"][place] == rows["second"], traded["trades"][place], 0.0)


def imbalances(seconds: bytes, first: int, end: int) -> npt.NDArray[np.float64]:
    """Return the imbalances of the known seconds in ``[first, end)``."""
    rows = np.frombuffer(seconds, SECONDS.dtype)
    values: npt.NDArray[np.float64] = rows["imbalance"][(rows["second"] >= first) & (rows["second"] < end)]
    return values
