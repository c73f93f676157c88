"""The simulated REST interface: bars, prints, quotes and snapshots as they are known at the market clock's moment."""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from aiohttp import web

from infra.clock import Clock, monotonic_seconds
from infra.market_calendar import NEW_YORK, new_york
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.market_events import MINUTE_MS, MarketSource, TapeQuote, TapeTrade, minute_bar
from infra.vendorsim.polygon_access import PolygonAccess
from infra.vendorsim.polygon_options import PolygonOptions
from infra.vendorsim.polygon_reference import PolygonReference
from infra.vendorsim.polygon_wire import aggregate_row, quote_row, snapshot, trade_row
from infra.vendorsim.quiet_gappers import quiet_gappers
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.unusual_whales_market import OptionMarket

_NANOSECONDS = 1_000_000
_WINDOW_MS = {"second": 1_000, "minute": MINUTE_MS, "hour": 60 * MINUTE_MS, "day": 1_440 * MINUTE_MS}
_NOT_ENTITLED = "You are not entitled to this data. Please upgrade your plan at https://massive.com/pricing"
_LOOK_BACK_MS = 10 * MINUTE_MS
_LARGEST_PAGE = 50_000


class PolygonRest:
    """Handlers of the REST paths.

    Parameters
    ----------
    source, bars, clock
        The market and its time: nothing after the clock's moment is ever shown.
    access
        The key is expected in the query (``apiKey``) or as a bearer token.
    seed
        Of the options and of the small stocks that gap.
    requests_per_second
        More within a real second are answered with 429.
    """

    def __init__(
        self, source: MarketSource, bars: BarBook, clock: Clock, access: PolygonAccess, seed: int = 7, requests_per_second: int = 200
    ) -> None:
        self._source = source
        self._bars = bars
        self._clock = clock
        self._access = access
        self._options = PolygonOptions(OptionMarket(source, seed), clock)
        self._reference = PolygonReference(source, bars, clock)
        self._quiet = quiet_gappers(seed) if isinstance(source, Scenario) else []  # a captured day has nobody made up
        self._budget = requests_per_second
        self._requests: deque[float] = deque()

    def add_routes(self, app: web.Application, prefix: str) -> None:
        add = app.router.add_get
        add(prefix + "/v2/aggs/ticker/{ticker}/range/{multiplier}/{timespan}/{from}/{to}", self._guarded(self._aggregates))
        add(prefix + "/v3/trades/{ticker}", self._guarded(self._trades))
        add(prefix + "/v3/quotes/{ticker}", self._guarded(self._quotes))
        add(prefix + "/v2/snapshot/locale/us/markets/stocks/tickers", self._guarded(self._all_snapshots))
        add(prefix + "/v2/snapshot/locale/us/markets/stocks/tickers/{ticker}", self._guarded(self._one_snapshot))
        add(prefix + "/v2/snapshot/locale/us/markets/stocks/{direction:gainers|losers}", self._guarded(self._movers))
        add(prefix + "/v2/aggs/grouped/locale/us/market/stocks/{date}", self._guarded(self._reference.grouped))
        add(prefix + "/v3/snapshot/options/{underlying}", self._guarded(self._options.chain))
        add(prefix + "/v3/reference/splits", self._guarded(self._reference.splits))
        add(prefix + "/v3/reference/dividends", self._guarded(self._reference.dividends))
        add(prefix + "/v3/reference/conditions", self._guarded(self._reference.conditions))
        add(prefix + "/v3/reference/tickers/{ticker}", self._guarded(self._reference.ticker))

    def _guarded(
        self, handler: Callable[[web.Request], Awaitable[dict[str, Any]]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            offered = request.query.get("apiKey") or request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not self._access.admits(offered):
                return _error(401, "Unknown API Key")
            if not self._access.covers_path(request.path):
                return _json({"status": "NOT_AUTHORIZED", "request_id": "simulated", "message": _NOT_ENTITLED}, 403)
            fault = self._access.faults.take(request.path)
            if self._over_budget() or (fault is not None and fault.kind == "refuse"):
                seconds = 1 if fault is None or fault.retry_after else None
                return _error(429, "You've exceeded the maximum requests per minute, please wait or upgrade your subscription", seconds)
            if fault is not None and fault.kind == "error":
                return _error(fault.status, "Internal server error")
            try:
                body = await handler(request)
            except ValueError as error:
                return _error(400, str(error))
            except LookupError as error:
                return _error(404, str(error))
            body = {"status": "OK", "request_id": "simulated", **body}
            return _json(body) if fault is None else web.Response(body=fault.written(body), content_type="application/json")

        return guarded

    def _over_budget(self) -> bool:
        now = monotonic_seconds()
        while self._requests and self._requests[0] < now - 1:
            self._requests.popleft()
        self._requests.append(now)
        return len(self._requests) > self._budget

    @property
    def _now_ms(self) -> int:
        return self._clock.now_us() // 1_000

    async def _aggregates(self, request: web.Request) -> dict[str, Any]:
        match = request.match_info
        symbol, timespan = match["ticker"], match["timespan"]
        if timespan not in _WINDOW_MS:
            raise ValueError(f"expected a timespan out of {', '.join(_WINDOW_MS)}, found {timespan}")
        length_ms = int(match["multiplier"]) * _WINDOW_MS[timespan]
        start_ms, end_ms = _moment_ms(match["from"]), _moment_ms(match["to"], end_of_day=True)
        if symbol.startswith("O:"):
            rows = self._options.bars(symbol, start_ms, end_ms, length_ms)
        elif timespan == "second":
            rows = self._seconds(symbol, start_ms, min(end_ms + 1, self._now_ms // 1_000 * 1_000))
        else:
            finished_ms = self._now_ms // MINUTE_MS * MINUTE_MS
            bars = await self._bars.bars(symbol, start_ms, min(end_ms + 1, finished_ms)) if symbol in self._source.symbols else []
            begins = _midnight_ms if timespan == "day" else lambda moment_ms: moment_ms // length_ms * length_ms
            rows = [aggregate_row(list(group), start) for start, group in groupby(bars, lambda bar: begins(bar.start_ms))]
        if request.query.get("sort", "asc") == "desc":
            rows.reverse()
        count, rows = len(rows), rows[: int(request.query.get("limit", 5_000))]
        return {"ticker": symbol, "queryCount": count, "resultsCount": len(rows), "adjusted": True, "results": rows}

    def _seconds(self, symbol: str, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        trades = [event for event in self._source.symbol_events(symbol, start_ms, end_ms) if isinstance(event, TapeTrade)]
        found = [(start, minute_bar(start, list(group))) for start, group in groupby(trades, lambda trade: trade.ts_ms // 1_000 * 1_000)]
        return [aggregate_row([bar], start) for start, bar in found if bar is not None]

    async def _trades(self, request: web.Request) -> dict[str, Any]:
        return self._page(request, TapeTrade, trade_row)

    async def _quotes(self, request: web.Request) -> dict[str, Any]:
        return self._page(request, TapeQuote, quote_row)

    def _page(self, request: web.Request, kind: type[Any], row_of: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Answer one page; the cursor fixes the end of the first page's range, so that later pages fit to it."""
        symbol, query = request.match_info["ticker"], dict(request.query)
        if "cursor" in query:
            query |= dict(parse_qsl(base64.urlsafe_b64decode(query["cursor"]).decode()))
        start_ms, end_ms = self._range(query)
        limit, skip = min(int(query.get("limit", 1_000)), _LARGEST_PAGE), int(query.get("skip", 0))
        events = [event for event in self._source.symbol_events(symbol, start_ms, end_ms) if isinstance(event, kind)]
        if query.get("order", "desc") == "desc":
            events.reverse()
        body: dict[str, Any] = {"results": [row_of(event) for event in events[skip : skip + limit]]}
        if skip + limit < len(events):
            bounds = {"timestamp.gte": start_ms * _NANOSECONDS, "timestamp.lt": end_ms * _NANOSECONDS}
            rest = bounds | {"order": query.get("order", "desc"), "limit": limit, "skip": skip + limit}
            cursor = base64.urlsafe_b64encode(urlencode(rest).encode()).decode()
            body["next_url"] = str(request.url.origin().with_path(request.path).with_query({"cursor": cursor}))
        return body

    def _range(self, query: dict[str, str]) -> tuple[int, int]:
        start_ms, end_ms = self._source.span_ms[0], self._now_ms
        for name, text in query.items():
            if name == "timestamp.gte":
                start_ms = max(start_ms, -(-_moment_ns(text) // _NANOSECONDS))
            elif name == "timestamp.gt":
                start_ms = max(start_ms, _moment_ns(text) // _NANOSECONDS + 1)
            elif name == "timestamp.lt":
                end_ms = min(end_ms, -(-_moment_ns(text) // _NANOSECONDS))
            elif name == "timestamp.lte":
                end_ms = min(end_ms, _moment_ns(text) // _NANOSECONDS + 1)
        return start_ms, end_ms

    async def _snapshot(self, symbol: str) -> dict[str, Any] | None:
        now_ms = self._now_ms
        bars = await self._bars.bars(symbol, self._source.span_ms[0], now_ms // MINUTE_MS * MINUTE_MS)
        recent = self._source.symbol_events(symbol, now_ms - _LOOK_BACK_MS, now_ms)
        trade = next((event for event in reversed(recent) if isinstance(event, TapeTrade)), None)
        quote = next((event for event in reversed(recent) if isinstance(event, TapeQuote)), None)
        if trade is None or not bars:
            return None
        return snapshot(symbol, bars, trade, quote, self._source.previous_close(symbol))

    async def _snapshots(self) -> list[dict[str, Any]]:
        found = [await self._snapshot(symbol) for symbol in self._source.symbols]
        quiet = [gapper.snapshot(self._now_ms, self._source.span_ms[0]) for gapper in self._quiet]
        return [*(entry for entry in found if entry is not None), *quiet]

    async def _one_snapshot(self, request: web.Request) -> dict[str, Any]:
        symbol = request.match_info["ticker"]
        entry = await self._snapshot(symbol) if symbol in self._source.symbols else None
        if entry is None:
            raise LookupError("NotFound: no snapshot of this ticker")
        return {"ticker": entry}

    async def _all_snapshots(self, request: web.Request) -> dict[str, Any]:
        wanted = set(filter(None, request.query.get("tickers", "").split(",")))
        tickers = [entry for entry in await self._snapshots() if not wanted or entry["ticker"] in wanted]
        return {"count": len(tickers), "tickers": tickers}

    async def _movers(self, request: web.Request) -> dict[str, Any]:
        sign = 1 if request.match_info["direction"] == "gainers" else -1
        movers = [entry for entry in await self._snapshots() if entry["todaysChangePerc"] * sign > 0 and entry["day"]["v"] >= 10_000]
        movers.sort(key=lambda entry: -sign * float(entry["todaysChangePerc"]))
        return {"tickers": movers[:20]}


def _moment_ms(text: str, *, end_of_day: bool = False) -> int:
    """Read a date of New York, or milliseconds."""
    if text.isdigit():
        return int(text)
    midnight = datetime.combine(datetime.fromisoformat(text).date(), time.max if end_of_day else time(), NEW_YORK)
    return int(midnight.timestamp() * 1_000)


def _midnight_ms(moment_ms: int) -> int:
    """Return when the day of a moment began in New York."""
    return _moment_ms(new_york(moment_ms * 1_000).date().isoformat())


def _moment_ns(text: str) -> int:
    """Read nanoseconds, or an ISO date or time."""
    if text.isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1_000_000) * 1_000


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def _error(status: int, message: str, retry_after: int | None = None) -> web.Response:
    response = _json({"status": "ERROR", "request_id": "simulated", "error": message}, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
