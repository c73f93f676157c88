"""The Tradier feed: minute bars over REST, quotes and prints by stream; in the sandbox quotes over REST, 15 minutes late."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from infra.clock import MICROSECONDS, Clock
from infra.market_calendar import new_york
from infra.settings import Settings
from producers.feed_limits import FeedLimits
from producers.polled_stream import PolledStream
from producers.rest import RestClient
from producers.source import Parsed, Payload, Poll, Refused, Source, Stamps, Stream, feed
from producers.tape_authority import Tape
from producers.tradier.environment import environment_of
from producers.tradier.parse_rest import BARS_ENDPOINT, QUOTES_ENDPOINT, parse_answer
from producers.tradier.parse_stream import SOURCE, parse_events
from producers.tradier.stream import ENDPOINT, open_stream

_OVERLAP_MINUTES = 3  # bars that a poll asks for again, in case the vendor was late with one


def limits(settings: Settings) -> FeedLimits:
    """Return the feed's tolerances."""
    vendor = settings.tradier
    return FeedLimits(
        backoff_cap_seconds=vendor.backoff_cap_seconds,
        capture_path=vendor.capture_path,
        delay_seconds=environment_of(vendor).delay_seconds,
    )


@feed(
    name="feed.tradier",
    writes=("market.trades", "market.quotes", "market.bars"),
    watermarked=("market.trades", "market.quotes"),
    summary="Tradier: prints, quotes and minute bars of stocks; in the sandbox quotes and bars, 15 minutes late.",
    limits=limits,
)
def tradier(settings: Settings, clock: Clock) -> Source:
    """Return the feed for these settings."""
    return TradierSource(settings, clock)


class TradierSource:
    """Tradier as a `Source`.

    The vendor has no history of prints with their sequence: what a broken connection missed is filled with bars alone.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings.tradier
        self._environment = environment_of(self._settings)
        self._tape = Tape(settings, self._environment.delay_seconds)
        self._clock = clock
        token = self._settings.access_token.get_secret_value()
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._client = RestClient(self._environment.rest_url, headers, self._settings.requests_per_second, clock)
        self._warm = False

    @property
    def unavailable(self) -> str | None:
        if not self._settings.access_token.get_secret_value():
            return "no key: set TAPEWIRE_TRADIER__ACCESS_TOKEN"
        return None if self._settings.symbols else "no symbols: set TAPEWIRE_TRADIER__SYMBOLS"

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Stream]:
        url = self._environment.websocket_url
        tape = [symbol for symbol in self._settings.symbols if self._tape.admits(SOURCE, symbol)]
        if url is None or not tape:  # the prints of which another vendor is the authority are not asked for
            yield PolledStream(self._quotes, self._settings.poll_seconds, self._clock)
            return
        async with open_stream(url, self._client, tape, self._settings.silence_seconds, self._clock) as stream:
            yield stream

    async def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        """Yield minute bars of ``[start_us, end_us)``, at the first call of the time before as well."""
        first_us = start_us - (0 if self._warm else self._settings.bar_history_minutes * 60 * MICROSECONDS)
        self._warm = True
        for symbol in symbols or self._settings.symbols:
            yield await self._bars(symbol, first_us, self._clock.now_us() if end_us is None else end_us)

    def polls(self) -> Sequence[Poll]:
        return [Poll("bars", self._settings.bar_interval_seconds, self._newest_bars)]

    async def close(self) -> None:
        await self._client.close()

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        return parse_events(payload.body, stamps) if payload.endpoint == ENDPOINT else parse_answer(payload, stamps)

    async def _quotes(self) -> AsyncIterator[Payload]:
        symbols = ",".join(self._settings.symbols)
        yield await self._client.get(QUOTES_ENDPOINT, QUOTES_ENDPOINT, {"symbols": symbols, "greeks": "false"})

    async def _newest_bars(self) -> AsyncIterator[Payload]:
        now_us = self._clock.now_us()
        span_us = round(self._settings.bar_interval_seconds * MICROSECONDS) + _OVERLAP_MINUTES * 60 * MICROSECONDS
        for symbol in self._settings.symbols:
            yield await self._bars(symbol, now_us - self._environment.delay_seconds * MICROSECONDS - span_us, now_us)

    async def _bars(self, symbol: str, start_us: int, end_us: int) -> Payload:
        start, end = (f"{new_york(moment_us):%Y-%m-%d %H:%M}" for moment_us in (start_us, end_us))  # the vendor takes New York's time
        asked = {"symbol": symbol, "interval": "1min", "start": start, "end": end, "session_filter": "all"}
        return await self._client.get(BARS_ENDPOINT, BARS_ENDPOINT, asked)
