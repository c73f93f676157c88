"""DEP-05 and the runtime side of DEP-12: numbers of order books, over columns and one by one."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import Permanent
from infra.settings import Form
from processors.array_pages import PageCodec
from processors.array_partition import ArrayPartition
from processors.calc.depth import BookSides, book_numbers
from processors.column_input import ColumnInput
from processors.folds.depth import DepthFold
from processors.partition_state import Packed
from processors.stages import STAGES
from processors.storage import ArrayStorage
from schemas import catalog
from schemas.codec import Codec
from schemas.records import BookLevel, BookSnapshot, DepthMode
from tests.support.raw_batches import batch_of

FOLD = DepthFold()
CODEC = Codec(BookSnapshot, 5)
STORAGE = ArrayStorage(STAGES["depth"], FOLD, Form.KERNEL, lambda *_: None)
INPUT = ColumnInput(catalog.topic("market.books"), 5, STORAGE.packer)


def side(random: random.Random, best: float, step: float) -> tuple[BookLevel, ...]:
    levels = random.choice([0, 1, 3, 5, 10])
    return tuple(
        BookLevel(price=best + step * number, size=random.choice([100.0, 0.1, 7.5, 2_300.0]), market_maker=random.choice([None, "NSDQ"]))
        for number in range(levels)
    )


def snapshot(random: random.Random) -> BookSnapshot:
    moment = random.randrange(10**15, 2 * 10**15)
    return BookSnapshot(
        symbol=random.choice("ABC"), ts_event=moment, ts_received=moment, ts_published=moment, source="ibkr", mode=random.choice(list(DepthMode)),
        generation=random.choice([0, 1, 1, 1, 2]), sequence=random.randrange(0, 30), age_ms=random.randrange(2_000),
        bids=side(random, random.choice([10.0, 10.0, 10.5]), -0.01), asks=side(random, 10.02, 0.01),
    )  # fmt: skip


def reference(book: BookSnapshot) -> dict[str, float | None]:
    """Compute the numbers of one book the plain way."""
    bid, ask = book.bids[0] if book.bids else None, book.asks[0] if book.asks else None

    def total(levels: tuple[BookLevel, ...], count: int) -> float:
        return sum(level.size for level in levels[:count])

    def imbalance(count: int) -> float | None:
        bids, asks = total(tuple(book.bids), count), total(tuple(book.asks), count)
        return (bids - asks) / (bids + asks) if bids and asks else None

    both = bid is not None and ask is not None
    return {
        "bid_price": bid.price if bid else None,
        "ask_price": ask.price if ask else None,
        "bid_size_5": total(tuple(book.bids), 5),
        "ask_size_5": total(tuple(book.asks), 5),
        "spread_bps": (ask.price - bid.price) / ((ask.price + bid.price) / 2) * 10_000 if both and bid and ask else None,
        "imbalance_5": imbalance(5),
        "imbalance_10": imbalance(10),
        "microprice": (bid.price * ask.size + ask.price * bid.size) / (bid.size + ask.size) if both and bid and ask else None,
    }


def is_accepted(book: BookSnapshot) -> bool:
    try:
        FOLD.check(book)
    except Permanent:
        return False
    return True


def run(form: Form, books: list[BookSnapshot], columns: bool) -> tuple[list[dict[str, Any]], list[str], list[bytes]]:
    """Return outputs, refusals and pages."""
    written: list[dict[str, Any]] = []
    refused: list[str] = []

    def emit(_: str, __: int, values: Any) -> None:
        rows = zip(*(np.asarray(column).tolist() for column in values.values()), strict=True)
        written.extend(dict(zip(values, row, strict=True)) for row in rows)

    def alone(offset: int, book: BookSnapshot) -> None:
        try:
            partition.fold_record("market.books.v1", "market.books", offset, book.symbol, book, lambda _: None)
        except Permanent as error:
            refused.append(str(error))

    partition = ArrayPartition(0, FOLD, form, "market.books.v1", "symbol", emit)
    if columns:
        for item in INPUT.read(0, [batch_of([CODEC.encode(book) for book in books])]):
            if isinstance(item, Packed):
                partition.fold_packed("market.books.v1", "market.books", item, lambda _: None)
            else:
                alone(item.offset, CODEC.decode(item.value or b""))
    else:
        for offset, book in enumerate(books):
            alone(offset, book)
    codec = PageCodec(FOLD)
    return written, refused, [codec.encode(item.state, item.offsets) for item in partition.snapshots()]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), count=st.integers(1, 40))
def test_every_way_gives_the_same_and_the_reference_agrees(seed: int, count: int) -> None:
    source = random.Random(seed)
    books = [snapshot(source) for _ in range(count)]
    written, refused, pages = run(Form.KERNEL, books, columns=True)
    for form, columns in ((Form.RECORD, True), (Form.RECORD, False), (Form.KERNEL, False)):
        other = run(form, books, columns)
        assert repr(other[0]) == repr(written)
        assert other[1:] == (refused, pages)
    by_place = {(book.symbol, book.generation, book.sequence): book for book in reversed(books) if is_accepted(book)}
    for row in written:
        book = by_place[row["symbol"], int(row["generation"]), int(row["sequence"])]
        truth = {name: np.nan if number is None else number for name, number in reference(book).items()}
        assert {name: float(row[name]) for name in truth} == pytest.approx(truth, rel=1e-12, nan_ok=True)


def test_old_generations_and_repeats_are_dropped_and_counted() -> None:
    source = random.Random(3)
    book = snapshot(source)

    def at(generation: int, sequence: int) -> BookSnapshot:
        values = {name: getattr(book, name) for name in BookSnapshot.__slots__}
        return BookSnapshot(**{**values, "symbol": "A", "bids": (), "generation": generation, "sequence": sequence})

    written, refused, _ = run(Form.KERNEL, [at(1, 5), at(1, 5), at(2, 1), at(1, 9), at(2, 2)], columns=True)
    assert [(int(row["generation"]), int(row["sequence"])) for row in written] == [(1, 5), (2, 1), (2, 2)]
    assert not refused


def test_an_empty_book_has_no_numbers_but_sizes_of_zero() -> None:
    nothing = BookSides(np.array([0, 0]), np.zeros(0), np.zeros(0))
    numbers = book_numbers(nothing, nothing)
    assert (numbers.bid_size_5[0], numbers.ask_size_5[0]) == (0, 0)
    assert all(np.isnan(getattr(numbers, name)[0]) for name in ("bid_price", "ask_price", "spread_bps", "imbalance_5", "imbalance_10", "microprice"))
