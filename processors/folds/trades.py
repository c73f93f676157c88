"""Prints that wait for a tick to close their second: pack on arrival, sort and drop repeats when the second closes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.aggregate import Print
from processors.calc.packed import Layout
from processors.calc.print_identity import identities_of, identity_of
from processors.calc.windows import SECOND_US
from schemas.records import Trade

PRINTS = Layout(Print)


class Closable(NamedTuple):
    """What a tick found among the waiting prints."""

    late: list[Print]  # their second was closed by an earlier tick
    on_time: list[Print]  # their second closes now
    waiting: bytes


FIELDS = ("ts_event", "sequence", "trade_id", "price", "size")


def append(pending: bytes, trade: Trade) -> bytes:
    """Add a trade; this is all the work a trade costs."""
    identity = identity_of(trade.sequence, trade.trade_id)
    return pending + PRINTS.pack(trade.ts_event, trade.sequence, identity, trade.price, trade.size)


def pack(columns: Any) -> npt.NDArray[np.void]:
    """Return trades as rows that can be appended to what is pending.

    Parameters
    ----------
    columns
        `infra.columnar.columns.Columns` of `FIELDS`.
    """
    rows = np.empty(columns.count, PRINTS.dtype)
    trade_id = columns.column("trade_id")
    for name in ("ts_event", "sequence", "price", "size"):
        rows[name] = columns.column(name).values
    rows["identity"] = identities_of(rows["sequence"], trade_id.data, trade_id.values, trade_id.lengths)
    return rows


def split(pending: bytes, closed_until: int, boundary: int) -> Closable:
    """Part the waiting prints: seconds that end by ``closed_until`` are closed, those that end by ``boundary`` close now.

    Both lists are sorted by (ts_event, sequence, identity) and free of repeats, whatever the order of arrival.
    """
    # A second ends by a moment when it starts before the whole second of that moment.
    closing, waiting = PRINTS.part(pending, boundary - boundary % SECOND_US)
    late: set[Print] = set()
    on_time: set[Print] = set()
    for item in PRINTS.unpack(closing):
        (late if second_of(item) + SECOND_US <= closed_until else on_time).add(item)
    return Closable(sorted(late), sorted(on_time), waiting)


def second_of(item: Print) -> int:
    """Return the start of the print's second, microseconds UTC."""
    return item.ts_event - item.ts_event % SECOND_US
