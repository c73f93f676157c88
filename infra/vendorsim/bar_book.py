"""Minute bars of a market source, made once and kept."""

from __future__ import annotations

import asyncio

from infra.vendorsim.market_events import MINUTE_MS, MarketSource, MinuteBar, TapeTrade, minute_bar


class BarBook:
    """Finished minutes by symbol; a minute without a price-setting print has no bar."""

    def __init__(self, source: MarketSource) -> None:
        self._source = source
        self._bars: dict[tuple[str, int], MinuteBar | None] = {}

    def bar(self, symbol: str, start_ms: int) -> MinuteBar | None:
        """Return the bar of the minute that begins at ``start_ms``; the minute must be over."""
        key = (symbol, start_ms)
        if key not in self._bars:
            events = self._source.symbol_events(symbol, start_ms, start_ms + MINUTE_MS)
            self._bars[key] = minute_bar(start_ms, [event for event in events if isinstance(event, TapeTrade)])
        return self._bars[key]

    async def bars(self, symbol: str, start_ms: int, end_ms: int) -> list[MinuteBar]:
        """Return the bars that begin in ``[start_ms, end_ms)``; gives way to the streams while it makes many."""
        first, last = self._source.span_ms
        minutes = range(max(start_ms, first) // MINUTE_MS * MINUTE_MS, min(end_ms, last), MINUTE_MS)
        found = []
        for number, minute in enumerate(minutes):
            if number % 10 == 9 and (symbol, minute) not in self._bars:
                await asyncio.sleep(0)
            if minute >= start_ms and (bar := self.bar(symbol, minute)) is not None:
                found.append(bar)
        return found
