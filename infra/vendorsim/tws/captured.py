"""Captured depth as a source of operations: what came is played as it came, one step a turn."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import orjson

from infra.vendorsim.market_events import TapeQuote, TapeTrade
from infra.vendorsim.tws.book_source import DepthPlayer
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

    def quote(self, symbol: str, now_ms: int) -> TapeQuote | None:
        """Return None: the capture has depth alone."""

    def trades(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[TapeTrade]:
        """Return nothing: the capture has depth alone."""
        return ()

    def player(self, symbol: str, rows: int, smart: bool) -> DepthPlayer:
        return _CapturedPlayer(self._steps[symbol])


class _CapturedPlayer:
    def __init__(self, steps: Sequence[Sequence[DepthOperation]]) -> None:
        self._left = iter(steps)

    def due(self, now_ms: int) -> Sequence[DepthOperation]:
        return next(self._left, ())
