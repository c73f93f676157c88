"""What the brokers' feeds get, by feed and endpoint: rows of the simulators in the vendors' formats, and payloads of our own desks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from infra.vendorsim.alpaca_wire import CoinMarket, StockMarket
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.crypto_market import CryptoMarket
from infra.vendorsim.market_events import MinuteBar, TapeQuote
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tradier_wire import bar_row, stream_events
from producers.alpaca.feed import CRYPTO, STOCKS, Market
from producers.ibkr import account_feed, quote_stream
from producers.tradier import stream
from producers.tradier.parse_rest import BARS_ENDPOINT, QUOTES_ENDPOINT

Frames = dict[str, Callable[[], list[bytes]]]
_ROW = {
    "symbol": "AAPL", "description": "Apple Inc", "exch": "Q", "type": "stock", "last": 208.21, "bid": 208.19, "ask": 208.21, "bidsize": 12,
    "bidexch": "Q", "bid_date": 1557168406000, "asksize": 1, "askexch": "Y", "ask_date": 1557168406000, "trade_date": 1557168406000,
}  # fmt: skip
_SUMMARY = {"type": "summary", "symbol": "SPY", "open": "282.42", "high": "283.49", "low": "281.07", "prevClose": "288.1"}
_QUOTE = (
    b'{"quote":{"symbol":"ES","security_type":"FUT","currency":"USD","local_symbol":"ESM5","expiry":"2025-06-20","mode":"LIVE","sequence":9,'
    b'"ts_event":1748966400000000,"age_ms":12,"gap_ms":null,"is_crossed":false,"is_halted":false,"bid_price":5975.25,"bid_size":3.0,'
    b'"ask_price":5975.5,"ask_size":2.0,"last_price":5975.25,"last_size":1.0,"ts_last":1748966399000000,"close_price":5950.0,"volume":10.0}}'
)
_TICKS = (
    b'{"ticks":[{"symbol":"EUR.USD","sequence":9,"ts_event":1748966400000000,"ts_received":1748966400000100,"bid_price":1.1371,"bid_size":1e6,'
    b'"ask_price":1.1372,"ask_size":1e6},{"symbol":"SPY","sequence":10,"ts_event":1748966400000000,"ts_received":1748966400000100,'
    b'"price":599.98,"size":100.0}]}'
)
_UPDATES = (
    b'{"updates":[{"account":"DU1234567","sequence":9,"ts_event":1748966400000000,"kind":"FIGURE","name":"BuyingPower","currency":"USD",'
    b'"value":"400000.00"},{"account":"DU1234567","sequence":10,"ts_event":1748966400000000,"kind":"POSITION","name":"SPY","quantity":100.0,'
    b'"average_cost":600.0,"contract_id":756733,"security_type":"STK","local_symbol":"SPY"}]}'
)


def broker_frames(scenario: Scenario, start_ms: int) -> dict[str, Frames]:
    """Return frames of two market seconds from ``start_ms``, and a minute's bar."""
    stocks, coins = StockMarket(scenario, BarBook(scenario)), CoinMarket(CryptoMarket(7))
    option = _QUOTE.replace(b"quote", b"option").replace(b'"ES"', b'"SPY250620C00600000"').replace(
        b'"volume":10.0', b'"volume":10.0,"implied_volatility":0.2,"delta":0.5,"gamma":0.01,"vega":0.4,"theta":-0.1,"underlying_price":599.0'
    )  # fmt: skip
    return {
        "feed.alpaca": _alpaca(STOCKS, stocks, "SPY", start_ms),
        "feed.alpaca_crypto": _alpaca(CRYPTO, coins, "BTC/USD", start_ms),
        "feed.tradier": {
            stream.ENDPOINT: lambda: _tradier_events(scenario, start_ms),
            QUOTES_ENDPOINT: lambda: [orjson.dumps({"quotes": {"quote": [_ROW]}}), orjson.dumps({"quotes": {"quote": _ROW}})],
            BARS_ENDPOINT: lambda: [orjson.dumps({"series": {"data": [bar_row(_bar(start_ms))]}})],
        },
        "feed.ibkr_quotes": {quote_stream.ENDPOINT: lambda: [_QUOTE, option, _TICKS]},
        "feed.ibkr_account": {account_feed.ENDPOINT: lambda: [_UPDATES]},
    }


def _alpaca(market: Market, rows: StockMarket | CoinMarket, symbol: str, start_ms: int) -> dict[str, Callable[[], list[bytes]]]:
    def found(kind: str) -> list[dict[str, object]]:
        return [row for _, row in rows.rows(kind, symbol, start_ms, start_ms + 60_000)][:10]

    def bars() -> Sequence[dict[str, object]]:
        return [bar for bar in [rows.bar(symbol, start_ms - 60_000)] if bar is not None]

    def frames() -> list[bytes]:
        told = [("t", found("t")), ("q", found("q")), ("b", bars()), ("u", bars())]
        return [orjson.dumps([{"T": kind, "S": symbol, **row} for row in some[:3]]) for kind, some in told]

    answers = {"trades": lambda: found("t"), "quotes": lambda: found("q"), "bars": bars}
    return {market.endpoint: frames} | {
        f"{market.path}/{name}": lambda name=name, some=some: [orjson.dumps({name: {symbol: some()}, "next_page_token": None})]
        for name, some in answers.items()
    }  # fmt: skip


def _tradier_events(scenario: Scenario, start_ms: int) -> list[bytes]:
    events = list(scenario.events_between(start_ms, start_ms + 2_000))[:20]
    quote = next(event for event in events if isinstance(event, TapeQuote))
    return [*(orjson.dumps(row) for event in events for row in stream_events(event, quote)), orjson.dumps(_SUMMARY)]


def _bar(start_ms: int) -> MinuteBar:
    return MinuteBar(start_ms=start_ms, open=10.0, high=10.5, low=9.9, close=10.2, volume=5_000, notional=51_000.0, trade_count=40)
