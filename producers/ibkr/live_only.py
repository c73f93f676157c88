"""What all feeds of TWS share: no history, nothing to poll, nothing to close; and why one cannot run at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from infra.settings import IbkrSettings
from producers.ibkr.client import LIBRARY
from producers.source import Payload, Poll


class LiveOnly:
    """The part of a `Source` that a live vendor has not."""

    async def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        """Return nothing: what was not heard is not told again."""
        del start_us, end_us, symbols
        nothing: tuple[Payload, ...] = ()
        for payload in nothing:
            yield payload

    def polls(self) -> Sequence[Poll]:
        """Return nothing: all of it is streamed."""
        return ()

    async def close(self) -> None:
        """Hold nothing open between connections."""


def unavailable(settings: IbkrSettings) -> str | None:
    """Return why no feed of TWS can run; None when they can."""
    if not settings.host:
        return "no TWS: set TAPEWIRE_IBKR__HOST"
    return None if LIBRARY else "no library: install ib_insync or ib_async (extra ibkr)"
