"""A WebSocket connection that takes whole data frames out of what it reads by itself: a busy channel sends ten thousand a second.

The library steps through each frame in coroutines, which costs more than parsing what is in it. What is not a plain whole frame, i.e. the
handshake, pings, closing and anything odd, is left to the library.
"""

from __future__ import annotations

from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State

_END_OF_HANDSHAKE = b"\r\n\r\n"
_MESSAGES = (Opcode.TEXT, Opcode.BINARY)
_PLAIN = {0x80 | opcode: opcode for opcode in _MESSAGES}
_CONTROL = frozenset(0x80 | opcode for opcode in (Opcode.CLOSE, Opcode.PING, Opcode.PONG))
_SHORTEST = 2
_LONGER = {126: 4, 127: 10}  # header bytes, when the size stands in two or eight bytes of its own
_MASKED = 128
_UNLIMITED = 2**63


class FrameConnection(ClientConnection):
    """A client's connection; hand it to `websockets.asyncio.client.connect` as ``create_connection``."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._is_ours = False
        self._handshake_tail = b""
        self._rest: list[bytes] = []
        self._rest_size = 0
        self._wanted = 0

    def data_received(self, data: bytes) -> None:
        """Take what came from the socket: whole frames, or parts of one."""
        if self.protocol.state is State.CONNECTING and not self._is_ours:
            data = self._after_handshake(data)
            if not data:
                return
        if not self._is_ours:
            super().data_received(data)
            return
        if self._rest:  # joined once: a large frame comes in hundreds of parts
            self._rest.append(data)
            self._rest_size += len(data)
            if self._rest_size < self._wanted:
                return
            data, self._rest = b"".join(self._rest), []
        self._take(data)

    def waiting(self, most: int) -> list[bytes]:
        """Return up to ``most`` messages that have come already, without waiting; one in several frames is left to ``recv``."""
        queue, found = self.recv_messages.frames.queue, list[bytes]()
        while queue and len(found) < most and queue[0].fin and queue[0].opcode in _MESSAGES:
            found.append(bytes(queue.popleft().data))
        self.recv_messages.maybe_resume()
        return found

    def _after_handshake(self, data: bytes) -> bytes:
        """Let the library have the handshake; return what comes after it, which is a frame's beginning."""
        seen = self._handshake_tail + data
        end = seen.find(_END_OF_HANDSHAKE)
        if end < 0:
            self._handshake_tail = seen[1 - len(_END_OF_HANDSHAKE) :]
            super().data_received(data)
            return b""
        end += len(_END_OF_HANDSHAKE) - len(self._handshake_tail)
        super().data_received(data[:end])
        self._is_ours = self.protocol.state is State.OPEN
        return data[end:]

    def _take(self, data: bytes) -> None:
        """Put the whole frames into the queue and keep what is left of the last."""
        put, largest = self.recv_messages.put, self.protocol.max_message_size or _UNLIMITED
        at, length, wanted = 0, len(data), _SHORTEST
        while length - at >= wanted:
            kind, size, start = data[at], data[at + 1], at + _SHORTEST
            if size in _LONGER:
                start = at + _LONGER[size]
                if start > length:
                    wanted = start - at
                    break
                size = int.from_bytes(data[at + _SHORTEST : start])
            opcode = _PLAIN.get(kind)
            if (opcode is None and kind not in _CONTROL) or data[at + 1] >= _MASKED or size > largest:
                self._leave_to_library(data[at:])
                return
            end = start + size
            if end > length:
                wanted = end - at
                break
            if opcode is not None:
                put(Frame(opcode, data[start:end]))
            else:
                super().data_received(data[at:end])
                if self.protocol.state is not State.OPEN:
                    self._leave_to_library(data[end:])
                    return
            at = end
        if at < length:
            self._rest, self._rest_size, self._wanted = [data[at:]], length - at, wanted

    def _leave_to_library(self, data: bytes) -> None:
        """Let the library have everything from here on: it knows what to do with pieces, compression, frames too large, and the end."""
        self._is_ours = False
        super().data_received(data)
