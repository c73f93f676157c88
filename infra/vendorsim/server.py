"""The fake vendors as one web server on loopback."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

from aiohttp import web

from infra.clock import Clock
from infra.market_calendar import trading_day
from infra.settings import Settings, clock_of
from infra.vendorsim import alpaca, discord, incidents, polled_vendors, polygon, tradier, unusual_whales
from infra.vendorsim.doors import DOORS
from infra.vendorsim.market_events import MarketSource
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.scenario_plan import LONG_HOURS, USUAL_HOURS
from infra.vendorsim.tape_source import TapeSource
from infra.vendorsim.tws import routes as tws


def market_source(settings: Settings, clock: Clock) -> MarketSource:
    """Return the market the settings name: the scenario of the day on which this run began, or a captured tape."""
    if settings.simulator.source != "scenario":
        return TapeSource(Path(settings.simulator.source))
    hours = LONG_HOURS if settings.simulator.long_day else USUAL_HOURS
    return Scenario(_first_day(settings, clock), settings.simulator.seed, hours)


def _first_day(settings: Settings, clock: Clock) -> date:
    # From the settings where they tell, so that a simulator restarted after midnight of market time plays the same day.
    return trading_day(settings.clock.start_us if settings.clock.kind == "scaled" else clock.now_us())


def create_app(settings: Settings, clock: Clock, source: MarketSource | None = None) -> web.Application:
    """Return the web application with every vendor's routes.

    Parameters
    ----------
    settings
        ``simulator`` and the vendors' ``api_key`` count; an empty key lets anybody in.
    clock
        Market time, the same as the rest of the run's.
    source
        The market; by default the one the settings name.
    """
    app = web.Application()
    app[DOORS] = {}
    market = source or market_source(settings, clock)
    polygon.add_routes(app, market, clock, settings.polygon.api_key.get_secret_value(), settings.simulator.seed)
    unusual_whales.add_routes(app, market, clock, settings.unusual_whales.api_key.get_secret_value(), settings.simulator.seed)
    key, secret = (value.get_secret_value() for value in (settings.alpaca.api_key, settings.alpaca.api_secret))
    alpaca.add_routes(app, market, clock, key, secret, settings.simulator.seed)
    tradier.add_routes(app, market, clock, settings.tradier.access_token.get_secret_value())
    polled_vendors.add_routes(app, market, clock, settings)
    discord.add_routes(app, settings.simulator.state_folder)
    if settings.simulator.tws_port:
        tws.add_routes(app, market, clock, settings.simulator.tws_port, settings.simulator.seed)

    incidents.add_routes(app, settings.simulator.incidents_path)

    async def healthy(_: web.Request) -> web.Response:
        return web.json_response({"ready": True, "symbols": len(market.symbols)})

    app.router.add_get("/healthz", healthy)
    app.router.add_get("/readyz", healthy)
    return app


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Answer on the loopback port of the settings until told to stop."""
    runner = web.AppRunner(create_app(settings, clock_of(settings)), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", settings.simulator.port, reuse_address=True).start()
        await stop.wait()
    finally:
        await runner.cleanup()
