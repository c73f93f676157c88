"""What one connection does with its quotes: gives lines to instruments, takes fields and messages, writes quotes. No socket here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import orjson

from infra.clock import MICROSECONDS
from infra.metrics import listed
from infra.trading_hours import is_trading
from infra.vendor_settings import IbkrSettings
from producers.ibkr.client import Contract
from producers.ibkr.codes import Meaning
from producers.ibkr.condition import VendorCondition
from producers.ibkr.events import DataKind, Event, Message, OptionTick, SnapshotEnd, Tick
from producers.ibkr.lines import Lines
from producers.ibkr.quote_watch import QuoteWatch
from producers.ibkr.sequences import Sequences
from schemas.records import DepthMode

UNIT = "feed.ibkr_quotes"
_PARKED_US = 60 * MICROSECONDS
_BLIND_US = 4 * MICROSECONDS
_SNAPSHOT_US = 12 * MICROSECONDS  # the vendor ends a snapshot after eleven seconds at most
_REFUSALS = (Meaning.NOT_PERMITTED, Meaning.COMPETING_SESSION, Meaning.UNKNOWN_CONTRACT, Meaning.REQUEST_FAILED)


class QuotePort(Protocol):
    """What the desk needs of a connection."""

    def open_quote(self, contract: Contract, snapshot: bool) -> int:
        """Subscribe, or ask once; return the request's id."""

    def close_quote(self, request_id: int) -> None:
        """Give a subscription up."""


