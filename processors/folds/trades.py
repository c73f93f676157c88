"""Prints that wait for a tick to close their second: pack on arrival, sort and drop repeats when the second closes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.aggregate import Print
from processors.calc.packed import Layout
from processors.calc.print_identity import identities_of, identity_of
from processors.calc.windows import SECOND_US
from schemas.bar_parts import EVERY_PART
from schemas.records import Trade

PRINTS = Layout(Print)


class Closable(NamedTuple):
    """What a tick found among the waiting prints."""

    late: list[Print]  # their second was closed by an earlier tick
    on_time: list[Print]  # their second closes now
    waiting: bytes


FIELDS = ("ts_event", "sequence", "trade_id", "price", "size", "bar_parts")


def append(pending: bytes, trade: Trade) -> bytes:
    """Add a trade; this is all the work a trade costs."""
    identity = identity_of(trade.sequence, trade.trade_id)
    return pending + PRINTS.pack(trade.ts_event, trade.sequence, identity, trade.price, trade.size, trade.bar_parts)


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
    rows["parts"] = columns.column("bar_parts").values
    rows["identity"] = identities_of(rows["sequence"], trade_id.data, trade_id.values, trade_id.lengths)
    return rows


def split(pending: bytes, closed_until: int, boundary: int) -> Closable:
    """Part the waiting prints: seconds that end by ``closed_until`` are closed, those that end by ``boundary`` close now.

    Both lists are sorted by (ts_event, sequence, identity) and free of repeats, whatever the order of arrival. A print that may change
    nothing, e.g. an exchange's repetition of its closing price, is in neither.
    """
    # A second ends by a moment when it starts before the whole second of that moment.
    closing, waiting = PRINTS.part(pending, boundary - boundary % SECOND_US)
    late: set[Print] = set()
    on_time: set[Print] = set()
    for item in PRINTS.unpack(closing):
        if not item.parts:
            continue
        (late if second_of(item) + SECOND_US <= closed_until else on_time).add(item)
    return Closable(sorted(late), sorted(on_time), waiting)


def from_shorter_rows(pending: bytes) -> bytes:
    """Return prints that waited when an earlier version of this code ended, which let every print change every part of a bar."""
    rows = np.frombuffer(pending, np.dtype(PRINTS.dtype.descr[:-1]))
    longer = np.empty(len(rows), PRINTS.dtype)
    for name in rows.dtype.names or ():
        longer[name] = rows[name]
    longer["parts"] = EVERY_PART
    packed: bytes = longer.tobytes()
    return packed


def second_of(item: Print) -> int:
    """Return the start of the print's second, microseconds UTC."""
    return item.ts_event - item.ts_event % SECOND_US
