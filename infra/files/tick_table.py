"""Tables of ticks, one print a row, as Alpaca's: under its full names or the letters of its answers, CSV or parquet.

Needed are a time, a price and a size; sale conditions, the tape's letter, a trade id and a symbol are taken where they stand.
Source: docs.alpaca.markets, historical trades: t, p, s, c, z, i, S; alpaca-py writes them out in full.
"""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.errors import Permanent
from infra.files.market_file import ConditionNumbers, MarketFile, text_of
from infra.vendorsim.market_events import TapeTrade

_NAMES = {
    "time": ("timestamp", "t", "time_utc", "ts"),
    "price": ("price", "p"),
    "size": ("size", "s"),
    "conditions": ("conditions", "c"),
    "tape": ("tape", "z"),
    "id": ("id", "i"),
    "symbol": ("symbol", "S"),
}
_NEEDED = ("time", "price", "size")
_AGGREGATED = {"bar_end_ts", "close", "volume", "n_ticks"}


def understands(header: Iterable[str]) -> bool:
    """Tell whether the columns have a time, a price and a size."""
    return _columns(header).keys() >= set(_NEEDED)


def is_aggregated(path: Path) -> bool:
    """Tell whether a parquet holds bars of a few ticks each, as `infra.files.tape` reads them."""
    import pyarrow.parquet

    try:
        return set(pyarrow.parquet.read_schema(path).names) >= _AGGREGATED
    except (OSError, ValueError) as error:
        raise Permanent(f"{path.name}: expected a parquet file, found {type(error).__name__}: {error}") from error


def read_csv(path: Path, condition_numbers: ConditionNumbers) -> MarketFile:
    """Read prints, oldest first.

    Raises
    ------
    Permanent
        If a row does not fit, or there are several symbols in the file.
    """
    rows = csv.DictReader(io.StringIO(text_of(path)))
    return _read(path, rows.fieldnames or (), rows, condition_numbers, first_line=2)


def read_parquet(path: Path, condition_numbers: ConditionNumbers) -> MarketFile:
    """Read prints of a parquet file, oldest first; raises as `read_csv`."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    columns = _columns(table.column_names)
    if columns.keys() < set(_NEEDED) or not columns.keys() >= set(_NEEDED):
        raise Permanent(f"{path.name}: expected columns with a time, a price and a size, found {', '.join(table.column_names)}")
    if pyarrow.types.is_timestamp(table.schema.field(columns["time"]).type):
        place = table.column_names.index(columns["time"])
        stamps = table[columns["time"]].cast(pyarrow.timestamp("us", tz="UTC"), safe=False)
        table = table.set_column(place, columns["time"], stamps)
    return _read(path, table.column_names, table.to_pylist(), condition_numbers, first_line=1)


def _columns(header: Iterable[str]) -> dict[str, str]:
    present = list(header)
    found = {what: next((name for name in names if name in present), None) for what, names in _NAMES.items()}
    return {what: name for what, name in found.items() if name is not None}


def _read(
    path: Path, header: Iterable[str], rows: Iterable[Mapping[str, Any]], condition_numbers: ConditionNumbers, first_line: int
) -> MarketFile:
    columns = _columns(header)
    trades, symbols = [], set()
    for number, row in enumerate(rows, start=first_line):
        try:
            symbol = str(row[columns["symbol"]]).upper() if "symbol" in columns else path.name.split("_")[0].split(".")[0].upper()
            letters = _letters(row[columns["conditions"]]) if "conditions" in columns else ()
            price, size = float(row[columns["price"]]), float(row[columns["size"]])
            if not (price > 0 and size > 0):
                raise ValueError("a price or size that is not above 0")
            trades.append(
                TapeTrade(
                    ts_ms=_milliseconds(row[columns["time"]]), symbol=symbol, price=price, size=int(size) if size.is_integer() else size,  # type: ignore[arg-type]
                    sequence=number, trade_id=str(row[columns["id"]]) if "id" in columns else str(number),
                    conditions=condition_numbers(letters, row[columns["tape"]] if "tape" in columns else None),
                )
            )  # fmt: skip
            symbols.add(symbol)
        except (ValueError, TypeError, KeyError, SyntaxError) as error:
            raise Permanent(f"{path.name} line {number}: expected a print with time, price and size, found {dict(row)} ({error})") from error
    if len(symbols) != 1:
        raise Permanent(f"{path.name}: expected prints of one symbol, found {', '.join(sorted(symbols)) or 'none'}")
    return MarketFile(path, "table of ticks", symbols.pop(), trades=tuple(sorted(trades, key=lambda trade: trade.ts_ms)))


def _milliseconds(value: Any) -> int:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return int(moment.timestamp() * 1_000)


def _letters(value: Any) -> tuple[str, ...]:
    """Return the letters of a list, or of its text as CSV has it: ``['@', 'I']`` or ``@ I``."""
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        value = ast.literal_eval(value) if value.startswith("[") else value.split()
    return tuple(str(letter) for letter in value)
