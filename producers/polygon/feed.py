"""The Polygon feed: trades, quotes, bars and price bands by WebSocket, history and gappers by REST."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from infra.clock import Clock
from infra.errors import Permanent
from infra.settings import Settings
from producers.feed_limits import FeedLimits
from producers.polygon import backfill, gappers, parse_rest
from producers.polygon.parse import Status, parse_frame
from producers.polygon.stream import ENDPOINT, open_stream
from producers.rest import RestClient
from producers.source import Parsed, Payload, Poll, Refused, Source, Stamps, Stream, Unlicensed, feed
from schemas.records import Bar, Resolution


def limits(settings: Settings) -> FeedLimits:
    """Return the feed's tolerances."""
    polygon = settings.polygon
    has_ticks = bool(polygon.symbols) and not {"T", "Q"}.isdisjoint(polygon.channels)
    return FeedLimits(
        polygon.future_tolerance_seconds, polygon.quiet_seconds, polygon.backoff_cap_seconds, polygon.first_start_minutes, polygon.capture_path,
        polygon.speaks_within_seconds if has_ticks else None, audited_symbols=frozenset(polygon.symbols),
    )


@feed(
    name="feed.polygon",
    writes=("market.trades", "market.quotes", "market.bars", "market.price-bands", "market.halts", "reference.gappers"),
    watermarked=("market.trades", "market.quotes"),
    summary="Polygon: trades, quotes, bars, price bands and halts live, back-fill and gappers over REST.",
    limits=limits,
)
def polygon(settings: Settings, clock: Clock) -> Source:
    """Return the feed for these settings."""
    return PolygonSource(settings, clock)


class PolygonSource:
    """Polygon as a `Source`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings.polygon
        self._clock = clock
        key = self._settings.api_key.get_secret_value()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = RestClient(self._settings.rest_url, headers, self._settings.requests_per_second, clock)
        self._missing: dict[str, str] = {}
        self._delay_seconds = 0
        self._history = backfill.History(self._client, self._settings, clock, self._missing)

    @property
    def unavailable(self) -> str | None:
        if not self._settings.use_equity:
            return "equity data switched off: TAPEWIRE_POLYGON__USE_EQUITY is false"
        if not self._settings.api_key.get_secret_value():
            return "no key: set TAPEWIRE_POLYGON__API_KEY"
        if not (self._settings.symbols or self._settings.bar_symbols):
            return "no symbols: set TAPEWIRE_POLYGON__SYMBOLS"
        if not self._settings.channels:
            return "no channels: set TAPEWIRE_POLYGON__CHANNELS"
        return None

    def connect(self) -> AbstractAsyncContextManager[Stream]:
        return self._connect()

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[Stream]:
        self._missing.clear()  # a plan can be upgraded: everything is tried again
        async with open_stream(self._settings, self._clock, self._missing) as stream:
            self._history.channels = stream.granted
            self._delay_seconds = round(stream.delay_seconds)
            yield stream

    def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        return self._history.fetch(start_us, end_us, symbols)

    def polls(self) -> Sequence[Poll]:
        interval = self._settings.gapper_interval_seconds
        return [Poll("gappers", interval, self._gainers)]

    async def _gainers(self) -> AsyncIterator[Payload]:
        try:
            async for payload in gappers.fetch_gainers(self._client):
                yield payload
        except Unlicensed as error:
            self._missing[gappers.ENDPOINT] = str(error)

    async def close(self) -> None:
        await self._client.close()

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        if self._delay_seconds:
            stamps = replace(stamps, delay_seconds=self._delay_seconds)
        if payload.endpoint == ENDPOINT:
            return [item for item in parse_frame(payload.body, stamps) if not isinstance(item, Status)]
        return parse_answer(payload, stamps)


def parse_answer(payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
    """Return the records of a REST answer; a bad row does not spoil the others."""
    is_gappers = payload.endpoint == gappers.ENDPOINT
    key, topic = ("tickers", "reference.gappers") if is_gappers else ("results", _TOPICS.get(payload.endpoint, "raw.payloads"))
    try:
        rows, _ = parse_rest.rows(payload.body, key)
    except Permanent as error:
        return [Refused("raw.payloads", payload.body, error)]
    symbol = payload.parameters.get("ticker", "")
    found: list[Parsed | Refused] = []
    for number, row in enumerate(rows):
        try:
            parsed = _row(payload, symbol, row, stamps, f"{key}[{number}]")
            if not isinstance(parsed.record, Bar) or parsed.record.window_end <= stamps.published_us:  # else still growing
                found.append(parsed)
        except Permanent as error:
            found.append(Refused(topic, parse_rest.as_bytes(row), error))
    return found


_TOPICS = {backfill.TRADES: "market.trades", backfill.QUOTES: "market.quotes", backfill.BARS: "market.bars"}


_RESOLUTIONS = {"second": Resolution.S1, "minute": Resolution.M1}


def _row(payload: Payload, symbol: str, row: object, stamps: Stamps, path: str) -> Parsed:
    endpoint = payload.endpoint
    if endpoint == backfill.TRADES:
        return parse_rest.trade(symbol, row, stamps, path)
    if endpoint == backfill.QUOTES:
        return parse_rest.quote(symbol, row, stamps, path)
    if endpoint == backfill.BARS:
        resolution = _RESOLUTIONS[payload.parameters.get("timespan", "minute")]
        return Parsed("market.bars", parse_rest.bar(symbol, row, resolution, stamps, path))
    if endpoint == gappers.ENDPOINT:
        return Parsed("reference.gappers", parse_rest.gapper(row, stamps, path))
    raise Permanent(f"expected a known endpoint, found {endpoint}", path)
