"""The fake TWS: listens on loopback, serves any number of clients, and commits faults on request."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from infra.clock import Clock
from infra.vendorsim.tws.book_source import BookSource
from infra.vendorsim.tws.connection import Account, TwsConnection

_HOST = "127.0.0.1"
_OF_ACCOUNT = ("slots", "lines", "refuse", "allow", "cross", "silence", "mend", "value", "position", "order")


class TwsSimulator:
    """One TWS with one account.

    Attributes
    ----------
    port
        Where it listens.
    account
        Its limits and permissions; may be changed while it runs.
    """

    def __init__(self, books: BookSource, clock: Clock, port: int = 0, account: Account | None = None) -> None:
        self._books, self._clock = books, clock
        self._server: asyncio.Server | None = None
        self._connections: dict[TwsConnection, asyncio.Task[None]] = {}
        self._later: set[asyncio.Task[None]] = set()
        self.port = port
        self.account = account or Account()

    @property
    def connections(self) -> list[TwsConnection]:
        """Open connections, in the order in which they came."""
        return list(self._connections)

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, _HOST, self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Hang up on everybody and listen no more."""
        for task in self._later:
            task.cancel()
        await self._stop_listening()

    def commit(self, order: dict[str, Any]) -> int:
        """Carry out one fault, e.g. ``{"fault": "reset", "seconds": 3}``; return how many connections it met.

        ``reset``: 1100, hang up, away for ``seconds`` (the nightly restart). ``drop``: hang up. ``half_open``: neither speak nor hear,
        ``silence``: for ``seconds``. ``slow``: every turn ``delay`` seconds long, for ``seconds``.
        ``lost``: 1100 and no data; ``restored``: data again, with 1102, or 1101 and everything unsubscribed if ``data_lost``.
        ``halted``, ``emptied``: 316, 317 for ``symbol``. ``slots``, ``lines``: allow ``count`` books, quotes. ``refuse``: depth and quotes of
        ``symbol`` with ``code``; ``allow`` undoes it. ``message``: send ``code``. ``reauth``: hang up, and take sockets without an answer for
        ``seconds``, as the Gateway does once a week until somebody logs in. ``cross``, ``silence``: quotes of ``symbol``, until ``mend``.
        ``farm``: the farm of market data is ``broken`` or not.
        ``value``, ``position``, ``order``: change what an ``account`` holds, and tell the clients that listen.

        Raises
        ------
        ValueError
            If the fault is unknown; the message lists those known.
        """
        symbol, met = str(order.get("symbol", "")), self.connections
        actions: dict[str, Callable[[TwsConnection], None]] = {
            "drop": TwsConnection.hang_up,
            "half_open": TwsConnection.go_mute,
            "silence": lambda connection: connection.go_mute(float(order.get("seconds", 3.0))),
            "slow": lambda connection: connection.slow_down(float(order.get("delay", 1.0)), float(order.get("seconds", 3.0))),
            "halted": lambda connection: connection.disturb_depth(316, symbol),
            "emptied": lambda connection: connection.disturb_depth(317, symbol),
            "message": lambda connection: connection.say(int(order["code"])),
            "lost": lambda connection: connection.say(1100),
            "restored": self._restore_with_loss if order.get("data_lost") else lambda connection: connection.say(1102),
            "reset": lambda connection: connection.say(1100),
            "reauth": TwsConnection.hang_up,
            "farm": lambda connection: connection.say(2103 if order["broken"] else 2104),
        } | dict.fromkeys(_OF_ACCOUNT, lambda _: None)
        fault = str(order.get("fault"))
        if fault not in actions:
            raise ValueError(f"expected a fault out of {', '.join(actions)}; found {fault}")
        self._change_account(fault, symbol, order)
        for connection in met:
            actions[fault](connection)
        if fault in ("reset", "reauth"):
            away = self._be_away if fault == "reset" else self._await_login
            task = asyncio.create_task(away(float(order.get("seconds", 3.0))))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        return len(met)

    def _change_account(self, fault: str, symbol: str, order: dict[str, Any]) -> None:
        if fault in ("lost", "restored"):
            self.account.away = fault == "lost"
        elif fault == "slots":
            self.account.depth_slots = int(order["count"])
        elif fault == "lines":
            self.account.lines = int(order["count"])
        elif fault == "reauth":
            self.account.awaits_login = True
        elif fault == "farm":
            self.account.farm_broken = bool(order["broken"])
        elif fault == "cross":
            self.account.crossed.add(symbol)
        elif fault == "silence":
            self.account.silent.add(symbol)
        elif fault == "mend":
            self.account.crossed.discard(symbol)
            self.account.silent.discard(symbol)
        elif fault in ("value", "position", "order"):
            self.account.holdings.change(fault, order)
        elif fault == "refuse":
            self.account.refused[symbol] = int(order["code"])
        elif fault == "allow":
            self.account.refused.pop(symbol, None)

    @staticmethod
    def _restore_with_loss(connection: TwsConnection) -> None:
        connection.forget_subscriptions()
        connection.say(1101)

    async def _be_away(self, seconds: float) -> None:
        await self._stop_listening()
        await asyncio.sleep(seconds)
        await self.start()

    async def _await_login(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.account.awaits_login = False
        for connection in self.connections:  # who came meanwhile was never answered
            connection.hang_up()

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = list(self._connections.values())
        for connection in self.connections:
            connection.hang_up()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = TwsConnection(reader, writer, self._books, self._clock, self.account, lambda: self.connections)
        task = asyncio.current_task()
        assert task is not None
        self._connections[connection] = task
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await connection.serve()
        finally:
            del self._connections[connection]


@contextlib.asynccontextmanager
async def listening(simulator: TwsSimulator) -> AsyncIterator[TwsSimulator]:
    """Run the simulator for a while."""
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.close()
