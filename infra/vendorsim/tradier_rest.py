"""The simulated REST interface of Tradier: quotes and minute bars, in the sandbox 15 minutes late; streaming sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from aiohttp import web

from infra.clock import Clock
from infra.market_calendar import NEW_YORK
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.broker_door import Door
from infra.vendorsim.market_events import MINUTE_MS, MarketSource, TapeQuote, TapeTrade
from infra.vendorsim.tradier_wire import bar_row, listed, quote_row

_LOOK_BACK_MS = 10 * MINUTE_MS
_BUDGET_A_MINUTE = 120


class TradierRest:
    """Handlers of one environment's paths.

    Parameters
    ----------
    delay_ms
        By which quotes and bars are held back.
    """

    def __init__(self, source: MarketSource, bars: BarBook, clock: Clock, door: Door, delay_ms: int) -> None:
        self._source = source
        self._bars = bars
        self._clock = clock
        self._door = door
        self._delay_ms = delay_ms
        self._requests = 0
        self.sessions: set[str] = set()
        """Streaming sessions that were asked for; the real ones end after five minutes."""

    def add_routes(self, app: web.Application, prefix: str) -> None:
        app.router.add_get(f"{prefix}/v1/markets/quotes", self._guarded(self._quotes))
        app.router.add_get(f"{prefix}/v1/markets/timesales", self._guarded(self._timesales))
        if not self._delay_ms:
            app.router.add_post(f"{prefix}/v1/markets/events/session", self._guarded(self._session))

    def _guarded(self, handler: Callable[[Any], Awaitable[dict[str, Any]]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            if not self._door.admits(request.headers.get("Authorization", "").removeprefix("Bearer ")):
                return web.Response(text="Invalid Access Token", status=401)
            status = self._door.trouble()
            if status is not None:
                return web.Response(text="Quota Violation" if status == 429 else "Service Unavailable", status=status)
            try:
                body = await handler(request.query)
            except (KeyError, ValueError) as error:
                return web.Response(text=f"Invalid parameter, {error}", status=400)
            self._requests += 1
            headers = {
                "X-Ratelimit-Allowed": str(_BUDGET_A_MINUTE), "X-Ratelimit-Used": str(self._requests % _BUDGET_A_MINUTE),
                "X-Ratelimit-Available": str(_BUDGET_A_MINUTE - self._requests % _BUDGET_A_MINUTE),
                "X-Ratelimit-Expiry": str(self._now_ms + self._delay_ms + MINUTE_MS),
            }  # fmt: skip
            return web.Response(body=orjson.dumps(body), content_type="application/json", headers=headers)

        return guarded

    @property
    def _now_ms(self) -> int:
        return self._clock.now_us() // 1_000 - self._delay_ms

    async def _quotes(self, query: Any) -> dict[str, Any]:
        wanted = [symbol for symbol in query["symbols"].split(",") if symbol]
        known = [symbol for symbol in wanted if symbol in self._source.symbols]
        rows = [row for symbol in known if (row := await self._quote(symbol)) is not None]
        quotes: dict[str, Any] = {"quote": listed(rows)} if rows else {}
        unmatched = [symbol for symbol in wanted if symbol not in known]
        if unmatched:
            quotes["unmatched_symbols"] = {"symbol": listed(unmatched)}
        return {"quotes": quotes or None}

    async def _quote(self, symbol: str) -> dict[str, Any] | None:
        now_ms = self._now_ms
        recent = self._source.symbol_events(symbol, now_ms - _LOOK_BACK_MS, now_ms)
        trade = next((event for event in reversed(recent) if isinstance(event, TapeTrade)), None)
        quote = next((event for event in reversed(recent) if isinstance(event, TapeQuote)), None)
        if trade is None or quote is None:
            return None
        bars = await self._bars.bars(symbol, now_ms - 60 * MINUTE_MS, now_ms // MINUTE_MS * MINUTE_MS)
        return quote_row(symbol, quote, trade, bars, self._source.previous_close(symbol))

    async def _timesales(self, query: Any) -> dict[str, Any]:
        """Answer one-minute bars of the minutes that are over."""
        if query.get("interval", "1min") != "1min":
            raise ValueError("interval: only 1min is played")
        start_ms = _moment_ms(query["start"]) if "start" in query else 0
        end_ms = min(_moment_ms(query["end"]) + MINUTE_MS if "end" in query else self._now_ms, self._now_ms)
        known = query["symbol"] in self._source.symbols
        bars = await self._bars.bars(query["symbol"], start_ms, end_ms // MINUTE_MS * MINUTE_MS) if known else []
        rows = listed([bar_row(bar) for bar in bars])
        return {"series": None if rows is None else {"data": rows}}

    async def _session(self, _: Any) -> dict[str, Any]:
        session = str(UUID(int=self._clock.now_us() * 1_000 + len(self.sessions)))
        self.sessions.add(session)
        return {"stream": {"url": "https://stream.tradier.com/v1/markets/events", "sessionid": session}}


def _moment_ms(text: str) -> int:
    """Read New York's time."""
    return round(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * 1_000)
