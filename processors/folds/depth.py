"""Depth numbers of each order book snapshot; an update of an older subscription is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from infra.errors import Permanent
from infra.settings import Form
from processors.array_fold import FoldRows, Index, Rows, Values
from processors.calc.depth import BookNumbers, BookSides, book_numbers
from schemas.record import Record
from schemas.records import BookSnapshot, DepthMode

_MODES = tuple(DepthMode)
_NUMBERS = [(name, "<f8") for name in BookNumbers._fields]


class NewestBook:
    """What is known of a symbol's subscription."""

    __slots__ = ("dropped", "generation", "sequence")

    def __init__(self, row: np.void) -> None:
        values: Any = row.item()
        self.generation: int = values[0]
        self.sequence: int = values[1]
        self.dropped: int = values[2]


class DepthFold:
    """Folds `BookSnapshot` into `DepthMetrics`.

    IBKR's depth slots rotate: snapshots of a subscription that was given up may still be on their way, and would show a dead book.
    They are counted as ``dropped``; so are snapshots that come again.
    """

    input: ClassVar[str] = "market.books"
    output: ClassVar[str] = "derived.depth"
    fields: ClassVar[Sequence[str]] = (
        "ts_event", "mode", "generation", "sequence", "age_ms", "bids.price", "bids.size", "asks.price", "asks.size",
    )  # fmt: skip
    row_type: ClassVar[np.dtype[np.void]] = np.dtype([("generation", "<i8"), ("sequence", "<i8"), ("dropped", "<i8")])
    output_type: ClassVar[np.dtype[np.void]] = np.dtype(
        [("row", "<i4"), ("ts_event", "<i8"), ("mode", "<i8"), ("generation", "<i8"), ("sequence", "<i8"), ("age_ms", "<i8"), *_NUMBERS]
    )
    forms: ClassVar[frozenset[Form]] = frozenset({Form.RECORD, Form.KERNEL})

    def prepare(self, columns: Any) -> Values:
        """Return the snapshots' own fields and their numbers, one array each."""
        own = tuple(columns.column(name).values.astype(np.int64) for name in self.fields[:5])
        return own + tuple(book_numbers(_side(columns, "bids"), _side(columns, "asks")))

    def values_of(self, record: Record) -> tuple[Any, ...]:
        """Return the same of one snapshot."""
        assert isinstance(record, BookSnapshot)
        bids, asks = (
            BookSides(np.array([0, len(side)]), np.array([level.price for level in side]), np.array([level.size for level in side]))
            for side in (record.bids, record.asks)
        )
        numbers = (float(column[0]) for column in book_numbers(bids, asks))
        return (record.ts_event, _MODES.index(record.mode), record.generation, record.sequence, record.age_ms, *numbers)

    def acceptable(self, values: Values) -> npt.NDArray[np.bool_]:
        """Accept books whose generation and sequence are above 0, and that are not crossed."""
        generation, sequence, bid, ask = values[2], values[3], values[5], values[6]
        good: npt.NDArray[np.bool_] = (generation > 0) & (sequence > 0) & ~(bid > ask)  # NaN, an empty side, is above nothing
        return good

    def check(self, record: Record) -> None:
        """Refuse what `acceptable` does."""
        assert isinstance(record, BookSnapshot)
        check_book(record)

    def open(self, row: np.void) -> NewestBook:
        """Return the state of a row."""
        return NewestBook(row)

    def close(self, state: NewestBook) -> tuple[Any, ...]:
        """Return the row of a state."""
        return state.generation, state.sequence, state.dropped

    def step(self, state: NewestBook, *values: Any) -> tuple[Any, ...] | None:
        """Fold one snapshot; return its numbers unless it is an old one."""
        generation, sequence = values[2], values[3]
        if (generation, sequence) <= (state.generation, state.sequence):
            state.dropped += 1
            return None
        state.generation, state.sequence = generation, sequence
        return values

    def fold_columns(self, rows: Rows, index: Index, values: Values, outputs: Rows) -> int:
        """Not written: the kernel is no longer than this would be."""
        raise NotImplementedError

    def kernel(self) -> FoldRows:
        """Return the compiled form."""
        from processors.folds.depth_kernel import newest_books  # numba is imported where a kernel runs

        def fold(rows: Rows, index: Index, values: Values, outputs: Rows) -> int:
            fresh = newest_books(rows, index, values[2], values[3])
            kept = np.flatnonzero(fresh)
            room = outputs[: len(kept)]
            room["row"] = index[kept]
            names = self.output_type.names
            assert names is not None
            for name, column in zip(names[1:], values, strict=True):
                room[name] = column[kept]
            return len(kept)

        return fold


def check_book(book: BookSnapshot) -> None:
    """Refuse a book that no fold can use (SCH-19).

    Raises
    ------
    Permanent
        If its generation or sequence is not above 0, or it is crossed.
    """
    if book.generation <= 0 or book.sequence <= 0:
        raise Permanent(f"book: expected generation and sequence above 0, found {book.generation} and {book.sequence}", "sequence")
    if book.bids and book.asks and book.bids[0].price > book.asks[0].price:
        raise Permanent(f"book: expected bid <= ask, found {book.bids[0].price} > {book.asks[0].price}", "bids")


def _side(columns: Any, name: str) -> BookSides:
    price = columns.column(f"{name}.price")
    return BookSides(price.offsets, price.values, columns.column(f"{name}.size").values)
