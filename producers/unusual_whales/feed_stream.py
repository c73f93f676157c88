"""The Unusual Whales stream: option trades, alerts, exposures and news by WebSocket, or trades and alerts from the vendor's Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager

from infra.clock import MICROSECONDS, Clock
from infra.settings import Settings
from producers.feed_limits import FeedLimits
from producers.rest import RestClient
from producers.source import Parsed, Payload, Poll, Refused, Source, Stamps, Stream, feed
from producers.unusual_whales.backfill import PATH, TradeHistory, parse_history
from producers.unusual_whales.parse_frame import TOPICS, Joined, parse_frames
from producers.unusual_whales.stream import open_stream

_TRADES = "option_trades"
_BACKFILL_A_SECOND = 1.0  # of the vendor's two: the REST feed goes on meanwhile


def limits(settings: Settings) -> FeedLimits:
    """Return the feed's tolerances."""
    vendor = settings.unusual_whales
    return FeedLimits(
        backoff_cap_seconds=vendor.backoff_cap_seconds, capture_path=vendor.capture_path, speaks_within_seconds=vendor.speaks_within_seconds
    )


@feed(
    name="feed.unusual_whales_stream",
    writes=TOPICS,
    watermarked=("options.trades",),
    summary="Unusual Whales: option trades, flow alerts, exposures and news live.",
    limits=limits,
)
def unusual_whales_stream(settings: Settings, clock: Clock) -> Source:
    """Return the feed for these settings."""
    if settings.unusual_whales.delivery == "kafka":
        from producers.unusual_whales.kafka_source import UnusualWhalesKafkaSource  # protobuf is loaded where it is read

        return UnusualWhalesKafkaSource(settings, clock)
    return UnusualWhalesStreamSource(settings, clock)


class UnusualWhalesStreamSource:
    """The WebSocket of Unusual Whales as a `Source`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings.unusual_whales
        self._clock = clock
        headers = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}"}
        self._client = RestClient(self._settings.rest_url, headers, _BACKFILL_A_SECOND, clock)

    @property
    def unavailable(self) -> str | None:
        if not self._settings.api_key.get_secret_value():
            return "no key: set TAPEWIRE_UNUSUAL_WHALES__API_KEY"
        if not self._settings.channels:
            return "no channels: set TAPEWIRE_UNUSUAL_WHALES__CHANNELS"
        return None

    def connect(self) -> AbstractAsyncContextManager[Stream]:
        return open_stream(self._settings, self._clock)

    async def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        """Fetch option trades alone, and no more than the budget bears: the day has millions, and the REST feed lives on it too."""
        tickers = [ticker for channel, _, ticker in (name.partition(":") for name in self._settings.channels) if channel == _TRADES]
        now_us = self._clock.now_us()
        first_us = now_us - round(self._settings.backfill_minutes * 60 * MICROSECONDS)
        until_us = now_us if end_us is None else end_us
        if not tickers or until_us <= first_us:
            return
        history = TradeHistory(self._client, () if "" in tickers else tickers, self._settings.backfill_requests)
        async for payload in history.fetch(max(start_us, first_us), until_us, symbols):
            yield payload

    def polls(self) -> Sequence[Poll]:
        return ()

    async def close(self) -> None:
        await self._client.close()

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        if payload.endpoint == PATH:
            return parse_history(payload, stamps)
        return [item for item in parse_frames(payload.body, stamps) if not isinstance(item, Joined)]
