"""The one file that knows a library for the TWS socket: `ib_insync`, or its successor `ib_async` where only that one is installed.

Of the library only the socket client and its decoder are used. Its own books are not: they raise on an update of a row that they do not
have, and cannot tell an old subscription's update from a new one's. Longer than other files, so that no other one knows a name of the library.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from math import isfinite
from typing import Any, Literal

from infra.clock import MICROSECONDS, Clock, monotonic_seconds
from infra.errors import Retryable
from producers.ibkr.book import DepthUpdate
from producers.ibkr.codes import Meaning, meaning
from producers.ibkr.events import (
    AccountValue,
    DataKind,
    Depth,
    Event,
    HistoryBar,
    Message,
    OptionTick,
    OrderPlaced,
    OrderProgress,
    PositionChange,
    ProfitLoss,
    QuoteTick,
    SnapshotEnd,
    Tick,
    TradeTick,
)
from producers.ibkr.instrument import Instrument

LIBRARY = next((name for name in ("ib_insync", "ib_async") if find_spec(name) is not None), None)
_EPOCH_SECONDS = 2  # how TWS is asked to write a bar's time
_UNSET = sys.float_info.max  # the vendor's word for a number it does not tell


class ClientIdTaken(Retryable):
    """Message 326: somebody else uses our client id."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract that the vendor knows.

    Attributes
    ----------
    of_library
        What is inside is the library's.
    local_symbol
        The exchange's own name, e.g. ESM5.
    expiry
        Last day on which it trades; None for what does not end.
    month
        First day of its contract month; None but for futures.
    until_us
        From this moment on the next contract is the front one; None without a roll.
    """

    instrument: Instrument
    of_library: Any
    local_symbol: str = ""
    expiry: date | None = None
    month: date | None = None
    until_us: int | None = None


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
    told_us
        TWS's own time in that answer, whole seconds.
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
        self.told_us: int | None = None
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
            silence = "is our address trusted, does a dialogue wait for a login?"
            raise Retryable(f"expected {host}:{port} to log us in within {timeout_seconds:g} s, found silence: {silence}") from error
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

    async def listed(self, instrument: Instrument, timeout_seconds: float) -> list[Contract]:
        """Ask for every contract that fits, e.g. all months of a future; none if the vendor does not know it (message 200).

        Raises
        ------
        Retryable
            If no answer comes in time.
        """
        wanted = self._library_contract(
            symbol=instrument.ticker, secType=instrument.security_type, exchange=instrument.exchange, currency=instrument.currency,
            multiplier=instrument.multiplier, tradingClass=instrument.trading_class, strike=instrument.strike, right=instrument.right,
            lastTradeDateOrContractMonth=f"{instrument.expiry:%Y%m%d}" if instrument.expiry else "",
        )  # fmt: skip
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
        return [_contract(instrument, details) for details in found]

    async def option_chain(self, contract: Contract, timeout_seconds: float) -> tuple[list[date], list[float]]:
        """Ask which expiries and strikes an underlying's options have on SMART."""
        request_id = self._client.getReqId()
        answer = self.details[request_id] = asyncio.get_running_loop().create_future()
        try:
            of_library = contract.of_library
            self._client.reqSecDefOptParams(request_id, of_library.symbol, "", of_library.secType, of_library.conId)
            found = await asyncio.wait_for(answer, timeout_seconds)
        except (TimeoutError, ConnectionError) as error:
            raise Retryable(f"expected the options of {contract.instrument.symbol} within {timeout_seconds:g} s, found none") from error
        finally:
            del self.details[request_id]
        chains = [(expiries, strikes) for exchange, expiries, strikes in found if exchange == "SMART"]
        days = sorted({date.fromisoformat(text) for expiries, _ in chains for text in expiries})
        return days, sorted({float(strike) for _, strikes in chains for strike in strikes})

    async def history(self, contract: Contract, count: int, timeout_seconds: float) -> list[HistoryBar]:
        """Ask for the newest minute bars, the oldest first (ING-47); of a pair its mid-prices. The last one may still grow.

        Raises
        ------
        Retryable
            If no answer comes in time.
        """
        what = "MIDPOINT" if contract.instrument.security_type == "CASH" else "TRADES"
        request_id = self._client.getReqId()
        answer = self.details[request_id] = asyncio.get_running_loop().create_future()
        try:
            self._client.reqHistoricalData(
                request_id, contract.of_library, "", f"{60 * count} S", "1 min", what, False, _EPOCH_SECONDS, False, [],
            )  # fmt: skip
            found: list[Any] = await asyncio.wait_for(answer, timeout_seconds)
        except (TimeoutError, ConnectionError) as error:
            raise Retryable(f"expected past bars of {contract.instrument.symbol} within {timeout_seconds:g} s, found none") from error
        finally:
            del self.details[request_id]
        return [_history_bar(bar) for bar in found]

    def open_depth(self, contract: Contract, rows: int, smart: bool) -> int:
        """Subscribe to a book; return the request's id."""
        return self._request(
            contract.instrument.symbol, lambda number: self._client.reqMktDepth(number, contract.of_library, rows, smart, [])
        )

    def close_depth(self, request_id: int, smart: bool) -> None:
        """Give a book up; nothing happens on a dead connection."""
        if self._client.isConnected():
            self._client.cancelMktDepth(request_id, smart)

    def open_quote(self, contract: Contract, snapshot: bool) -> int:
        """Subscribe to a quote, or ask for it once; return the request's id."""
        return self._request(contract.instrument.symbol, lambda number: self._client.reqMktData(number, contract.of_library, "", snapshot, False, []))

    def close_quote(self, request_id: int) -> None:
        """Give a quote up; nothing happens on a dead connection."""
        if self._client.isConnected():
            self._client.cancelMktData(request_id)

    def open_ticks(self, contract: Contract, kind: Literal["AllLast", "BidAsk"]) -> int:
        """Subscribe to every trade, or every change of bid and offer."""
        return self._request(contract.instrument.symbol, lambda number: self._client.reqTickByTickData(number, contract.of_library, kind, 0, False))

    def close_ticks(self, request_id: int) -> None:
        """Give ticks up; nothing happens on a dead connection."""
        if self._client.isConnected():
            self._client.cancelTickByTickData(request_id)

    def open_account(self, account: str) -> int:
        """Subscribe to an account's figures and profit; return the id of the request for its profit."""
        self._request(account, lambda number: self._client.reqAccountUpdatesMulti(number, account, "", False))
        return self._request(account, lambda number: self._client.reqPnL(number, account, ""))

    def open_positions_and_orders(self) -> None:
        """Subscribe to the positions of all accounts, and ask for the open orders of all clients."""
        self._request("positions", lambda _: self._client.reqPositions())
        self._request("orders", lambda _: self._client.reqAllOpenOrders())

    def probe(self) -> None:
        """Ask for the time: the answer proves that the other side lives."""
        if self._client.isConnected():
            self._client.reqCurrentTime()

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()

    def _request(self, what: str, ask: Callable[[int], None]) -> int:
        try:
            request_id = int(self._client.getReqId())
            ask(request_id)
        except ConnectionError as error:
            raise Retryable(f"expected to subscribe to {what}, found {error}") from error
        return request_id

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
        self._found: dict[int, list[Any]] = {}
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
        self._owner.answered_us, self._owner.told_us = self._received_us, seconds * MICROSECONDS

    def contractDetails(self, request_id: int, details: Any) -> None:
        self._found.setdefault(request_id, []).append(details)

    def contractDetailsEnd(self, request_id: int) -> None:
        self._answer(request_id, self._found.pop(request_id, []))

    def securityDefinitionOptionParameter(
        self, request_id: int, exchange: str, _underlying: int, trading_class: str, multiplier: str, expiries: Any, strikes: Any
    ) -> None:
        self._found.setdefault(request_id, []).append((exchange, expiries, strikes))

    def securityDefinitionOptionParameterEnd(self, request_id: int) -> None:
        self._answer(request_id, self._found.pop(request_id, []))

    def historicalData(self, request_id: int, bar: Any) -> None:
        self._found.setdefault(request_id, []).append(bar)

    def historicalDataEnd(self, request_id: int, _start: str, _end: str) -> None:
        self._answer(request_id, self._found.pop(request_id, []))

    def priceSizeTick(self, request_id: int, kind: int, price: float, size: float) -> None:
        self._owner.events.append(Tick(request_id, kind, price, size, self._received_us))

    def tickSize(self, request_id: int, kind: int, size: float) -> None:
        self._owner.events.append(Tick(request_id, kind, size, None, self._received_us))

    def tickGeneric(self, request_id: int, kind: int, value: float) -> None:
        self._owner.events.append(Tick(request_id, kind, value, None, self._received_us))

    def tickString(self, request_id: int, kind: int, value: str) -> None:
        if value.isdigit():  # times; other texts are exchanges' letters, which nothing here reads
            self._owner.events.append(Tick(request_id, kind, float(value), None, self._received_us))

    def tickOptionComputation(
        self, request_id: int, kind: int, attribute: int, volatility: float, delta: float, price: float, _dividend: float, gamma: float,
        vega: float, theta: float, underlying: float,
    ) -> None:  # fmt: skip
        self._owner.events.append(
            OptionTick(
                request_id, kind, _computed(volatility, -1), _computed(delta, -2), _computed(gamma, -2), _computed(vega, -2),
                _computed(theta, -2), _computed(underlying, -1), self._received_us,
            )
        )  # fmt: skip

    def tickSnapshotEnd(self, request_id: int) -> None:
        self._owner.events.append(SnapshotEnd(request_id))

    def marketDataType(self, request_id: int, kind: int) -> None:
        self._owner.events.append(DataKind(request_id, kind))

    def tickByTickAllLast(
        self, request_id: int, kind: int, seconds: int, price: float, size: float, attribute: Any, exchange: str, conditions: str
    ) -> None:
        unreported = bool(attribute.unreported)
        self._owner.events.append(TradeTick(request_id, seconds, price, size, exchange, conditions, unreported, self._received_us))

    def tickByTickBidAsk(
        self, request_id: int, seconds: int, bid: float, ask: float, bid_size: float, ask_size: float, attribute: Any
    ) -> None:
        self._owner.events.append(QuoteTick(request_id, seconds, bid, ask, bid_size, ask_size, self._received_us))

    def accountUpdateMulti(self, request_id: int, account: str, model: str, name: str, value: str, currency: str) -> None:
        self._owner.events.append(AccountValue(account, name, value, currency, self._received_us))

    def position(self, account: str, contract: Any, quantity: float, average_cost: float) -> None:
        self._owner.events.append(
            PositionChange(
                account, contract.conId, contract.symbol, contract.secType, contract.currency, contract.localSymbol, quantity, average_cost,
                self._received_us,
            )
        )  # fmt: skip

    def pnl(self, request_id: int, daily: float, unrealised: float, realised: float) -> None:
        self._owner.events.append(ProfitLoss(request_id, _told(daily), _told(unrealised), _told(realised), self._received_us))

    def openOrder(self, order_id: int, contract: Any, order: Any, state: Any) -> None:
        self._owner.events.append(
            OrderPlaced(
                order_id, order.permId, order.clientId, order.account, contract.symbol, contract.secType, order.action,
                float(order.totalQuantity), order.orderType, order.orderRef, state.status, self._received_us,
            )
        )  # fmt: skip

    def orderStatus(
        self, order_id: int, status: str, filled: float, remaining: float, average: float, permanent_id: int, _parent: int, _last: float,
        client_id: int, *_: Any,
    ) -> None:  # fmt: skip
        self._owner.events.append(OrderProgress(order_id, permanent_id, client_id, status, filled, remaining, average, self._received_us))

    def error(self, request_id: int, code: int, text: str, *_: Any) -> None:
        if meaning(code) in (Meaning.UNKNOWN_CONTRACT, Meaning.NO_HISTORY):
            self._answer(request_id, [])
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

    def _answer(self, request_id: int, found: list[Any]) -> None:
        answer = self._owner.details.get(request_id)
        if answer is not None and not answer.done():
            answer.set_result(found)


def _contract(instrument: Instrument, details: Any) -> Contract:
    inner = details.contract
    expiry = str(details.realExpirationDate or inner.lastTradeDateOrContractMonth)[:8]
    month = str(details.contractMonth)
    return Contract(
        instrument,
        inner,
        inner.localSymbol,
        date.fromisoformat(expiry) if len(expiry) == 8 and inner.secType in ("FUT", "OPT") else None,
        date(int(month[:4]), int(month[4:]), 1) if len(month) == 6 and inner.secType == "FUT" else None,
    )


def _history_bar(bar: Any) -> HistoryBar:
    traded = bar.barCount > 0  # -1 for mid-prices
    return HistoryBar(
        int(bar.date), bar.open, bar.high, bar.low, bar.close, max(bar.volume, 0.0), bar.average if traded else None, bar.barCount if traded else None
    )


def _computed(value: float, missing: float) -> float | None:
    return None if value in (missing, _UNSET) else value


def _told(value: float) -> float | None:
    return None if value == _UNSET or not isfinite(value) else value


def _ignore(*_: Any, **__: Any) -> None:
    return None
