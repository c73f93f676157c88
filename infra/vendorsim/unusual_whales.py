"""The simulated Unusual Whales: REST, WebSocket, the count of calls and faults on one web application."""

from __future__ import annotations

from aiohttp import web

from infra.clock import Clock
from infra.vendorsim.doors import DOORS, OpenConnections, add_fault_door
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
    connections: OpenConnections[UnusualWhalesConnection] = OpenConnections(app)
    faults = UnusualWhalesFaults(lambda: connections, rest, access)

    async def socket(request: web.Request) -> web.StreamResponse:
        return await connections.serve(UnusualWhalesConnection(market, clock, access), request)

    app[DOORS]["uw"] = faults.commit
    app.router.add_get(f"{PREFIX}/socket", socket)
    add_fault_door(app, PREFIX, faults.commit)
