"""The simulated Polygon: WebSocket, REST, ground truth and faults on one web application."""

from __future__ import annotations

from aiohttp import web

from infra.clock import Clock
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.doors import DOORS, OpenConnections, add_fault_door
from infra.vendorsim.faults import Faults
from infra.vendorsim.market_events import MarketSource
from infra.vendorsim.polygon_access import DELAY_SECONDS, PolygonAccess
from infra.vendorsim.polygon_rest import PolygonRest
from infra.vendorsim.polygon_websocket import PolygonConnection
from infra.vendorsim.scenario import Scenario

WEBSOCKET_PATH = "/polygon/stocks"
DELAYED_PATH = "/polygon/delayed/stocks"
REST_PREFIX = "/polygon"


def add_routes(app: web.Application, source: MarketSource, clock: Clock, api_key: str, seed: int = 7) -> None:
    """Let ``app`` answer as Polygon does, from ``source`` at the moment of ``clock``.

    Besides the vendor's own paths there are ``GET /scenario/truth``, ``GET /scenario/market`` and ``POST /polygon/faults``.
    """
    bars, access = BarBook(source), PolygonAccess(api_key)
    PolygonRest(source, bars, clock, access, seed).add_routes(app, REST_PREFIX)
    connections: OpenConnections[PolygonConnection] = OpenConnections(app)
    faults = Faults(lambda: connections, access, clock)

    async def stocks(request: web.Request) -> web.StreamResponse:
        delayed = request.path == DELAYED_PATH
        return await connections.serve(PolygonConnection(source, bars, clock, access, DELAY_SECONDS if delayed else 0), request)

    async def truth(_: web.Request) -> web.Response:
        planted = source.truth() if isinstance(source, Scenario) else []
        return web.json_response([box.as_dict() for box in planted])

    async def market(_: web.Request) -> web.Response:
        first_ms, last_ms = source.span_ms
        return web.json_response(
            {"symbols": source.symbols, "first_ms": first_ms, "last_ms": last_ms, "now_ms": clock.now_us() // 1_000}
        )

    app[DOORS]["polygon"] = faults.commit
    app.router.add_get(WEBSOCKET_PATH, stocks)
    app.router.add_get(DELAYED_PATH, stocks)
    app.router.add_get("/scenario/truth", truth)
    app.router.add_get("/scenario/market", market)
    add_fault_door(app, REST_PREFIX, faults.commit)
