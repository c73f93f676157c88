"""What the reference topics must say now, out of all that was read and the time: merged calendars and the day's lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from infra.market_calendar import trading_day
from infra.reference_settings import WatchlistSettings
from processors.reference.earnings_merge import known_figures, merge_earnings, next_reports
from processors.reference.economic_schedule import EconomicSchedule, scheduled_events
from processors.reference.event_merge import MERGED, merge_events
from processors.reference.gapper_day import GapperDay, moments_of
from processors.reference.scan_log import ScanLog, ScanWindow
from processors.reference.topics import EARNINGS_DATES, EVENTS, WATCHLISTS
from processors.reference.watchlists import LONGLIST, fixed_lists, longlist, manual_list, same_list, watchlist
from processors.reference.written_lists import MANUAL
from schemas.record import Record
from schemas.records import CalendarEvent, EarningsReport, Gapper, Watchlist, WatchlistPin

_DAYS_BACK, _DAYS_AHEAD = 7, 60
WITHDRAWN = "withdrawn"
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Change:
    """A record to write; topic by its logical name."""

    topic: str
    record: Record


class ReferenceKeeper:
    """Compares what the topics say with what they should say.

    It knows nothing but the records it was given, its own outputs among them, and the time: a new process that reads the topics from their
    beginning goes on where another ended, and writes nothing twice.

    Parameters
    ----------
    settings
        What a gapper is, when lists freeze, how long they are.
    schedule
        The committed file of events.
    calendar_providers
        The only sources of economic events that count, the most trusted first; all do when it is empty.
    """

    def __init__(self, settings: WatchlistSettings, schedule: EconomicSchedule, calendar_providers: Sequence[str] = ()) -> None:
        self._settings = settings
        self._providers = calendar_providers
        self._schedule = schedule
        self._day: date | None = None
        self._gappers: GapperDay | None = None
        self._scan: ScanLog | None = None
        self._pins: dict[str, WatchlistPin] = {}
        self._lists: dict[str, Watchlist] = {}
        self._events: dict[tuple[str, str], CalendarEvent] = {}
        self._merged_events: dict[str, CalendarEvent] = {}
        self._reports: dict[tuple[object, ...], EarningsReport] = {}
        self._dates: dict[str, EarningsReport] = {}
        self._calendar_news = self._earnings_news = True

    def begin(self, now_us: int) -> bool:
        """Turn to the trading day of ``now_us``; return whether that is another one, whose gappers must be read from the beginning."""
        today = trading_day(now_us)
        if today == self._day:
            return False
        moments = moments_of(today, self._settings)
        self._day, self._gappers = today, None if moments is None else GapperDay.of(moments, self._settings)
        self._scan = None if moments is None else ScanLog(moments, self._settings)
        self._calendar_news = self._earnings_news = True
        return True

    def take(self, records: Iterable[Record]) -> None:
        """Take in records of any of the topics it reads, each topic's in their order."""
        for record in records:
            match record:
                case Gapper() if self._gappers is not None and self._scan is not None:
                    self._gappers.take(record)
                    self._scan.heard(1)
                case WatchlistPin():
                    self._pins[record.symbol] = record
                case Watchlist():
                    self._lists[record.name] = record
                case CalendarEvent() if record.source == MERGED:
                    self._merged_events[record.event_id] = record
                case CalendarEvent():
                    self._events[(record.source, record.event_id)] = record
                    self._calendar_news = True
                case EarningsReport() if record.source == MERGED:
                    self._dates[record.symbol] = record
                case EarningsReport():
                    self._reports[(record.symbol, record.source, record.report_date, *known_figures(record))] = record
                    self._earnings_news = True

    def changes(self, now_us: int) -> Sequence[Change]:
        """Return what must be written so that the topics are right; `take` the records once the broker has them."""
        found = [Change(WATCHLISTS, one) for one in self._due_lists(now_us) if not self._is_written(one)]
        if self._calendar_news:
            found += [Change(EVENTS, event) for event in self._due_events(now_us)]
        if self._earnings_news:
            found += [Change(EARNINGS_DATES, report) for report in self._due_dates(now_us)]
        return found

    def scanned(self, now_us: int) -> ScanWindow | None:
        """Return the window of the pre-market scan that has ended since this was last asked, if one has."""
        if self._scan is None or self._day is None:
            return None
        newest = self._lists.get(LONGLIST)
        is_todays = newest is not None and newest.session_date == (self._day - _EPOCH).days
        return self._scan.look(newest if is_todays else None, now_us)

    def settled(self) -> None:
        """State that all `changes` were written: the calendars are compared again when there is news."""
        self._calendar_news = self._earnings_news = False

    def _due_lists(self, now_us: int) -> Sequence[Watchlist]:
        day = self._gappers
        if day is None or now_us < day.moments.begins_us:
            return []
        pins = [symbol for symbol, pin in self._pins.items() if pin.pinned]
        lists = [longlist(day, self._settings, now_us, now_us), watchlist(day, pins, self._settings, now_us, now_us)]
        if symbols := day.written.get(MANUAL):
            lists.append(manual_list(symbols, day.moments, self._settings, now_us))
        lists += fixed_lists(day.moments, self._settings, now_us)
        return [one for one in lists if one is not None]

    def _is_written(self, one: Watchlist) -> bool:
        known = self._lists.get(one.name)
        return known is not None and same_list(known, one)

    def _due_events(self, now_us: int) -> Sequence[CalendarEvent]:
        assert self._day is not None
        first, last = self._day - timedelta(days=_DAYS_BACK), self._day + timedelta(days=_DAYS_AHEAD)

        def near(event: CalendarEvent) -> bool:
            return trading_day(event.ts_event) >= first

        told = [*scheduled_events(self._schedule, first, last, now_us), *filter(near, self._events.values())]
        merged = {event.event_id: event for event in merge_events(told, self._schedule, now_us, self._providers)}
        for event_id, known in self._merged_events.items():
            # Nobody tells of it any more: a compacted topic would keep it for ever.
            if event_id not in merged and near(known):
                merged[event_id] = replace(known, status=WITHDRAWN, importance=None, ts_published=now_us)
        return [event for event_id, event in merged.items() if not _equal(self._merged_events.get(event_id), event)]

    def _due_dates(self, now_us: int) -> Sequence[EarningsReport]:
        assert self._day is not None
        due = next_reports(merge_earnings(self._reports.values(), now_us), self._day)
        return [report for report in due if not _equal(self._dates.get(report.symbol), report)]


def _equal(known: CalendarEvent | EarningsReport | None, wanted: CalendarEvent | EarningsReport) -> bool:
    """A vendor asked again says the same at a later time: that is no news."""
    return known is not None and replace(known, ts_received=0, ts_published=0) == replace(wanted, ts_received=0, ts_published=0)
