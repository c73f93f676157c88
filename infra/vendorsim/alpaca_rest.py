"""The simulated REST interface of Alpaca: prints, quotes and bars by symbol, in pages with a token."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web

from infra.clock import Clock, to_microseconds
from infra.vendorsim.alpaca_wire import AlpacaMarket, Row
from infra.vendorsim.broker_door import Door
from infra.vendorsim.market_events import MINUTE_MS

_KINDS = {"trades": "t", "quotes": "q"}
_LARGEST_PAGE = 10_000
_USUAL_PAGE = 1_000
_SAID = {429: "too many requests.", 500: "internal server error occurred"}


class AlpacaRest:
    """Handlers of one market's paths."""

    def __init__(self, market: AlpacaMarket, clock: Clock, door: Door) -> None:
        self._market = market
        self._clock = clock
        self._door = door

    def add_routes(self, app: web.Application, prefix: str) -> None:
        for kind in ("trades", "quotes", "bars"):
            app.router.add_get(f"{prefix}/{kind}", self._guarded(kind))

    def _guarded(self, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            key, secret = request.headers.get("APCA-API-KEY-ID"), request.headers.get("APCA-API-SECRET-KEY")
            if not self._door.admits(f"{key}:{secret}" if key and secret else ""):
                return _json({"message": "forbidden."}, 403)
            status = self._door.trouble()
            if status is not None:
                return _json({"message": _SAID[status]}, status)
            try:
                return _json(self._page(kind, request.query))
            except (KeyError, ValueError) as error:
                return _json({"message": f"invalid request: {error}"}, 422)

        return guarded

    def _page(self, kind: str, query: Any) -> dict[str, Any]:
        """Answer one page: rows of the first symbol, then of the next, up to the limit together; both bounds belong to the stretch."""
        symbols = [symbol for symbol in query["symbols"].split(",") if symbol]
        start_ns, end_ns = _moment_ns(query["start"]), self._clock.now_us() * 1_000 - 1
        if "end" in query:
            end_ns = min(end_ns, _moment_ns(query["end"]))
        limit = min(int(query.get("limit", _USUAL_PAGE)), _LARGEST_PAGE)
        skip = int(base64.urlsafe_b64decode(query["page_token"])) if "page_token" in query else 0
        rows = [(symbol, row) for symbol in sorted(symbols) for row in self._rows(kind, symbol, start_ns, end_ns)]
        by_symbol: dict[str, list[Row]] = {}
        for symbol, row in rows[skip : skip + limit]:
            by_symbol.setdefault(symbol, []).append(row)
        more = skip + limit < len(rows)
        return {kind: by_symbol, "next_page_token": base64.urlsafe_b64encode(str(skip + limit).encode()).decode() if more else None}

    def _rows(self, kind: str, symbol: str, start_ns: int, end_ns: int) -> list[Row]:
        if symbol not in self._market.symbols:
            return []
        start_ms, end_ms = start_ns // 1_000_000, end_ns // 1_000_000 + 1
        if kind != "bars":
            found = self._market.rows(_KINDS[kind], symbol, start_ms, end_ms)
            return [row for moment, row in found if start_ns <= moment <= end_ns]
        finished_ms = self._clock.now_us() // 1_000 - MINUTE_MS
        minutes = range(-(-start_ms // MINUTE_MS) * MINUTE_MS, min(end_ms - 1, finished_ms) + 1, MINUTE_MS)
        return [row for minute in minutes if (row := self._market.bar(symbol, minute)) is not None]


def _moment_ns(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return to_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) * 1_000


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
