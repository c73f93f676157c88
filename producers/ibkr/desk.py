"""What one connection does with its books: opens and closes them by turns, takes updates and messages, writes snapshots. No socket here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from infra.clock import MICROSECONDS
from infra.logging_setup import logger
from infra.metrics import listed
from infra.vendor_settings import IbkrSettings
from producers.ibkr.client import Contract
from producers.ibkr.codes import Meaning
from producers.ibkr.condition import VendorCondition
from producers.ibkr.events import Depth, Event, Message
from producers.ibkr.rotation import Rotation
from producers.ibkr.slots import Change
from producers.ibkr.snapshot import BookWatch

UNIT = "feed.ibkr"
_LEVELS = 10
_AGAIN_US = MICROSECONDS  # a slot that was refused is asked for again after this
_PARKED_US = 60 * MICROSECONDS  # a symbol that is not ours
_WRONG_PATIENCE_US = 2 * MICROSECONDS
_BLIND_US = 4 * MICROSECONDS  # a book that was asked for and does not come is said to be missing
_REFUSALS_BEFORE_FEWER_SLOTS = 3
log = logger(__name__)


class DepthPort(Protocol):
    """What the desk needs of a connection."""

    def open_depth(self, contract: Contract, rows: int, smart: bool) -> int:
        """Subscribe; return the request's id."""

    def close_depth(self, request_id: int, smart: bool) -> None:
        """Give a subscription up."""


