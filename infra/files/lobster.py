"""LOBSTER files: every message of a day of NASDAQ, and the book after each, as two CSV files or the zip that holds both.

Rows belong together by their place alone: many share a time, so whoever sorts by time mixes them up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple
from zipfile import BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt

from infra.clock import to_microseconds
from infra.errors import Permanent
from infra.market_calendar import NEW_YORK

_NAME = re.compile(r"(?P<symbol>[^_/]+)_(?P<day>\d{4}-\d\d-\d\d)_\d+_\d+_(?P<kind>message|orderbook)_(?P<levels>\d+)\.csv$")
_UNIT_USD = 1e-4
_NO_PRICE = 9_999_999_999
_MESSAGE_COLUMNS = 6
_EXECUTIONS = (4, 5)
_TYPES = (1, 2, 3, 4, 5, 6, 7)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Levels(NamedTuple):
    """One side, best first: the levels of row ``i`` are at ``[offsets[i], offsets[i + 1])``; those without orders are left out."""

    offsets: Ints
    price: Floats  # US dollars
    size: Floats  # shares


@dataclass(frozen=True, slots=True)
class LobsterDay:
    """A day of one symbol, one entry a message.

    Attributes
    ----------
    time_us
        Microseconds UTC; does not fall.
    kind
        1 new order, 2 partial and 3 full deletion, 4 visible and 5 hidden execution, 6 auction, 7 halt.
    size
        Shares.
    price
        US dollars; of a halt -0.0001, 0 or 0.0001.
    side
        1 a buy order, -1 a sell order; who executes a sell order buys.
    bids, asks
        The book after the message.
    """

    symbol: str
    day: date
    levels: int
    time_us: Ints
    kind: Ints
    size: Floats
    price: Floats
    side: Ints
    bids: Levels
    asks: Levels

    @property
    def is_trade(self) -> npt.NDArray[np.bool_]:
        """Which messages are executions."""
        return np.isin(self.kind, _EXECUTIONS)


def read_lobster(messages: Path, orderbook: Path | None = None) -> LobsterDay:
    """Read a day.

    Parameters
    ----------
    messages
        The message file, or the vendor's zip with both.
    orderbook
        The order book file; not needed with a zip.

    Raises
    ------
    Permanent
        If the files are not what LOBSTER writes, or do not belong together; with what was expected and found, file and line.
    """
    first, second = _places(messages, orderbook)
    told = [_told(place.name, kind) for place, kind in ((first, "message"), (second, "orderbook"))]
    if told[0][1:] != told[1][1:]:
        raise Permanent(f"expected message and orderbook of one symbol, day and number of levels, found {first.name} and {second.name}")
    _, symbol, day, levels = told[0]
    rows = _numbers(first, _MESSAGE_COLUMNS)
    book = _numbers(second, 4 * levels)
    if len(rows) != len(book):
        raise Permanent(f"{second.name}: expected {len(rows)} rows as {first.name} has, found {len(book)}")
    unknown = np.flatnonzero(~np.isin(rows[:, 1], _TYPES))
    if len(unknown):
        raise Permanent(f"{first.name}, line {unknown[0] + 1}: expected a type from 1 to 7, found {rows[unknown[0], 1]:g}")
    midnight = datetime.combine(day, datetime.min.time(), NEW_YORK)
    time_us = to_microseconds(midnight) + np.rint(rows[:, 0] * 1e6).astype(np.int64)
    falls = np.flatnonzero(np.diff(time_us) < 0)
    if len(falls):
        before, after = rows[falls[0] : falls[0] + 2, 0]
        raise Permanent(f"{first.name}, line {falls[0] + 2}: expected a time of at least {before:.6f} s, found {after:.6f}")
    return LobsterDay(
        symbol, day, levels, time_us, rows[:, 1].astype(np.int64), rows[:, 3], rows[:, 4] * _UNIT_USD, rows[:, 5].astype(np.int64),
        bids=_side(book[:, 2::4], book[:, 3::4]), asks=_side(book[:, 0::4], book[:, 1::4]),
    )  # fmt: skip


class _Place(NamedTuple):
    path: Path
    member: str | None

    @property
    def name(self) -> str:
        return self.member or self.path.name


def _places(messages: Path, orderbook: Path | None) -> tuple[_Place, _Place]:
    if messages.suffix == ".zip" and orderbook in (None, messages):
        try:
            with ZipFile(messages) as archive:
                names = archive.namelist()
        except (OSError, BadZipFile) as error:
            raise Permanent(f"{messages}: expected a zip of LOBSTER files, found {error}") from error
        found = [[name for name in names if f"_{kind}_" in name and name.endswith(".csv")] for kind in ("message", "orderbook")]
        if [len(each) for each in found] != [1, 1]:
            raise Permanent(f"{messages}: expected one message and one orderbook file, found {', '.join(names) or 'nothing'}")
        return _Place(messages, found[0][0]), _Place(messages, found[1][0])
    if orderbook is None:
        raise Permanent(f"{messages}: expected the orderbook file beside the message file, or a zip with both, found one file")
    return _Place(messages, None), _Place(orderbook, None)


def _told(name: str, kind: str) -> tuple[str, str, date, int]:
    match = _NAME.search(name)
    if match is None or match["kind"] != kind:
        raise Permanent(f"expected a LOBSTER file named TICKER_DATE_START_END_{kind}_LEVELS.csv, found {name}")
    return kind, match["symbol"], date.fromisoformat(match["day"]), int(match["levels"])


@contextmanager
def _opened(place: _Place) -> Iterator[IO[Any]]:
    if place.member is None:
        with place.path.open() as file:
            yield file
        return
    with ZipFile(place.path) as archive, archive.open(place.member) as member:
        yield member


def _numbers(place: _Place, columns: int) -> Floats:
    try:
        with _opened(place) as file:
            rows: Floats = np.loadtxt(file, delimiter=",", ndmin=2)
    except (OSError, ValueError, BadZipFile) as error:
        raise Permanent(f"{place.name}: expected {columns} numbers a line, found: {error}") from error
    if not len(rows) or rows.shape[1] != columns:
        raise Permanent(f"{place.name}, line 1: expected {columns} numbers, found {rows.shape[1] if len(rows) else 'no line'}")
    return rows


def _side(price: Floats, size: Floats) -> Levels:
    filled = (np.abs(price) < _NO_PRICE) & (size > 0)
    offsets = np.concatenate(([0], np.cumsum(filled.sum(axis=1)))).astype(np.int64)
    return Levels(offsets, price[filled] * _UNIT_USD, size[filled])
