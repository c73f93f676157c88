"""Interactive Brokers as a feed of quotes: everything in the file of instruments, some of it tick by tick, and options near the money."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from infra.clock import Clock
from infra.settings import Settings
from producers.ibkr.availability import unavailable
from producers.ibkr.feed import limits_without_capture
from producers.ibkr.gateways import Gateways, addresses
from producers.ibkr.parse_history import BARS
from producers.ibkr.parse_quotes import OPTIONS, QUOTES, TAPE, TAPE_QUOTES, parse_quotes
from producers.ibkr.quote_desk import UNIT
from producers.ibkr.quote_stream import QuoteBook, open_quotes
from producers.live_only import LiveOnly
from producers.source import Parsed, Payload, Refused, Source, Stamps, Stream, feed

_SUMMARY = "Interactive Brokers: quotes of stocks, indices, futures, currencies, crypto and options; the tape tick by tick."


@feed(name=UNIT, writes=(QUOTES, OPTIONS, TAPE, TAPE_QUOTES, BARS), watermarked=(QUOTES,), summary=_SUMMARY, limits=limits_without_capture)
def ibkr_quotes(settings: Settings, clock: Clock) -> Source:
    """Return the feed for these settings."""
    return QuoteSource(settings, clock)


class QuoteSource(LiveOnly):
    """TWS or the Gateway as a `Source` of quotes."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        vendor = settings.ibkr
        self._settings, self._clock = vendor, clock
        foreign = frozenset(settings.polygon.symbols) if settings.polygon.api_key.get_secret_value() else frozenset()
        self._book = QuoteBook(vendor, clock.now_us(), foreign)
        self._gateways = Gateways(addresses(vendor.host, vendor.port, vendor.standby), vendor.client_ids)

    @property
    def unavailable(self) -> str | None:
        return unavailable(self._settings) or (None if self._book.instruments else "nothing to quote: set TAPEWIRE_IBKR__QUOTES")

    def connect(self) -> AbstractAsyncContextManager[Stream]:
        return open_quotes(self._book, self._clock, self._gateways)

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        return parse_quotes(payload.body, stamps)
