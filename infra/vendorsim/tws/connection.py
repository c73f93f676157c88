"""One client's connection to the fake TWS: handshake, requests, and what they lead to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.clock import Clock, monotonic_seconds
from infra.vendorsim.tws.book_source import BookSource, DepthPlayer
from infra.vendorsim.tws.holdings import Holdings, order_messages, position_message
from infra.vendorsim.tws.listings import Listed
from infra.vendorsim.tws.messages import MESSAGES, account_values, contract_details
from infra.vendorsim.tws.past_bars import past_bars
from infra.vendorsim.tws.quote_requests import QuoteRequests
from infra.vendorsim.tws.wire import ProtocolError, frame, read_fields, read_offer, version_of

TURN_SECONDS = 0.05  # real: how often what is due is sent


@dataclass(slots=True)
class Account:
    """What all connections to one TWS share.

    Attributes
    ----------
    depth_slots, lines, tick_requests
        Books, quotes and tick by tick requests that may be open at once, over all clients.
    refused
        Symbol -> error code with which its depth and quotes are refused.
    away
        The link between TWS and the vendor is down: nothing flows.
    awaits_login
        A dialogue waits for a person: sockets are taken, nobody answers.
    farm_broken
        The farm of market data does not serve.
    crossed, silent
        Symbols whose quotes are crossed, or do not come.
    """

    holdings: Holdings = field(default_factory=Holdings)
    depth_slots: int = 3
    lines: int = 100
    tick_requests: int = 5
    refused: dict[str, int] = field(default_factory=dict)
    delayed: bool = False
    away: bool = False
    awaits_login: bool = False
    farm_broken: bool = False
    crossed: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    turn_seconds: float = TURN_SECONDS


@dataclass(slots=True)
class _DepthRequest:
    each: Listed
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
        self.quotes = QuoteRequests(books, self._send, crossed=account.crossed, silent=account.silent)
        self._figures: dict[int, str] = {}
        self._profits: dict[int, str] = {}
        self._told_profit: dict[int, tuple[float, float, float]] = {}
        self._wants_positions = self._wants_orders = False
        self._mute_until = 0.0
        self._slow: tuple[float, float] = (0.0, 0.0)  # until when, seconds a turn
        self.client_id: int | None = None
        self.requests: list[Sequence[str]] = []

    @property
    def depth_symbols(self) -> list[str]:
        """Symbols whose depth this client has subscribed to."""
        return [request.each.name for request in self._depth.values()]

    async def serve(self) -> None:
        """Answer until either side hangs up."""
        turns = None
        self._account.holdings.listeners.append(self._tell_change)
        try:
            if self._account.awaits_login:
                self.go_mute()
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
            self._account.holdings.listeners.remove(self._tell_change)
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
            if request.each.name == symbol:
                request.is_halted = code == 316
                if code == 317:
                    request.player = self._books.player(request.each, 10, request.is_smart)
                self.say(code, request_id)

    def forget_subscriptions(self) -> None:
        """Drop what was subscribed to, as a lost link with lost data does (1101)."""
        self._depth.clear()
        self.quotes.clear()

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
            self.quotes.tell(self._account.delayed, now_ms)
            for request_id, number in self._profits.items():
                self._tell_profit(request_id, number, now_ms)
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

    def _answer(self, fields: Sequence[str]) -> None:
        handlers: dict[str, Callable[[Sequence[str]], None]] = {
            "71": self._start, "49": self._current_time, "9": self._contract_details, "10": self._open_depth, "11": self._close_depth,
            "1": self._open_quote, "2": lambda fields: self._drop(self.quotes.quotes, fields[2]), "97": self._open_ticks,
            "98": lambda fields: self._drop(self.quotes.ticks, fields[1]), "6": self._account_updates, "78": self._option_chain,
            "61": self._open_positions, "76": self._open_figures, "92": self._open_profit, "16": self._all_orders,
            # What ib_insync's own IB class waits for while it connects: no orders of its own, no executions.
            "5": lambda _: self._send(53, 1), "99": lambda _: self._send(102),
            "7": lambda fields: self._send(55, 1, fields[2]), "8": lambda _: self._send(9, 1, 1),
            "59": lambda _: None, "20": self._past_bars,
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
        self._send(15, 1, ",".join(self._account.holdings.accounts))
        self._send(9, 1, 1)
        farm = 2103 if self._account.farm_broken else 2104
        for code in (farm, 2106, 2158) if not self._account.away else (1100,):
            self.say(code)

    def _current_time(self, _: Sequence[str]) -> None:
        self._send(49, 1, self._clock.now_us() // 1_000_000)

    def _listed(self, contract: Sequence[str]) -> list[Listed]:
        return self._books.listed(contract, self._now_ms)

    @property
    def _now_ms(self) -> int:
        return self._clock.now_us() // 1_000

    def _contract_details(self, fields: Sequence[str]) -> None:
        request_id = int(fields[2])
        found = self._listed(fields[3:15])
        if not found:
            self.say(200, request_id)
            return
        for each in found:
            self._send(*contract_details(request_id, each, fields[10]))
        self._send(52, 1, request_id)

    def _option_chain(self, fields: Sequence[str]) -> None:
        request_id, ticker, number = fields[1], fields[2], fields[5]
        expiries, strikes = self._books.chain_of(ticker)
        for exchange in ("CBOE", "SMART") if expiries else ():
            days = [f"{day:%Y%m%d}" for day in expiries]
            self._send(75, request_id, exchange, number, ticker, 100, len(days), *days, len(strikes), *strikes)
        self._send(76, request_id)

    def _open_depth(self, fields: Sequence[str]) -> None:
        request_id, rows, is_smart = int(fields[2]), int(fields[15]), fields[16] == "1"
        found = self._listed(fields[3:15])
        if not found:
            self.say(200, request_id)
        elif request_id in self._depth:
            self.say(102, request_id)
        elif found[0].name in self._account.refused:
            self.say(self._account.refused[found[0].name], request_id)
        elif sum(len(peer.depth_symbols) for peer in self._peers()) >= self._account.depth_slots:
            self.say(309, request_id)
        else:
            self._depth[request_id] = _DepthRequest(found[0], self._books.player(found[0], rows, is_smart), is_smart)

    def _close_depth(self, fields: Sequence[str]) -> None:
        if self._depth.pop(int(fields[2]), None) is None:
            self.say(310, int(fields[2]))

    def _open_quote(self, fields: Sequence[str]) -> None:
        request_id, found = int(fields[2]), self._listed(fields[3:15])
        if not found:
            self.say(200, request_id)
        elif found[0].name in self._account.refused:
            self.say(self._account.refused[found[0].name], request_id)
        elif sum(len(peer.quotes.quotes) for peer in self._peers()) >= self._account.lines:
            self.say(101, request_id)
        else:
            self.quotes.open_quote(request_id, found[0], fields[17] == "1", self._account.delayed, self._now_ms)

    def _open_ticks(self, fields: Sequence[str]) -> None:
        request_id, found = int(fields[1]), self._listed(fields[2:14])
        if not found:
            self.say(200, request_id)
        elif sum(len(peer.quotes.ticks) for peer in self._peers()) >= self._account.tick_requests:
            self.say(10190, request_id)
        else:
            self.quotes.open_ticks(request_id, found[0], fields[14], self._now_ms)

    def _past_bars(self, fields: Sequence[str]) -> None:
        request_id, found = int(fields[1]), self._listed(fields[2:14])
        if not found:
            self.say(200, request_id)
            return
        count, unit = fields[17].split()
        if unit != "S" or fields[16] != "1 min" or found[0].name in self._account.refused:
            self.say(162, request_id)
            return
        rows = past_bars(self._books, found[0], int(count) // 60, self._now_ms)
        self._send(17, request_id, "", "", len(rows), *(value for row in rows for value in row))

    def _drop(self, requests: dict[int, Any], request_id: str) -> None:
        if requests.pop(int(request_id), None) is None:
            self.say(300, int(request_id))

    def _account_updates(self, fields: Sequence[str]) -> None:
        if fields[2] == "1":
            for message in account_values(self._account.holdings.accounts[0]):
                self._send(*message)

    def _open_figures(self, fields: Sequence[str]) -> None:
        account = fields[3] or self._account.holdings.accounts[0]
        self._figures[int(fields[2])] = account
        for (owner, name, currency), value in self._account.holdings.figures.items():
            if owner == account:
                self._send(73, 1, fields[2], account, "", name, value, currency)
        self._send(74, 1, fields[2])

    def _open_profit(self, fields: Sequence[str]) -> None:
        self._profits[int(fields[1])] = fields[2]

    def _open_positions(self, _: Sequence[str]) -> None:
        self._wants_positions = True
        for (account, _symbol), position in self._account.holdings.positions.items():
            self._send(*position_message(account, position))
        self._send(62, 1)

    def _all_orders(self, _: Sequence[str]) -> None:
        self._wants_orders = True  # as TWS does for the client that it is told is the master
        for order in self._account.holdings.orders.values():
            for message in order_messages(order):
                self._send(*message)
        self._send(53, 1)

    def _tell_profit(self, request_id: int, account: str, now_ms: int) -> None:
        profit = self._account.holdings.profit(account, self._books, now_ms)
        if self._told_profit.get(request_id) != profit:
            self._told_profit[request_id] = profit
            self._send(94, request_id, *profit)

    def _tell_change(self, kind: str, changed: Any) -> None:
        holdings = self._account.holdings
        if kind == "value":
            account, name, currency = changed
            for request_id in (number for number, owner in self._figures.items() if owner == account):
                self._send(73, 1, request_id, account, "", name, holdings.figures[changed], currency)
        elif kind == "position" and self._wants_positions:
            self._send(*position_message(changed[0], holdings.positions[changed]))
        elif kind == "order" and self._wants_orders:
            for message in order_messages(holdings.orders[changed]):
                self._send(*message)
