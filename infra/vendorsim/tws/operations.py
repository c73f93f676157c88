"""Depth operations: how TWS tells a change of a book, row by row and by position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

INSERT, UPDATE, DELETE = 0, 1, 2
ASK, BID = 0, 1


class Level(NamedTuple):
    """One row of one side."""

    price: float
    size: float
    market_maker: str = ""


class SimulatedBook(NamedTuple):
    """Both sides, best first."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class DepthOperation(NamedTuple):
    """One message: operation 0 inserts, 1 updates, 2 deletes; side 0 is ask, 1 bid."""

    position: int
    operation: int
    side: int
    level: Level


def operations(before: SimulatedBook, after: SimulatedBook) -> Iterator[DepthOperation]:
    """Return what turns one book into the next: rows that went are deleted, new ones inserted where they belong, others updated."""
    yield from _side_operations(before.asks, after.asks, ASK)
    yield from _side_operations(before.bids, after.bids, BID)


def _side_operations(before: Sequence[Level], after: Sequence[Level], side: int) -> Iterator[DepthOperation]:
    rows = list(before)
    wanted = {(level.price, level.market_maker) for level in after}
    for position in range(len(rows) - 1, -1, -1):
        if (rows[position].price, rows[position].market_maker) not in wanted:
            gone = rows.pop(position)
            yield DepthOperation(position, DELETE, side, Level(gone.price, 0.0, gone.market_maker))
    for position, level in enumerate(after):
        there = rows[position] if position < len(rows) else None
        if there == level:
            continue
        if there is not None and (there.price, there.market_maker) == (level.price, level.market_maker):
            rows[position] = level
            yield DepthOperation(position, UPDATE, side, level)
        else:
            rows.insert(position, level)
            yield DepthOperation(position, INSERT, side, level)
