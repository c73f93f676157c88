"""Polygon's REST history: prints, quotes and bars of a stretch of time, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from infra.clock import MICROSECONDS, Clock
from infra.vendor_settings import PolygonSettings
from producers.next_page import query_of
from producers.polygon.parse_rest import rows
from producers.rest import RestClient
from producers.source import Payload, Unlicensed

TRADES, QUOTES, BARS = "/v3/trades", "/v3/quotes", "/v2/aggs"
_TIMESPANS: Mapping[str, str] = {"A": "second", "AM": "minute"}
_PAGE = 20_000  # an answer goes to raw.payloads whole
_AT_ONCE = 4


class History:
    """Fetches stretches of the past: of each channel that the stream has, what it would have brought.

    Parameters
    ----------
    client
        The vendor's REST interface.
    settings
        Symbols, and how many minutes of bars the first call fetches besides.
    missing
        Gets what our plan does not cover; emptied by whoever wants it tried again.
    """

    def __init__(self, client: RestClient, settings: PolygonSettings, clock: Clock, missing: dict[str, str]) -> None:
        self.channels: tuple[str, ...] = settings.channels
        self._client = client
        self._settings = settings
        self._clock = clock
        self._missing = missing
        self._warm = False

    async def fetch(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None) -> AsyncIterator[Payload]:
        """Yield the answers for ``[start_us, end_us)``, some symbols at a time.

        Raises
        ------
        Unlicensed
            If the plan covers nothing of it.
        """
        if symbols is not None and "T" not in self.channels:
            return  # single symbols are asked for where prints seem to be missing: nobody wants prints
        bars_us = start_us - (0 if self._warm else self._settings.bar_history_minutes * 60 * MICROSECONDS)
        self._warm = True
        # Of the whole market nothing is fetched again: ten thousand requests would take minutes, and its windows are closed by then.
        left = [symbol for symbol in symbols or dict.fromkeys((*self._settings.symbols, *self._settings.bar_symbols)) if symbol != "*"]
        while left:
            group, left = left[:_AT_ONCE], left[_AT_ONCE:]
            for answers in await asyncio.gather(*(self._symbol(symbol, start_us, end_us, bars_us) for symbol in group)):
                for answer in answers:
                    yield answer

    async def _symbol(self, symbol: str, start_us: int, end_us: int | None, bars_us: int) -> list[Payload]:
        window = {"timestamp.gte": str(start_us * 1_000), "order": "asc", "limit": str(_PAGE)}
        if end_us is not None:
            window["timestamp.lt"] = str(end_us * 1_000)
        last_us = self._clock.now_us() if end_us is None else end_us - 1
        found: list[Payload] = []
        channels = [channel for channel in self.channels if channel in _TIMESPANS or symbol in self._settings.symbols]
        wanted: list[tuple[str, str, dict[str, str], dict[str, str]]]
        wanted = [(f"{path}/{symbol}", path, {}, window) for channel, path in (("T", TRADES), ("Q", QUOTES)) if channel in channels]
        for channel, timespan in _TIMESPANS.items():
            if channel in channels:
                first_us = bars_us if channel == "AM" else start_us
                path = f"/v2/aggs/ticker/{symbol}/range/1/{timespan}/{first_us // 1_000}/{last_us // 1_000}"
                wanted.append((path, BARS, {"timespan": timespan}, {"limit": str(_PAGE)}))
        refusal: Unlicensed | None = None
        covered = 0
        for path, endpoint, labels, asked in wanted:
            if endpoint in self._missing:
                continue
            try:
                found += await self._pages(path, endpoint, {"ticker": symbol, **labels}, asked)
                covered += 1
            except Unlicensed as error:
                self._missing[endpoint] = str(error)
                refusal = error
        if refusal is not None and not covered:
            raise refusal
        return found

    async def _pages(self, path: str, endpoint: str, labels: Mapping[str, str], parameters: dict[str, str]) -> list[Payload]:
        found: list[Payload] = []
        asked = parameters
        while True:
            answer = await self._client.get(path, endpoint, asked)
            found.append(Payload(endpoint, answer.body, answer.received_us, {**labels, **asked}))
            _, following = rows(answer.body)
            if following is None:
                return found
            asked = dict(query_of(following))
