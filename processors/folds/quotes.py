"""The last quote of each second, until a tick has passed it; then the newest quote."""

from __future__ import annotations

from math import isnan, nan
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.indicators import spread_bps
from processors.calc.packed import Layout
from processors.calc.windows import SECOND_US
from schemas.records import Quote


class QuoteRow(NamedTuple):
    """A quote, NaN where a side is missing."""

    ts_event: int  # microseconds UTC
    sequence: int
    bid_price: float  # US dollars
    bid_size: float  # shares
    ask_price: float
    ask_size: float

    @property
    def spread_bps(self) -> float | None:
        """(ask - bid) / mid x 10,000; None with one side."""
        return None if isnan(self.bid_price) or isnan(self.ask_price) else spread_bps(self.bid_price, self.ask_price)


QUOTES = Layout(QuoteRow)
FIELDS = QuoteRow._fields


def keep_last(pending: bytes, quote: Quote) -> bytes:
    """Add a quote unless a later one of its second is known; replace an earlier one of its second."""
    row = QuoteRow(
        quote.ts_event, quote.sequence,
        _or_nan(quote.bid_price), _or_nan(quote.bid_size), _or_nan(quote.ask_price), _or_nan(quote.ask_size),
    )  # fmt: skip
    second = row.ts_event // SECOND_US
    if not pending:
        return QUOTES.pack(*row)
    last = QUOTES.last(pending)
    if last.ts_event // SECOND_US < second:
        return pending + QUOTES.pack(*row)
    if last.ts_event // SECOND_US == second:
        return pending if row[:2] <= last[:2] else pending[: -QUOTES.row_size] + QUOTES.pack(*row)
    rows = {item.ts_event // SECOND_US: item for item in QUOTES.unpack(pending)}
    if second not in rows or rows[second][:2] < row[:2]:
        rows[second] = row
    return QUOTES.pack_all([rows[key] for key in sorted(rows)])


def pack(columns: Any) -> npt.NDArray[np.void]:
    """Return quotes as rows for `keep_newest`; ``columns`` are `infra.columnar.columns.Columns` of `FIELDS`."""
    rows = np.empty(columns.count, QUOTES.dtype)
    for name in FIELDS:
        column = columns.column(name)
        rows[name] = column.values if column.valid is None else np.where(column.valid, column.values, nan)
    return rows


def keep_newest(pending: bytes, rows: npt.NDArray[np.void]) -> bytes:
    """Add many quotes: of each second the last by (ts_event, sequence) stays, of two with one place the first."""
    known = np.frombuffer(pending, QUOTES.dtype)
    every = np.concatenate((known, rows))
    # Sorted by place, ties in reverse order of arrival: the last of a second is then the newest, and of equals the first that came.
    order = np.lexsort((-np.arange(len(every)), every["sequence"], every["ts_event"]))
    every = every[order]
    second = every["ts_event"] // SECOND_US
    newest = np.append(second[1:] != second[:-1], True)
    packed: bytes = every[newest].tobytes()
    return packed


def pass_tick(pending: bytes, newest: bytes, tick_us: int) -> tuple[bytes, bytes]:
    """Return the quotes at or after the tick, and the newest one before it."""
    passed, waiting = QUOTES.part(pending, tick_us)
    best = QUOTES.last(newest) if newest else None
    for row in QUOTES.unpack(passed):
        if best is None or best[:2] < row[:2]:
            best = row
    return waiting, QUOTES.pack(*best) if best else b""


def newest_row(newest: bytes) -> QuoteRow | None:
    """Return the newest quote, if there ever was one."""
    return QUOTES.last(newest) if newest else None


def _or_nan(value: float | None) -> float:
    return nan if value is None else value
