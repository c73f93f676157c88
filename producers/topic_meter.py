"""Counts what is wrong with the records of one topic, in short slices of time; pure, no clock of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from producers.probes import PROBES

_KNOWN_SYMBOLS = 50_000
_BELIEVED_AFTER = 50  # records in a row: one symbol's leap that stays was a halt or a split, not another unit


@dataclass(slots=True)
class Slice:
    """Counts of a stretch of time.

    Attributes
    ----------
    ended_at
        Monotonic seconds.
    seen
        Records that came, new ones and repeats.
    looked
        Of the new ones, those that were looked at.
    sided
        Of these, with a bid and an offer.
    lags_us
        Market microseconds from the event to its receipt.
    """

    ended_at: float = 0.0
    seen: int = 0
    repeated: int = 0
    refused: int = 0
    crossed_refusals: int = 0
    looked: int = 0
    sided: int = 0
    crossed: int = 0
    disordered: int = 0
    priced: int = 0
    leaping: int = 0
    lags_us: list[int] = field(default_factory=list)

    @classmethod
    def sum_of(cls, slices: Iterable[Slice]) -> Slice:
        """Return the counts of all of them."""
        total = cls()
        for one in slices:
            for name in _COUNTS:
                setattr(total, name, getattr(total, name) + getattr(one, name))
            total.lags_us += one.lags_us
        return total


_COUNTS = ("seen", "repeated", "refused", "crossed_refusals", "looked", "sided", "crossed", "disordered", "priced", "leaping")


class TopicMeter:
    """One topic of one feed.

    Parameters
    ----------
    leap_factor
        A price that is so many times the one before, or that part of it, has leapt.
    """

    def __init__(self, leap_factor: float) -> None:
        self.now = Slice()
        self.slices: deque[Slice] = deque()
        self.spoke_at: float | None = None
        self._leap_factor = leap_factor
        self._orders: dict[str, int] = {}
        self._prices: dict[str, float] = {}
        self._leaps: dict[str, int] = {}

    def look(self, record: Any) -> None:
        """Check one new record."""
        now = self.now
        now.looked += 1
        probe = PROBES.get(type(record))
        if probe is None or probe.has_lag:
            now.lags_us.append(record.ts_received - record.ts_event)
        if probe is None:
            return
        key, order = probe.order(record)
        if order < self._orders.get(key, order):
            now.disordered += 1
        else:
            self._orders[key] = order
        if probe.sides is not None:
            bid, ask = probe.sides(record)
            if bid is not None and ask is not None:
                now.sided += 1
                now.crossed += bid >= ask
        if probe.price is not None:
            self._weigh(*probe.price(record))
        if len(self._orders) > _KNOWN_SYMBOLS:
            self._orders.clear()
            self._prices.clear()

    def close_slice(self, at: float, keep_seconds: float) -> None:
        """Begin a new slice; forget those that ended longer ago than ``keep_seconds``."""
        if self.now.seen:
            self.spoke_at = at
        self.now.ended_at = at
        self.slices.append(self.now)
        self.now = Slice()
        while self.slices[0].ended_at < at - keep_seconds:
            self.slices.popleft()

    def since(self, moment: float) -> Slice:
        """Return the counts of the slices that ended after ``moment``."""
        return Slice.sum_of(one for one in self.slices if one.ended_at > moment)

    def forget(self) -> None:
        """Begin anew, as after a reconnection."""
        self.now = Slice()
        self.slices.clear()
        self._orders.clear()
        self.spoke_at = None

    def _weigh(self, key: str, price: float | None) -> None:
        if price is None or price <= 0:
            return
        self.now.priced += 1
        before = self._prices.get(key)
        if before is None or before / self._leap_factor <= price <= before * self._leap_factor:
            self._prices[key] = price
            self._leaps.pop(key, None)
            return
        self.now.leaping += 1
        leaps = self._leaps.get(key, 0) + 1
        self._leaps[key] = leaps
        # When most symbols leap at once the unit has changed, and that is never believed.
        if leaps >= _BELIEVED_AFTER and len(self._leaps) * 2 < len(self._prices):
            self._prices[key] = price
            del self._leaps[key]
