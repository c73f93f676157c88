"""The minutes around a scheduled event in which the system is quiet or alert (CAL-09); pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from infra.clock import MICROSECONDS
from infra.reference_settings import MacroSettings
from schemas.record import Record
from schemas.records import CalendarEvent, EventImportance, MacroWindow

_MERGED = "merged"
_MINUTE_US = 60 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Margin:
    """How many minutes before and after an event its window reaches."""

    before: float
    after: float


def margins_of(settings: MacroSettings) -> Mapping[EventImportance, Margin]:
    """Return the margins that the settings state; an importance with none before and after is left out."""
    stated = {
        EventImportance.HIGH: Margin(settings.high_minutes_before, settings.high_minutes_after),
        EventImportance.MEDIUM: Margin(settings.medium_minutes_before, settings.medium_minutes_after),
        EventImportance.LOW: Margin(settings.low_minutes_before, settings.low_minutes_after),
    }
    return {importance: margin for importance, margin in stated.items() if margin.before + margin.after > 0}


def is_economic(record: Record) -> TypeGuard[CalendarEvent]:
    """Tell whether a record of ``reference.calendar-events`` says what all sources together say of an event of the economy."""
    return isinstance(record, CalendarEvent) and record.source == _MERGED and record.symbol is None


def macro_windows(events: Iterable[CalendarEvent], margins: Mapping[EventImportance, Margin]) -> Sequence[MacroWindow]:
    """Return the windows of events, in time order.

    An importance without a margin has no window, neither has an event whose hour nobody knows, or whose importance nobody knows (any more: a
    withdrawn one). Where sources disagree about the hour, each of the claimed moments has its window: it is cheaper to be quiet twice than
    once at the wrong time.
    """
    found = {
        MacroWindow(
            starts_at=moment_us - round(margin.before * _MINUTE_US), ends_at=moment_us + round(margin.after * _MINUTE_US),
            event_id=event.event_id, event=event.event, importance=importance,
        )
        for event in events
        if (importance := event.importance) is not None and (margin := margins.get(importance)) is not None
        and not event.all_day
        for moment_us in (event.ts_event, *event.claimed_times)
    }  # fmt: skip
    return sorted(found, key=lambda window: (window.starts_at, window.ends_at, window.event_id))


def window_at(windows: Iterable[MacroWindow], moment_us: int) -> MacroWindow | None:
    """Return the window that holds at a moment, or None; of several the most important, then the one that lasts longest."""
    rank = list(EventImportance)
    holding = [window for window in windows if window.starts_at <= moment_us < window.ends_at]
    return min(holding, key=lambda window: (rank.index(window.importance), -window.ends_at, window.event_id), default=None)
