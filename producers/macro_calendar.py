"""Follows ``reference.calendar-events`` for the ticks: which windows around economic events there are, as known now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.kafka.topic_follower import TopicFollower
from infra.logging_setup import logger
from infra.macro_windows import Margin, is_economic, macro_windows
from schemas.record import Record
from schemas.records import CalendarEvent, EventImportance, MacroWindow

TOPIC = "reference.calendar-events"
_LOOK_EVERY_SECONDS = 2.0
log = logger(__name__)


class MacroCalendar:
    """The windows, in time order; use it from one thread at a time.

    Parameters
    ----------
    margins
        Minutes before and after an event, by its importance.
    """

    def __init__(self, margins: Mapping[EventImportance, Margin]) -> None:
        self._margins = margins
        self._events: dict[str, CalendarEvent] = {}
        self._next_look = 0.0
        self.windows: Sequence[MacroWindow] = ()

    def take(self, records: Iterable[Record]) -> None:
        """Take in records of the topic, in their order; of an event the newest counts."""
        news = {record.event_id: record for record in records if is_economic(record)}
        if news:
            self._events |= news
            self.windows = macro_windows(self._events.values(), self._margins)

    def keep_current(self, follower: TopicFollower) -> None:
        """Take in what is new, every two real seconds; while the broker does not answer, what was known holds."""
        if monotonic_seconds() < self._next_look:
            return
        try:
            self.take(follower.catch_up())
        except Retryable as error:
            log.warning("calendar_unknown", error=str(error))
        self._next_look = monotonic_seconds() + _LOOK_EVERY_SECONDS
