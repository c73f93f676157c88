"""Alpaca's REST history: prints, quotes and minute bars of a stretch of time, many symbols at once, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from infra.clock import MICROSECONDS, Clock
from producers.alpaca.moment import written
from producers.alpaca.parse_rest import next_page
from producers.alpaca.symbols import theirs
from producers.rest import RestClient
from producers.source import Payload

_PAGE = 10_000  # the vendor's largest
_SYMBOLS_AT_ONCE = 50


class History:
    """Fetches stretches of the past.

    Parameters
    ----------
    prefix
        Path before ``/trades``, ``/quotes`` and ``/bars``.
    parameters
        Sent with each request, e.g. the feed.
    bar_history_minutes
        Of bars, that the first call fetches besides.
    delay_seconds
        By which the plan holds its data back: what is newer may not be asked for.
    """

    def __init__(
        self, client: RestClient, prefix: str, parameters: dict[str, str], bar_history_minutes: int, delay_seconds: int, clock: Clock
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._parameters = parameters
        self._bar_history_us = bar_history_minutes * 60 * MICROSECONDS
        self._delay_us = delay_seconds * MICROSECONDS
        self._clock = clock
        self._warm = False

    async def fetch(self, start_us: int, end_us: int | None, symbols: Sequence[str], tape: Sequence[str]) -> AsyncIterator[Payload]:
        """Yield the answers for ``[start_us, end_us)``: bars of ``symbols``, prints and quotes of ``tape``."""
        bars_us = start_us - (0 if self._warm else self._bar_history_us)
        self._warm = True
        now_us = self._clock.now_us() - self._delay_us
        last_us = now_us if end_us is None else min(end_us - 1, now_us)  # the vendor's end is part of the stretch
        for endpoint, wanted, first_us in (("trades", tape, start_us), ("quotes", tape, start_us), ("bars", symbols, bars_us)):
            for first in range(0, len(wanted), _SYMBOLS_AT_ONCE):
                if first_us > last_us:
                    continue
                asked = {
                    "symbols": ",".join(map(theirs, wanted[first : first + _SYMBOLS_AT_ONCE])),
                    "start": written(first_us), "end": written(last_us), "limit": str(_PAGE), "sort": "asc", **self._parameters,
                }  # fmt: skip
                if endpoint == "bars":
                    asked["timeframe"] = "1Min"
                async for payload in self._pages(f"{self._prefix}/{endpoint}", asked):
                    yield payload

    async def _pages(self, path: str, asked: dict[str, str]) -> AsyncIterator[Payload]:
        token: str | None = None
        while True:
            payload = await self._client.get(path, path, asked if token is None else {**asked, "page_token": token})
            yield payload
            token = next_page(payload.body)
            if token is None:
                return
