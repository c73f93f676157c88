"""The Unusual Whales stream: option trades, alerts, exposures and news by WebSocket, or trades and alerts from the vendor's Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager

from infra.clock import Clock
from infra.settings import Settings
from producers.feed_limits import FeedLimits
from producers.source import Parsed, Payload, Poll, Refused, Source, Stamps, Stream, feed
from producers.unusual_whales.parse_frame import TOPICS, Joined, parse_frame
from producers.unusual_whales.stream import open_stream


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
        """Return nothing: millions of trades a day do not fit into the REST budget, which the REST feed spends by its own plan."""
        del start_us, end_us, symbols
        nothing: tuple[Payload, ...] = ()
        for payload in nothing:
            yield payload

    def polls(self) -> Sequence[Poll]:
        return ()

    async def close(self) -> None:
        """Hold nothing open between connections."""

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        frames = payload.body.split(b"\n")  # a frame's own line breaks are escaped: it is JSON
        return [item for frame in frames for item in parse_frame(frame, stamps) if not isinstance(item, Joined)]
