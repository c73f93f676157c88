"""A WebSocket of a vendor that says in a frame why it ends the connection."""

from __future__ import annotations

from collections.abc import Callable

from producers.source import Payload
from producers.websocket import WebSocketStream


class CheckedStream:
    """An open connection whose frames are looked at before they are handed on.

    Parameters
    ----------
    check
        Raises `Unlicensed` or `Retryable` for a frame in which the vendor reports an error.
    """

    def __init__(self, inner: WebSocketStream, check: Callable[[Payload], None]) -> None:
        self._inner = inner
        self._check = check

    @property
    def complete_until_us(self) -> int | None:
        return self._inner.complete_until_us

    @property
    def detail(self) -> str | None:
        return self._inner.detail

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next frame, or None when none came in time.

        Raises
        ------
        Unlicensed
            When the vendor refuses the session, the key or the plan.
        Retryable
            When the connection is closed, silent for too long, or reports another error.
        """
        payload = await self._inner.receive(timeout_seconds)
        if payload is not None:
            self._check(payload)
        return payload
