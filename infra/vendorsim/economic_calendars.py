"""The simulated Trading Economics and FRED: the same releases, each in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from aiohttp import web

from infra.clock import Clock, to_datetime
from infra.market_calendar import session_bounds, trading_day
from infra.vendorsim.polled_market import PolledMarket
from infra.vendorsim.vendor_door import VendorDoor, Words, answer

_RELEASES = {"Inflation Rate MoM": 10, "PPI MoM": 46, "Non Farm Payrolls": 50, "GDP Growth Rate QoQ 2nd Est": 53}
_LEVELS = {
    "DGS3MO": 4.2, "DGS2": 3.9, "DGS10": 4.1, "DFF": 4.33, "T10Y2Y": 0.2, "VIXCLS": 17.0, "VXNCLS": 21.5, "DTWEXBGS": 121.0, "UNRATE": 4.1,
    "CPIAUCSL": 321.5,
}  # fmt: skip
_MONTHLY = frozenset({"UNRATE", "CPIAUCSL"})


def trading_economics(app: web.Application, market: PolledMarket, clock: Clock, key: str) -> VendorDoor:
    """Let ``app`` answer as Trading Economics does."""
    words = Words(
        no_key=lambda: web.Response(status=401, text='"Unauthorized"', content_type="application/json"),
        limited=lambda: web.Response(status=409, text="You have exceeded the number of requests per second."),
        day_used_up=lambda: web.Response(status=409, text="You have exceeded your monthly requests."),
        unknown=lambda _: answer([]),
        failed=lambda: web.Response(status=500, text="Internal Server Error"),
    )
    door = VendorDoor("trading_economics", clock, words, lambda request: request.headers.get("Authorization", "").removeprefix("Client "), key)

    async def calendar(request: web.Request) -> web.Response:
        countries = {name.strip() for name in request.match_info["countries"].lower().split(",")}
        first, last = (date.fromisoformat(request.match_info[name]) for name in ("first", "last"))
        rows = []
        for event in market.economy():
            moment = to_datetime(event.due_us)
            if event.country.lower() not in countries or not first <= moment.date() <= last:
                continue
            rows.append({
                "CalendarId": str(event.identity), "Date": moment.strftime("%Y-%m-%dT%H:%M:%S"), "Country": event.country, "Category": event.name,
                "Event": event.name, "Reference": "Nov", "ReferenceDate": "2026-11-30T00:00:00", "Source": "", "SourceURL": "",
                "Actual": event.forecast if event.due_us <= clock.now_us() else "", "Previous": event.previous, "Forecast": event.forecast,
                "TEForecast": event.forecast, "URL": "", "DateSpan": "0", "Importance": event.importance, "LastUpdate": "2026-11-17T09:00:00",
                "Revised": "", "Currency": "", "Unit": "", "Ticker": "", "Symbol": "",
            })  # fmt: skip
        return answer(rows)

    door.add(app, "/calendar/country/{countries}/{first}/{last}", calendar)
    return door


def fred(app: web.Application, market: PolledMarket, clock: Clock, key: str) -> VendorDoor:
    """Let ``app`` answer as FRED does."""

    def error(code: int, message: str) -> web.Response:
        return answer({"error_code": code, "error_message": message}, code)

    words = Words(
        no_key=lambda: error(400, "Bad Request.  The value for variable api_key is not registered.  Read https://fred.stlouisfed.org/docs/api/api_key.html"),
        limited=lambda: error(429, "Too Many Requests.  Exceeded Rate Limit"),
        day_used_up=lambda: error(429, "Too Many Requests.  Exceeded Rate Limit"),
        unknown=lambda name: error(400, f"Bad Request.  The series does not exist: {name}"),
        failed=lambda: error(500, "Internal Server Error"),
    )
    door = VendorDoor("fred", clock, words, lambda request: request.query.get("api_key", ""), key, per_minute=120)

    async def release_dates(request: web.Request) -> web.Response:
        wanted, asked = int(request.query["release_id"]), request.query
        ahead = asked.get("include_release_dates_with_no_data") == "true"
        first = date.fromisoformat(asked.get("realtime_start", "1776-07-04"))
        last = date.fromisoformat(asked.get("realtime_end", "9999-12-31")) if ahead else market.today
        days = [trading_day(event.due_us) for event in market.economy() if _RELEASES.get(event.name) == wanted]
        rows = [{"release_id": wanted, "date": day.isoformat()} for day in days if first <= day <= last]
        return answer({
            "realtime_start": first.isoformat(), "realtime_end": last.isoformat(), "order_by": "release_date", "sort_order": "asc",
            "count": len(rows), "offset": 0, "limit": 10_000, "release_dates": rows,
        })  # fmt: skip

    async def observations(request: web.Request) -> web.Response:
        name, first = request.query["series_id"], date.fromisoformat(request.query.get("observation_start", "1776-07-04"))
        if name not in _LEVELS:
            return words.unknown(name)
        rows = [
            {"realtime_start": (day + timedelta(days=40 if name in _MONTHLY else 1)).isoformat(), "realtime_end": "9999-12-31",
             "date": day.isoformat(), "value": _value(name, day)}
            for day in _days(name, max(first, market.today - timedelta(days=400)), market.today)
        ]  # fmt: skip
        return answer({"realtime_start": first.isoformat(), "units": "lin", "count": len(rows), "offset": 0, "limit": 100_000, "observations": rows})

    door.add(app, "/fred/release/dates", release_dates)
    door.add(app, "/fred/series/observations", observations)
    return door


def _days(name: str, first: date, today: date) -> Sequence[date]:
    """Return the dates a series has values of and has told by today: weekdays, or the first of months that were published since."""
    every = [first + timedelta(days=days) for days in range(max(0, (today - first).days))]
    if name in _MONTHLY:
        return [day for day in every if day.day == 1 and day + timedelta(days=40) <= today]
    return [day for day in every if day.weekday() < 5]


def _value(name: str, day: date) -> str:
    if session_bounds(day) is None and name not in _MONTHLY:
        return "."  # a holiday
    random = np.random.default_rng((day.toordinal(), sum(map(ord, name))))
    return f"{_LEVELS[name] * (1 + float(random.normal(0, 0.01))):.3f}"
