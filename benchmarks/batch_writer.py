"""Writes ready record batches to a single broker: produce requests on a socket, several under way."""

from __future__ import annotations

import socket
import struct
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Self

_API_PRODUCE, _VERSION = 0, 3
_UNDER_WAY = 8


class BatchRefused(RuntimeError):
    """The broker did not append a batch."""


class BatchWriter:
    """A connection to the broker that leads every partition.

    Parameters
    ----------
    bootstrap_servers
        Host and port of the only broker.
    topic
        Name on the broker.
    """

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        host, _, port = bootstrap_servers.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._replies = self._socket.makefile("rb")
        self._topic = topic.encode()
        self._number = 0
        self._waiting: deque[int] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._replies.close()
            self._socket.close()

    def send(self, batches: Mapping[int, bytes]) -> None:
        """Send one batch to each of some partitions; waits while too many requests are under way."""
        self._number += 1
        body = b"".join(struct.pack(">ii", partition, len(batch)) + batch for partition, batch in batches.items())
        request = b"".join(
            (
                struct.pack(">hhih", _API_PRODUCE, _VERSION, self._number, 5), b"bench",
                struct.pack(">hhii", -1, 1, 30_000, 1),  # no transaction, acks of the leader, time-out, one topic
                struct.pack(">h", len(self._topic)), self._topic, struct.pack(">i", len(batches)), body,
            )
        )  # fmt: skip
        self._socket.sendall(struct.pack(">i", len(request)) + request)
        self._waiting.append(self._number)
        if len(self._waiting) >= _UNDER_WAY:
            self._take_reply()

    def flush(self) -> None:
        """Wait until everything sent is on the broker."""
        while self._waiting:
            self._take_reply()

    def _take_reply(self) -> None:
        [length] = struct.unpack(">i", self._read(4))
        reply = self._read(length)
        expected = self._waiting.popleft()
        [number] = struct.unpack_from(">i", reply)
        if number != expected:
            raise BatchRefused(f"expected the reply to request {expected}, found {number}")
        at = 4 + 4 + 2 + len(self._topic)
        [count] = struct.unpack_from(">i", reply, at)
        for index in range(count):
            partition, error = struct.unpack_from(">ih", reply, at + 4 + index * 22)
            if error:
                raise BatchRefused(f"{self._topic.decode()}/{partition}: the broker answered error code {error}")

    def _read(self, count: int) -> bytes:
        data = self._replies.read(count)
        if len(data) != count:
            raise BatchRefused("the broker closed the connection")
        return data
