"""A captured tape as a market source: the file's prints in their own event time, no quotes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from infra.errors import ConfigurationError
from infra.files.tape import read_tape
from infra.vendorsim.market_events import TapeEvent, TapeTrade


class TapeSource:
    """One captured file, held in memory.

    Parameters
    ----------
    path
        A file `read_tape` knows.
    """

    def __init__(self, path: Path) -> None:
        # Stable sort: a file may step back by a few milliseconds between venues, the vendor's stream does not.
        self._trades: list[TapeTrade] = sorted(read_tape(path), key=lambda trade: trade.ts_ms)
        if not self._trades:
            raise ConfigurationError(f"expected prints in {path}, found none")
        self._times = [trade.ts_ms for trade in self._trades]
        self._by_symbol: dict[str, list[TapeTrade]] = {}
        for trade in self._trades:
            self._by_symbol.setdefault(trade.symbol, []).append(trade)

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(sorted(self._by_symbol))

    @property
    def span_ms(self) -> tuple[int, int]:
        return self._times[0], self._times[-1] + 1

    def events_between(self, start_ms: int, end_ms: int) -> Sequence[TapeEvent]:
        return self._trades[bisect_left(self._times, start_ms) : bisect_left(self._times, end_ms)]

    def symbol_events(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[TapeEvent]:
        trades = self._by_symbol.get(symbol, [])
        first = bisect_left(trades, start_ms, key=lambda trade: trade.ts_ms)
        return trades[first : bisect_left(trades, end_ms, key=lambda trade: trade.ts_ms)]

    def previous_close(self, symbol: str) -> float:
        """Return the first print: a tape of one day does not know the day before."""
        return self._by_symbol[symbol][0].price
