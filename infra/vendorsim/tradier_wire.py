"""Tradier's JSON shapes of simulated events: numbers in its stream are text, over REST they are numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from infra.market_calendar import NEW_YORK
from infra.vendorsim.market_events import ODD_LOT, MinuteBar, TapeEvent, TapeQuote, TapeTrade

_LETTERS = {4: "D", 8: "K", 10: "N", 11: "P", 12: "T", 19: "Z"}


def stream_events(event: TapeEvent, quote: TapeQuote | None) -> list[dict[str, Any]]:
    """Return what the stream sends of an event, by kind: a print comes twice, as ``timesale`` and as ``trade``.

    Parameters
    ----------
    quote
        Best bid and offer at a print.
    """
    if isinstance(event, TapeTrade):
        exchange, price, size, date = _LETTERS.get(event.exchange, "D"), str(event.price), str(event.size), str(event.ts_ms)
        sale = {
            "type": "timesale", "symbol": event.symbol, "exch": exchange, "bid": str(quote.bid_price if quote else price),
            "ask": str(quote.ask_price if quote else price), "last": price, "size": size, "date": date, "seq": event.sequence,
            "flag": "I" if ODD_LOT in event.conditions else "@", "cancel": False, "correction": False, "session": "normal",
        }  # fmt: skip
        trade = {
            "type": "trade", "symbol": event.symbol, "exch": exchange, "price": price, "size": size, "cvol": size, "date": date,
            "last": price,
        }  # fmt: skip
        return [sale, trade]
    second = str(event.ts_ms // 1_000 * 1_000)  # the vendor stamps quotes in whole seconds
    return [{
        "type": "quote", "symbol": event.symbol, "bid": event.bid_price, "bidsz": event.bid_lots,
        "bidexch": _LETTERS.get(event.bid_exchange, "P"), "biddate": second, "ask": event.ask_price, "asksz": event.ask_lots,
        "askexch": _LETTERS.get(event.ask_exchange, "T"), "askdate": second,
    }]  # fmt: skip


def quote_row(symbol: str, quote: TapeQuote, trade: TapeTrade, bars: Sequence[MinuteBar], previous_close: float) -> dict[str, Any]:
    """Return a symbol's row of ``/v1/markets/quotes``."""
    date = quote.ts_ms // 1_000 * 1_000
    return {
        "symbol": symbol, "description": f"{symbol} Inc", "exch": "Q", "type": "stock", "last": trade.price,
        "change": round(trade.price - previous_close, 2), "volume": sum(bar.volume for bar in bars),
        "open": bars[0].open if bars else None, "high": max((bar.high for bar in bars), default=None),
        "low": min((bar.low for bar in bars), default=None), "close": None, "bid": quote.bid_price, "ask": quote.ask_price,
        "change_percentage": round((trade.price / previous_close - 1) * 100, 2), "average_volume": 1_000_000,
        "last_volume": trade.size, "trade_date": trade.ts_ms, "prevclose": previous_close, "bidsize": quote.bid_lots,
        "bidexch": _LETTERS.get(quote.bid_exchange, "P"), "bid_date": date, "asksize": quote.ask_lots,
        "askexch": _LETTERS.get(quote.ask_exchange, "T"), "ask_date": date, "root_symbols": symbol,
    }  # fmt: skip


def bar_row(bar: MinuteBar) -> dict[str, Any]:
    """Return a minute of ``/v1/markets/timesales``."""
    local = datetime.fromtimestamp(bar.start_ms / 1_000, UTC).astimezone(NEW_YORK)
    return {
        "time": f"{local:%Y-%m-%dT%H:%M:%S}", "timestamp": bar.start_ms // 1_000, "price": (bar.high + bar.low) / 2, "open": bar.open,
        "high": bar.high, "low": bar.low, "close": bar.close, "volume": bar.volume, "vwap": round(bar.notional / bar.volume, 5),
    }  # fmt: skip


def listed(rows: Sequence[Any]) -> Any:
    """Return rows as the vendor does: one alone is not in a list, none is null."""
    if not rows:
        return None
    return rows[0] if len(rows) == 1 else list(rows)
