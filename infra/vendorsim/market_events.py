"""What a simulated market consists of: prints and quotes in time order, read at any moment in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class TapeTrade(NamedTuple):
    """One print.

    Attributes
    ----------
    ts_ms
        Milliseconds since the epoch, UTC, as the vendor's WebSocket sends them.
    price, size
        US dollars and shares.
    sequence
        Rises per symbol; not always by one.
    trade_id
        Unique per symbol and day.
    exchange
        Vendor's exchange id; 0 when the tape does not tell.
    conditions
        Vendor's sale conditions; 37 is an odd lot.
    """

    ts_ms: int
    symbol: str
    price: float
    size: int
    sequence: int
    trade_id: str
    exchange: int = 0
    conditions: tuple[int, ...] = ()


class TapeQuote(NamedTuple):
    """Best bid and offer after a change; sizes in round lots of 100 shares, as the vendor sends them."""

    ts_ms: int
    symbol: str
    bid_price: float
    bid_lots: int
    ask_price: float
    ask_lots: int
    sequence: int
    bid_exchange: int = 11
    ask_exchange: int = 12
    condition: int = 1


class MinuteBar(NamedTuple):
    """One minute of one symbol, from prints: odd lots count in volume and vwap, not in open, high, low or close."""

    start_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    notional: float
    trade_count: int


TapeEvent = TapeTrade | TapeQuote
MINUTE_MS = 60_000
ODD_LOT = 37


class MarketSource(Protocol):
    """A market day that can be read anywhere: the same arguments always give the same events."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Tickers, sorted."""

    @property
    def span_ms(self) -> tuple[int, int]:
        """First moment with events, and the moment after the last."""

    def events_between(self, start_ms: int, end_ms: int) -> Sequence[TapeEvent]:
        """Return all events with ``start_ms <= ts_ms < end_ms`` in time order."""

    def symbol_events(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[TapeEvent]:
        """Return those of one symbol."""

    def previous_close(self, symbol: str) -> float:
        """Return yesterday's regular close in US dollars."""


def minute_bar(start_ms: int, trades: Sequence[TapeTrade]) -> MinuteBar | None:
    """Return the bar of one minute's prints; None when no print may set a price, then the vendor sends no bar."""
    prices = [trade.price for trade in trades if ODD_LOT not in trade.conditions]
    if not prices:
        return None
    return MinuteBar(
        start_ms=start_ms,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum(trade.size for trade in trades),
        notional=sum(trade.price * trade.size for trade in trades),
        trade_count=len(trades),
    )
