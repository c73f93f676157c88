"""The one file that knows a library for the TWS socket: `ib_async`, or its archived predecessor `ib_insync`, whichever is installed.

Of the library only the socket client and its decoder are used. Its own books are not: they raise on an update of a row that they do not
have, and cannot tell an old subscription's update from a new one's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from producers.ibkr.book import DepthUpdate
from producers.ibkr.codes import Meaning, meaning
from producers.ibkr.instrument import Instrument

LIBRARY = next((name for name in ("ib_async", "ib_insync") if find_spec(name) is not None), None)


class ClientIdTaken(Retryable):
    """Message 326: somebody else uses our client id."""


class Depth(NamedTuple):
    """An update of a subscribed book."""

    request_id: int
    update: DepthUpdate
    received_us: int
    heard_at: float


class Message(NamedTuple):
    """A message of TWS; request id -1 where it concerns none."""

    request_id: int
    code: int
    text: str


Event = Depth | Message


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract that the vendor knows; what is inside is the library's."""

    instrument: Instrument
    of_library: Any


class TwsClient:
    """One connection to TWS or the Gateway.

    Attributes
    ----------
    events
        What came and was not read yet, in order.
    arrived
        Set when anything came; whoever waits clears it.
    heard_at
        Monotonic seconds of the last byte.
    answered_us
        Market time of the last answer to a probe; None before the first.
    over
        Why the connection is over; None while it lives.
    """

    def __init__(self, clock: Clock) -> None:
        if LIBRARY is None:
            raise Retryable("expected ib_insync or ib_async to be installed, found neither\n  remedy: pip install 'tapewire[ibkr]'")
        self._library_contract = import_module(f"{LIBRARY}.contract").Contract
        self._receiver = _Receiver(self, clock)
        self._client = import_module(f"{LIBRARY}.client").Client(self._receiver)
        self.events: deque[Event] = deque()
        self.arrived = asyncio.Event()
        self.heard_at = monotonic_seconds()
        self.answered_us: int | None = None
        self.over: str | None = None
        self.details: dict[int, asyncio.Future[Any]] = {}

    async def connect(self, host: str, port: int, client_id: int, timeout_seconds: float) -> None:
        """Shake hands and log in.

        Raises
        ------
        ClientIdTaken
            If another client has this id.
        Retryable
            If nobody answers in time; the message names the step that failed.
        """
        attempt = asyncio.ensure_future(self._client.connectAsync(host, port, client_id, timeout_seconds))
        ended = asyncio.ensure_future(self._refusal())
        try:
            await asyncio.wait((attempt, ended), return_when=asyncio.FIRST_COMPLETED)
            if ended.done() and not attempt.done():
                raise ended.result()
            await attempt
        except ConnectionRefusedError as error:
            raise Retryable(f"expected TWS at {host}:{port}, found nobody listening: is it up, with the API enabled?") from error
        except TimeoutError as error:
            raise Retryable(f"expected {host}:{port} to log us in within {timeout_seconds:g} s, found silence: is our address trusted?") from error
        except OSError as error:
            raise Retryable(f"expected TWS at {host}:{port}, found {error}") from error
        finally:
            for task in (attempt, ended):
                task.cancel()
            await asyncio.gather(attempt, ended, return_exceptions=True)

    @property
    def accounts(self) -> list[str]:
        """Accounts behind this login."""
        return list(self._client.getAccounts())

    async def resolve(self, instrument: Instrument, timeout_seconds: float) -> Contract | None:
        """Ask for the contract; None if the vendor does not know it.

        Raises
        ------
        Retryable
            If no answer comes in time.
        """
        wanted = self._library_contract(
            symbol=instrument.ticker, secType=instrument.security_type, exchange=instrument.exchange, currency=instrument.currency
        )
        request_id = self._client.getReqId()
        answer = self.details[request_id] = asyncio.get_running_loop().create_future()
        try:
            self._client.reqContractDetails(request_id, wanted)
            found = await asyncio.wait_for(answer, timeout_seconds)
        except TimeoutError as error:
            raise Retryable(f"expected the contract of {instrument.symbol} within {timeout_seconds:g} s, found no answer") from error
        except ConnectionError as error:
            raise Retryable(f"expected the contract of {instrument.symbol}, found {error}") from error
        finally:
            del self.details[request_id]
        return None if found is None else Contract(instrument, found)

    def open_depth(self, contract: Contract, rows: int, smart: bool) -> int:
        """Subscribe to a book; return the request's id."""
        try:
            request_id = int(self._client.getReqId())
            self._client.reqMktDepth(request_id, contract.of_library, rows, smart, [])
        except ConnectionError as error:
            raise Retryable(f"expected to subscribe to {contract.instrument.symbol}, found {error}") from error
        return request_id

    def close_depth(self, request_id: int, smart: bool) -> None:
        """Give a book up; nothing happens on a dead connection."""
        if self._client.isConnected():
            self._client.cancelMktDepth(request_id, smart)

    def probe(self) -> None:
        """Ask for the time: the answer proves that the other side lives."""
        if self._client.isConnected():
            self._client.reqCurrentTime()

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()

    async def _refusal(self) -> Retryable:
        while True:
            await self.arrived.wait()
            self.arrived.clear()
            for event in self.events:
                if isinstance(event, Message) and meaning(event.code) is Meaning.CLIENT_ID_TAKEN:
                    return ClientIdTaken(f"expected a free client id, found: {event.text}")
            if self.over is not None:
                return Retryable(f"expected TWS to log us in, found {self.over}")


