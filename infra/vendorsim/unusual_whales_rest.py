"""The simulated REST interface of Unusual Whales: bearer tokens, 120 requests a minute, faults on request, and a count of calls."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from infra.clock import MICROSECONDS, Clock
from infra.vendorsim import (  # noqa: F401 - each registers the endpoints it answers
    unusual_whales_chains,
    unusual_whales_exposures,
    unusual_whales_flow,
    unusual_whales_lending,
    unusual_whales_news,
    unusual_whales_reference,
    unusual_whales_screener,
    unusual_whales_stock,
    unusual_whales_trades,
    unusual_whales_volatility,
    unusual_whales_zero_dte,
)
from infra.vendorsim.rest_faults import RestFaults
from infra.vendorsim.unusual_whales_access import Access
from infra.vendorsim.unusual_whales_endpoint import Asked, Endpoint, Misfit, Missing, endpoints
from infra.vendorsim.unusual_whales_market import OptionMarket

REQUESTS_A_MINUTE = 120
REQUESTS_A_DAY = 50_000
_MINUTE_US = 60 * MICROSECONDS


class UnusualWhalesRest:
    """Handlers of all registered endpoints.

    Parameters
    ----------
    market, clock
        The options and their time. The rate limit counts minutes of this clock too, so that it means the same at any speed.
    access
        Whose bearer token is accepted, and for what.
    """

    def __init__(self, market: OptionMarket, clock: Clock, access: Access) -> None:
        self._market = market
        self._clock = clock
        self._access = access
        self._minute: deque[int] = deque()
        self._successes = 0
        self.faults = RestFaults()
        self.calls: Counter[tuple[str, str]] = Counter()
        """Requests by path template and ticker, refused ones too."""
        self.statuses: Counter[str] = Counter()
        self.most_a_minute = 0

    def add_routes(self, app: web.Application, prefix: str) -> None:
        # aiohttp matches in order: fixed paths before those with a ticker in the same place.
        for path, endpoint in sorted(endpoints().items(), key=lambda entry: entry[0].count("{")):
            app.router.add_get(prefix + path, self._handler(endpoint))
        app.router.add_get(prefix + "/api/{rest:.*}", self._unknown)
        app.router.add_get(prefix + "/calls", self._calls)

    def _handler(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            place = dict(request.match_info)
            self.calls[endpoint.path, place.get("ticker", "")] += 1
            response = await self._answer(request, endpoint, place)
            self.statuses[str(response.status)] += 1
            return response

        return answer

    async def _answer(self, request: web.Request, endpoint: Endpoint, place: dict[str, str]) -> web.Response:
        offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not self._access.admits(offered):
            return web.json_response({"error": "missing or invalid token"}, status=401)
        if not self._access.covers_path(endpoint.path):
            return web.json_response({"error": "your plan does not include this endpoint"}, status=403)
        now_us = self._clock.now_us()
        fault = self.faults.take(endpoint.path)
        if self._over_budget(now_us) or (fault is not None and fault.kind == "refuse"):
            told = fault is None or fault.retry_after
            headers = self._headers(now_us) | ({"Retry-After": self._retry_after(now_us)} if told else {})
            return web.json_response({"error": "rate limit exceeded"}, status=429, headers=headers)
        if fault is not None and fault.kind == "error":
            return web.Response(text="Internal Server Error", status=fault.status)
        try:
            asked = Asked(self._market, now_us, place, endpoint.read(list(request.query.items())))
            body = await asyncio.to_thread(endpoint.answer, asked)  # numbers of a whole chain: the streams go on meanwhile
        except Misfit as error:
            shown = {"msg": str(error), "path": request.path, "query": request.query_string, "url": str(request.url)}
            return web.json_response(shown, status=422)
        except Missing as error:
            return web.json_response({"error": str(error)}, status=404)
        self._successes += 1
        written = orjson.dumps(body) if fault is None else fault.written(body)
        return web.Response(body=written, content_type="application/json", headers=self._headers(now_us))

    def _over_budget(self, now_us: int) -> bool:
        while self._minute and self._minute[0] <= now_us - _MINUTE_US:
            self._minute.popleft()
        if len(self._minute) >= REQUESTS_A_MINUTE:
            return True
        self._minute.append(now_us)
        self.most_a_minute = max(self.most_a_minute, len(self._minute))
        return False

    def _reset_us(self, now_us: int) -> int:
        return self._minute[0] + _MINUTE_US - now_us if self._minute else _MINUTE_US

    def _retry_after(self, now_us: int) -> str:
        """Return real seconds, rounded up as the header wants them."""
        return str(int(-(-self._clock.real_seconds(self._reset_us(now_us) / MICROSECONDS) // 1)))

    def _headers(self, now_us: int) -> dict[str, str]:
        """Return the headers in which the vendor tells what is left: of the minute, milliseconds to its end, of the day."""
        return {
            "x-uw-minute-req-counter": str(len(self._minute)),
            "x-uw-req-per-minute-remaining": str(REQUESTS_A_MINUTE - len(self._minute)),
            "x-uw-req-per-minute-reset": str(self._reset_us(now_us) // 1_000),
            "x-uw-daily-req-count": str(self._successes),
            "x-uw-token-req-limit": str(REQUESTS_A_DAY),
        }

    async def _unknown(self, request: web.Request) -> web.Response:
        self.statuses["404"] += 1
        return web.json_response({"error": f"no such path: {request.path}"}, status=404)

    async def _calls(self, _: web.Request) -> web.Response:
        totals: Counter[str] = Counter()
        for (path, _ticker), count in self.calls.items():
            totals[path] += count
        tickers = [{"path": path, "ticker": ticker, "calls": count} for (path, ticker), count in sorted(self.calls.items())]
        return web.json_response(
            {"calls": totals, "by_ticker": tickers, "statuses": self.statuses, "most_in_a_minute": self.most_a_minute}
        )
