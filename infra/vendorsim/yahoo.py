"""The simulated Yahoo: charts as lists side by side, the earnings calendar in buckets, no key but a browser's name."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from aiohttp import web

from infra.clock import Clock, to_datetime, to_microseconds
from infra.market_calendar import NEW_YORK
from infra.vendorsim.polled_market import PolledMarket, Report
from infra.vendorsim.vendor_door import VendorDoor, Words, answer

_MINUTES, _DAYS = 390, 21
_BELIEVED_A_DAY_LATER = frozenset({"AMD", "BNGO"})
"""Companies about whose date the sources disagree."""


def yahoo(app: web.Application, market: PolledMarket, clock: Clock) -> VendorDoor:
    """Let ``app`` answer as Yahoo does."""
    words = Words(
        no_key=lambda: answer({"finance": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}, 401),
        limited=lambda: web.Response(status=429, text="Too Many Requests\r\n"),
        day_used_up=lambda: web.Response(status=429, text="Too Many Requests\r\n"),
        unknown=lambda _: answer({"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found"}}}, 404),
        failed=lambda: answer({"finance": {"result": None, "error": {"code": "Internal Server Error", "description": "Try again later"}}}, 500),
    )
    door = VendorDoor("yahoo", clock, words)

    async def chart(request: web.Request) -> web.Response:
        if "Mozilla" not in request.headers.get("User-Agent", ""):
            return words.limited()
        symbol, interval = request.match_info["ticker"], request.query.get("interval", "1d")
        if interval == "1m":
            minutes = await market.minutes(symbol, _MINUTES, regular=True)
            stamps, bars = [bar.start_ms // 1_000 for bar in minutes], list[Any](minutes)
        else:
            days = await market.days(symbol, _DAYS)
            stamps, bars = [_opening(day.day) for day in days], list[Any](days)
        names = ("open", "high", "low", "close", "volume")
        quote: dict[str, list[float | int]] = {name: [getattr(bar, name) for bar in bars] for name in names}
        mover = market.mover(symbol)
        if mover is not None and interval == "1m" and (second := market.now_ms // 1_000) % 60:
            stamps.append(second)  # the last price at its own second, and a volume of 0
            for name, values in quote.items():
                values.append(0 if name == "volume" else mover.price)
        meta = {"currency": "USD", "symbol": symbol, "exchangeName": "NMS", "instrumentType": "EQUITY", "timezone": "EST", "gmtoffset": -18_000,
                "exchangeTimezoneName": "America/New_York", "regularMarketPrice": None if mover is None else mover.price,
                "dataGranularity": interval, "range": request.query.get("range", "")}  # fmt: skip
        return answer({"chart": {"result": [{"meta": meta, "timestamp": stamps, "indicators": {"quote": [quote]}}], "error": None}})

    async def calendar(request: web.Request) -> web.Response:
        first = to_datetime(int(request.query["startDate"]) * 1_000).astimezone(NEW_YORK).date()
        last = to_datetime((int(request.query["endDate"]) - 1) * 1_000).astimezone(NEW_YORK).date()
        by_day: dict[date, list[Report]] = {}
        for report in market.reports(first - timedelta(days=7), last):
            day = report.day + timedelta(days=1) if report.symbol in _BELIEVED_A_DAY_LATER else report.day
            if first <= day <= last:
                by_day.setdefault(day, []).append(report)
        buckets = [
            {"timestamp": _opening(day) * 1_000, "timestampString": day.isoformat(), "timezone": "America/New_York", "count": len(found),
             "totalCount": len(found), "records": [_company(report, day) for report in found]}
            for day, found in sorted(by_day.items())
        ]  # fmt: skip
        return answer({"finance": {"result": {"earnings": buckets}, "error": None}})

    door.add(app, "/v8/finance/chart/{ticker}", chart)
    door.add(app, "/ws/screeners/v1/finance/calendar-events", calendar)
    return door


def _opening(day: date) -> int:
    return to_microseconds(datetime.combine(day, time(9, 30), NEW_YORK)) // 1_000_000


def _company(report: Report, day: date) -> dict[str, Any]:
    moment = datetime.combine(day, time(8) if report.before_open else time(16, 5), NEW_YORK)
    return {
        "ticker": report.symbol, "companyShortName": f"{report.symbol} Corp", "startDateTime": to_microseconds(moment) // 1_000,
        "startDateTimeType": "BMO" if report.before_open else "AMC", "gmtOffsetMilliSeconds": -18_000_000, "epsEstimate": report.estimate,
        "epsActual": report.actual, "quoteType": "EQUITY",
    }  # fmt: skip
