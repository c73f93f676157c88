"""The simulated Unusual Whales: REST, WebSocket, the count of calls and faults on one web application."""

from __future__ import annotations

from aiohttp import web

from infra.clock import Clock
from infra.vendorsim.doors import DOORS
from infra.vendorsim.market_events import MarketSource
from infra.vendorsim.unusual_whales_access import Access
from infra.vendorsim.unusual_whales_faults import UnusualWhalesFaults
from infra.vendorsim.unusual_whales_market import OptionMarket
from infra.vendorsim.unusual_whales_rest import UnusualWhalesRest
from infra.vendorsim.unusual_whales_websocket import UnusualWhalesConnection

PREFIX = "/uw"


def add_routes(app: web.Application, source: MarketSource, clock: Clock, api_key: str, seed: int) -> None:
    """Let ``app`` answer as Unusual Whales does below ``/uw``, with options on the stocks of ``source``.

    Besides the vendor's own paths there are ``GET /uw/calls`` and ``POST /uw/faults``.
    """
    market, access = OptionMarket(source, seed), Access(api_key)
    rest = UnusualWhalesRest(market, clock, access)
    rest.add_routes(app, PREFIX)
    connections: set[UnusualWhalesConnection] = set()
    faults = UnusualWhalesFaults(lambda: connections, rest, access)

    async def socket(request: web.Request) -> web.StreamResponse:
        connection = UnusualWhalesConnection(market, clock, access)
        connections.add(connection)
        try:
            return await connection.serve(request)
        finally:
            connections.discard(connection)

    async def fault(request: web.Request) -> web.Response:
        try:
            return web.json_response({"connections": faults.commit(await request.json())})
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)

    async def close_connections(_: web.Application) -> None:
        for connection in list(connections):
            await connection.close()

    app[DOORS]["uw"] = faults.commit
    app.router.add_get(f"{PREFIX}/socket", socket)
    app.router.add_post(f"{PREFIX}/faults", fault)
    app.on_shutdown.append(close_connections)
