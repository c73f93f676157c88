"""Interactive Brokers as a feed of accounts: what changes in them, as it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from infra.clock import Clock
from infra.settings import Settings
from infra.vendor_settings import IbkrSettings
from producers.feed_limits import FeedLimits
from producers.ibkr.account_desk import UNIT, AccountDesk
from producers.ibkr.availability import unavailable
from producers.ibkr.condition import VendorCondition
from producers.ibkr.feed import limits_without_capture
from producers.ibkr.gateways import Gateways, addresses
from producers.ibkr.link import TwsLink, linked
from producers.ibkr.parse_account import TOPIC, parse_account
from producers.ibkr.sequences import Sequences
from producers.live_only import LiveOnly
from producers.source import Parsed, Payload, Refused, Source, Stamps, Stream, feed

ENDPOINT = "tws-account"


def limits(settings: Settings) -> FeedLimits:
    """Return the feed's tolerances: an account in which nothing happens says nothing."""
    return replace(limits_without_capture(settings), speaks_within_seconds=None)


@feed(
    name=UNIT,
    writes=(TOPIC,),
    watermarked=(TOPIC,),
    summary="Interactive Brokers: positions, profit, buying power, margin and orders of its accounts.",
    limits=limits,
)
def ibkr_account(settings: Settings, clock: Clock) -> Source:
    """Return the feed for these settings."""
    return AccountSource(settings, clock)


class AccountStream:
    """A connection whose accounts are listened to."""

    def __init__(self, link: TwsLink, settings: IbkrSettings, sequences: Sequences, clock: Clock) -> None:
        self._link, self._clock = link, clock
        self._condition = VendorCondition(UNIT, settings.depth_mode == "demo")
        self._desk = AccountDesk(link.client, link.client.accounts, settings.accounts, self._condition, sequences)
        self._desk.begin()

    @property
    def complete_until_us(self) -> int | None:
        return None if self._condition.lost is not None else self._link.client.answered_us

    @property
    def detail(self) -> str | None:
        return "; ".join([*self._condition.parts, *self._desk.parts])

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next changes, or None when there were none in time; raises `Retryable` when the connection is over."""
        return await self._link.next_payload(self._turn, timeout_seconds)

    async def _turn(self) -> Payload | None:
        for event in self._link.events():
            if self._desk.take(event):
                self._desk.begin()
        self._link.probe()
        body = self._desk.due()
        return None if body is None else Payload(ENDPOINT, body, self._clock.now_us())


class AccountSource(LiveOnly):
    """TWS or the Gateway as a `Source` of accounts."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        vendor = settings.ibkr
        self._settings, self._clock = vendor, clock
        self._sequences = Sequences(max(1, clock.now_us() // 1_000))
        self._gateways = Gateways(addresses(vendor.host, vendor.port, vendor.standby), vendor.client_ids)

    @property
    def unavailable(self) -> str | None:
        return unavailable(self._settings)

    def connect(self) -> AbstractAsyncContextManager[Stream]:
        return self._open()

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        return parse_account(payload.body, stamps)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[AccountStream]:
        async with linked(self._settings, self._clock, self._gateways, self._settings.account_client_id) as link:
            stream = AccountStream(link, self._settings, self._sequences, self._clock)
            self._gateways.succeeded()
            yield stream
