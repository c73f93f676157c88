"""A simulated vendor's WebSocket connection, whatever it speaks: paced by the market clock, with faults on request.

A connection reads the market from its own position, so a slow consumer holds up only itself and loses nothing.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import orjson
from aiohttp import WSCloseCode, WSMsgType, web

from infra.clock import Clock, monotonic_seconds
from infra.vendorsim.market_events import MINUTE_MS

_STEP_SECONDS = 0.03


class PacedSocket(ABC):
    """One client of one vendor.

    Parameters
    ----------
    clock
        Market time.
    delay_ms
        By which the vendor holds its data back.
    """

    def __init__(self, clock: Clock, delay_ms: int = 0) -> None:
        self._clock = clock
        self._delay_ms = delay_ms
        self._socket = web.WebSocketResponse(compress=False, autoping=False)
        self._transport: asyncio.Transport | None = None
        self._position_ms: int | None = None
        self._pings: list[bytes] = []
        self._injected: list[bytes] = []
        self._silent_until = 0.0
        self._last_frame: bytes | None = None

    @abstractmethod
    async def greet(self) -> None:
        """Say what the vendor says first."""

    @abstractmethod
    async def hear(self, request: dict[str, Any]) -> None:
        """Answer a message of the client; call `begin` when it is to get data."""

    @abstractmethod
    async def frames(self, start_ms: int, end_ms: int) -> Iterable[bytes]:
        """Return what happened in a stretch that crosses no minute; at a minute's end its bars."""

    @property
    def closed(self) -> bool:
        return self._socket.closed or self._transport is None or self._transport.is_closing()

    async def admitted(self) -> bool:
        """Log the client in, for a vendor that plays nothing before that; False sends it away."""
        return True

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak with the client until either side leaves."""
        await self._socket.prepare(request)
        self._transport = request.transport
        await self.greet()
        if not await self.admitted():
            return self._socket
        player = asyncio.create_task(self._play())
        try:
            async for message in self._socket:
                if message.type is WSMsgType.PING:
                    self._pings.append(bytes(message.data))
                else:
                    await self.hear(request_of(message))
        finally:
            player.cancel()
            await asyncio.wait([player])
        return self._socket

    def begin(self, since_ms: int | None = None) -> None:
        """Send what happens from now on, or from a moment before it; called again it changes nothing."""
        if self._position_ms is None:
            self._position_ms = self._now_ms if since_ms is None else since_ms

    def pause(self) -> None:
        """Send nothing of the market until `begin` is called again; what happens meanwhile is never sent."""
        self._position_ms = None

    async def say(self, *frames: bytes) -> None:
        """Send frames at once."""
        for frame in frames:
            await self._socket.send_str(frame.decode())

    async def deliver(self, frame: bytes) -> None:
        """Send a frame of the market, which may be asked for again."""
        self._last_frame = frame
        await self.say(frame)

    async def hang_up(self) -> None:
        await self._socket.close(code=WSCloseCode.POLICY_VIOLATION)

    async def close(self) -> None:
        await self._socket.close(code=WSCloseCode.GOING_AWAY)

    def drop(self) -> None:
        """Cut the connection without a farewell."""
        if self._transport is not None:
            self._transport.abort()

    def silence(self, real_seconds: float, *, lose: bool) -> None:
        """Send nothing, not even pongs, for a while; with ``lose`` what happens meanwhile is never sent."""
        self._silent_until = monotonic_seconds() + real_seconds
        if lose and self._position_ms is not None:
            self._position_ms = self._now_ms + round(real_seconds / self._clock.real_seconds(1.0) * 1_000)

    def repeat_last_frame(self) -> None:
        if self._last_frame is not None:
            self._injected.append(self._last_frame)

    def inject(self, frame: bytes) -> None:
        """Send these bytes as a frame."""
        self._injected.append(frame)

    @property
    def _now_ms(self) -> int:
        return self._clock.now_us() // 1_000 - self._delay_ms

    async def _play(self) -> None:
        while not self._socket.closed:
            await asyncio.sleep(_STEP_SECONDS)
            if monotonic_seconds() < self._silent_until:
                continue
            pings, self._pings = self._pings, []
            injected, self._injected = self._injected, []
            try:
                await self.say(*injected)
                await self._catch_up(self._now_ms)
                for payload in pings:  # after the events before it, so that a pong means: you have everything up to your ping
                    await self._socket.pong(payload)
            except (ConnectionError, RuntimeError):
                return  # the client left

    async def _catch_up(self, now_ms: int) -> None:
        while self._position_ms is not None and self._position_ms < now_ms:
            start_ms = self._position_ms
            self._position_ms = min(start_ms // MINUTE_MS * MINUTE_MS + MINUTE_MS, now_ms)
            for frame in await self.frames(start_ms, self._position_ms):
                await self.deliver(frame)


def request_of(message: Any) -> dict[str, Any]:
    """Return what a client sent; nothing when it is no object."""
    try:
        request = orjson.loads(message.data)
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return request if isinstance(request, dict) else {}
