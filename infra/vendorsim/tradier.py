"""The simulated Tradier: production with its stream, the sandbox without, and faults, on one web application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from aiohttp import web

from infra.clock import Clock
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.broker_door import BrokerFaults, Door
from infra.vendorsim.doors import OpenConnections, add_fault_door
from infra.vendorsim.market_events import MarketSource, TapeQuote, TapeTrade
from infra.vendorsim.paced_socket import PacedSocket
from infra.vendorsim.tradier_rest import TradierRest
from infra.vendorsim.tradier_wire import stream_events

PREFIX, SANDBOX_PREFIX = "/tradier", "/tradier-sandbox"
_SANDBOX_DELAY_MS = 900_000
_LARGEST_FRAME = 200


class TradierConnection(PacedSocket):
    """One client of the stream; it has a session, or is sent away."""

    def __init__(self, source: MarketSource, clock: Clock, door: Door, rest: TradierRest) -> None:
        super().__init__(clock)
        self._source = source
        self._door = door
        self._rest = rest
        self._symbols: list[str] = []
        self._filter: set[str] = set()

    async def greet(self) -> None:
        """Say nothing: the vendor waits."""

    async def hear(self, request: dict[str, Any]) -> None:
        if self._door.expired or request.get("sessionid") not in self._rest.sessions:
            await self.say(b'{"error":"Session not found: unauthorized"}')
            await self.hang_up()
            return
        self._symbols = [symbol for symbol in self._source.symbols if symbol in (request.get("symbols") or ())]
        self._filter = set(request.get("filter") or ("trade", "quote", "summary", "timesale", "tradex"))
        self.begin()

    async def frames(self, start_ms: int, end_ms: int) -> Iterator[bytes]:
        lines: list[bytes] = []
        last: dict[str, TapeQuote] = {}
        events = [event for symbol in self._symbols for event in self._source.symbol_events(symbol, start_ms, end_ms)]
        for event in sorted(events, key=lambda event: event.ts_ms):
            if not isinstance(event, TapeTrade):
                last[event.symbol] = event
            lines += [orjson.dumps(sent) for sent in stream_events(event, last.get(event.symbol)) if sent["type"] in self._filter]
        return (b"\n".join(lines[first : first + _LARGEST_FRAME]) for first in range(0, len(lines), _LARGEST_FRAME))


def add_routes(app: web.Application, source: MarketSource, clock: Clock, token: str) -> None:
    """Let ``app`` answer as Tradier does below ``/tradier`` and ``/tradier-sandbox``, and to ``POST /tradier/faults``."""
    door, bars = Door(token), BarBook(source)
    rest = TradierRest(source, bars, clock, door, 0)
    rest.add_routes(app, PREFIX)
    TradierRest(source, bars, clock, door, _SANDBOX_DELAY_MS).add_routes(app, SANDBOX_PREFIX)
    connections: OpenConnections[TradierConnection] = OpenConnections(app)
    faults = BrokerFaults(door, lambda: connections, lambda kind, symbol: bad_frame(kind, symbol, clock.now_us() // 1_000))

    async def events(request: web.Request) -> web.StreamResponse:
        return await connections.serve(TradierConnection(source, clock, door, rest), request)

    app.router.add_get(f"{PREFIX}/ws/v1/markets/events", events)
    add_fault_door(app, PREFIX, faults.commit)


def bad_frame(kind: str, symbol: str, now_ms: int) -> bytes:
    """Return a frame that a careful reader must refuse.

    Raises
    ------
    ValueError
        If ``kind`` is none of those known.
    """
    trade = TapeTrade(now_ms, symbol, 10.0, 100, now_ms, str(now_ms))
    sale = stream_events(trade, None)[0]
    quote = stream_events(TapeQuote(now_ms, symbol, 10.05, 1, 10.0, 1, now_ms), None)[0]
    changes: Mapping[str, dict[str, object]] = {
        "negative": {"last": "-10.0"}, "wrong_type": {"last": "ten"}, "nan": {"last": "NaN"}, "no_time": {"date": "yesterday"},
        "future": {"date": str(now_ms + 86_400_000)}, "unknown": {"type": "zz"},
    }  # fmt: skip
    if kind == "malformed":
        return orjson.dumps(sale)[:-9]
    if kind == "crossed":
        return orjson.dumps(quote)
    if kind not in changes:
        raise ValueError(f"expected a bad frame out of malformed, crossed, {', '.join(changes)}; found {kind}")
    return orjson.dumps(sale | changes[kind])
