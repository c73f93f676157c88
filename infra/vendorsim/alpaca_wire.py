"""Alpaca's JSON shapes of simulated events: rows of its REST interface, which its stream sends with kind and symbol."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from zlib import crc32

from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.crypto_market import CryptoMarket, CryptoTrade
from infra.vendorsim.market_events import MINUTE_MS, ODD_LOT, MarketSource, TapeTrade

_LETTERS = {4: "D", 8: "K", 10: "N", 11: "P", 12: "T", 19: "Z"}
_SEQUENCES_A_MINUTE = 10_000
_NS_A_SEQUENCE = 100

Row = dict[str, Any]


class AlpacaMarket(Protocol):
    """One of the vendor's markets, in its own words."""

    @property
    def symbols(self) -> Sequence[str]:
        """As the vendor writes them."""

    def rows(self, kind: str, symbol: str, start_ms: int, end_ms: int) -> Sequence[tuple[int, Row]]:
        """Return prints (``t``) or quotes (``q``) of ``[start_ms, end_ms)`` with their nanoseconds, in time order."""

    def bar(self, symbol: str, start_ms: int) -> Row | None:
        """Return a finished minute; None without a print."""


class StockMarket:
    """The market that the simulated Polygon plays as well: same prints, same prices."""

    def __init__(self, source: MarketSource, bars: BarBook) -> None:
        self._source = source
        self._bars = bars

    @property
    def symbols(self) -> Sequence[str]:
        return self._source.symbols

    def rows(self, kind: str, symbol: str, start_ms: int, end_ms: int) -> Sequence[tuple[int, Row]]:
        found: list[tuple[int, Row]] = []
        for event in self._source.symbol_events(symbol, start_ms, end_ms):
            # Nanoseconds that keep the order of what one millisecond holds.
            moment = event.ts_ms * 1_000_000 + event.sequence % _SEQUENCES_A_MINUTE * _NS_A_SEQUENCE
            if isinstance(event, TapeTrade):
                if kind == "t":
                    found.append((moment, {
                        "t": written(moment), "x": _LETTERS.get(event.exchange, "D"), "p": event.price, "s": event.size,
                        "c": ["@", "I"] if ODD_LOT in event.conditions else ["@"], "i": _number(event.trade_id), "z": "C",
                    }))  # fmt: skip
            elif kind == "q":
                found.append((moment, {
                    "t": written(moment), "bx": _LETTERS.get(event.bid_exchange, "P"), "bp": event.bid_price, "bs": event.bid_lots,
                    "ax": _LETTERS.get(event.ask_exchange, "T"), "ap": event.ask_price, "as": event.ask_lots, "c": ["R"], "z": "C",
                }))  # fmt: skip
        return found

    def bar(self, symbol: str, start_ms: int) -> Row | None:
        bar = self._bars.bar(symbol, start_ms)
        if bar is None:
            return None
        return {
            "t": written(start_ms * 1_000_000), "o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close, "v": bar.volume,
            "n": bar.trade_count, "vw": round(bar.notional / bar.volume, 6),
        }  # fmt: skip


class CoinMarket:
    """Crypto pairs."""

    def __init__(self, market: CryptoMarket) -> None:
        self._market = market

    @property
    def symbols(self) -> Sequence[str]:
        return self._market.symbols

    def rows(self, kind: str, symbol: str, start_ms: int, end_ms: int) -> Sequence[tuple[int, Row]]:
        found: list[tuple[int, Row]] = []
        for event in self._market.events(symbol, start_ms, end_ms):
            stamp = written(event.ts_ns)
            if isinstance(event, CryptoTrade):
                if kind == "t":
                    taker = "B" if event.buyer_took else "S"
                    found.append((event.ts_ns, {"t": stamp, "p": event.price, "s": event.size, "i": event.trade_id, "tks": taker}))
            elif kind == "q":
                row = {"t": stamp, "bp": event.bid_price, "bs": event.bid_size, "ap": event.ask_price, "as": event.ask_size}
                found.append((event.ts_ns, row))
        return found

    def bar(self, symbol: str, start_ms: int) -> Row | None:
        trades = [event for event in self._market.events(symbol, start_ms, start_ms + MINUTE_MS) if isinstance(event, CryptoTrade)]
        if not trades:
            return None
        prices, volume = [trade.price for trade in trades], sum(trade.size for trade in trades)
        return {
            "t": written(start_ms * 1_000_000), "o": prices[0], "h": max(prices), "l": min(prices), "c": prices[-1],
            "v": round(volume, 9), "n": len(trades), "vw": round(sum(trade.price * trade.size for trade in trades) / volume, 9),
        }  # fmt: skip


def written(moment_ns: int) -> str:
    """Return a moment as the vendor writes it: no zeros at the end."""
    seconds, rest = divmod(moment_ns, 1_000_000_000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{rest:09d}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def _number(trade_id: str) -> int:
    return int(trade_id) if trade_id.isdecimal() else crc32(trade_id.encode())
