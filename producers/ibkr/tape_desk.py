"""The tape of some instruments, trade by trade and quote by quote, in the order in which it comes (IBK-15, IBK-27). No socket here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import orjson

from infra.clock import MICROSECONDS
from producers.ibkr.client import Contract
from producers.ibkr.codes import Meaning, meaning
from producers.ibkr.events import Event, Message, QuoteTick, TradeTick
from producers.ibkr.lines import Lines
from producers.ibkr.sequences import Sequences

_PARKED_US = 60 * MICROSECONDS
_MOST_ROWS = 500
Kind = Literal["AllLast", "BidAsk"]


class TapePort(Protocol):
    """What the desk needs of a connection."""

    def open_ticks(self, contract: Contract, kind: Kind) -> int:
        """Subscribe; return the request's id."""

    def close_ticks(self, request_id: int) -> None:
        """Give a subscription up."""


class TapeDesk:
    """The tick by tick subscriptions of one connection.

    Parameters
    ----------
    requests
        How many the vendor allows.
    foreign
        Symbols whose tape another feed writes: two tapes of one symbol would count everything twice.
    """

    def __init__(self, port: TapePort, requests: int, sequences: Sequences, foreign: frozenset[str]) -> None:
        self._port, self._sequences, self._foreign = port, sequences, foreign
        self._lines = Lines(requests, "tick by tick requests")
        self._contracts: dict[str, Contract] = {}
        self._open: dict[int, tuple[str, str]] = {}
        self._rows: list[dict[str, Any]] = []
        self._excluded: list[str] = []

    @property
    def parts(self) -> list[str]:
        """What is wrong, for people."""
        excluded = [f"{name}: its tape comes from feed.polygon" for name in self._excluded]
        return [*self._lines.parts, *excluded]

    def adopt(self, contracts: Sequence[Contract]) -> None:
        """Read these tapes from now on, with today's contracts."""
        self._excluded = sorted(each.instrument.symbol for each in contracts if each.instrument.symbol in self._foreign)
        wanted: dict[str, Contract] = {}
        for each in contracts:
            if each.instrument.symbol not in self._foreign:
                wanted |= {f"{each.instrument.symbol} {kind}": each for kind in _kinds(each.instrument.security_type)}
        for request_id, (name, local_symbol) in list(self._open.items()):
            if name not in wanted or wanted[name].local_symbol != local_symbol:
                self._port.close_ticks(request_id)
                del self._open[request_id]
        self._contracts = wanted
        # First those that stay alone: who was closed above gives its line back.
        self._lines.want([name for name in wanted if name in {known for known, _ in self._open.values()}])
        self._lines.want(list(wanted))

    def turn(self, now_us: int) -> None:
        """Open what may be opened."""
        for name in self._lines.turn(now_us):
            if name not in {known for known, _ in self._open.values()}:
                kind: Kind = "AllLast" if name.endswith("AllLast") else "BidAsk"
                contract = self._contracts[name]
                self._open[self._port.open_ticks(contract, kind)] = (name, contract.local_symbol)

    def take(self, event: Event, now_us: int) -> None:
        """Take a trade, a quote or a message."""
        if not isinstance(event, (TradeTick, QuoteTick, Message)) or event.request_id not in self._open:
            if isinstance(event, Message) and meaning(event.code) is Meaning.RESTORED_WITHOUT_DATA:
                self._open.clear()
                self._lines.forget()
            return
        name = self._open[event.request_id][0]
        if isinstance(event, Message):
            self._refuse(name, event, now_us)
            return
        symbol = self._contracts[name].instrument.symbol
        row = {
            "symbol": symbol, "sequence": self._sequences.next(f"{symbol} {type(event).__name__}"), "ts_event": event.seconds * MICROSECONDS,
            "ts_received": event.received_us,
        }  # fmt: skip
        if isinstance(event, TradeTick):
            row |= {"price": event.price, "size": event.size, "exchange": event.exchange, "conditions": event.conditions}
            row |= {"is_unreported": event.is_unreported}
        else:
            row |= {"bid_price": event.bid_price, "bid_size": event.bid_size, "ask_price": event.ask_price, "ask_size": event.ask_size}
        self._rows.append(row)

    def due(self) -> bytes | None:
        """Return what came, some hundred rows at most, as a payload."""
        if not self._rows:
            return None
        rows, self._rows = self._rows[:_MOST_ROWS], self._rows[_MOST_ROWS:]
        return orjson.dumps({"ticks": rows})

    def close(self) -> None:
        """Give everything up."""
        for request_id in self._open:
            self._port.close_ticks(request_id)
        self._open.clear()
        self._lines.forget()

    def _refuse(self, name: str, message: Message, now_us: int) -> None:
        means = meaning(message.code)
        if means is Meaning.TOO_MANY_TICKS:
            self._lines.refused(name, now_us)
        elif means in (Meaning.NOT_PERMITTED, Meaning.COMPETING_SESSION, Meaning.UNKNOWN_CONTRACT, Meaning.REQUEST_FAILED):
            self._lines.park(name, f"{message.code} {means.value}", now_us + _PARKED_US)
        else:
            return
        del self._open[message.request_id]


def _kinds(security_type: str) -> tuple[Kind, ...]:
    """Currency pairs have no trades that anybody reports, indices no bid."""
    return {"CASH": ("BidAsk",), "IND": ("AllLast",)}.get(security_type, ("AllLast", "BidAsk"))  # type: ignore[return-value]
