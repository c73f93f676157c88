"""The simulated Alpaca: streams and REST of stocks and crypto, and faults, on one web application."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import orjson
from aiohttp import web

from infra.clock import Clock
from infra.vendorsim.alpaca_rest import AlpacaRest
from infra.vendorsim.alpaca_websocket import AlpacaConnection
from infra.vendorsim.alpaca_wire import AlpacaMarket, CoinMarket, StockMarket, written
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.broker_door import BrokerFaults, Door
from infra.vendorsim.crypto_market import CryptoMarket
from infra.vendorsim.doors import OpenConnections, add_fault_door
from infra.vendorsim.market_events import MarketSource
from infra.vendorsim.paced_socket import PacedSocket

PREFIX = "/alpaca"
_LATE_MS = 900_000
_STOCK_FEEDS = ("iex", "sip", "delayed_sip")
_CRYPTO = "crypto"


def add_routes(app: web.Application, source: MarketSource, clock: Clock, key: str, secret: str, seed: int) -> None:
    """Let ``app`` answer as Alpaca does below ``/alpaca``; besides the vendor's paths there is ``POST /alpaca/faults``."""
    door = Door(f"{key}:{secret}" if key else "")
    stocks, coins = StockMarket(source, BarBook(source)), CoinMarket(CryptoMarket(seed))
    AlpacaRest(stocks, clock, door).add_routes(app, f"{PREFIX}/v2/stocks")
    AlpacaRest(coins, clock, door).add_routes(app, f"{PREFIX}/v1beta3/crypto/us")
    streams: dict[str, OpenConnections[AlpacaConnection]] = {name: OpenConnections(app) for name in (*_STOCK_FEEDS, _CRYPTO)}
    faults = BrokerFaults(door, lambda: chain.from_iterable(streams.values()), lambda kind, symbol: bad_frame(kind, symbol, clock.now_us()))

    async def stream(request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("feed", _CRYPTO)
        market: AlpacaMarket = coins if name == _CRYPTO else stocks

        def others(one: PacedSocket) -> int:
            return sum(other is not one and other.logged_in and not other.closed for other in streams[name])

        connection = AlpacaConnection(market, clock, _LATE_MS if name == "delayed_sip" else 0, door.admits, others)
        return await streams[name].serve(connection, request)

    app.router.add_get(PREFIX + "/stream/v2/{feed:" + "|".join(_STOCK_FEEDS) + "}", stream)
    app.router.add_get(f"{PREFIX}/stream/v1beta3/crypto/us", stream)
    add_fault_door(app, PREFIX, faults.commit)


def bad_frame(kind: str, symbol: str, now_us: int) -> bytes:
    """Return a frame that a careful reader must refuse, in whole or in one entry.

    Raises
    ------
    ValueError
        If ``kind`` is none of those known.
    """
    entry = {"T": "t", "S": symbol, "i": 1, "x": "D", "p": 10.0, "s": 100, "t": written(now_us * 1_000), "c": ["@"], "z": "C"}
    quote = {"T": "q", "S": symbol, "bx": "P", "bp": 10.05, "bs": 1, "ax": "T", "ap": 10.0, "as": 1, "t": entry["t"], "c": ["R"], "z": "C"}
    changes: Mapping[str, dict[str, object]] = {
        "negative": {"p": -10.0}, "wrong_type": {"p": "ten"}, "future": {"t": written((now_us + 86_400_000_000) * 1_000)},
        "no_time": {"t": "yesterday"}, "unknown": {"T": "zz"},
    }  # fmt: skip
    if kind == "malformed":
        return orjson.dumps([entry])[:-9]
    if kind == "nan":
        return orjson.dumps([entry]).replace(b'"p":10.0', b'"p":NaN')
    if kind == "crossed":
        return orjson.dumps([quote])
    if kind not in changes:
        raise ValueError(f"expected a bad frame out of malformed, nan, crossed, {', '.join(changes)}; found {kind}")
    return orjson.dumps([entry | changes[kind]])