class QuoteDesk:
    """The quotes of one connection.

    Parameters
    ----------
    sequences
        Go on over connections.
    """

    def __init__(self, port: QuotePort, settings: IbkrSettings, condition: VendorCondition, sequences: Sequences) -> None:
        self._port, self._settings, self._condition, self._sequences = port, settings, condition, sequences
        self._lines = Lines(settings.lines, "quotes")
        self._contracts: dict[str, Contract] = {}
        self._snapshots: set[str] = set()
        self._asked: dict[str, int] = {}
        self._retiring: dict[str, int] = {}
        self._watches: dict[int, QuoteWatch] = {}
        self._every_us = round(settings.quote_seconds * MICROSECONDS)
        self._at_most_us = round(settings.quote_change_seconds * MICROSECONDS)
        self._gap_us = round(settings.quote_gap_seconds * MICROSECONDS)
        self._silent: list[str] = []

    @property
    def parts(self) -> list[str]:
        """What is wrong with the quotes, for people."""
        crossed = sorted(watch.contract.instrument.symbol for watch in self._watches.values() if watch.is_crossed)
        return [
            *self._lines.parts,
            *([f"crossed: {', '.join(crossed)}"] if crossed else []),
            *([f"no ticks of {', '.join(self._silent)}"] if self._silent else []),
        ]

    def last_price(self, symbol: str) -> float | None:
        """Return the newest price that is known of an instrument."""
        found = (watch.fields.get(4) or watch.fields.get(1) for watch in self._watches.values() if watch.contract.instrument.symbol == symbol)
        return next((price for price in found if price), None)

    def adopt(self, contracts: Sequence[Contract], snapshots: Sequence[str], now_us: int) -> None:
        """Quote these from now on, the first first. A contract whose month is over goes when the next one is quoted: no gap."""
        self._contracts = {each.instrument.symbol: each for each in contracts}
        self._snapshots = set(snapshots) & self._contracts.keys()
        gone = set(self._lines.want([name for name in self._contracts if name not in self._snapshots]))
        for request_id, watch in list(self._watches.items()):
            name = watch.contract.instrument.symbol
            contract = self._contracts.get(name)
            if name in gone or contract is None:
                self._close(request_id)
            elif watch.contract.local_symbol != contract.local_symbol or watch.contract.instrument != contract.instrument:
                if self._lines.free and name not in self._retiring:
                    self._retiring[name] = request_id
                    self._open(name, now_us)
                elif self._retiring.get(name) != request_id:
                    self._close(request_id)
                    self._open(name, now_us)

    def turn(self, now_us: int) -> None:
        """Open what got a line; name who is silent though it trades."""
        if self._condition.lost is not None:
            return
        for name in self._lines.turn(now_us):
            self._open(name, now_us)
        flying = {watch.contract.instrument.symbol for watch in self._watches.values() if watch.is_snapshot}
        for name in sorted(self._snapshots - flying):
            if now_us - self._asked.get(name, -self._every_us) >= self._every_us and self._lines.free > len(flying):
                self._asked[name] = now_us
                self._open(name, now_us, snapshot=True)
        for request_id, watch in list(self._watches.items()):
            if watch.is_snapshot and now_us - watch.opened_us >= _SNAPSHOT_US:
                del self._watches[request_id]
        self._silent = sorted(
            watch.contract.instrument.symbol for watch in self._watches.values() if self._is_silent(watch, now_us)
        )

    def take(self, event: Event, now_us: int) -> None:
        """Take a field, a model's answer or a message."""
        if isinstance(event, (Tick, OptionTick, DataKind, SnapshotEnd, Message)):
            watch = self._watches.get(event.request_id)
            if isinstance(event, Message):
                self._heed(event, watch, now_us)
            elif watch is not None:
                self._update(event, watch)

    def due(self, now_us: int) -> bytes | None:
        """Return the next quote that must go out, as a payload."""
        if self._condition.lost is not None:
            return None
        for request_id, watch in list(self._watches.items()):
            if watch.is_snapshot and watch.is_complete:
                del self._watches[request_id]
            if (watch.is_complete if watch.is_snapshot else True) and watch.is_due(now_us, self._every_us, self._at_most_us):
                return self._write(watch, now_us)
        return None

    def close(self) -> None:
        """Give every quote up."""
        for request_id in list(self._watches):
            self._close(request_id)
        self._lines.forget()

    def _write(self, watch: QuoteWatch, now_us: int) -> bytes:
        instrument = watch.contract.instrument
        if watch.is_crossed:
            listed.QUOTES_FLAGGED.add(1, UNIT, "crossed")
        if watch.silent_us is not None:
            listed.QUOTES_FLAGGED.add(1, UNIT, "gap")
        mode = DepthMode.DELAYED if watch.is_delayed and not self._condition.is_demo else self._condition.mode
        kind = "option" if instrument.security_type == "OPT" else "quote"
        return orjson.dumps({kind: watch.write(self._sequences.next(instrument.symbol), mode, now_us)})

    def _update(self, event: Tick | OptionTick | DataKind | SnapshotEnd, watch: QuoteWatch) -> None:
        if isinstance(event, Tick):
            watch.apply(event)
            name = watch.contract.instrument.symbol
            if name in self._retiring and self._retiring[name] != event.request_id:
                self._close(self._retiring[name])
        elif isinstance(event, OptionTick):
            watch.compute(event)
        elif isinstance(event, DataKind):
            watch.is_delayed = event.kind in (3, 4)
        else:
            watch.is_complete = True

    def _heed(self, message: Message, watch: QuoteWatch | None, now_us: int) -> None:
        name = watch.contract.instrument.symbol if watch else None
        means = self._condition.heed(message, name)
        if means is Meaning.RESTORED_WITHOUT_DATA:
            self._watches.clear()
            self._retiring.clear()
            self._lines.forget()
        elif name is not None and means is Meaning.TOO_MANY_LINES:
            del self._watches[message.request_id]
            self._lines.refused(name, now_us)
        elif name is not None and means in _REFUSALS:
            del self._watches[message.request_id]
            self._lines.park(name, f"{message.code} {means.value}", now_us + _PARKED_US)

    def _open(self, name: str, now_us: int, snapshot: bool = False) -> None:
        contract = self._contracts[name]
        self._watches[self._port.open_quote(contract, snapshot)] = QuoteWatch(contract, self._gap_us, now_us, snapshot)

    def _close(self, request_id: int) -> None:
        watch = self._watches.pop(request_id)
        name = watch.contract.instrument.symbol
        if self._retiring.get(name) == request_id:
            del self._retiring[name]
        if not watch.is_snapshot:
            self._port.close_quote(request_id)

    def _is_silent(self, watch: QuoteWatch, now_us: int) -> bool:
        hours = watch.contract.instrument.hours
        since_us, patience_us = (watch.opened_us, _BLIND_US) if watch.updated_us is None else (watch.updated_us, self._gap_us)
        if now_us - since_us < patience_us or watch.is_snapshot:
            return False
        return watch.updated_us is None if hours is None else is_trading(hours, now_us)
