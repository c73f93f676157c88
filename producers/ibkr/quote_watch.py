"""One instrument's quote as its fields come, and when it is written down (IBK-30). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from infra.clock import MICROSECONDS
from producers.ibkr.client import Contract
from producers.ibkr.events import OptionTick, Tick
from schemas.records import DepthMode

_BID, _BID_SIZE, _ASK, _ASK_SIZE, _LAST, _LAST_SIZE, _VOLUME, _CLOSE, _LAST_TIME, _HALTED = 1, 0, 2, 3, 4, 5, 8, 9, 45, 49
_SIZE_OF = {_BID: _BID_SIZE, _ASK: _ASK_SIZE, _LAST: _LAST_SIZE}
_OF_DELAYED = {66: _BID, 67: _ASK, 68: _LAST, 69: _BID_SIZE, 70: _ASK_SIZE, 71: _LAST_SIZE, 74: _VOLUME, 75: _CLOSE, 88: _LAST_TIME}
_KNOWN = {_BID, _BID_SIZE, _ASK, _ASK_SIZE, _LAST, _LAST_SIZE, _VOLUME, _CLOSE, _LAST_TIME, _HALTED}
_CROSSED_FOR_US = 500_000  # bid and offer come one after the other: between the two a quote may be crossed for a moment
_MODEL = 13


@dataclass(slots=True)
class QuoteWatch:
    """One subscription.

    Attributes
    ----------
    gap_us
        A silence longer than allowed makes the record after it say so.
    updated_us, written_us
        When the last field came, when the quote was last written; None before the first.
    is_snapshot, is_complete
        It was asked for once; the vendor has told all of it.
    """

    contract: Contract
    gap_us: int
    opened_us: int
    is_snapshot: bool = False
    is_complete: bool = False
    fields: dict[int, float] = field(default_factory=dict)
    greeks: OptionTick | None = None
    updated_us: int | None = None
    written_us: int | None = None
    silent_us: int | None = None
    crossed_since_us: int | None = None
    is_changed: bool = False
    is_delayed: bool = False

    @property
    def is_crossed(self) -> bool:
        """Bid above offer."""
        bid, ask = self.fields.get(_BID), self.fields.get(_ASK)
        return bid is not None and ask is not None and bid > ask

    def apply(self, tick: Tick) -> None:
        """Take one field; unknown ones are left."""
        kind = _OF_DELAYED.get(tick.kind, tick.kind)
        self.is_delayed = self.is_delayed or tick.kind in _OF_DELAYED
        if kind not in _KNOWN:
            return
        if tick.value == -1 and kind in (_BID, _ASK, _LAST):  # the vendor's word for none
            self.fields.pop(kind, None)
            self.fields.pop(_SIZE_OF[kind], None)
        else:
            self.fields[kind] = tick.value
            if tick.size is not None and kind in _SIZE_OF:
                self.fields[_SIZE_OF[kind]] = tick.size
        self._touch(tick.received_us)

    def compute(self, greeks: OptionTick) -> None:
        """Take what the vendor's model says of an option."""
        if greeks.kind == _MODEL:
            self.greeks = greeks
            self._touch(greeks.received_us)

    def is_due(self, now_us: int, every_us: int, at_most_every_us: int) -> bool:
        """Tell whether the quote must be written now; never before a price came, nor in the moment in which it is crossed."""
        if self.updated_us is None or not self.fields.keys() & {_BID, _ASK, _LAST}:
            return False
        if self.crossed_since_us is not None and now_us - self.crossed_since_us < _CROSSED_FOR_US:
            return False
        if self.written_us is None:
            return True
        waited_us = now_us - self.written_us
        return waited_us >= every_us or (self.is_changed and waited_us >= at_most_every_us)

    def write(self, sequence: int, mode: DepthMode, now_us: int) -> dict[str, Any]:
        """Return the quote as `parse_quotes` reads it."""
        assert self.updated_us is not None
        instrument, contract, value = self.contract.instrument, self.contract, self.fields.get
        self.written_us, self.is_changed = now_us, False
        silent_us, self.silent_us = self.silent_us, None
        last_time, halted = value(_LAST_TIME), value(_HALTED)
        body = {
            "symbol": instrument.symbol, "security_type": instrument.security_type, "currency": instrument.currency,
            "local_symbol": contract.local_symbol or instrument.symbol, "expiry": contract.expiry.isoformat() if contract.expiry else None,
            "mode": mode.value, "sequence": sequence, "ts_event": self.updated_us, "age_ms": max(0, now_us - self.updated_us) // 1_000,
            "gap_ms": None if silent_us is None else silent_us // 1_000, "is_crossed": self.is_crossed,
            "is_halted": None if halted is None or halted < 0 else halted > 0,
            "bid_price": value(_BID), "bid_size": value(_BID_SIZE), "ask_price": value(_ASK), "ask_size": value(_ASK_SIZE),
            "last_price": value(_LAST), "last_size": value(_LAST_SIZE),
            "ts_last": None if last_time is None else round(last_time) * MICROSECONDS, "close_price": value(_CLOSE), "volume": value(_VOLUME),
        }  # fmt: skip
        if instrument.security_type == "OPT":
            told = self.greeks
            body |= {name: getattr(told, name) if told else None for name in _GREEKS}
        return body

    def _touch(self, received_us: int) -> None:
        if self.updated_us is not None and received_us - self.updated_us > self.gap_us:
            self.silent_us = received_us - self.updated_us
        self.updated_us, self.is_changed = received_us, True
        if not self.is_crossed:
            self.crossed_since_us = None
        elif self.crossed_since_us is None:
            self.crossed_since_us = received_us


_GREEKS = ("implied_volatility", "delta", "gamma", "vega", "theta", "underlying_price")
