"""A logged-in connection to TWS under watch: what came, whether it still lives, and which address is next when it does not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from infra.vendor_settings import IbkrSettings
from producers.ibkr.client import ClientIdTaken, TwsClient
from producers.ibkr.codes import Meaning, meaning
from producers.ibkr.events import Event, Message
from producers.ibkr.gateways import Gateways
from producers.source import Payload

_LOOK_SECONDS = 0.02  # real: how often clocks are looked at while nothing comes


class TwsLink:
    """One connection."""

    def __init__(self, client: TwsClient, settings: IbkrSettings) -> None:
        self.client, self._settings = client, settings
        self._probed_at = 0.0
        self._looked_at = monotonic_seconds()

    def events(self) -> Iterator[Event]:
        """Yield what came.

        Raises
        ------
        Retryable
            When the connection is over.
        """
        waiting = self.client.events
        while waiting:
            event = waiting.popleft()
            if isinstance(event, Message) and meaning(event.code) is Meaning.CONNECTION_OVER:
                raise Retryable(f"expected the connection to stay, found {event.code}: {event.text}")
            yield event
        if self.client.over is not None:
            raise Retryable(f"expected the connection to stay, found {self.client.over}")

    def probe(self) -> None:
        """Ask for the time when it is due; raises `Retryable` when TWS does not even answer that."""
        now = monotonic_seconds()
        silent = now - self.client.heard_at
        if silent > self._settings.silence_seconds:
            raise Retryable(f"expected an answer from TWS within {self._settings.silence_seconds:g} s, found {silent:.1f} s of silence")
        if now - self._probed_at >= self._settings.probe_seconds:
            self.client.probe()
            self._probed_at = now

    def looks_at_files(self) -> bool:
        """Tell, once a probe's interval, that files and contracts must be looked at."""
        now = monotonic_seconds()
        if now - self._looked_at < self._settings.probe_seconds:
            return False
        self._looked_at = now
        return True

    async def next_payload(self, turn: Callable[[], Awaitable[Payload | None]], timeout_seconds: float) -> Payload | None:
        """Take turns, one whenever something came and at short moments beside, until one has a payload; None when none had in time.

        Raises
        ------
        Retryable
            When the connection is over, or TWS does not even answer a request for the time.
        """
        deadline = monotonic_seconds() + timeout_seconds
        await asyncio.sleep(0)  # on a fast clock something is due at each call: the socket must get its turn all the same
        while True:
            self.client.arrived.clear()
            payload = await turn()
            if payload is not None:
                return payload
            left = deadline - monotonic_seconds()
            if left <= 0:
                return None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.client.arrived.wait(), min(left, _LOOK_SECONDS))


@asynccontextmanager
async def linked(settings: IbkrSettings, clock: Clock, gateways: Gateways, first_client_id: int) -> AsyncIterator[TwsLink]:
    """Connect to the address whose turn it is; what ends the connection counts against it.

    Raises
    ------
    Retryable
        If nobody logs us in; the message names the step.
    """
    address = gateways.choose()
    client = TwsClient(clock)
    try:
        await client.connect(*address, gateways.client_id(first_client_id), settings.connect_seconds)
        yield TwsLink(client, settings)
    except ClientIdTaken:
        gateways.client_id_taken()
        raise
    except Retryable:
        gateways.failed(address)
        raise
    finally:
        client.close()
