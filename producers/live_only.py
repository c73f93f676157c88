"""The part of a `Source` that a feed without a past has: no history, nothing to poll, nothing to close."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from producers.source import Payload, Poll


class LiveOnly:
    """What is not heard live cannot be asked for: it is lost, or waits at the vendor until we come back."""

    async def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        """Return nothing: there is nowhere to ask."""
        del start_us, end_us, symbols
        nothing: tuple[Payload, ...] = ()
        for payload in nothing:
            yield payload

    def polls(self) -> Sequence[Poll]:
        """Return nothing: all of it is streamed."""
        return ()

    async def close(self) -> None:
        """Hold nothing open between connections."""