class DepthDesk:
    """The books of one connection."""

    def __init__(self, port: DepthPort, settings: IbkrSettings, rotation: Rotation) -> None:
        self._port, self._settings, self._rotation = port, settings, rotation
        self._watches: dict[int, BookWatch] = {}
        self._condition = VendorCondition(UNIT, settings.depth_mode == "demo")
        self._every_us = round(settings.snapshot_seconds * MICROSECONDS)
        self._at_most_us = round(settings.change_seconds * MICROSECONDS)
        self._refusals_in_a_row = 0
        self._fewer_slots_until_us: int | None = None
        self._has_streamed = False
        self._missing: list[str] = []
        self._heard_us: dict[str, int] = {}
        self._lapsed: list[str] = []

    @property
    def lost(self) -> str | None:
        """Why what we know is old, so that nothing is written; None while the vendor's link is up."""
        return self._condition.lost

    @property
    def detail(self) -> str | None:
        """What is wrong with the books; None when all is well. A book counts as live once depth really streams (IBK-38)."""
        refused = ", ".join(f"{symbol} ({reason})" for symbol, reason in sorted(self._rotation.refused.items()))
        slots, allowed = self._rotation.slots.slots, self._settings.depth_slots
        parts = (
            *self._condition.parts,
            f"refused: {refused}" if refused else None,
            None if slots == allowed else f"{slots} of {allowed} depth slots",
            f"no book for a whole rotation: {', '.join(self._lapsed)}" if self._lapsed else None,
            f"no updates of {', '.join(self._missing)}" if self._missing else None,
            None if self._has_streamed else "no depth yet: mode is demo",
        )
        return "; ".join(part for part in parts if part) or None

    def turn(self, now_us: int) -> None:
        """Open and close books whose time has come; ask again for those that cannot be trusted."""
        if self.lost is not None:
            return
        self._missing = sorted(
            watch.symbol for watch in self._watches.values() if watch.updated_us is None and now_us - watch.opened_us >= _BLIND_US
        )
        life_us = self._rotation.slots.life_us(self._rotation.weights)
        self._heard_us = {symbol: self._heard_us.get(symbol, now_us) for symbol in self._rotation.instruments}
        self._lapsed = [
            symbol for symbol, heard_us in self._heard_us.items() if now_us - heard_us > life_us and symbol not in self._rotation.refused
        ]
        for watch in list(self._watches.values()):
            if watch.is_wrong(now_us, _WRONG_PATIENCE_US):
                log.warning("book_resubscribed", symbol=watch.symbol, misfits=watch.book.misfits, crossed=watch.book.is_crossed)
                self._carry_out(self._rotation.slots.again(watch.symbol), now_us)
        if self._fewer_slots_until_us is not None and now_us >= self._fewer_slots_until_us:
            self._fewer_slots_until_us = None
            self._rotation.slots.limit(self._settings.depth_slots)
        self._carry_out(self._rotation.slots.turn(now_us, self._rotation.weights), now_us)

    def take(self, event: Event, now_us: int) -> None:
        """Take an update or a message."""
        if isinstance(event, Message):
            self._heed(event, now_us)
            return
        if not isinstance(event, Depth):
            return
        watch = self._watches.get(event.request_id)
        if watch is None:  # of a subscription that was given up: its generation is old
            listed.DEPTH_DROPPED.add(1, UNIT)
            return
        self._update(watch, event)

    def due(self, now_us: int, monotonic: float) -> bytes | None:
        """Return the next snapshot that must go out."""
        if self.lost is not None:
            return None
        for watch in self._watches.values():
            if watch.is_due(now_us, self._every_us, self._at_most_us) and watch.is_settled(monotonic):
                return watch.write(self._rotation.next_sequence(watch.symbol), now_us)
        return None

    def adopt(self, closes: Iterable[Change], now_us: int) -> None:
        """Close the books of contracts that are ours no more; new ones take part in the next turn."""
        self._carry_out(closes, now_us)

    def close(self) -> None:
        """Give every book up (IBK-11)."""
        for request_id, watch in self._watches.items():
            self._port.close_depth(request_id, watch.is_smart)
        self._watches.clear()
        self._rotation.slots.forget()

    def _update(self, watch: BookWatch, event: Depth) -> None:
        self._heard_us[watch.symbol] = event.received_us
        watch.apply(event.update, event.received_us, event.heard_at)
        self._refusals_in_a_row = 0
        self._has_streamed = True
        self._rotation.refused.pop(watch.symbol, None)

    def _heed(self, message: Message, now_us: int) -> None:
        watch = self._watches.get(message.request_id)
        means = self._condition.heed(message, watch.symbol if watch else None)
        if means is Meaning.RESTORED_WITHOUT_DATA:
            self._watches.clear()  # what may still come of them is old
            self._carry_out(self._rotation.slots.restart(), now_us)
        elif means is Meaning.DELAYED:
            for known in self._watches.values():
                known.mode = self._condition.mode
        elif watch is not None:
            self._heed_of_book(means, message, watch, now_us)

    def _heed_of_book(self, means: Meaning, message: Message, watch: BookWatch, now_us: int) -> None:
        slots, symbol = self._rotation.slots, watch.symbol
        if means is Meaning.RESET:
            watch.empty(now_us)
        elif means is Meaning.HALTED:
            self._carry_out(slots.again(symbol), now_us)
        elif means is Meaning.TOO_MANY_BOOKS:
            self._refusals_in_a_row += 1
            self._carry_out(slots.give_back(symbol, now_us + _AGAIN_US), now_us)
            if self._refusals_in_a_row >= _REFUSALS_BEFORE_FEWER_SLOTS:  # somebody else uses them
                slots.limit(len(self._watches))
                self._fewer_slots_until_us = now_us + _PARKED_US
                self._refusals_in_a_row = 0
        elif means in (Meaning.NOT_PERMITTED, Meaning.COMPETING_SESSION, Meaning.UNKNOWN_CONTRACT, Meaning.REQUEST_FAILED):
            self._rotation.refused[symbol] = f"{message.code} {means.value}"
            competing = means is Meaning.COMPETING_SESSION  # ends when the other one logs out
            self._carry_out(slots.give_back(symbol, now_us + (_AGAIN_US * 5 if competing else _PARKED_US)), now_us)

    def _carry_out(self, changes: Iterable[Change], now_us: int) -> None:
        for change in changes:
            if change.action == "open":
                is_smart = self._rotation.instruments[change.symbol].has_smart_depth
                request_id = self._port.open_depth(self._rotation.contracts[change.symbol], _LEVELS, is_smart)
                self._watches[request_id] = BookWatch(change.symbol, change.generation, now_us, self._condition.mode, is_smart)
                continue
            for request_id, watch in list(self._watches.items()):
                if watch.generation == change.generation:
                    self._rotation.saw(watch.symbol, watch.activity(now_us))
                    self._port.close_depth(request_id, watch.is_smart)
                    del self._watches[request_id]
