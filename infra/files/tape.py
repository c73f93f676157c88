"""Reads captured tapes: files of real prints, as a stream in time order with the vendor's millisecond stamps.

Three formats, told apart by their names:

- ``*.parquet``: near tick-level bars (BCRX), UTC, newest first. One row is one print. A few rows stand for many prints
  (``n_ticks > 1``); the single prints are lost, so such a row is kept as one print of the whole volume at its close, at its end.
- ``<yyyymmdd>_trade.zip``: LEAN ticks; milliseconds after midnight in New York, price x 10,000, exchange letter, condition flags.
- ``<symbol>_<yyyymmdd>.csv.gz``: IBKR ticks; whole seconds, one request window a minute. Windows overlap in quiet minutes and are
  cut in busy ones, so each window counts for its own minute only. No exchange, no conditions.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from infra.errors import ConfigurationError
from infra.market_calendar import NEW_YORK, midnight_us
from infra.vendorsim.market_events import MINUTE_MS, TapeTrade

_EXCHANGES = {letter: number for number, letter in enumerate("ABCDEIJKMNPTSLVWXYZ", start=1)} | {"Q": 12}
_LEAN_CONDITIONS = {0x20: 14, 0x2000: 12, 0x20000000: 41, 0x80000000: 37}
"""LEAN flag -> Polygon condition: intermarket sweep, extended hours, trade-through exempt, odd lot. The others have no one code."""


def read_tape(path: Path) -> Iterator[TapeTrade]:
    """Yield the prints of a captured file, oldest first, in the file's order within a millisecond.

    Raises
    ------
    ConfigurationError
        If the file is missing or its name belongs to no known format.
    """
    if not path.is_file():
        raise ConfigurationError(f"expected a tape at {path}, found no file")
    if path.suffix == ".parquet":
        return _parquet(path)
    if path.name.endswith("_trade.zip"):
        return _lean(path)
    if path.name.endswith(".csv.gz"):
        return _ibkr(path)
    raise ConfigurationError(f"expected a tape called *.parquet, <day>_trade.zip or <symbol>_<day>.csv.gz, found {path.name}")


def _parquet(path: Path) -> Iterator[TapeTrade]:
    import pyarrow.parquet

    symbol = path.name.split("_")[0].upper()
    table = pyarrow.parquet.read_table(path, columns=["bar_end_ts", "close", "volume"])
    nanoseconds = table["bar_end_ts"].cast("int64").to_pylist()
    rows = zip(reversed(nanoseconds), reversed(table["close"].to_pylist()), reversed(table["volume"].to_pylist()), strict=True)
    for number, (ts_ns, price, volume) in enumerate(rows, start=1):
        yield TapeTrade(ts_ns // 1_000_000, symbol, float(price), int(volume), number, str(number))


def _lean(path: Path) -> Iterator[TapeTrade]:
    symbol = path.parent.name.upper()
    midnight_ms = midnight_us(date.fromisoformat(path.name[:8])) // 1_000
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as raw:
        rows = csv.reader(io.TextIOWrapper(raw, encoding="ascii"))
        for number, (since_midnight, price, size, exchange, flags, _suspicious) in enumerate(rows, start=1):
            flag_bits = int(flags or "0", 16)
            yield TapeTrade(
                ts_ms=midnight_ms + int(float(since_midnight)),
                symbol=symbol,
                price=int(price) / 10_000,
                size=int(size),
                sequence=number,
                trade_id=str(number),
                exchange=_EXCHANGES.get(exchange, 0),
                conditions=tuple(code for flag, code in _LEAN_CONDITIONS.items() if flag_bits & flag),
            )


def _ibkr(path: Path) -> Iterator[TapeTrade]:
    symbol, _, day = path.name.removesuffix(".csv.gz").partition("_")
    with gzip.open(path, "rt", encoding="ascii", newline="") as lines:
        number = 0
        window, window_ms = "", 0
        for row in csv.DictReader(lines):
            if row["window_et"] != window:
                window = row["window_et"]
                starts = datetime.strptime(day + window, "%Y%m%d%H%M%S").replace(tzinfo=NEW_YORK)
                window_ms = round(starts.timestamp() * 1_000)
            ts_ms = _milliseconds(row["time_utc"])
            if not window_ms <= ts_ms < window_ms + MINUTE_MS:
                continue
            number += 1
            yield TapeTrade(ts_ms, symbol.upper(), float(row["price"]), int(float(row["size"])), number, str(number))


def _milliseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
