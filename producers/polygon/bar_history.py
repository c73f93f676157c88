"""Bars of one symbol straight from Polygon's REST interface, for research: nothing of it goes to a topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from infra.clock import MICROSECONDS, Clock
from infra.vendor_settings import PolygonSettings
from producers.next_page import query_of
from producers.polygon.parse_aggregates import aggregate
from producers.polygon.parse_rest import rows
from producers.polygon.row_transform import Answer
from producers.rest import RestClient
from producers.source import Stamps, Unlicensed
from schemas.records import Bar, Resolution

_SPANS = {
    Resolution.S1: ("1", "second"), Resolution.M1: ("1", "minute"), Resolution.M2: ("2", "minute"), Resolution.M5: ("5", "minute"),
    Resolution.M15: ("15", "minute"), Resolution.H1: ("1", "hour"), Resolution.D1: ("1", "day"),
}  # fmt: skip
_PAGE = "50000"
_POLL_SECONDS = 5.0


class PolygonBars:
    """A source of bars as `processors.research` wants it.

    Raises
    ------
    Unlicensed
        Without a key, when equity data are switched off, or when the plan has no such bars.
    """

    def __init__(self, settings: PolygonSettings, clock: Clock) -> None:
        key = settings.api_key.get_secret_value()
        self._why_not = "no key: set TAPEWIRE_POLYGON__API_KEY" if not key else None
        if not settings.use_equity:
            self._why_not = "equity data switched off: TAPEWIRE_POLYGON__USE_EQUITY is false"
        self._client = RestClient(settings.rest_url, {"Authorization": f"Bearer {key}"} if key else {}, settings.requests_per_second, clock)
        self._clock = clock

    async def close(self) -> None:
        await self._client.close()

    async def bars(self, symbol: str, resolution: Resolution, start_us: int, end_us: int) -> Sequence[Bar]:
        """Return the vendor's adjusted bars that have ended, page by page."""
        if self._why_not is not None:
            raise Unlicensed(self._why_not)
        multiplier, timespan = _SPANS[resolution]
        path = f"/v2/aggs/ticker/{symbol}/range/{multiplier}/{timespan}/{start_us // 1_000}/{(end_us - 1) // 1_000}"
        labels = {"ticker": symbol, "multiplier": multiplier, "timespan": timespan}
        asked, found = {"limit": _PAGE}, list[Bar]()
        while True:
            answer = await self._client.get(path, "/v2/aggs", asked)
            now_us = self._clock.now_us()
            stamps = Stamps(answer.received_us, now_us, now_us + MICROSECONDS)
            entries, following = rows(answer.body)
            for place, row in enumerate(entries):
                bar = aggregate(row, Answer(stamps, labels), f"results[{place}]")
                if isinstance(bar, Bar) and start_us <= bar.window_start < end_us:
                    found.append(bar)
            if following is None:
                return found
            asked = dict(query_of(following))

    async def stream(self, symbols: Sequence[str], resolution: Resolution, since_us: int) -> AsyncIterator[Bar]:
        """Ask for newer bars every few real seconds."""
        newest = dict.fromkeys(symbols, since_us - 1)
        while True:
            for symbol in symbols:
                for bar in await self.bars(symbol, resolution, newest[symbol] + 1, self._clock.now_us()):
                    newest[symbol] = max(newest[symbol], bar.window_start)
                    yield bar
            await asyncio.sleep(_POLL_SECONDS)
