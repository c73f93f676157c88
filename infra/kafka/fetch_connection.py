"""A connection to one broker for Fetch requests alone: a request, its answer, the next request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np

_FIRST_BYTES = 64 * 1024
_SIZE_BYTES = 4


class FetchConnection(asyncio.BufferedProtocol):
    """Receives an answer straight into the memory it stays in.

    A connection of its own, because the broker answers the requests of a connection in turn: whatever else was asked would wait
    until a fetch finds records. `asyncio`'s streams copy every byte three times and wake a task for every piece.

    Parameters
    ----------
    on_answer
        Called with each complete answer, without its size; the memory belongs to the callee.
    on_lost
        Called once when the connection has ended, with the reason if there is one.
    """

    def __init__(self, on_answer: Callable[[memoryview], None], on_lost: Callable[[Exception | None], None]) -> None:
        self._on_answer = on_answer
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._first = memoryview(bytearray(_FIRST_BYTES))
        self._frame = self._first
        self._size = 0  # of the answer under way; 0 while even that is unknown
        self._received = 0
        self.waiting = False

    @classmethod
    async def open(
        cls, host: str, port: int, on_answer: Callable[[memoryview], None], on_lost: Callable[[Exception | None], None]
    ) -> FetchConnection:
        """Connect.

        Raises
        ------
        OSError
            If nobody listens.
        """
        _, connection = await asyncio.get_running_loop().create_connection(lambda: cls(on_answer, on_lost), host, port)
        return connection

    def send(self, request: bytes) -> None:
        """Send a request; the answer to the one before must be there."""
        assert self._transport is not None
        assert not self.waiting, "one request at a time"
        self.waiting = True
        self._transport.write(request)

    def close(self) -> None:
        """End the connection; no answer comes after this."""
        self._on_answer, self._on_lost = _ignore, _ignore
        if self._transport is not None:
            self._transport.abort()

    # -- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self._frame[self._received :]

    def buffer_updated(self, nbytes: int) -> None:
        self._received += nbytes
        if self._size == 0:
            if self._received < _SIZE_BYTES:
                return
            self._size = int.from_bytes(self._first[:_SIZE_BYTES], "big")
            if self._size > _FIRST_BYTES - _SIZE_BYTES:
                begun = self._first[_SIZE_BYTES : self._received]
                self._frame = np.empty(self._size, np.uint8).data  # not zeroed: megabytes
                self._frame[: len(begun)] = begun
                self._received = len(begun)
        is_large = self._frame is not self._first
        if self._received < (self._size if is_large else self._size + _SIZE_BYTES):
            return
        answer = self._frame if is_large else memoryview(bytes(self._first[_SIZE_BYTES : self._received]))
        self._frame, self._size, self._received = self._first, 0, 0
        self.waiting = False
        self._on_answer(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost(exc)


def _ignore(_: object) -> None:
    return None
