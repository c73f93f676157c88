"""An open connection to TWS as the supervisor's `Stream`: probes it, gives the desk what comes, hands on its snapshots."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from infra.settings import IbkrSettings
from producers.ibkr.client import ClientIdTaken, Message, TwsClient
from producers.ibkr.codes import Meaning, meaning
from producers.ibkr.desk import DepthDesk
from producers.ibkr.gateways import Gateways
from producers.ibkr.rotation import Rotation
from producers.source import Payload

ENDPOINT = "tws-depth"
_LOOK_SECONDS = 0.02  # real: how often clocks are looked at while nothing comes


class DepthStream:
    """A connection whose books rotate.

    Parameters
    ----------
    client
        Logged in.
    """

    def __init__(self, client: TwsClient, desk: DepthDesk, settings: IbkrSettings, clock: Clock) -> None:
        self._client, self._desk, self._settings, self._clock = client, desk, settings, clock
        self._probed_at = 0.0

    @property
    def complete_until_us(self) -> int | None:
        return None if self._desk.lost is not None else self._client.answered_us

    @property
    def detail(self) -> str | None:
        return self._desk.detail

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
            self._client.arrived.clear()
            self._drain()
            now_us = self._clock.now_us()
            self._desk.turn(now_us)
            self._probe()
            body = self._desk.due(now_us, monotonic_seconds())
            if body is not None:
                return Payload(ENDPOINT, body, now_us)
            left = deadline - monotonic_seconds()
            if left <= 0:
                return None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._client.arrived.wait(), min(left, _LOOK_SECONDS))

    def _drain(self) -> None:
        events = self._client.events
        while events:
            event = events.popleft()
            if isinstance(event, Message) and meaning(event.code) is Meaning.CONNECTION_OVER:
                raise Retryable(f"expected the connection to stay, found {event.code}: {event.text}")
            self._desk.take(event, self._clock.now_us())
        if self._client.over is not None:
            raise Retryable(f"expected the connection to stay, found {self._client.over}")

    def _probe(self) -> None:
        now = monotonic_seconds()
        silent = now - self._client.heard_at
        if silent > self._settings.silence_seconds:
            raise Retryable(f"expected an answer from TWS within {self._settings.silence_seconds:g} s, found {silent:.1f} s of silence")
        if now - self._probed_at >= self._settings.probe_seconds:
            self._client.probe()
            self._probed_at = now


@asynccontextmanager
async def open_stream(settings: IbkrSettings, clock: Clock, rotation: Rotation, gateways: Gateways) -> AsyncIterator[DepthStream]:
    """Connect, resolve the contracts that are not known yet, and open the first books; give all of them up at the end.

    Raises
    ------
    Retryable
        If no TWS answers, or none of the symbols is known to it; the message names the step.
    """
    address = gateways.choose()
    client = TwsClient(clock)
    try:
        try:
            await client.connect(*address, gateways.client_id(settings.client_id), settings.connect_seconds)
            await _resolve(client, rotation, settings.connect_seconds)
        except ClientIdTaken:
            gateways.client_id_taken()
            raise
        except Retryable:
            gateways.failed(address)
            raise
        gateways.succeeded(address)
        rotation.slots.limit(settings.depth_slots)
        desk = DepthDesk(client, settings, rotation)
        try:
            yield DepthStream(client, desk, settings, clock)
        except Retryable:
            gateways.failed(address)
            raise
        finally:
            desk.close()
    finally:
        client.close()


async def _resolve(client: TwsClient, rotation: Rotation, timeout_seconds: float) -> None:
    wanted = [found for symbol, found in rotation.instruments.items() if symbol not in rotation.contracts]
    for instrument, contract in zip(wanted, await asyncio.gather(*(client.resolve(found, timeout_seconds) for found in wanted)), strict=True):
        if contract is None:
            rotation.refused[instrument.symbol] = "200 unknown contract"
            rotation.slots.leave_out(instrument.symbol)
        else:
            rotation.contracts[instrument.symbol] = contract
    if not rotation.contracts:
        raise Retryable(f"expected TWS to know a symbol, found none of {', '.join(rotation.symbols)}")
