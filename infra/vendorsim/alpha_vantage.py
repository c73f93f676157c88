"""The simulated Alpha Vantage: one path, everything as text, refusals with status 200."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from infra.clock import Clock, to_datetime
from infra.market_calendar import NEW_YORK
from infra.vendorsim.market_events import MinuteBar
from infra.vendorsim.polled_market import DayBar, Mover, PolledMarket
from infra.vendorsim.vendor_door import VendorDoor, Words, answer

_COMPACT, _FULL = 100, 1_000
_MOVERS = 20


def alpha_vantage(app: web.Application, market: PolledMarket, clock: Clock, key: str, *, per_day: int | None = 25) -> VendorDoor:
    """Let ``app`` answer as Alpha Vantage does."""
    spoken = key or "simulated"
    site, thanks = "https://www.alphavantage.co", "Thank you for using Alpha Vantage!"
    words = Words(
        no_key=lambda: answer({"Error Message": f"the parameter apikey is invalid or missing. Please claim your free API key on ({site}/support)."}),
        limited=lambda: answer({"Note": f"{thanks} Our standard API call frequency is 5 calls per minute and 500 calls per day."}),
        day_used_up=lambda: answer({
            "Information": f"We have detected your API key as {spoken} and our standard API rate limit is 25 requests per day. "
            f"Please subscribe to any of the premium plans at {site}/premium/ to instantly remove all daily rate limits."
        }),
        unknown=lambda symbol: answer({"Error Message": "Invalid API call. Please retry or visit the documentation for TIME_SERIES_INTRADAY."}),
        failed=lambda: web.Response(status=503, text="upstream connect error"),
    )  # fmt: skip
    door = VendorDoor("alpha_vantage", clock, words, lambda request: request.query.get("apikey", ""), key, per_day=per_day)

    async def query(request: web.Request) -> web.Response:
        asked = request.query
        match asked.get("function"):
            case "TIME_SERIES_INTRADAY":
                count = _COMPACT if asked.get("outputsize", "compact") == "compact" else _FULL
                bars = await market.minutes(asked["symbol"], count, regular=asked.get("extended_hours") == "false")
                return answer(_intraday(asked["symbol"], bars))
            case "TIME_SERIES_DAILY":
                return answer(_daily(asked["symbol"], await market.days(asked["symbol"], _COMPACT)))
            case "TOP_GAINERS_LOSERS":
                return answer(_movers(market.movers(), market.clock.now_us()))
            case "EARNINGS_CALENDAR":
                return _earnings(market)
        return answer({"Error Message": f"This API function ({asked.get('function')}) does not exist."})

    door.add(app, "/query", query)
    return door


def _text(moment: datetime) -> str:
    return moment.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M:%S")


def _numbered(bar: MinuteBar | DayBar) -> dict[str, str]:
    prices = {f"{number}. {name}": f"{getattr(bar, name):.4f}" for number, name in enumerate(("open", "high", "low", "close"), start=1)}
    return prices | {"5. volume": str(bar.volume)}


def _intraday(symbol: str, bars: list[MinuteBar]) -> dict[str, Any]:
    newest = _text(to_datetime(bars[-1].start_ms * 1_000)) if bars else ""
    return {
        "Meta Data": {
            "1. Information": "Intraday (1min) open, high, low, close prices and volume", "2. Symbol": symbol, "3. Last Refreshed": newest,
            "4. Interval": "1min", "5. Output Size": "Compact", "6. Time Zone": "US/Eastern",
        },
        "Time Series (1min)": {_text(to_datetime(bar.start_ms * 1_000)): _numbered(bar) for bar in reversed(bars)},
    }  # fmt: skip


def _daily(symbol: str, days: list[DayBar]) -> dict[str, Any]:
    return {
        "Meta Data": {
            "1. Information": "Daily Prices (open, high, low, close) and Volumes", "2. Symbol": symbol, "3. Last Refreshed": days[-1].day.isoformat(),
            "4. Output Size": "Compact", "5. Time Zone": "US/Eastern",
        },
        "Time Series (Daily)": {day.day.isoformat(): _numbered(day) for day in reversed(days)},
    }  # fmt: skip


def _movers(movers: list[Mover], now_us: int) -> dict[str, Any]:
    def rows(some: list[Mover]) -> list[dict[str, str]]:
        return [
            {"ticker": one.symbol, "price": str(one.price), "change_amount": str(one.change), "change_percentage": f"{one.percent:.4f}%",
             "volume": str(one.volume)}
            for one in some
        ]  # fmt: skip

    up, down = [one for one in movers if one.change > 0], [one for one in reversed(movers) if one.change < 0]
    return {
        "metadata": "Top gainers, losers, and most actively traded US tickers", "last_updated": f"{_text(to_datetime(now_us))} US/Eastern",
        "top_gainers": rows(up[:_MOVERS]), "top_losers": rows(down[:_MOVERS]),
        "most_actively_traded": rows(sorted(movers, key=lambda one: -one.volume)[:_MOVERS]),
    }  # fmt: skip


def _earnings(market: PolledMarket) -> web.Response:
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow(("symbol", "name", "reportDate", "fiscalDateEnding", "estimate", "currency", "timeOfTheDay"))
    for report in market.reports(market.today, market.today + timedelta(days=91)):
        when = "pre-market" if report.before_open else "post-market"
        lines.writerow((report.symbol, f"{report.symbol} Corp, Inc", report.day, report.quarter_end, report.estimate, "USD", when))
    return web.Response(body=written.getvalue().encode(), content_type="application/x-download")
