"""A WebSocket as a stream of payloads: own pings, a watch for silence, and bounded buffering."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import websockets
from websockets.asyncio.client import connect

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from producers.frame_connection import FrameConnection
from producers.source import Payload, Unlicensed

_LARGEST_FRAME_BYTES = 16 * 1024 * 1024
_BUFFERED_FRAMES = 1_024  # beyond them the socket is not read: back-pressure, not memory (ING-12)
_OPEN_SECONDS = 10.0
_PINGS_WITHIN_SILENCE = 8
_REFUSED = (401, 403)


@asynccontextmanager
async def open_websocket(url: str, endpoint: str, clock: Clock, silence_seconds: float) -> AsyncIterator[WebSocketStream]:
    """Connect for the length of the block.

    Raises
    ------
    Unlicensed
        If the server refuses the key in the address.
    Retryable
        If the server is away or speaks no WebSocket. No message holds the address's query: a key may be in it.
    """
    try:
        connection = await connect(
            url, compression=None, max_size=_LARGEST_FRAME_BYTES, max_queue=_BUFFERED_FRAMES, ping_interval=None,
            open_timeout=_OPEN_SECONDS, close_timeout=1.0, proxy=None, create_connection=FrameConnection,
        )  # fmt: skip
    except (OSError, TimeoutError, websockets.WebSocketException) as error:
        address, _, query = url.partition("?")
        if isinstance(error, websockets.InvalidStatus) and error.response.status_code in _REFUSED:
            raise Unlicensed(f"expected a WebSocket at {address}, found status {error.response.status_code}") from None
        found = repr(error).replace(query, "…") if query else repr(error)
        raise Retryable(f"expected a WebSocket at {address}, found {found}") from None  # the cause would show the query in a traceback
    assert isinstance(connection, FrameConnection)
    try:
        yield WebSocketStream(connection, endpoint, clock, silence_seconds)
    finally:
        await connection.close()


class WebSocketStream:
    """An open connection.

    Parameters
    ----------
    connection
        The socket.
    endpoint
        Name of the channel in payloads.
    clock
        Market time.
    silence_seconds
        Real seconds without a frame or a pong after which the connection counts as dead.
    """

    def __init__(self, connection: FrameConnection, endpoint: str, clock: Clock, silence_seconds: float) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._clock = clock
        self._silence_seconds = silence_seconds
        self._sign_of_life = self._last_ping = monotonic_seconds()
        self._answered_us: int | None = None
        self._put_back: deque[Payload] = deque()

    @property
    def complete_until_us(self) -> int | None:
        """Market time of the last ping that was answered: what the server sent before its pong is here."""
        return self._answered_us

    @property
    def detail(self) -> str | None:
        """None: what this connection carries is all or nothing."""
        return None

    def put_back(self, payload: Payload) -> None:
        """Let `receive` return this payload before anything newer, after those put back before it."""
        self._put_back.append(payload)

    async def send(self, message: str) -> None:
        try:
            await self._connection.send(message)
        except websockets.ConnectionClosed as error:
            raise Retryable(f"expected an open connection to {self._endpoint}, found {error}") from error

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next frame, or None when none came in time.

        Raises
        ------
        Retryable
            When the connection is closed, or silent for too long.
        """
        if self._put_back:
            return self._put_back.popleft()
        try:
            await self._ping()
            async with asyncio.timeout(timeout_seconds):
                frame = await self._connection.recv(decode=False)
        except TimeoutError:
            silent = monotonic_seconds() - self._sign_of_life
            if silent > self._silence_seconds:
                raise Retryable(f"expected a frame or pong from {self._endpoint} within {self._silence_seconds} s, found silence") from None
            return None
        except websockets.ConnectionClosed as error:
            raise Retryable(f"expected an open connection to {self._endpoint}, found {error}") from error
        self._sign_of_life = monotonic_seconds()
        return Payload(self._endpoint, bytes(frame), self._clock.now_us())

    def waiting(self, most: int) -> list[bytes]:
        """Return up to ``most`` frames that have come already, without waiting for any; a closed connection is left to `receive`."""
        frames = self._connection.waiting(most)
        if frames:
            self._sign_of_life = monotonic_seconds()
        return frames

    async def _ping(self) -> None:
        now = monotonic_seconds()
        if now - self._last_ping < self._silence_seconds / _PINGS_WITHIN_SILENCE:
            return
        self._last_ping = now
        sent_us = self._clock.now_us()
        answer = await self._connection.ping()
        answer.add_done_callback(lambda done: self._answered(sent_us, done))  # type: ignore[attr-defined]

    def _answered(self, sent_us: int, answer: asyncio.Future[float]) -> None:
        if answer.cancelled() or answer.exception() is not None:
            return  # the connection ended first; receive() tells
        self._sign_of_life = monotonic_seconds()
        self._answered_us = max(sent_us, self._answered_us or 0)
