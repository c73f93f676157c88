"""Captured depth as a source of operations: what came is played as it came, one step a turn."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import orjson

from infra.vendorsim.market_events import TapeTrade
from infra.vendorsim.tws.book_source import DepthPlayer
from infra.vendorsim.tws.listings import Listed
from infra.vendorsim.tws.market import Computed, Level1
from infra.vendorsim.tws.operations import DepthOperation, Level, SimulatedBook, operations

_LOBSTER_PRICE = 10_000
_LOBSTER_EMPTY = 9_999_999_999


def lobster_books(path: Path) -> list[SimulatedBook]:
    """Read an order book file of LOBSTER: a row is ask price, ask size, bid price, bid size, level by level; prices times 10,000."""
    with path.open(newline="") as file:
        rows = [[int(cell) for cell in row] for row in csv.reader(file)]

    def side(row: Sequence[int], first: int) -> tuple[Level, ...]:
        pairs = zip(row[first::4], row[first + 1 :: 4], strict=True)
        return tuple(Level(price / _LOBSTER_PRICE, float(size)) for price, size in pairs if abs(price) != _LOBSTER_EMPTY)

    return [SimulatedBook(bids=side(row, 2), asks=side(row, 0)) for row in rows]


def steps_of(books: Sequence[SimulatedBook]) -> list[list[DepthOperation]]:
    """Return the operations that lead from an empty book through all of these, a step a book."""
    return [list(operations(before, after)) for before, after in pairwise([SimulatedBook((), ()), *books])]


def captured_steps(path: Path) -> list[list[DepthOperation]]:
    """Read a file of operations recorded at IBKR: a list of ``{"time", "ticks": [{"position", "operation", "side", ...}]}``."""
    return [
        [
            DepthOperation(tick["position"], tick["operation"], tick["side"], Level(tick["price"], tick["size"], tick["marketMaker"]))
            for tick in entry["ticks"]
        ]
        for entry in orjson.loads(path.read_bytes())
    ]


class CapturedBooks:
    """Plays captured steps to every subscriber of their symbol.

    Parameters
    ----------
    steps
        By symbol; each turn sends one step.
    """

    def __init__(self, steps: dict[str, list[list[DepthOperation]]]) -> None:
        self._steps = steps

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self._steps)

    def listed(self, wanted: Sequence[str], now_ms: int) -> list[Listed]:
        """Return the contract that was captured, in the words of the request."""
        _, ticker, kind, _, _, _, _, exchange, _, currency, _, _ = wanted
        name = {"CASH": f"{ticker}.{currency}", "CRYPTO": f"{ticker}-{currency}"}.get(kind, ticker)
        return [Listed(name, ticker, kind, (exchange,), currency, 0.01)] if name in self._steps else []

    def level1(self, each: Listed, now_ms: int) -> Level1 | None:
        """Return None: the capture has depth alone."""

    def trades(self, each: Listed, start_ms: int, end_ms: int) -> Sequence[TapeTrade]:
        """Return nothing: the capture has depth alone."""
        return ()

    def computed(self, each: Listed, now_ms: int) -> Computed | None:
        """Return None: the capture has depth alone."""

    def chain_of(self, ticker: str) -> tuple[list[date], list[float]]:
        """Return nothing: the capture has depth alone."""
        return [], []

    def player(self, each: Listed, rows: int, smart: bool) -> DepthPlayer:
        return _CapturedPlayer(self._steps[each.name])


class _CapturedPlayer:
    def __init__(self, steps: Sequence[Sequence[DepthOperation]]) -> None:
        self._left = iter(steps)

    def due(self, now_ms: int) -> Sequence[DepthOperation]:
        return next(self._left, ())
