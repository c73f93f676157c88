"""The simulated earnings calendars of Nasdaq, Financial Modeling Prep and Finnhub, and Finnhub's quotes."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from aiohttp import web

from infra.clock import Clock, to_microseconds
from infra.market_calendar import NEW_YORK
from infra.vendorsim.polled_market import PolledMarket, Report
from infra.vendorsim.vendor_door import VendorDoor, Words, answer


def nasdaq(app: web.Application, market: PolledMarket, clock: Clock) -> VendorDoor:
    """Let ``app`` answer as Nasdaq's web site does."""

    def error(code: int, message: str) -> web.Response:
        return answer({"data": None, "message": None, "status": {"rCode": code, "bCodeMessage": [{"code": 1001, "errorMessage": message}]}})

    words = Words(
        no_key=lambda: error(400, "unused: there is no key"),
        limited=lambda: web.Response(status=429, text="<HTML><HEAD><TITLE>Too Many Requests</TITLE></HEAD></HTML>", content_type="text/html"),
        day_used_up=lambda: web.Response(status=429, text="<HTML></HTML>", content_type="text/html"),
        unknown=lambda _: error(400, "Symbol not exists."),
        failed=lambda: error(500, "Something went wrong."),
    )
    door = VendorDoor("nasdaq", clock, words)

    async def earnings(request: web.Request) -> web.Response:
        try:
            day = date.fromisoformat(request.query["date"])
        except (KeyError, ValueError):
            return error(400, "Invalid date.")
        rows = [_nasdaq_row(report) for report in market.reports(day, day)]
        headers = {"lastYearRptDt": "Last Year's Report Date", "time": "Time", "symbol": "Symbol", "epsForecast": "Consensus EPS* Forecast"}
        data = {"asOf": f"{day:%a, %b %d, %Y}", "headers": headers if rows else None, "rows": rows or None}
        return answer({"data": data, "message": None, "status": {"rCode": 200, "bCodeMessage": None, "developerMessage": None}})

    door.add(app, "/api/calendar/earnings", earnings)
    return door


def financial_modeling_prep(app: web.Application, market: PolledMarket, clock: Clock, key: str, *, per_day: int = 250) -> VendorDoor:
    """Let ``app`` answer as Financial Modeling Prep does."""
    limit = "Limit Reach . Please upgrade your plan or visit our documentation for more details at https://site.financialmodelingprep.com/"
    words = Words(
        no_key=lambda: answer({"Error Message": "Invalid API KEY. Feel free to create a Free API Key or visit our site"}, 401),
        limited=lambda: answer({"Error Message": limit}, 429),
        day_used_up=lambda: answer({"Error Message": limit}, 429),
        unknown=lambda _: answer([]),
        failed=lambda: web.Response(status=502, text="Bad Gateway"),
    )
    door = VendorDoor("financial_modeling_prep", clock, words, lambda request: request.query.get("apikey", ""), key, per_day=per_day)

    async def earnings(request: web.Request) -> web.Response:
        first, last = (date.fromisoformat(request.query[name]) for name in ("from", "to"))
        return answer([
            {"symbol": one.symbol, "date": one.day.isoformat(), "epsActual": one.actual, "epsEstimated": one.estimate, "revenueActual": None,
             "revenueEstimated": None, "lastUpdated": market.today.isoformat()}
            for one in market.reports(first, last)
        ])  # fmt: skip

    door.add(app, "/stable/earnings-calendar", earnings)
    return door


def finnhub(app: web.Application, market: PolledMarket, clock: Clock, key: str) -> VendorDoor:
    """Let ``app`` answer as Finnhub's free plan does."""
    words = Words(
        no_key=lambda: answer({"error": "Invalid API key."}, 401),
        limited=lambda: answer({"error": "API limit reached. Please try again later. Remaining Limit: 0"}, 429),
        day_used_up=lambda: answer({"error": "API limit reached. Please try again later. Remaining Limit: 0"}, 429),
        unknown=lambda _: answer({"c": 0, "d": None, "dp": None, "h": 0, "l": 0, "o": 0, "pc": 0, "t": 0}),
        failed=lambda: answer({"error": "Internal error"}, 500),
    )
    door = VendorDoor("finnhub", clock, words, _finnhub_key, key, per_minute=60)

    async def quote(request: web.Request) -> web.Response:
        symbol = request.query["symbol"]
        mover = market.mover(symbol)
        previous = market.source.previous_close(symbol)
        price = previous if mover is None else mover.price
        moment = _open_of(market.today) if mover is None else market.now_ms // 1_000
        change = round(price - previous, 4)
        day = {"h": price, "l": price, "o": price, "pc": previous}
        return answer({"c": price, "d": change, "dp": round(change / previous * 100, 4), **day, "t": moment})

    async def candles(_: web.Request) -> web.Response:
        return answer({"error": "You don't have access to this resource."}, 403)

    async def earnings(request: web.Request) -> web.Response:
        first, last = (date.fromisoformat(request.query[name]) for name in ("from", "to"))
        rows = [
            {"date": one.day.isoformat(), "epsActual": one.actual, "epsEstimate": one.estimate,
             "hour": "bmo" if one.before_open else "amc", "quarter": (one.day.month - 1) // 3 + 1,
             "revenueActual": None, "revenueEstimate": None, "symbol": one.symbol, "year": one.day.year}
            for one in market.reports(first, last)
        ]  # fmt: skip
        return answer({"earningsCalendar": rows})

    door.add(app, "/api/v1/quote", quote)
    door.add(app, "/api/v1/stock/candle", candles)
    door.add(app, "/api/v1/calendar/earnings", earnings)
    return door


def _finnhub_key(request: web.Request) -> str:
    return request.headers.get("X-Finnhub-Token") or request.query.get("token", "")


def _open_of(day: date) -> int:
    return to_microseconds(datetime.combine(day, time(9, 30), NEW_YORK)) // 1_000_000


def _nasdaq_row(report: Report) -> dict[str, Any]:
    row = {
        "lastYearRptDt": f"{report.day.month}/{report.day.day:02}/{report.day.year - 1}", "lastYearEPS": "N/A",
        "time": "time-pre-market" if report.before_open else "time-after-hours", "symbol": report.symbol, "name": f"{report.symbol} Corp",
        "marketCap": "$1,000,000,000", "fiscalQuarterEnding": f"{report.quarter_end:%b/%Y}", "epsForecast": _dollars(report.estimate),
        "noOfEsts": "3",
    }  # fmt: skip
    return row if report.actual is None else row | {"eps": _dollars(report.actual)}


def _dollars(value: float) -> str:
    return f"${value:.2f}" if value >= 0 else f"(${-value:.2f})"
