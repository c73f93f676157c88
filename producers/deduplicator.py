"""Remembers which records went out, so that streams, back-fills and restarts together publish each one once."""

from __future__ import annotations

from dataclasses import dataclass, field

from infra.market_calendar import trading_day
from infra.recent_ids import RecentIds
from schemas.record import Record
from schemas.records import Bar, FlowAlert, Gapper, Headline, OptionTrade, Quote, Trade

REMEMBERED = 2_048
REMEMBERED_IDS = 100_000  # ten seconds of the busiest channel
DEDUPLICATED_TOPICS = frozenset(
    {"market.trades", "market.quotes", "market.bars", "reference.gappers", "options.trades", "options.flow-alerts", "news.headlines"}
)
"""Topics on which a record of one feed may be there once only."""


@dataclass(slots=True)
class _Window:
    """Orders seen of one symbol on one day.

    ``floor``: what is not above it is too old to tell and counts as seen.
    """

    day: int
    floor: int = -1
    seen: dict[int, None] = field(default_factory=dict)


class Deduplicator:
    """Tells new records from repeats, by the vendor's sequence per symbol and day (bars: by their start), or by its id; bounded memory.

    Parameters
    ----------
    remembered
        Sequences kept a symbol and topic; older ones are too old to tell.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._windows: dict[tuple[str, ...], _Window] = {}
        self._ids: dict[str, RecentIds] = {}
        self._published_before_us = 0
        self.repeats = 0

    def resume_at(self, watermark_us: int) -> None:
        """Take every record before this moment, of symbols not yet met, for published by an earlier process."""
        self._published_before_us = watermark_us
        for window in self._windows.values():
            window.seen = dict.fromkeys(sorted(window.seen))  # the oldest goes first when room is needed
            window.floor = min(window.seen, default=0) - 1

    def remember(self, topic: str, record: Record) -> None:
        """Note a record that is on the topic already; in any order."""
        if (identity := _identity(record)) is not None:
            self._ids_of(topic).add(identity)
            return
        order, day = _order(record)
        window = self._window(topic, record, day)
        if window.day == day:
            window.seen[order] = None

    def is_new(self, topic: str, record: Record) -> bool:
        """Tell whether the record must be published, and note it."""
        if (identity := _identity(record)) is not None:
            is_new = self._ids_of(topic).add(identity)
            self.repeats += not is_new
            return is_new
        order, day = _order(record)
        known = _series(topic, record) in self._windows
        window = self._window(topic, record, day)
        # A list that is polled may name a symbol for the first time whose last print is old.
        missed = known or isinstance(record, Gapper) or _ts(record) >= self._published_before_us
        too_old = day < window.day or order <= window.floor or not missed
        if too_old or order in window.seen:
            self.repeats += 1
            return False
        window.seen[order] = None
        if len(window.seen) > self._remembered:
            oldest = next(iter(window.seen))
            del window.seen[oldest]
            window.floor = max(window.floor, oldest)
        return True

    def _ids_of(self, topic: str) -> RecentIds:
        ids = self._ids.get(topic)
        if ids is None:
            ids = self._ids[topic] = RecentIds(REMEMBERED_IDS)
        return ids

    def _window(self, topic: str, record: Record, day: int) -> _Window:
        key = _series(topic, record)
        window = self._windows.get(key)
        if window is None or window.day < day:  # vendors begin their sequences anew each day
            window = self._windows[key] = _Window(day)
        return window


def _identity(record: Record) -> str | None:
    if isinstance(record, OptionTrade):
        return record.trade_id
    if isinstance(record, FlowAlert):
        return record.alert_id
    return record.headline_id if isinstance(record, Headline) else None


def _order(record: Record) -> tuple[int, int]:
    if isinstance(record, (Trade, Quote)):
        return record.sequence, trading_day(record.ts_event).toordinal()
    if isinstance(record, Bar):
        return record.window_start + record.revision, 0  # windows are whole seconds apart, revisions far fewer than a million
    return _ts(record), 0


def _series(topic: str, record: Record) -> tuple[str, ...]:
    """Return what counts in one row: a vendor's prints of a symbol, its bars of one length."""
    if isinstance(record, (Trade, Quote)):
        return topic, record.source, record.symbol
    if isinstance(record, Bar):
        return topic, record.source, record.symbol, record.resolution
    return topic, getattr(record, "symbol", "")


def _ts(record: Record) -> int:
    return int(getattr(record, "ts_event", 0))
