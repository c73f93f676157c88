"""The simulated WebSocket: joins and acknowledgements, then a frame a payload."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
from aiohttp import web

from infra.clock import Clock
from infra.vendorsim.disturbed_socket import DisturbedSocket
from infra.vendorsim.frame_door import FrameDoor
from infra.vendorsim.unusual_whales_access import Access
from infra.vendorsim.unusual_whales_channels import is_known, said
from infra.vendorsim.unusual_whales_market import OptionMarket


class UnusualWhalesConnection(DisturbedSocket):
    """One client.

    Parameters
    ----------
    market, clock
        The options and their time.
    access
        Whose token opens the door, and which channels its plan covers.
    """

    def __init__(self, market: OptionMarket, clock: Clock, access: Access) -> None:
        super().__init__(clock, FrameDoor(money=("price", "underlying_price"), moments=("executed_at", "timestamp")))
        self._market = market
        self._access = access
        self._joined: set[str] = set()
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
        return await super().serve(request)

    async def greet(self) -> None:
        """Say nothing: the vendor waits."""

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
                self._left(channel)
                self.inject(_answer(channel, "unauthorized"))

    async def hear(self, request: dict[str, Any]) -> None:
        channel = str(request.get("channel", ""))
        if request.get("msg_type") == "leave":
            self._left(channel)
        elif request.get("msg_type") == "join":
            await self._join(channel)

    async def frames(self, start_ms: int, end_ms: int) -> Iterator[bytes]:
        entries = await asyncio.to_thread(said, self._market, set(self._joined), start_ms, end_ms)
        if self._position_ms != end_ms:
            return iter(())  # a fault moved on meanwhile
        return (orjson.dumps([entry.channel, entry.payload]) for entry in entries if entry.channel in self._joined)

    async def deliver(self, frame: bytes) -> None:
        frame = self._spoiled(frame)
        if self._swaps_left > 0:
            if self._swapped is None:
                self._swapped = frame
                return
            self._swaps_left -= 2
            await self.say(frame)
            frame, self._swapped = self._swapped, None
        elif self._swapped is not None:
            await self.say(self._swapped)
            self._swapped = None
        await super().deliver(frame)

    async def _join(self, channel: str) -> None:
        if not is_known(self._market, channel):
            await self.say(_answer(channel, "unmatched topic"))
        elif not self._access.covers_channel(channel):
            await self.say(_answer(channel, "unauthorized"))
        else:
            since_ms = self._now_ms
            await self.say(_answer(channel, None))
            self._joined.add(channel)
            self.begin(since_ms)

    def _left(self, channel: str) -> None:
        self._joined.discard(channel)
        if not self._joined:
            self.pause()

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
