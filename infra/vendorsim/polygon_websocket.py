"""The simulated WebSocket: log in, subscribe, then frames that mix symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from aiohttp import WSMsgType

from infra.clock import Clock
from infra.market_calendar import session_at
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.disturbed_socket import DisturbedSocket
from infra.vendorsim.frame_door import FrameDoor
from infra.vendorsim.market_events import MINUTE_MS, MarketSource, TapeEvent, TapeTrade, minute_bar
from infra.vendorsim.paced_socket import request_of
from infra.vendorsim.polygon_access import PolygonAccess
from infra.vendorsim.polygon_wire import bar_entry, frame_entry, price_band_entry
from schemas.records import Session

_LARGEST_FRAME = 250
CHANNELS = ("T", "Q", "A", "AM", "LULD")
_NO_PLAN = "Your plan doesn't include websocket access. Visit https://massive.com/pricing to upgrade."


class PolygonConnection(DisturbedSocket):
    """One client.

    Parameters
    ----------
    source, bars, clock
        The market and its time.
    access
        The account's rights.
    delay_seconds
        So far behind the market is what this host sends; it takes any plan.
    """

    def __init__(self, source: MarketSource, bars: BarBook, clock: Clock, access: PolygonAccess, delay_seconds: int = 0) -> None:
        door = FrameDoor(money=("p", "bp", "ap", "o", "h", "l", "vw"), moments=("t", "s", "e"))
        super().__init__(clock, door, delay_seconds * 1_000)
        self._source = source
        self._bars = bars
        self._access = access
        self._subscriptions: set[str] = set()
        self._held: list[tuple[int, TapeTrade]] = []  # market moment at which a held print is let go
        self._hold: dict[str, int] = {}
        self._day: dict[str, tuple[int, int, float, float]] = {}  # up to (ms), volume, notional, opening price

    async def greet(self) -> None:
        await self._status("connected", "Connected Successfully")

    def hold_next(self, symbol: str, market_seconds: float) -> None:
        """Send the symbol's next print this much later than it happened."""
        self._hold[symbol] = round(market_seconds * 1_000)

    async def admitted(self) -> bool:
        async for message in self._socket:
            if message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
                continue
            request = request_of(message)
            if request.get("action") != "auth":
                await self._status("auth_required", "authenticate before you subscribe")
                continue
            offered = str(request.get("params", ""))
            admitted, in_plan = self._access.admits(offered), self._access.real_time or self._delay_ms > 0
            if admitted and in_plan:
                await self._status("auth_success", "authenticated")
                return True
            await self._status("auth_failed", _NO_PLAN if admitted else "authentication failed")
            await self.hang_up()
        return False

    async def hear(self, request: dict[str, Any]) -> None:
        wanted = [part.strip() for part in str(request.get("params", "")).split(",") if part.strip()]
        if request.get("action") == "subscribe":
            for channel in wanted:
                kind = channel.partition(".")[0]
                known = kind in CHANNELS and "." in channel
                if kind in self._access.without_channels:
                    await self._status("error", "not authorized")  # the vendor does not say what for
                    continue
                if known:
                    self._subscriptions.add(channel)
                    self.begin()
                await self._status(*(("success", f"subscribed to: {channel}") if known else ("error", f"unknown channel {channel}")))
        elif request.get("action") == "unsubscribe":
            self._subscriptions.difference_update(wanted)
            if not self._subscriptions:
                self.pause()
            await self._status("success", f"unsubscribed to: {','.join(wanted)}")

    async def frames(self, start_ms: int, end_ms: int) -> Iterator[bytes]:
        entries = [frame_entry(event) for event in self._due(start_ms, end_ms) if self._wants(event)]
        entries += self._second_bars(start_ms, end_ms)
        if end_ms % MINUTE_MS == 0:
            entries += self._minute_bars(end_ms - MINUTE_MS)
            entries += self._price_bands(end_ms)
        return (orjson.dumps(entries[first : first + _LARGEST_FRAME]) for first in range(0, len(entries), _LARGEST_FRAME))

    def _due(self, start_ms: int, end_ms: int) -> Sequence[TapeEvent]:
        events = self._source.events_between(start_ms, end_ms)
        if not self._hold and not self._held:
            return events
        passed = [trade for release_ms, trade in self._held if release_ms < end_ms]
        self._held = [(release_ms, trade) for release_ms, trade in self._held if release_ms >= end_ms]
        found: list[TapeEvent] = []
        for event in events:
            if isinstance(event, TapeTrade) and event.symbol in self._hold:
                self._held.append((event.ts_ms + self._hold.pop(event.symbol), event))
            else:
                found.append(event)
        return [*found, *passed]

    def _wants(self, event: TapeEvent) -> bool:
        channel = "T" if isinstance(event, TapeTrade) else "Q"
        return f"{channel}.*" in self._subscriptions or f"{channel}.{event.symbol}" in self._subscriptions

    def _subscribed(self, channel: str) -> list[str]:
        every = f"{channel}.*" in self._subscriptions
        return [symbol for symbol in self._source.symbols if every or f"{channel}.{symbol}" in self._subscriptions]

    def _minute_bars(self, minute_ms: int) -> list[dict[str, Any]]:
        found = []
        for symbol in self._subscribed("AM"):
            bar = self._bars.bar(symbol, minute_ms)
            if bar is not None:
                found.append(bar_entry("AM", symbol, bar, MINUTE_MS, self._day_until(symbol, minute_ms + MINUTE_MS)))
        return found

    def _price_bands(self, moment_ms: int) -> list[dict[str, Any]]:
        """Return the bands around the last minute's close, in regular hours."""
        if session_at(moment_ms * 1_000) is not Session.REGULAR:
            return []
        found = []
        for symbol in self._subscribed("LULD"):
            bar = self._bars.bar(symbol, moment_ms - MINUTE_MS)
            if bar is not None:
                found.append(price_band_entry(symbol, bar.close, moment_ms))
        return found

    def _second_bars(self, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        found = []
        symbols = self._subscribed("A")
        for second_end in range((start_ms // 1_000 + 1) * 1_000, end_ms + 1, 1_000) if symbols else ():
            for symbol in symbols:
                events = self._source.symbol_events(symbol, second_end - 1_000, second_end)
                bar = minute_bar(second_end - 1_000, [event for event in events if isinstance(event, TapeTrade)])
                if bar is not None:
                    found.append(bar_entry("A", symbol, bar, 1_000, self._day_until(symbol, second_end // MINUTE_MS * MINUTE_MS)))
        return found

    def _day_until(self, symbol: str, end_ms: int) -> tuple[int, float, float]:
        """Return volume, notional and opening price of the day so far, adding what is new since the last call."""
        done_ms, volume, notional, opening = self._day.get(symbol, (self._source.span_ms[0] // MINUTE_MS * MINUTE_MS, 0, 0.0, 0.0))
        for minute in range(done_ms, end_ms, MINUTE_MS):
            bar = self._bars.bar(symbol, minute)
            if bar is not None:
                volume, notional, opening = volume + bar.volume, notional + bar.notional, opening or bar.open
        self._day[symbol] = (max(done_ms, end_ms), volume, notional, opening)
        return volume, notional, opening

    async def _status(self, status: str, message: str) -> None:
        await self.say(orjson.dumps([{"ev": "status", "status": status, "message": message}]))
