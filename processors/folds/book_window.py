"""Numbers of the snapshots of the last seconds, until a tick has passed them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from processors.calc.book_pressure import pressure
from processors.calc.depth import BookSides, book_numbers
from processors.calc.packed import Layout
from processors.calc.rolling_mean import time_weighted_mean
from schemas.records import BookLevel, BookSnapshot, DepthMode

MODES = tuple(DepthMode)
_MOST_ROWS = 512  # of a feed that runs ahead of the ticks only the newest snapshots are kept


class BookRow(NamedTuple):
    """One snapshot; NaN where a number is not known."""

    taken_at: int  # microseconds UTC: the book stood like this at that moment
    changed_at: int  # its last change
    mode: int
    generation: int
    sequence: int
    updates: float
    bid_price: float  # US dollars
    ask_price: float
    bid_size_5: float  # shares
    ask_size_5: float
    spread_bps: float
    imbalance_5: float
    imbalance_10: float
    microprice: float
    pressure: float


BOOKS = Layout(BookRow)


def row_of(book: BookSnapshot) -> BookRow:
    """Return a snapshot's numbers."""
    bids, asks = _side(book.bids), _side(book.asks)
    numbers = book_numbers(bids, asks)
    return BookRow(
        book.ts_event + book.age_ms * 1_000, book.ts_event, MODES.index(book.mode), book.generation, book.sequence,
        float("nan") if book.update_count is None else float(book.update_count),
        *(float(column[0]) for column in (*numbers, pressure(bids, asks))),
    )  # fmt: skip


def append(books: bytes, row: BookRow) -> bytes:
    """Add a snapshot."""
    return (books + BOOKS.pack(*row))[-_MOST_ROWS * BOOKS.row_size :]


def newest_before(books: bytes, tick_us: int) -> BookRow | None:
    """Return the newest snapshot that was taken before the tick."""
    passed, _ = BOOKS.part(books, tick_us)
    return BOOKS.last(passed) if passed else None


def rolling_imbalance(books: bytes, tick_us: int, length_us: int) -> float:
    """Return the time-weighted mean of the imbalance over the window that ends at the tick; NaN without any."""
    passed, _ = BOOKS.part(books, tick_us)
    rows = np.frombuffer(passed, BOOKS.dtype)
    return float(time_weighted_mean(rows["taken_at"], rows["imbalance_5"], np.array([tick_us]), length_us)[0])


def forget(books: bytes, tick_us: int, length_us: int) -> bytes:
    """Drop what no later window needs; the newest snapshot before the tick stays."""
    passed, waiting = BOOKS.part(books, tick_us)
    if not passed:
        return books
    _, needed = BOOKS.part(passed, tick_us - 2 * length_us)
    return (needed or BOOKS.pack(*BOOKS.last(passed))) + waiting


def _side(levels: tuple[BookLevel, ...]) -> BookSides:
    return BookSides(np.array([0, len(levels)]), np.array([level.price for level in levels]), np.array([level.size for level in levels]))
