"""Polygon's JSON shapes of simulated events, for its WebSocket and its REST interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.vendorsim.market_events import MINUTE_MS, MinuteBar, TapeEvent, TapeQuote, TapeTrade

_NANOSECONDS = 1_000_000
_TAPE = 3


def frame_entry(event: TapeEvent) -> dict[str, Any]:
    """Return the WebSocket form of a print (``T``) or quote (``Q``)."""
    if isinstance(event, TapeTrade):
        entry = {
            "ev": "T", "sym": event.symbol, "x": event.exchange, "i": event.trade_id, "z": _TAPE, "p": event.price,
            "s": event.size, "t": event.ts_ms, "q": event.sequence,
        }  # fmt: skip
        if event.conditions:
            entry["c"] = event.conditions
        return entry
    return {
        "ev": "Q", "sym": event.symbol, "bx": event.bid_exchange, "bp": event.bid_price, "bs": event.bid_lots,
        "ax": event.ask_exchange, "ap": event.ask_price, "as": event.ask_lots, "c": event.condition, "t": event.ts_ms,
        "q": event.sequence, "z": _TAPE,
    }  # fmt: skip


def bar_entry(kind: str, symbol: str, bar: MinuteBar, length_ms: int, day: tuple[int, float, float]) -> dict[str, Any]:
    """Return the WebSocket form of a bar (``A`` or ``AM``); ``day`` is accumulated volume, notional and opening price."""
    day_volume, day_notional, day_open = day
    return {
        "ev": kind, "sym": symbol, "v": bar.volume, "av": day_volume, "op": day_open, "vw": round(bar.notional / bar.volume, 4),
        "o": bar.open, "c": bar.close, "h": bar.high, "l": bar.low, "a": round(day_notional / max(day_volume, 1), 4),
        "z": bar.volume // bar.trade_count, "s": bar.start_ms, "e": bar.start_ms + length_ms,
    }  # fmt: skip


def price_band_entry(symbol: str, reference_price: float, moment_ms: int) -> dict[str, Any]:
    """Return the WebSocket form of limit up, limit down (``LULD``): a tenth of the price each way, twice that for what costs less than 3 dollars."""
    width = 0.1 if reference_price >= 3 else 0.2
    return {
        "ev": "LULD", "T": symbol, "h": round(reference_price * (1 + width), 2), "l": round(reference_price * (1 - width), 2), "i": [21],
        "z": _TAPE, "t": moment_ms, "q": moment_ms // 1_000,
    }  # fmt: skip


def trade_row(trade: TapeTrade) -> dict[str, Any]:
    """Return a row of ``/v3/trades``; its stamp is the WebSocket's, so that both forms of a print agree."""
    row: dict[str, Any] = {
        "exchange": trade.exchange, "id": trade.trade_id, "participant_timestamp": trade.ts_ms * _NANOSECONDS,
        "price": trade.price, "sequence_number": trade.sequence, "sip_timestamp": trade.ts_ms * _NANOSECONDS,
        "size": trade.size, "tape": _TAPE,
    }  # fmt: skip
    if trade.conditions:
        row["conditions"] = trade.conditions
    return row


def quote_row(quote: TapeQuote) -> dict[str, Any]:
    """Return a row of ``/v3/quotes``."""
    return {
        "ask_exchange": quote.ask_exchange, "ask_price": quote.ask_price, "ask_size": quote.ask_lots,
        "bid_exchange": quote.bid_exchange, "bid_price": quote.bid_price, "bid_size": quote.bid_lots,
        "conditions": [quote.condition], "participant_timestamp": quote.ts_ms * _NANOSECONDS,
        "sequence_number": quote.sequence, "sip_timestamp": quote.ts_ms * _NANOSECONDS, "tape": _TAPE,
    }  # fmt: skip


def aggregate_row(bars: Sequence[MinuteBar], start_ms: int) -> dict[str, Any]:
    """Return one row of ``/v2/aggs``: the bars of one window."""
    volume = sum(bar.volume for bar in bars)
    return {
        "v": volume, "vw": round(sum(bar.notional for bar in bars) / volume, 4), "o": bars[0].open, "c": bars[-1].close,
        "h": max(bar.high for bar in bars), "l": min(bar.low for bar in bars), "t": start_ms,
        "n": sum(bar.trade_count for bar in bars),
    }  # fmt: skip


def snapshot(
    symbol: str, bars: Sequence[MinuteBar], trade: TapeTrade, quote: TapeQuote | None, previous_close: float
) -> dict[str, Any]:
    """Return a ticker's snapshot: the day so far, its last minute, last print and quote, and yesterday's close."""
    day = {key: value for key, value in aggregate_row(bars, 0).items() if key not in "tn"}
    last = bars[-1]
    found: dict[str, Any] = {
        "ticker": symbol,
        "todaysChange": round(trade.price - previous_close, 4),
        "todaysChangePerc": round((trade.price / previous_close - 1) * 100, 4),
        "updated": trade.ts_ms * _NANOSECONDS,
        "day": day,
        "min": aggregate_row([last], last.start_ms // MINUTE_MS * MINUTE_MS) | {"av": day["v"]},
        "lastTrade": {
            "c": trade.conditions, "i": trade.trade_id, "p": trade.price, "s": trade.size, "t": trade.ts_ms * _NANOSECONDS,
            "x": trade.exchange,
        },
        "prevDay": {
            "c": previous_close, "h": previous_close, "l": previous_close, "o": previous_close, "v": 1_000_000,
            "vw": previous_close,
        },
    }  # fmt: skip
    if quote is not None:
        found["lastQuote"] = {
            "P": quote.ask_price, "S": quote.ask_lots, "p": quote.bid_price, "s": quote.bid_lots,
            "t": quote.ts_ms * _NANOSECONDS,
        }  # fmt: skip
    return found