class _Receiver:
    """What the library's client calls; the names are the library's."""

    def __init__(self, owner: TwsClient, clock: Clock) -> None:
        self._owner, self._clock = owner, clock
        self._found: dict[int, Any] = {}
        self._received_us = clock.now_us()

    def tcpDataArrived(self) -> None:
        """Stamp what comes, once a packet, before it is parsed."""
        self._received_us = self._clock.now_us()
        self._owner.heard_at = monotonic_seconds()

    def tcpDataProcessed(self) -> None:
        self._owner.arrived.set()

    def updateMktDepth(self, request_id: int, position: int, operation: int, side: int, price: float, size: float) -> None:
        self._put(request_id, DepthUpdate(position, operation, side, price, size))

    def updateMktDepthL2(
        self, request_id: int, position: int, market_maker: str, operation: int, side: int, price: float, size: float, smart: bool = False
    ) -> None:
        self._put(request_id, DepthUpdate(position, operation, side, price, size, market_maker))

    def currentTime(self, seconds: int) -> None:
        self._owner.answered_us = self._received_us

    def contractDetails(self, request_id: int, details: Any) -> None:
        self._found.setdefault(request_id, details.contract)  # of several the first: SMART names each listing once a venue

    def contractDetailsEnd(self, request_id: int) -> None:
        self._answer(request_id, self._found.pop(request_id, None))

    def error(self, request_id: int, code: int, text: str, *_: Any) -> None:
        if meaning(code) is Meaning.UNKNOWN_CONTRACT:
            self._answer(request_id, None)
        self._owner.events.append(Message(request_id, code, text))

    def setEventsDone(self) -> None:
        """The socket is closed, logged in or not."""
        self._owner.over = "the socket was closed"
        for answer in self._owner.details.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the socket was closed"))
        self._owner.arrived.set()

    def __getattr__(self, name: str) -> Any:
        # The decoder asks for a method by name and some it calls outright: what we do not read is taken without a word.
        if name.startswith("__"):
            raise AttributeError(name)
        return _ignore

    def _put(self, request_id: int, update: DepthUpdate) -> None:
        self._owner.events.append(Depth(request_id, update, self._received_us, self._owner.heard_at))

    def _answer(self, request_id: int, contract: Any) -> None:
        answer = self._owner.details.get(request_id)
        if answer is not None and not answer.done():
            answer.set_result(contract)


def _ignore(*_: Any, **__: Any) -> None:
    return None
