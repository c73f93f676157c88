"""Interactive Brokers as a feed: order books over the TWS socket, three at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from infra.clock import Clock
from infra.settings import Settings
from producers.feed_limits import FeedLimits
from producers.ibkr.availability import unavailable
from producers.ibkr.desk import UNIT
from producers.ibkr.gateways import Gateways, addresses
from producers.ibkr.parse import TOPIC, parse_snapshot
from producers.ibkr.rotation import Rotation
from producers.ibkr.stream import open_stream
from producers.live_only import LiveOnly
from producers.source import Parsed, Payload, Refused, Source, Stamps, Stream, feed


def limits(settings: Settings) -> FeedLimits:
    """Return the feed's tolerances."""
    vendor = settings.ibkr
    return FeedLimits(
        backoff_cap_seconds=vendor.backoff_cap_seconds, capture_path=vendor.capture_path, lease_seconds=vendor.lease_seconds,
        speaks_within_seconds=vendor.speaks_within_seconds,
    )  # fmt: skip


def limits_without_capture(settings: Settings) -> FeedLimits:
    """Return the same for the feeds beside the books: the capture file is that of the books."""
    return replace(limits(settings), capture_path="")


@feed(name=UNIT, writes=(TOPIC,), watermarked=(TOPIC,), summary="Interactive Brokers: order books, ten levels, three at a time.", limits=limits)
def ibkr(settings: Settings, clock: Clock) -> Source:
    """Return the feed for these settings."""
    return IbkrSource(settings, clock)


class IbkrSource(LiveOnly):
    """TWS or the Gateway as a `Source`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings.ibkr, clock
        vendor = settings.ibkr
        self._rotation = Rotation(vendor, clock.now_us())
        self._gateways = Gateways(addresses(vendor.host, vendor.port, vendor.standby), vendor.client_ids)

    @property
    def unavailable(self) -> str | None:
        if not self._rotation.symbols:
            return "no symbols: set TAPEWIRE_IBKR__SYMBOLS, or `rotation` in the file of instruments"
        return unavailable(self._settings)

    def connect(self) -> AbstractAsyncContextManager[Stream]:
        return open_stream(self._settings, self._clock, self._rotation, self._gateways)

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        return parse_snapshot(payload.body, stamps)
