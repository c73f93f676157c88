"""Books and their numbers of one symbol in ClickHouse, made by the product's own fold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from schemas.records import BookLevel, BookMetrics, BookSnapshot, FlowAlert, OptionRight
from tests.support.book_tape import SECOND, Tape, bar, book, sweep
from tests.support.dashboard_seed import Records

SECONDS = 120


def seeded_books(symbol: str, now_us: int, best: float) -> Records:
    """Return two minutes of books up to ``now_us``: calls were swept half a minute ago, and the bids grew."""
    random = np.random.default_rng(17)
    first = now_us - now_us % SECOND - SECONDS * SECOND
    tape = Tape(vpin_buckets=10, vpin_buckets_a_day=7_800, vpin_first_day_minutes=1, impact_minimum_intervals=5)
    books: list[BookSnapshot] = []
    middle = best
    for second in range(SECONDS):
        at = first + second * SECOND
        middle += float(random.normal(0, 0.004))
        shift = 3_000.0 if second > SECONDS - 35 else 0.0
        sizes = random.integers(2, 24, (2, 10)) * 100.0
        place = round(middle, 2)
        made = replace(
            book(at + 300_000, updates=int(random.poisson(35))), symbol=symbol, sequence=second + 1,
            bids=tuple(BookLevel(price=round(place - 0.01 * level, 2), size=float(sizes[0, level]) + shift) for level in range(10)),
            asks=tuple(BookLevel(price=round(place + 0.01 + 0.01 * level, 2), size=float(sizes[1, level])) for level in range(10)),
        )  # fmt: skip
        books.append(made)
        tape.take(made, bar(at, place, volume=float(random.integers(1, 60) * 100)))
        if second == SECONDS - 33:
            tape.take(_sweep(first + (SECONDS - 35) * SECOND))
        tape.tick(at + SECOND)
    said: list[BookMetrics] = [replace(each, symbol=symbol) for each in tape.said]
    return {"market.books": books, "derived.book-metrics": said}


def _sweep(at: int) -> FlowAlert:
    return sweep(at, right=OptionRight.CALL)
