"""Bars and features of files, by the folds of the running system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from infra.errors import Permanent
from infra.files.market_file import FileBar, MarketFile, read_market_file
from infra.settings import Settings
from processors.calc.aggregate import Aggregate, Print, of_bar
from processors.calc.print_identity import identity_of
from processors.calc.windows import LENGTH_US, window_of
from processors.folds.bars import seconds_of
from processors.folds.market import EARLIEST_US
from processors.folds.whole_tape import bars_and_features
from producers.polygon.sale_conditions import bar_parts
from producers.sip_codes import condition_numbers
from schemas.records import Bar, Features, Resolution


@dataclass(frozen=True, slots=True)
class FileBars:
    """What the files of one symbol give.

    Attributes
    ----------
    finest
        Shortest bars that can be built of them.
    prints
        Prints in them; 0 for files of bars.
    left_out
        Bars before the first day of the exchange's calendar, whose sessions nobody knows here.
    """

    symbol: str
    files: Sequence[MarketFile]
    finest: Resolution
    prints: int
    left_out: int
    bars: Sequence[Bar]
    features: Sequence[Features]

    def of(self, resolution: Resolution) -> list[tuple[Bar, Features | None]]:
        """Return the bars of one length with their features, oldest first; seconds have none."""
        known = {item.window_end: item for item in self.features if item.resolution is resolution}
        return [(bar, known.get(bar.window_end)) for bar in self.bars if bar.resolution is resolution]

    def as_plain(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "symbol": self.symbol,
            "files": [{"path": str(item.path), "kind": item.kind} for item in self.files],
            "prints": self.prints,
            "left_out": self.left_out,
            "bars": [item.as_avro() for item in self.bars],
            "features": [item.as_avro() for item in self.features],
        }


def bars_of_files(paths: Sequence[Path], settings: Settings) -> list[FileBars]:
    """Return bars and features of each symbol in the files.

    Raises
    ------
    Permanent
        If a file is not understood, or files of one symbol overlap or hold different things.
    """
    by_symbol: dict[str, list[MarketFile]] = {}
    for path in paths:
        found = read_market_file(path, condition_numbers)
        by_symbol.setdefault(found.symbol, []).append(found)
    return [_of_symbol(symbol, files, settings) for symbol, files in by_symbol.items()]


def _of_symbol(symbol: str, files: list[MarketFile], settings: Settings) -> FileBars:
    ordered = sorted(files, key=_first_us)
    kinds = {item.kind for item in ordered}
    if len(kinds) > 1:
        raise Permanent(f"{symbol}: expected files of one kind, found {', '.join(sorted(kinds))}")
    for before, after in pairwise(ordered):
        if _first_us(after) <= _last_us(before):
            raise Permanent(f"{symbol}: expected files one after the other, found {after.path.name} to begin before {before.path.name} ends")
    left_out = 0
    if ordered[0].trades:
        finest, prints = Resolution.S1, list(_prints(ordered))
        parts: Iterator[tuple[Aggregate, list[Print]]] = seconds_of(sorted(prints))
    else:
        finest, prints = _resolution(ordered[0].bars[0]), []
        told = [bar for item in ordered for bar in item.bars]
        known = [bar for bar in told if bar.start_us >= EARLIEST_US]
        left_out = len(told) - len(known)
        parts = ((_aggregate(bar), []) for bar in known)
    bars, features = bars_and_features(symbol, parts, finest, settings.bars, settings.boxes, settings.feature)
    return FileBars(symbol, ordered, finest, len(prints), left_out, bars, features)


def _prints(files: Sequence[MarketFile]) -> Iterator[Print]:
    for trade in chain.from_iterable(item.trades for item in files):
        parts = bar_parts(tuple(trade.conditions))
        if parts:
            identity = identity_of(trade.sequence, trade.trade_id)
            yield Print(trade.ts_ms * 1_000, trade.sequence, identity, trade.price, float(trade.size), parts)


def _aggregate(bar: FileBar) -> Aggregate:
    return of_bar((bar.start_us, bar.end_us), (bar.open, bar.high, bar.low, bar.close), bar.volume, bar.vwap, bar.trade_count)


def _resolution(bar: FileBar) -> Resolution:
    length = bar.end_us - bar.start_us
    return next((name for name, known in LENGTH_US.items() if known == length), Resolution.D1)


def _first_us(item: MarketFile) -> int:
    return item.trades[0].ts_ms * 1_000 if item.trades else item.bars[0].start_us


def _last_us(item: MarketFile) -> int:
    return item.trades[-1].ts_ms * 1_000 if item.trades else window_of(_resolution(item.bars[-1]), item.bars[-1].start_us)[0]
