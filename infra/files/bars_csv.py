"""Bars as CSV: IBKR's historical bars and Yahoo's, each with the offset of New York in its times, in any order."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from infra.clock import MICROSECONDS
from infra.errors import Permanent
from infra.files.market_file import FileBar, MarketFile, text_of

LENGTHS_SECONDS = (1, 60, 120, 300, 900, 3_600, 86_400)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a vendor's file has what; open, high, low, close and volume in this order."""

    kind: str
    time: str
    values: tuple[str, str, str, str, str]
    vwap: str | None = None
    trade_count: str | None = None


_VENDORS: Mapping[tuple[str, ...], _Columns] = {
    ("date", "open", "high", "low", "close", "volume", "average", "barCount"): _Columns(
        "IBKR bars", "date", ("open", "high", "low", "close", "volume"), "average", "barCount"
    ),
    ("Datetime", "Open", "High", "Low", "Close", "Volume", "Dividends", "Stock Splits"): _Columns(
        "Yahoo bars", "Datetime", ("Open", "High", "Low", "Close", "Volume")
    ),
}


def understands(header: tuple[str, ...]) -> bool:
    """Tell whether it is the first line of a known file."""
    return header in _VENDORS


def read(path: Path, header: tuple[str, ...]) -> MarketFile:
    """Read the bars, oldest first.

    Raises
    ------
    Permanent
        If a row does not fit, or the bars' length is not one we build.
    """
    columns = _VENDORS[header]
    bars = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text_of(path))), start=2):
        try:
            moment = datetime.fromisoformat(row[columns.time])
            if moment.tzinfo is None:
                raise ValueError("a time without an offset")
            start = round(moment.timestamp()) * MICROSECONDS
            vwap = float(row[columns.vwap]) if columns.vwap and row[columns.vwap] else None
            count = int(float(row[columns.trade_count])) if columns.trade_count and row[columns.trade_count] else None
            opened, high, low, close, volume = (float(row[name]) for name in columns.values)
            bars.append(FileBar(start, start, opened, high, low, close, volume, vwap, count))
        except (ValueError, TypeError) as error:
            raise Permanent(f"{path.name} line {number}: expected a row of {columns.kind}, found {list(row.values())} ({error})") from error
    return MarketFile(path, columns.kind, path.name.split(".")[0].upper(), bars=with_ends(path, bars))


def with_ends(path: Path, bars: Iterable[FileBar]) -> tuple[FileBar, ...]:
    """Return the bars oldest first, each with its end: their length is the smallest distance between two."""
    ordered = sorted(bars, key=lambda bar: bar.start_us)
    starts = [bar.start_us for bar in ordered]
    distances = {after - before for before, after in pairwise(starts)}
    if 0 in distances:
        raise Permanent(f"{path.name}: expected one bar a window, found two of the same start")
    # Across a change of the clocks two days are an hour less apart.
    length = min(distances, default=0)
    length = next((known * MICROSECONDS for known in LENGTHS_SECONDS if length == known * MICROSECONDS), 0) or (
        86_400 * MICROSECONDS if length in (82_800 * MICROSECONDS, 90_000 * MICROSECONDS) else 0
    )
    if not length:
        known_lengths = ", ".join(str(seconds) for seconds in LENGTHS_SECONDS)
        raise Permanent(f"{path.name}: expected bars of {known_lengths} seconds, found a shortest distance of {min(distances, default=0) / 1e6:g} s")
    return tuple(replace(bar, end_us=bar.start_us + length) for bar in ordered)
