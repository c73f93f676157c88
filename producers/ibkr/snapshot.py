"""When a book is written down, and as what: every two seconds, and when it changed, but not more often than the limit. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from infra.clock import MICROSECONDS
from producers.ibkr.book import DepthBook, DepthUpdate, Row
from producers.ibkr.scores import Activity
from schemas.records import DepthMode

_UPDATES_KEPT = 4_096
_SETTLED_SECONDS = 0.02  # real: one change of a book is many messages, and a snapshot between two of them shows holes
_UNEVEN_SETTLED_SECONDS = 0.15  # sides of unequal length: most likely such a hole, seen because the gateway paused
_NEVER_SETTLES_SECONDS = 0.25  # a book that never rests is written all the same


@dataclass(slots=True)
class BookWatch:
    """One subscription's book and what became of it.

    Attributes
    ----------
    opened_us
        When it was asked for, or emptied.
    is_smart
        Asked for as the sum of all exchanges; it must be given up in the same words.
    updated_us
        When the last update came; None before the first.
    written_us
        When it was last written down; None before the first time, and again while an emptied book fills.
    updates
        What came since then, as it came.
    """

    symbol: str
    generation: int
    opened_us: int
    mode: DepthMode
    is_smart: bool = False
    updated_us: int | None = None
    written_us: int | None = None
    crossed_since_us: int | None = None
    book: DepthBook = field(default_factory=DepthBook)
    updates: list[DepthUpdate] = field(default_factory=list)
    touched_at: float = 0.0
    restless_since: float | None = None
    is_changed: bool = False
    count: int = 0
    lowest: float = float("inf")
    highest: float = float("-inf")
    spread_sum: float = 0.0
    spreads: int = 0

    def apply(self, update: DepthUpdate, now_us: int, heard_at: float = 0.0) -> None:
        """Take one update; ``heard_at`` in monotonic seconds."""
        self.touched_at = heard_at
        self.book.apply(update)
        if len(self.updates) < _UPDATES_KEPT:
            self.updates.append(update)
        self.count += 1
        self.updated_us = now_us
        self.is_changed = True
        if not self.book.is_crossed:
            self.crossed_since_us = None
        elif self.crossed_since_us is None:
            self.crossed_since_us = now_us

    def empty(self, now_us: int) -> None:
        """Empty the book, as message 317 asks; nothing is written before new rows come."""
        self.book.clear()
        self.crossed_since_us = None
        self.opened_us, self.updated_us, self.written_us, self.count = now_us, None, None, 0
        self.is_changed = False

    def is_due(self, now_us: int, every_us: int, at_most_every_us: int) -> bool:
        """Tell whether the book must be written down now.

        Never before the first update, nor while it is crossed (between two messages of one change that is normal) or known to be wrong.
        """
        if self.updated_us is None or self.book.is_empty or self.book.is_crossed or self.book.misfits:
            return False
        if self.written_us is None:
            return now_us - self.opened_us >= at_most_every_us or len(self.book.bids) == len(self.book.asks) == self.book.levels
        waited_us = now_us - self.written_us
        return waited_us >= every_us or (self.is_changed and waited_us >= at_most_every_us)

    def is_settled(self, monotonic: float) -> bool:
        """Tell whether a book that is due is at rest, or has waited for that long enough."""
        is_even = len(self.book.bids) == len(self.book.asks)
        if monotonic - self.touched_at >= (_SETTLED_SECONDS if is_even else _UNEVEN_SETTLED_SECONDS):
            return True
        if self.restless_since is None:
            self.restless_since = monotonic
        return monotonic - self.restless_since >= _NEVER_SETTLES_SECONDS

    def is_wrong(self, now_us: int, patience_us: int) -> bool:
        """Tell whether the book must be subscribed to again: updates did not fit, or it stays crossed."""
        if self.book.misfits and now_us - self.opened_us >= patience_us:  # not at once, or a vendor that never fits is flooded
            return True
        return self.crossed_since_us is not None and now_us - self.crossed_since_us >= patience_us

    def write(self, sequence: int, now_us: int) -> bytes:
        """Return the snapshot as the payload that `parse.parse_snapshot` reads, with the updates that led to it."""
        assert self.updated_us is not None
        self._measure()
        body = {
            "symbol": self.symbol, "mode": self.mode.value, "generation": self.generation, "sequence": sequence,
            "ts_event": self.updated_us, "age_ms": max(0, (now_us - self.updated_us) // 1_000),
            "bids": [_row(row) for row in self.book.bids], "asks": [_row(row) for row in self.book.asks],
            "updates": self.updates,
        }  # fmt: skip
        self.updates = []
        self.written_us, self.is_changed, self.restless_since = now_us, False, None
        return orjson.dumps(body, default=tuple)

    def activity(self, now_us: int) -> Activity | None:
        """Return what the turn showed; None without a two-sided book."""
        if not self.spreads:
            return None
        seconds = max(now_us - self.opened_us, MICROSECONDS) / MICROSECONDS
        middle = (self.highest + self.lowest) / 2
        return Activity((self.highest - self.lowest) / middle * 10_000, self.count / seconds, self.spread_sum / self.spreads)

    def _measure(self) -> None:
        if not (self.book.bids and self.book.asks):
            return
        bid, ask = self.book.bids[0].price, self.book.asks[0].price
        middle = (bid + ask) / 2
        if middle <= 0:
            return
        self.lowest, self.highest = min(self.lowest, middle), max(self.highest, middle)
        self.spread_sum += (ask - bid) / middle * 10_000
        self.spreads += 1


def _row(row: Row) -> list[Any]:
    return [row.price, row.size, row.market_maker or None]
