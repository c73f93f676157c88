"""The simulated Alpaca: streams and REST of stocks and crypto, and faults, on one web application."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from aiohttp import web

from infra.clock import Clock
from infra.vendorsim.alpaca_rest import AlpacaRest
from infra.vendorsim.alpaca_websocket import AlpacaConnection
from infra.vendorsim.alpaca_wire import AlpacaMarket, CoinMarket, StockMarket, written
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.broker_door import BrokerFaults, Door
from infra.vendorsim.crypto_market import CryptoMarket
from infra.vendorsim.market_events import MarketSource
from infra.vendorsim.paced_socket import PacedSocket

PREFIX = "/alpaca"
_LATE_MS = 900_000


def add_routes(app: web.Application, source: MarketSource, clock: Clock, key: str, secret: str, seed: int) -> None:
    """Let ``app`` answer as Alpaca does below ``/alpaca``; besides the vendor's paths there is ``POST /alpaca/faults``."""
    door = Door(f"{key}:{secret}" if key else "")
    stocks, coins = StockMarket(source, BarBook(source)), CoinMarket(CryptoMarket(seed))
    AlpacaRest(stocks, clock, door).add_routes(app, f"{PREFIX}/v2/stocks")
    AlpacaRest(coins, clock, door).add_routes(app, f"{PREFIX}/v1beta3/crypto/us")
    connections: dict[AlpacaConnection, str] = {}
    faults = BrokerFaults(door, lambda: list(connections), lambda kind, symbol: bad_frame(kind, symbol, clock.now_us()))

    async def stream(request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("feed", "crypto")
        market: AlpacaMarket = coins if name == "crypto" else stocks

        def others(one: PacedSocket) -> int:
            return sum(other is not one and other.logged_in and not other.closed and connections[other] == name for other in connections)

        connection = AlpacaConnection(market, clock, _LATE_MS if name == "delayed_sip" else 0, door.admits, others)
        connections[connection] = name
        try:
            return await connection.serve(request)
        finally:
            del connections[connection]

    async def fault(request: web.Request) -> web.Response:
        try:
            return web.json_response({"connections": faults.commit(await request.json())})
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)

    async def close_connections(_: web.Application) -> None:
        for connection in list(connections):
            await connection.close()

    app.router.add_get(PREFIX + "/stream/v2/{feed:iex|sip|delayed_sip}", stream)
    app.router.add_get(f"{PREFIX}/stream/v1beta3/crypto/us", stream)
    app.router.add_post(f"{PREFIX}/faults", fault)
    app.on_shutdown.append(close_connections)


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
