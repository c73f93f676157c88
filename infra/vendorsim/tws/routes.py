"""The fake TWS beside the web application: its own port, and ``POST /tws/faults``."""

from __future__ import annotations

from aiohttp import web

from infra.clock import Clock
from infra.vendorsim.doors import DOORS
from infra.vendorsim.market_events import MarketSource
from infra.vendorsim.tws.book_source import ScenarioBooks
from infra.vendorsim.tws.server import TwsSimulator


def add_routes(app: web.Application, source: MarketSource, clock: Clock, port: int, seed: int = 7) -> None:
    """Let a TWS listen on ``port`` as long as ``app`` runs, with the books of ``source``."""
    simulator = TwsSimulator(ScenarioBooks(source, seed), clock, port)

    async def fault(request: web.Request) -> web.Response:
        try:
            return web.json_response({"connections": simulator.commit(await request.json())})
        except (ValueError, KeyError) as error:
            return web.json_response({"error": str(error)}, status=400)

    async def start(_: web.Application) -> None:
        await simulator.start()

    async def close(_: web.Application) -> None:
        await simulator.close()

    app[DOORS]["tws"] = simulator.commit
    app.router.add_post("/tws/faults", fault)
    app.on_startup.append(start)
    app.on_shutdown.append(close)
