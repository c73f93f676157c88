"""The simulated stream of Alpaca: log in, subscribe, then arrays of typed messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from infra.clock import Clock
from infra.vendorsim.alpaca_wire import AlpacaMarket
from infra.vendorsim.market_events import MINUTE_MS
from infra.vendorsim.paced_socket import PacedSocket

_CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
_LARGEST_FRAME = 250


class AlpacaConnection(PacedSocket):
    """One client.

    Parameters
    ----------
    admits
        Tells whether key and secret open the door.
    others
        Tells how many other clients are logged in to this stream: the vendor allows none.
    """

    def __init__(
        self, market: AlpacaMarket, clock: Clock, delay_ms: int, admits: Callable[[str], bool], others: Callable[[PacedSocket], int]
    ) -> None:
        super().__init__(clock, delay_ms)
        self._market = market
        self._admits = admits
        self._others = others
        self.logged_in = False
        self._subscribed: dict[str, list[str]] = {channel: [] for channel in _CHANNELS}

    async def greet(self) -> None:
        await self._tell({"T": "success", "msg": "connected"})

    async def hear(self, request: dict[str, Any]) -> None:
        action = request.get("action")
        if action == "auth":
            await self._log_in(request)
        elif not self.logged_in:
            await self._tell({"T": "error", "code": 401, "msg": "not authenticated"})
        elif action in ("subscribe", "unsubscribe"):
            for channel in _CHANNELS:
                named = [str(symbol) for symbol in request.get(channel) or []]
                kept = [symbol for symbol in self._subscribed[channel] if symbol not in named]
                self._subscribed[channel] = [*kept, *named] if action == "subscribe" else kept
            trades = self._subscribed["trades"]
            await self._tell({"T": "subscription", **self._subscribed, "corrections": trades, "cancelErrors": trades})
            self.begin()
        else:
            await self._tell({"T": "error", "code": 400, "msg": "invalid syntax"})

    async def frames(self, start_ms: int, end_ms: int) -> Iterator[bytes]:
        found: list[tuple[int, dict[str, Any]]] = []
        for kind, channel in (("t", "trades"), ("q", "quotes")):
            for symbol in self._of(channel):
                found += [(moment, {"T": kind, "S": symbol, **row}) for moment, row in self._market.rows(kind, symbol, start_ms, end_ms)]
        found.sort(key=lambda entry: entry[0])
        entries = [entry for _, entry in found]
        if end_ms % MINUTE_MS == 0:
            for symbol in self._of("bars"):
                row = self._market.bar(symbol, end_ms - MINUTE_MS)
                if row is not None:
                    entries.append({"T": "b", "S": symbol, **row})
        return (orjson.dumps(entries[first : first + _LARGEST_FRAME]) for first in range(0, len(entries), _LARGEST_FRAME))

    async def _log_in(self, request: dict[str, Any]) -> None:
        if self.logged_in:
            await self._tell({"T": "error", "code": 403, "msg": "already authenticated"})
        elif not self._admits(f"{request['key']}:{request['secret']}" if request.get("key") and request.get("secret") else ""):
            await self._tell({"T": "error", "code": 402, "msg": "auth failed"})
            await self.hang_up()
        elif self._others(self):
            await self._tell({"T": "error", "code": 406, "msg": "connection limit exceeded"})
            await self.hang_up()
        else:
            self.logged_in = True
            await self._tell({"T": "success", "msg": "authenticated"})

    def _of(self, channel: str) -> list[str]:
        wanted = self._subscribed[channel]
        return list(self._market.symbols) if "*" in wanted else [symbol for symbol in self._market.symbols if symbol in wanted]

    async def _tell(self, message: dict[str, Any]) -> None:
        await self.say(orjson.dumps([message]))
