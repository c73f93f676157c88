"""A file of prints or bars, told apart by what is in it: LEAN, IBKR, Yahoo, Alpha Vantage, Polygon, and tables of ticks as Alpaca's."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from infra.errors import Permanent
from infra.vendorsim.market_events import TapeTrade

ConditionNumbers = Callable[[Iterable[str], object], tuple[int, ...]]
"""Letters of sale conditions and the tape's letter -> their numbers."""

KNOWN = (
    "LEAN trades (zip: ticks, seconds, minutes, hours, days), IBKR bars or ticks (CSV), Yahoo bars (CSV), Alpha Vantage or Polygon bars (JSON), "
    "tables of ticks with timestamp, price and size (CSV, parquet), Polygon's aggregated ticks (parquet); CSV and JSON also as .gz"
)


@dataclass(frozen=True, slots=True)
class FileBar:
    """One bar of a file.

    Attributes
    ----------
    start_us, end_us
        Window [start, end), microseconds UTC.
    open, high, low, close
        US dollars.
    volume
        Shares.
    vwap
        US dollars; None when the file has none.
    trade_count
        Prints in it; None when the file does not tell.
    """

    start_us: int
    end_us: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float | None = None
    trade_count: int | None = None


@dataclass(frozen=True, slots=True)
class MarketFile:
    """What a file holds: prints or bars of one symbol, oldest first.

    Attributes
    ----------
    kind
        What the file was taken for, in words.
    """

    path: Path
    kind: str
    symbol: str
    trades: tuple[TapeTrade, ...] = ()
    bars: tuple[FileBar, ...] = ()


def read_market_file(path: Path, condition_numbers: ConditionNumbers) -> MarketFile:
    """Read a file of prints or bars.

    Raises
    ------
    Permanent
        If it is missing or not understood: what was expected and what was found, with the line.
    """
    from infra.files import bars_csv, bars_json, bars_lean, tick_table
    from infra.files.tape import read_tape

    if not path.is_file():
        raise Permanent(f"expected a file at {path}, found none")
    start = _start(path)
    if start.startswith(b"PK"):
        if bars_lean.holds_ticks(path):
            return _of_tape(path, "LEAN ticks", path.parent.name.upper(), read_tape(path))
        return bars_lean.read(path)
    if start.startswith(b"PAR1"):
        if tick_table.is_aggregated(path):
            return _of_tape(path, "Polygon ticks", path.name.split("_")[0].upper(), read_tape(path))
        return tick_table.read_parquet(path, condition_numbers)
    text = start.decode("utf-8-sig", errors="replace").lstrip()
    if text.startswith("{"):
        return bars_json.read(path)
    header = tuple(name.strip() for name in text.splitlines()[0].split(",")) if text else ()
    if header[:1] == ("window_et",) and path.name.endswith(".csv.gz"):
        return _of_tape(path, "IBKR ticks", path.name.partition("_")[0].upper(), read_tape(path))
    if bars_csv.understands(header):
        return bars_csv.read(path, header)
    if tick_table.understands(header):
        return tick_table.read_csv(path, condition_numbers)
    raise Permanent(f"{path.name} line 1: expected {KNOWN}; found {', '.join(header[:8]) or 'an empty file'}")


def text_of(path: Path) -> str:
    """Return the text of a file that may be compressed with gzip."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    try:
        return (gzip.decompress(path.read_bytes()) if packed else path.read_bytes()).decode("utf-8-sig")
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise Permanent(f"{path.name}: expected text, plain or .gz, found {type(error).__name__}") from error


def _start(path: Path) -> bytes:
    with path.open("rb") as raw:
        start = raw.read(4_096)
    if start.startswith(b"\x1f\x8b"):
        with gzip.open(path) as packed:
            return packed.read(4_096)
    return start


def _of_tape(path: Path, kind: str, symbol: str, trades: Iterable[TapeTrade]) -> MarketFile:
    try:
        ordered = tuple(sorted(trades, key=lambda trade: trade.ts_ms))
    except (ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        raise Permanent(f"{path.name}: expected {kind}, found {error!r}") from error
    if not ordered:
        raise Permanent(f"{path.name}: expected {kind}, found no print")
    return MarketFile(path, kind, symbol, trades=ordered)
