"""An open connection to TWS as the supervisor's `Stream` of order books: gives the desk what comes, hands on its snapshots."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from infra.settings import IbkrSettings
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
        deadline = monotonic_seconds() + timeout_seconds
        await asyncio.sleep(0)  # on a fast clock a book is due at each call: the socket must get its turn all the same
        while True:
            self._link.client.arrived.clear()
            for event in self._link.events():
                self._desk.take(event, self._clock.now_us())
            now_us = self._clock.now_us()
            if self._link.looks_at_files() and self._rotation.is_stale(now_us):
                self._desk.adopt(await self._rotation.renew(self._link.client, now_us, self._settings.connect_seconds), now_us)
            self._desk.turn(now_us)
            self._link.probe()
            body = self._desk.due(now_us, monotonic_seconds())
            if body is not None:
                return Payload(ENDPOINT, body, now_us)
            left = deadline - monotonic_seconds()
            if left <= 0:
                return None
            await self._link.wait(left)


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
