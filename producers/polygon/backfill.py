"""Polygon's REST history: prints, quotes and minute bars of a stretch of time, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from infra.clock import MICROSECONDS, Clock
from infra.settings import PolygonSettings
from producers.polygon.parse_rest import rows
from producers.rest import RestClient
from producers.source import Payload

TRADES, QUOTES, BARS = "/v3/trades", "/v3/quotes", "/v2/aggs"
_PAGE = 20_000  # an answer goes to raw.payloads whole
_AT_ONCE = 4


class History:
    """Fetches stretches of the past.

    Parameters
    ----------
    client
        The vendor's REST interface.
    settings
        Symbols, and how many minutes of bars the first call fetches besides.
    """

    def __init__(self, client: RestClient, settings: PolygonSettings, clock: Clock) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._warm = False

    async def fetch(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None) -> AsyncIterator[Payload]:
        """Yield the answers for ``[start_us, end_us)``, some symbols at a time."""
        bars_us = start_us - (0 if self._warm else self._settings.bar_history_minutes * 60 * MICROSECONDS)
        self._warm = True
        left = list(symbols or self._settings.symbols)
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
        minutes = f"/v2/aggs/ticker/{symbol}/range/1/minute/{bars_us // 1_000}/{last_us // 1_000}"
        return [
            *await self._pages(f"{TRADES}/{symbol}", TRADES, symbol, window),
            *await self._pages(f"{QUOTES}/{symbol}", QUOTES, symbol, window),
            *await self._pages(minutes, BARS, symbol, {"limit": str(_PAGE)}),
        ]

    async def _pages(self, path: str, endpoint: str, symbol: str, parameters: dict[str, str]) -> list[Payload]:
        found: list[Payload] = []
        url, asked = path, parameters
        while True:
            answer = await self._client.get(url, endpoint, asked)
            found.append(Payload(endpoint, answer.body, answer.received_us, {"ticker": symbol, **asked}))
            _, following = rows(answer.body)
            if following is None:
                return found
            # Only path and query of the next page: its host is the vendor's, ours may be a mirror; the key goes by header.
            parts = urlsplit(following)
            url, asked = path, dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
