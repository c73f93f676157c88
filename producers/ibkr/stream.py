"""An open connection to TWS as the supervisor's `Stream` of order books: gives the desk what comes, hands on its snapshots."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from infra.vendor_settings import IbkrSettings
from producers.ibkr.desk import DepthDesk
from producers.ibkr.gateways import Gateways
from producers.ibkr.link import TwsLink, linked
from producers.ibkr.rotation import Rotation
from producers.source import Payload

ENDPOINT = "tws-depth"


class DepthStream:
    """A connection whose books rotate."""

    def __init__(self, link: TwsLink, desk: DepthDesk, rotation: Rotation, settings: IbkrSettings, clock: Clock) -> None:
        self._link, self._desk, self._rotation, self._settings, self._clock = link, desk, rotation, settings, clock

    @property
    def complete_until_us(self) -> int | None:
        return None if self._desk.lost is not None else self._link.client.answered_us

    @property
    def detail(self) -> str | None:
        return "; ".join(part for part in (self._desk.detail, self._rotation.file.problem) if part) or None

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next snapshot, or None when none was due in time.

        Raises
        ------
        Retryable
            When the connection is over, or TWS does not even answer a request for the time.
        """
        return await self._link.next_payload(self._turn, timeout_seconds)

    async def _turn(self) -> Payload | None:
        for event in self._link.events():
            self._desk.take(event, self._clock.now_us())
        now_us = self._clock.now_us()
        if self._link.looks_at_files() and self._rotation.is_stale(now_us):
            self._desk.adopt(await self._rotation.renew(self._link.client, now_us, self._settings.connect_seconds), now_us)
        self._desk.turn(now_us)
        self._link.probe()
        body = self._desk.due(now_us, monotonic_seconds())
        return None if body is None else Payload(ENDPOINT, body, now_us)


@asynccontextmanager
async def open_stream(settings: IbkrSettings, clock: Clock, rotation: Rotation, gateways: Gateways) -> AsyncIterator[DepthStream]:
    """Connect, resolve the contracts that are not known yet, and open the first books; give all of them up at the end.

    Raises
    ------
    Retryable
        If no TWS answers, or none of the symbols is known to it; the message names the step.
    """
    async with linked(settings, clock, gateways, settings.client_id) as link:
        await rotation.renew(link.client, clock.now_us(), settings.connect_seconds)
        if not rotation.contracts:
            raise Retryable(f"expected TWS to know a symbol, found none of {', '.join(rotation.symbols)}")
        gateways.succeeded()
        rotation.slots.limit(settings.depth_slots)
        desk = DepthDesk(link.client, settings, rotation)
        try:
            yield DepthStream(link, desk, rotation, settings, clock)
        finally:
            desk.close()
