"""Where the data layer gets bars from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from schemas.records import Bar, Resolution


class BarSource(Protocol):
    """One vendor's bars."""

    async def bars(self, symbol: str, resolution: Resolution, start_us: int, end_us: int) -> Sequence[Bar]:
        """Return the bars that begin in ``[start_us, end_us)``, microseconds UTC, oldest first; none if there are none.

        Raises
        ------
        infra.errors.TapewireError
            If they cannot be had: an empty answer means that there are none.
        """

    def stream(self, symbols: Sequence[str], resolution: Resolution, since_us: int) -> AsyncIterator[Bar]:
        """Yield the bars that begin at or after ``since_us`` as they close, in order for each symbol, without end."""
