"""One client's connection to the fake TWS: handshake, requests, and what they lead to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from infra.clock import Clock, monotonic_seconds
from infra.vendorsim.tws.book_source import BookSource, DepthPlayer
from infra.vendorsim.tws.messages import MESSAGES, account_values, contract_details
from infra.vendorsim.tws.wire import ProtocolError, frame, read_fields, read_offer, version_of

TURN_SECONDS = 0.05  # real: how often what is due is sent


@dataclass(slots=True)
class Account:
    """What all connections to one TWS share.

    Attributes
    ----------
    depth_slots
        Books that may be open at once, over all clients.
    refused
        Symbol -> error code with which its depth is refused.
    away
        The link between TWS and the vendor is down: nothing flows.
    """

    number: str = "DU1234567"
    depth_slots: int = 3
    refused: dict[str, int] = field(default_factory=dict)
    delayed: bool = False
    away: bool = False
    turn_seconds: float = TURN_SECONDS


@dataclass(slots=True)
class _DepthRequest:
    symbol: str
    player: DepthPlayer
    is_smart: bool
    is_halted: bool = False


class TwsConnection:
    """Serves one socket.

    Parameters
    ----------
    peers
        Gives all open connections, this one too.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        books: BookSource,
        clock: Clock,
        account: Account,
        peers: Callable[[], Sequence[TwsConnection]],
    ) -> None:
        self._reader, self._writer = reader, writer
        self._books, self._clock, self._account, self._peers = books, clock, account, peers
        self._depth: dict[int, _DepthRequest] = {}
        self._quotes: dict[int, str] = {}
        self._ticks: dict[int, tuple[str, int]] = {}
        self._mute_until = 0.0
        self._slow: tuple[float, float] = (0.0, 0.0)  # until when, seconds a turn
        self.client_id: int | None = None
        self.requests: list[Sequence[str]] = []

    @property
    def depth_symbols(self) -> list[str]:
        """Symbols whose depth this client has subscribed to."""
        return [request.symbol for request in self._depth.values()]

    async def serve(self) -> None:
        """Answer until either side hangs up."""
        turns = None
        try:
            version_of(await read_offer(self._reader))
            self._send("176", "20250603 09:30:00 EST")
            turns = asyncio.create_task(self._take_turns())
            while True:
                fields = await read_fields(self._reader)
                if not self._is_mute:
                    self.requests.append(fields)
                    self._answer(fields)
        except (asyncio.IncompleteReadError, ConnectionError, ProtocolError):
            return
        finally:
            if turns is not None:
                turns.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await turns
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()

    def hang_up(self) -> None:
        """Close the socket, as a restart of the Gateway does."""
        self._writer.close()

    def go_mute(self, seconds: float = float("inf")) -> None:
        """Keep the socket open and say and hear nothing, for a while or for ever."""
        self._mute_until = monotonic_seconds() + seconds

    def slow_down(self, turn_seconds: float, seconds: float) -> None:
        """Send what is due only every ``turn_seconds``, for a while."""
        self._slow = (monotonic_seconds() + seconds, turn_seconds)

    @property
    def _is_mute(self) -> bool:
        return monotonic_seconds() < self._mute_until

    def say(self, code: int, request_id: int = -1) -> None:
        """Send an error or system message."""
        self._send(4, 2, request_id, code, MESSAGES.get(code, f"code {code}"), "")

    def disturb_depth(self, code: int, symbol: str) -> None:
        """Send 316 (halted: nothing more until it is subscribed again) or 317 (reset: the book begins anew) for a symbol's depth."""
        for request_id, request in self._depth.items():
            if request.symbol == symbol:
                request.is_halted = code == 316
                if code == 317:
                    request.player = self._books.player(symbol, 10, request.is_smart)
                self.say(code, request_id)

    def forget_subscriptions(self) -> None:
        """Drop what was subscribed to, as a lost link with lost data does (1101)."""
        self._depth.clear()
        self._quotes.clear()
        self._ticks.clear()

    def _send(self, *fields: object) -> None:
        if not self._is_mute and not self._writer.is_closing():
            self._writer.write(frame(*fields))

    async def _take_turns(self) -> None:
        while True:
            slow_until, slow_turn = self._slow
            await asyncio.sleep(slow_turn if monotonic_seconds() < slow_until else self._account.turn_seconds)
            if self._is_mute or self._account.away:
                continue
            now_ms = self._clock.now_us() // 1_000
            for request_id, request in list(self._depth.items()):
                if not request.is_halted:
                    self._send_depth(request_id, request, now_ms)
            for request_id, symbol in self._quotes.items():
                self._send_quote(request_id, symbol, now_ms)
            for request_id, (symbol, since_ms) in list(self._ticks.items()):
                for trade in self._books.trades(symbol, since_ms, now_ms):
                    self._send(99, request_id, 1, trade.ts_ms // 1_000, trade.price, trade.size, 0, "ISLAND", "")
                self._ticks[request_id] = (symbol, now_ms)
            with contextlib.suppress(ConnectionError):
                await self._writer.drain()

    def _send_depth(self, request_id: int, request: _DepthRequest, now_ms: int) -> None:
        for change in request.player.due(now_ms):
            level = change.level
            if request.is_smart:
                self._send(
                    13, 1, request_id, change.position, level.market_maker, change.operation, change.side, level.price, level.size, True
                )
            else:
                self._send(12, 1, request_id, change.position, change.operation, change.side, level.price, level.size)

    def _send_quote(self, request_id: int, symbol: str, now_ms: int) -> None:
        quote = self._books.quote(symbol, now_ms)
        if quote is None:
            return
        bid, ask = (66, 67) if self._account.delayed else (1, 2)
        self._send(1, 6, request_id, bid, quote.bid_price, quote.bid_lots * 100, 0)
        self._send(1, 6, request_id, ask, quote.ask_price, quote.ask_lots * 100, 0)

    def _answer(self, fields: Sequence[str]) -> None:
        handlers: dict[str, Callable[[Sequence[str]], None]] = {
            "71": self._start, "49": self._current_time, "9": self._contract_details, "10": self._open_depth, "11": self._close_depth,
            "1": self._open_quote, "2": lambda fields: self._drop(self._quotes, fields[2]), "97": self._open_ticks,
            "98": lambda fields: self._drop(self._ticks, fields[1]), "6": self._account_updates,
            # What ib_insync's own IB class waits for while it connects: no orders, positions or executions yet.
            "61": lambda _: self._send(62, 1), "5": lambda _: self._send(53, 1), "99": lambda _: self._send(102),
            "76": self._account_of_model, "7": lambda fields: self._send(55, 1, fields[2]), "8": lambda _: self._send(9, 1, 1),
            "59": lambda _: None,
        }  # fmt: skip
        handler = handlers.get(fields[0])
        if handler is None:
            self.say(321)
            return
        try:
            handler(fields)
        except (IndexError, ValueError):
            self.say(320)

    def _start(self, fields: Sequence[str]) -> None:
        client_id = int(fields[2])
        if any(peer.client_id == client_id for peer in self._peers() if peer is not self):
            self.say(326)
            self.hang_up()
            return
        self.client_id = client_id
        self._send(15, 1, self._account.number)
        self._send(9, 1, 1)
        for code in (2104, 2106, 2158) if not self._account.away else (1100,):
            self.say(code)

    def _current_time(self, _: Sequence[str]) -> None:
        self._send(49, 1, self._clock.now_us() // 1_000_000)

    def _contract_details(self, fields: Sequence[str]) -> None:
        request_id, symbol = int(fields[2]), _symbol_of(fields[3:15])
        if symbol not in self._books.symbols:
            self.say(200, request_id)
            return
        self._send(*contract_details(request_id, fields[3:15], self._books.symbols.index(symbol)))
        self._send(52, 1, request_id)

    def _open_depth(self, fields: Sequence[str]) -> None:
        request_id, symbol, rows, is_smart = int(fields[2]), _symbol_of(fields[3:15]), int(fields[15]), fields[16] == "1"
        if symbol not in self._books.symbols:
            self.say(200, request_id)
        elif request_id in self._depth:
            self.say(102, request_id)
        elif symbol in self._account.refused:
            self.say(self._account.refused[symbol], request_id)
        elif sum(len(peer.depth_symbols) for peer in self._peers()) >= self._account.depth_slots:
            self.say(309, request_id)
        else:
            self._depth[request_id] = _DepthRequest(symbol, self._books.player(symbol, rows, is_smart), is_smart)

    def _close_depth(self, fields: Sequence[str]) -> None:
        if self._depth.pop(int(fields[2]), None) is None:
            self.say(310, int(fields[2]))

    def _open_quote(self, fields: Sequence[str]) -> None:
        request_id, symbol = int(fields[2]), _symbol_of(fields[3:15])
        if symbol not in self._books.symbols:
            self.say(200, request_id)
            return
        if self._account.delayed:
            self.say(10167, request_id)
        self._send(58, 1, request_id, 3 if self._account.delayed else 1)
        self._quotes[request_id] = symbol

    def _open_ticks(self, fields: Sequence[str]) -> None:
        request_id, symbol = int(fields[1]), _symbol_of(fields[2:14])
        if symbol not in self._books.symbols:
            self.say(200, request_id)
            return
        self._ticks[request_id] = (symbol, self._clock.now_us() // 1_000)

    def _drop(self, requests: dict[int, str] | dict[int, tuple[str, int]], request_id: str) -> None:
        if requests.pop(int(request_id), None) is None:
            self.say(300, int(request_id))

    def _account_updates(self, fields: Sequence[str]) -> None:
        if fields[2] == "1":
            for message in account_values(self._account.number):
                self._send(*message)

    def _account_of_model(self, fields: Sequence[str]) -> None:
        for key, value, currency in (("NetLiquidation", "100000.00", "USD"), ("BuyingPower", "400000.00", "USD")):
            self._send(73, 1, fields[2], self._account.number, "", key, value, currency)
        self._send(74, 1, fields[2])


def _symbol_of(contract: Sequence[str]) -> str:
    """Return our name of a contract: its symbol, and for pairs the currency too, e.g. EUR.USD."""
    symbol, security_type, currency = contract[1], contract[2], contract[9]
    if security_type == "CASH":
        return f"{symbol}.{currency}"
    return f"{symbol}-{currency}" if security_type == "CRYPTO" else symbol
