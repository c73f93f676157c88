"""The simulated Twelve Data: texts, the newest first, errors with their code in the body."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from infra.clock import Clock, to_datetime
from infra.market_calendar import NEW_YORK
from infra.vendorsim.market_events import MinuteBar
from infra.vendorsim.polled_market import DayBar, PolledMarket
from infra.vendorsim.vendor_door import VendorDoor, Words, answer

PER_MINUTE, PER_DAY = 8, 800


def twelve_data(app: web.Application, market: PolledMarket, clock: Clock, key: str, *, per_minute: int = PER_MINUTE) -> VendorDoor:
    """Let ``app`` answer as Twelve Data does."""
    words = Words(
        no_key=lambda: _error(401, "**apikey** parameter is incorrect or not specified. You can get your free API key instantly ..."),
        # Seen with status 200 as well as 429; 200 is the one that is easily overlooked.
        limited=lambda: _error(429, _spent("current minute", per_minute), 200),
        day_used_up=lambda: _error(429, _spent("day", PER_DAY), 200),
        unknown=lambda symbol: _error(404, f"**symbol** or **figi** parameter is missing or invalid. Please provide a valid symbol: {symbol}", 200),
        failed=lambda: _error(500, "Internal server error"),
    )  # fmt: skip
    door = VendorDoor("twelve_data", clock, words, _key_of, key, per_minute=per_minute, per_day=PER_DAY)

    async def time_series(request: web.Request) -> web.Response:
        symbol, interval, count = request.query["symbol"], request.query["interval"], int(request.query.get("outputsize", 30))
        utc = request.query.get("timezone") == "UTC"
        if interval == "1min":
            values = [_minute(bar, utc) for bar in reversed(await market.minutes(symbol, count, regular=True))]
        elif interval == "1day":
            values = [{"datetime": day.day.isoformat(), **_texts(day)} for day in reversed(await market.days(symbol, count))]
        else:
            return _error(400, f"Invalid **interval** provided: {interval}", 200)
        meta = {"symbol": symbol, "interval": interval, "currency": "USD", "exchange_timezone": "America/New_York", "exchange": "NASDAQ",
                "mic_code": "XNGS", "type": "Common Stock"}  # fmt: skip
        return answer({"meta": meta, "values": values, "status": "ok"})

    async def movers(request: web.Request) -> web.Response:
        sign = -1 if request.query.get("direction") == "losers" else 1
        moment = to_datetime(market.clock.now_us()).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = [one for one in market.movers()[::sign] if one.change * sign > 0]
        values = [
            {"symbol": one.symbol, "name": f"{one.symbol} Corp", "exchange": "NASDAQ", "mic_code": "XNAS", "datetime": moment, "last": one.price,
             "high": one.price, "low": one.price, "volume": one.volume, "change": one.change, "percent_change": round(one.percent, 5)}
            for one in found[: int(request.query.get("outputsize", 30))]
        ]  # fmt: skip
        return answer({"values": values, "status": "ok"})

    door.add(app, "/time_series", time_series)
    door.add(app, "/market_movers/stocks", movers)
    return door


def _key_of(request: web.Request) -> str:
    return request.query.get("apikey") or request.headers.get("Authorization", "").removeprefix("apikey ")


def _error(code: int, message: str, status: int | None = None) -> web.Response:
    return answer({"code": code, "message": message, "status": "error", "meta": {}}, status or code)


def _spent(period: str, limit: int) -> str:
    return (
        f"You have run out of API credits for the {period}. {limit + 1} API credits were used, with the current limit being {limit}. "
        f"Wait for the next {period.rpartition(' ')[2]} or consider switching to a higher tier plan at https://twelvedata.com/pricing"
    )


def _texts(bar: MinuteBar | DayBar) -> dict[str, str]:
    return {name: f"{getattr(bar, name):.5f}" for name in ("open", "high", "low", "close")} | {"volume": str(bar.volume)}


def _minute(bar: MinuteBar, utc: bool) -> dict[str, Any]:
    moment = to_datetime(bar.start_ms * 1_000)
    return {"datetime": (moment if utc else moment.astimezone(NEW_YORK)).strftime("%Y-%m-%d %H:%M:%S"), **_texts(bar)}
