"""Where the fake TWS takes its contracts, books, quotes and prints from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import numpy as np

from infra.vendorsim.market_events import TapeQuote, TapeTrade
from infra.vendorsim.tws.listings import Listed, stock
from infra.vendorsim.tws.market import Computed, Level1, TwsMarket
from infra.vendorsim.tws.operations import DepthOperation, Level, SimulatedBook, operations

LEVELS = 10
_VENUES = ("ISLAND", "ARCA", "BATS", "DRCTEDGE", "NYSE", "IEX")
_EMPTY = SimulatedBook((), ())
_LOT = 100


class DepthPlayer(Protocol):
    """One subscription's flow of operations."""

    def due(self, now_ms: int) -> Sequence[DepthOperation]:
        """Return what must be sent by now."""


class BookSource(Protocol):
    """What can be subscribed to."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Stocks."""

    def listed(self, wanted: Sequence[str], now_ms: int) -> list[Listed]:
        """Return the contracts that fit the twelve fields of a request."""

    def player(self, each: Listed, rows: int, smart: bool) -> DepthPlayer:
        """Return a new subscription's operations, from an empty book on."""

    def level1(self, each: Listed, now_ms: int) -> Level1 | None:
        """Return the quote of a moment."""

    def trades(self, each: Listed, start_ms: int, end_ms: int) -> Sequence[TapeTrade]:
        """Return the prints in ``[start_ms, end_ms)``."""

    def computed(self, each: Listed, now_ms: int) -> Computed | None:
        """Return what the model says of an option."""

    def chain_of(self, ticker: str) -> tuple[list[date], list[float]]:
        """Return expiries and strikes of an underlying's options."""


class ScenarioBooks(TwsMarket):
    """Ten levels around each quote of the simulated market: the same quote always has the same book."""

    def book(self, symbol: str, now_ms: int, smart: bool) -> SimulatedBook:
        """Return the book of a stock that stands at a moment; empty before the first quote."""
        return self.book_of(stock(symbol), now_ms, smart)

    def book_of(self, each: Listed, now_ms: int, smart: bool) -> SimulatedBook:
        """Return the book that stands at a moment; empty where there is no bid and offer."""
        if each.security_type == "STK":
            quote = self.quote(each.name, now_ms)
            return _EMPTY if quote is None else book_around(quote, smart)
        now = self.level1(each, now_ms)
        if now is None or now.bid_price is None or now.ask_price is None:
            return _EMPTY
        quote = TapeQuote(now_ms // 1_000 * 1_000, each.name, now.bid_price, 3, now.ask_price, 4, each.number)
        return book_around(quote, smart, each.tick, 1)

    def player(self, each: Listed, rows: int, smart: bool) -> DepthPlayer:
        return _ScenarioPlayer(self, each, min(rows, LEVELS), smart)


def book_around(quote: TapeQuote, smart: bool, tick: float = 0.01, lot: int = _LOT) -> SimulatedBook:
    """Return the ten levels a side of a quote: its own sizes at the top, made-up ones below; with a venue a row if ``smart``."""
    random = np.random.default_rng((quote.ts_ms, quote.sequence))
    lots = random.integers(1, 40, (2, LEVELS))
    steps = np.cumsum(random.integers(1, 3, (2, LEVELS)), axis=1)
    venues = random.integers(0, len(_VENUES), (2, LEVELS))
    sides = []
    for side, (price, best_lots, sign) in enumerate(((quote.bid_price, quote.bid_lots, -1), (quote.ask_price, quote.ask_lots, 1))):
        best = round(price / tick)
        levels = []
        for row in range(LEVELS):
            place = best + sign * int(steps[side][row] - steps[side][0])
            size = best_lots if row == 0 else int(lots[side][row])
            levels.append(Level(round(place * tick, 7), float(size * lot), _VENUES[venues[side][row]] if smart else ""))
        sides.append(tuple(level for level in levels if level.price > 0))
    return SimulatedBook(*sides)


class _ScenarioPlayer:
    def __init__(self, books: ScenarioBooks, each: Listed, rows: int, smart: bool) -> None:
        self._books, self._each, self._rows, self._smart = books, each, rows, smart
        self._shown = _EMPTY

    def due(self, now_ms: int) -> Sequence[DepthOperation]:
        whole = self._books.book_of(self._each, now_ms, self._smart)
        book = SimulatedBook(whole.bids[: self._rows], whole.asks[: self._rows])
        changes = list(operations(self._shown, book))
        self._shown = book
        return changes
