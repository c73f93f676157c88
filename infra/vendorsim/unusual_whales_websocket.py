"""The simulated WebSocket: joins and acknowledgements, then a frame a payload, paced by the market clock.

A connection reads the market from its own position, so a slow consumer holds up only itself and loses nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp import WSCloseCode, WSMsgType, web

from infra.clock import Clock, monotonic_seconds
from infra.vendorsim.frame_door import FrameDoor
from infra.vendorsim.unusual_whales_access import Access
from infra.vendorsim.unusual_whales_channels import is_known, said
from infra.vendorsim.unusual_whales_market import OptionMarket

_STEP_SECONDS = 0.03
_LONGEST_STRETCH_MS = 60_000


class UnusualWhalesConnection:
    """One client.

    Parameters
    ----------
    market, clock
        The options and their time.
    access
        Whose token opens the door, and which channels its plan covers.
    """

    def __init__(self, market: OptionMarket, clock: Clock, access: Access) -> None:
        self._market = market
        self._clock = clock
        self._access = access
        self._socket = web.WebSocketResponse(compress=False, autoping=False)
        self._transport: asyncio.Transport | None = None
        self._joined: set[str] = set()
        self._position_ms = 0
        self._pings: list[bytes] = []
        self._injected: list[bytes] = []
        self._silent_until = 0.0
        self._quiet_until = 0.0
        self._last_frame = b"[]"
        self.door = FrameDoor(money=("price", "underlying_price"), moments=("executed_at", "timestamp"))
        self._spoilers: list[tuple[str, str, Any]] = []
        self._swapped: bytes | None = None
        self._swaps_left = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak with the client until either side leaves; a wrong token or plan is told before there is a WebSocket."""
        if not self._access.admits(request.query.get("token", "")):
            return web.json_response({"error": "missing or invalid token"}, status=401)
        if "*" in self._access.without_channels:
            return web.json_response({"error": "websocket access requires the advanced plan"}, status=403)
        await asyncio.to_thread(self._market.prepare)  # two seconds the first time, in which no ping would be answered
        await self._socket.prepare(request)
        self._transport = request.transport
        player = asyncio.create_task(self._play())
        try:
            await self._listen()
        finally:
            player.cancel()
            await asyncio.wait([player])
        return self._socket

    def drop(self) -> None:
        """Cut the connection without a farewell."""
        if self._transport is not None:
            self._transport.abort()

    def silence(self, real_seconds: float, *, lose: bool) -> None:
        """Send nothing, not even pongs, for a while; with ``lose`` what happens meanwhile is never sent."""
        self._silent_until = monotonic_seconds() + real_seconds
        if lose:
            self._position_ms = self._clock.now_us() // 1_000 + round(real_seconds / self._clock.real_seconds(1.0) * 1_000)

    def rest(self, real_seconds: float) -> None:
        """Send no data for a while, but answer pings."""
        self._quiet_until = monotonic_seconds() + real_seconds

    def repeat_last_frame(self) -> None:
        self._injected.append(self._last_frame)

    def inject(self, frame: bytes) -> None:
        """Send these bytes as a frame."""
        self._injected.append(frame)

    def swap_next(self, frames: int) -> None:
        """Send the next frames in pairs, the later one first."""
        self._swaps_left = frames

    def spoil_next(self, kind: str, field: str, value: Any) -> None:
        """Cut the next frame that has the field (``truncate``), rename the field, or put something else into it."""
        self._spoilers.append((kind, field, value))

    def refuse_uncovered(self) -> None:
        """Tell the client which of its channels the plan covers no more, and send nothing on them."""
        for channel in sorted(self._joined):
            if not self._access.covers_channel(channel):
                self._joined.discard(channel)
                self._injected.append(_answer(channel, "unauthorized"))

    async def close(self, code: int = WSCloseCode.GOING_AWAY) -> None:
        await self._socket.close(code=code)

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.PING:
                self._pings.append(bytes(message.data))
                continue
            request = _request(message)
            channel = str(request.get("channel", ""))
            if request.get("msg_type") == "leave":
                self._joined.discard(channel)
            elif request.get("msg_type") == "join":
                await self._join(channel)

    async def _join(self, channel: str) -> None:
        if not is_known(self._market, channel):
            await self._send(_answer(channel, "unmatched topic"))
        elif not self._access.covers_channel(channel):
            await self._send(_answer(channel, "unauthorized"))
        else:
            if not self._joined:
                self._position_ms = self._clock.now_us() // 1_000
            await self._send(_answer(channel, None))
            self._joined.add(channel)

    async def _send(self, frame: bytes) -> None:
        await self._socket.send_str(frame.decode())

    async def _play(self) -> None:
        while not self._socket.closed:
            await asyncio.sleep(_STEP_SECONDS)
            if monotonic_seconds() < self._silent_until:
                continue
            pings, self._pings = self._pings, []
            try:
                await self._catch_up(self._clock.now_us() // 1_000)
                for payload in pings:  # after the events before it, so that a pong means: you have everything up to your ping
                    await self._socket.pong(payload)
            except (ConnectionError, RuntimeError):
                return  # the client left

    async def _catch_up(self, now_ms: int) -> None:
        for frame in self._injected:
            await self._send(frame)
        self._injected.clear()
        for frame in self.door.due(monotonic_seconds()):
            await self._send(frame)
        if monotonic_seconds() < self._quiet_until:
            self._position_ms = max(self._position_ms, now_ms)
        while self._joined and self._position_ms < now_ms:
            start, until = self._position_ms, min(now_ms, self._position_ms + _LONGEST_STRETCH_MS)
            entries = await asyncio.to_thread(said, self._market, set(self._joined), start, until)
            if self._position_ms != start:
                return  # a fault moved on meanwhile
            self._position_ms = until
            for entry in entries:
                if entry.channel in self._joined:
                    await self._say(orjson.dumps([entry.channel, entry.payload]))

    async def _say(self, frame: bytes) -> None:
        frame = self._spoiled(frame)
        if self._swaps_left > 0:
            if self._swapped is None:
                self._swapped = frame
                return
            self._swaps_left -= 2
            await self._send(frame)
            frame, self._swapped = self._swapped, None
        elif self._swapped is not None:
            await self._send(self._swapped)
            self._swapped = None
        self._last_frame = frame
        for one in self.door.passed(frame, monotonic_seconds()):
            await self._send(one)

    def _spoiled(self, frame: bytes) -> bytes:
        for spoiler in self._spoilers:
            kind, field, value = spoiler
            channel, payload = orjson.loads(frame)
            if field and field not in payload:
                continue
            self._spoilers.remove(spoiler)
            if kind == "truncate":
                return frame[: len(frame) // 2]
            found = payload.pop(field)
            payload[str(value) if kind == "rename" else field] = found if kind == "rename" else value
            return orjson.dumps([channel, payload])
        return frame


def _answer(channel: str, refused: str | None) -> bytes:
    """Return the reply to a join; a refusal has the same form with a reason."""
    reply = {"response": {}, "status": "ok"} if refused is None else {"response": {"reason": refused}, "status": "error"}
    return orjson.dumps([channel, reply])


def _request(message: Any) -> dict[str, Any]:
    try:
        request = orjson.loads(message.data)
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return request if isinstance(request, dict) else {}
