"""Where the fake TWS takes its books and prints from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from infra.vendorsim.market_events import MarketSource, TapeQuote, TapeTrade
from infra.vendorsim.tws.operations import DepthOperation, Level, SimulatedBook, operations

LEVELS = 10
_LOOK_BACK_MS = (5_000, 60_000, 3_600_000)
_VENUES = ("ISLAND", "ARCA", "BATS", "DRCTEDGE", "NYSE", "IEX")
_EMPTY = SimulatedBook((), ())
_LOT = 100.0


class DepthPlayer(Protocol):
    """One subscription's flow of operations."""

    def due(self, now_ms: int) -> Sequence[DepthOperation]:
        """Return what must be sent by now."""


class BookSource(Protocol):
    """What can be subscribed to."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """What has a contract."""

    def player(self, symbol: str, rows: int, smart: bool) -> DepthPlayer:
        """Return a new subscription's operations, from an empty book on."""

    def quote(self, symbol: str, now_ms: int) -> TapeQuote | None:
        """Return the newest quote."""

    def trades(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[TapeTrade]:
        """Return the prints in ``[start_ms, end_ms)``."""


class ScenarioBooks:
    """Ten levels around each quote of the simulated market: the same quote always has the same book."""

    def __init__(self, source: MarketSource) -> None:
        self._source = source

    @property
    def symbols(self) -> tuple[str, ...]:
        return self._source.symbols

    def quote(self, symbol: str, now_ms: int) -> TapeQuote | None:
        now_ms = min(now_ms, self._source.span_ms[1])  # after the close the last book stands
        for back_ms in _LOOK_BACK_MS:
            quotes = [event for event in self._source.symbol_events(symbol, now_ms - back_ms, now_ms) if isinstance(event, TapeQuote)]
            if quotes:
                return quotes[-1]
        return None

    def trades(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[TapeTrade]:
        return [event for event in self._source.symbol_events(symbol, start_ms, end_ms) if isinstance(event, TapeTrade)]

    def book(self, symbol: str, now_ms: int, smart: bool) -> SimulatedBook:
        """Return the book that stands at a moment; empty before the first quote."""
        quote = self.quote(symbol, now_ms)
        return _EMPTY if quote is None else book_around(quote, smart)

    def player(self, symbol: str, rows: int, smart: bool) -> DepthPlayer:
        return _ScenarioPlayer(self, symbol, min(rows, LEVELS), smart)


def book_around(quote: TapeQuote, smart: bool) -> SimulatedBook:
    """Return the ten levels a side of a quote: its own sizes at the top, made-up ones below; with a venue a row if ``smart``."""
    random = np.random.default_rng((quote.ts_ms, quote.sequence))
    lots = random.integers(1, 40, (2, LEVELS))
    steps = np.cumsum(random.integers(1, 3, (2, LEVELS)), axis=1)
    venues = random.integers(0, len(_VENUES), (2, LEVELS))
    sides = []
    for side, (price, best_lots, sign) in enumerate(((quote.bid_price, quote.bid_lots, -1), (quote.ask_price, quote.ask_lots, 1))):
        best = round(price * 100)
        levels = []
        for row in range(LEVELS):
            cents = best + sign * int(steps[side][row] - steps[side][0])
            size = best_lots if row == 0 else int(lots[side][row])
            levels.append(Level(cents / 100, size * _LOT, _VENUES[venues[side][row]] if smart else ""))
        sides.append(tuple(level for level in levels if level.price > 0))
    return SimulatedBook(*sides)


class _ScenarioPlayer:
    def __init__(self, books: ScenarioBooks, symbol: str, rows: int, smart: bool) -> None:
        self._books, self._symbol, self._rows, self._smart = books, symbol, rows, smart
        self._shown = _EMPTY

    def due(self, now_ms: int) -> Sequence[DepthOperation]:
        whole = self._books.book(self._symbol, now_ms, self._smart)
        book = SimulatedBook(whole.bids[: self._rows], whole.asks[: self._rows])
        changes = list(operations(self._shown, book))
        self._shown = book
        return changes
