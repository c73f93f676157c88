"""LEAN's zipped trade bars: seconds and minutes in milliseconds after midnight of New York, hours and days with their date; price x 10,000.

Source: QuantConnect/Lean, Data/equity/readme.md.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from infra.clock import MICROSECONDS
from infra.errors import Permanent
from infra.files.market_file import FileBar, MarketFile
from infra.market_calendar import NEW_YORK

_INTRADAY = re.compile(r"(?P<day>\d{8})_(?P<symbol>[a-z0-9.]+)_(?P<length>second|minute)_(?P<what>[a-z]+)\.csv", re.IGNORECASE)
_LONGER = re.compile(r"(?P<symbol>[a-z0-9.]+)\.csv", re.IGNORECASE)
_LENGTH_SECONDS = {"second": 1, "minute": 60}
_UNIT_USD = 1e4


def holds_ticks(path: Path) -> bool:
    """Tell whether a zip holds LEAN's single prints."""
    return _member(path).lower().endswith("_trade_tick.csv")


def read(path: Path) -> MarketFile:
    """Read bars of trades.

    Raises
    ------
    Permanent
        If the zip holds something else, or a row does not fit.
    """
    name = _member(path)
    found = _INTRADAY.fullmatch(name)
    if found and found["what"].lower() != "trade":
        raise Permanent(f"{path.name}: expected bars of trades, found {found['what'].lower()}s")
    longer = _LONGER.fullmatch(name)
    if found is None and longer is None:
        raise Permanent(f"{path.name}: expected <day>_<symbol>_minute_trade.csv, ..._second_trade.csv or <symbol>.csv inside, found {name}")
    with zipfile.ZipFile(path) as archive:
        lines = list(csv.reader(io.StringIO(archive.read(name).decode("ascii"))))
    symbol = (found or longer)["symbol"].upper()  # type: ignore[index]
    if found:
        midnight = datetime.strptime(found["day"], "%Y%m%d").replace(tzinfo=NEW_YORK)
        length = _LENGTH_SECONDS[found["length"].lower()]
        bars = [_bar(path, number, row, midnight, length) for number, row in enumerate(lines, start=1)]
        return MarketFile(path, f"LEAN {found['length'].lower()} bars", symbol, bars=tuple(bars))
    daily = all(row[0].endswith("00:00") for row in lines if row)
    bars = [_bar(path, number, row, None, 86_400 if daily else 3_600) for number, row in enumerate(lines, start=1)]
    return MarketFile(path, f"LEAN {'daily' if daily else 'hourly'} bars", symbol, bars=tuple(bars))


def _bar(path: Path, number: int, row: list[str], midnight: datetime | None, length_seconds: int) -> FileBar:
    try:
        moment, opened, high, low, close, volume = row
        if midnight is None:
            local = datetime.strptime(moment, "%Y%m%d %H:%M").replace(tzinfo=NEW_YORK)
        else:
            local = midnight + timedelta(milliseconds=int(moment))
        start = round(local.timestamp()) * MICROSECONDS
        return FileBar(
            start, start + length_seconds * MICROSECONDS, int(opened) / _UNIT_USD, int(high) / _UNIT_USD, int(low) / _UNIT_USD,
            int(close) / _UNIT_USD, float(volume),
        )  # fmt: skip
    except ValueError as error:
        raise Permanent(f"{path.name} line {number}: expected time, open, high, low, close, volume, found {','.join(row)[:80]}") from error


def _member(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise Permanent(f"{path.name}: expected a zip, found a torn one") from error
    if len(names) != 1:
        raise Permanent(f"{path.name}: expected one file inside, found {len(names)}")
    return names[0]
