"""The simulated vendors that are polled, on one web application: each below its own name, with one place to count calls and to order faults."""

from __future__ import annotations

from aiohttp import web

from infra.clock import Clock
from infra.settings import Settings
from infra.vendorsim.alpha_vantage import alpha_vantage
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.earnings_calendars import financial_modeling_prep, finnhub, nasdaq
from infra.vendorsim.economic_calendars import fred, trading_economics
from infra.vendorsim.market_events import MarketSource
from infra.vendorsim.polled_market import PolledMarket
from infra.vendorsim.twelve_data import twelve_data
from infra.vendorsim.vendor_door import VendorDoor
from infra.vendorsim.yahoo import yahoo


def add_routes(app: web.Application, source: MarketSource, clock: Clock, settings: Settings) -> dict[str, VendorDoor]:
    """Let ``app`` answer as Alpha Vantage, Twelve Data, Yahoo, Nasdaq, Financial Modeling Prep, Finnhub, Trading Economics and FRED do.

    Besides the vendors' own paths, below ``/alpha_vantage`` and so on, there are ``GET /polled/calls`` and ``POST /polled/faults``.
    """
    market = PolledMarket(source, clock, BarBook(source), settings.simulator.seed)
    doors = (
        alpha_vantage(app, market, clock, settings.alpha_vantage.api_key.get_secret_value()),
        twelve_data(app, market, clock, settings.twelve_data.api_key.get_secret_value()),
        yahoo(app, market, clock),
        nasdaq(app, market, clock),
        financial_modeling_prep(app, market, clock, settings.financial_modeling_prep.api_key.get_secret_value()),
        finnhub(app, market, clock, settings.finnhub.api_key.get_secret_value()),
        trading_economics(app, market, clock, settings.trading_economics.api_key.get_secret_value()),
        fred(app, market, clock, settings.fred.api_key.get_secret_value()),
    )
    by_name = {door.name: door for door in doors}

    async def calls(_: web.Request) -> web.Response:
        return web.json_response({name: dict(door.calls) for name, door in by_name.items()})

    async def faults(request: web.Request) -> web.Response:
        """{"vendor":"alpha_vantage","kind":"limited","times":3}; kinds: limited, failed."""
        order = await request.json()
        door, kind = by_name.get(order.get("vendor")), order.get("kind")
        if door is None or kind not in ("limited", "failed"):
            return web.json_response({"error": f"expected a vendor out of {', '.join(by_name)}, and limited or failed"}, status=400)
        times = int(order.get("times", 1))
        if kind == "limited":
            door.refusals_left = times
        else:
            door.failures_left = times
        return web.json_response({"vendor": door.name, "kind": kind, "times": times})

    app.router.add_get("/polled/calls", calls)
    app.router.add_post("/polled/faults", faults)
    return by_name
