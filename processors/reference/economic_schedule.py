"""The committed file of scheduled events: read, checked, and turned into calendar records (CAL-07, C-27)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from infra.clock import to_microseconds
from infra.errors import ConfigurationError
from infra.market_calendar import NEW_YORK
from schemas.ids import deterministic_id
from schemas.records import CalendarEvent, EventImportance, Licence

SCHEDULE_FILE = Path(__file__).with_suffix(".yaml")
SOURCE = "schedule"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WeeklyRule(_Strict):
    """One event on a weekday of each week, `first` to `last`; `moved` names days that a holiday pushes elsewhere."""

    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday"]
    first: date
    last: date
    moved: Mapping[date, date] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _days_are_that_weekday(self) -> WeeklyRule:
        for day in (self.first, self.last, *self.moved):
            if day.weekday() != _WEEKDAYS.index(self.weekday):
                raise ValueError(f"expected {day} to be a {self.weekday}")
        return self


class Series(_Strict):
    """One kind of event and when it is due."""

    id: str
    kind: str
    event: str
    country: str
    importance: EventImportance
    time: Annotated[time | None, BeforeValidator(lambda text: text and datetime.strptime(text, "%H:%M").time())]  # noqa: DTZ007 its zone stands beside it
    zone: str = "America/New_York"
    every: Literal["month", "week"]
    source: str = Field(pattern="^https://")
    names: tuple[str, ...]
    fred: int | None = None
    dates: Mapping[date, str | None] = Field(default_factory=dict)
    weekly: WeeklyRule | None = None

    @model_validator(mode="after")
    def _has_days(self) -> Series:
        if bool(self.dates) == (self.weekly is not None):
            raise ValueError("expected either dates or weekly")
        return self


class _File(_Strict):
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class EconomicSchedule:
    """The file, with an index of the names vendors use."""

    series: Mapping[str, Series]
    by_name: Mapping[str, str]

    def series_named(self, event: str) -> Series | None:
        """Return the series that a vendor calls ``event``, or None."""
        found = self.by_name.get(plain_name(event))
        return None if found is None else self.series[found]


def load_schedule(path: Path = SCHEDULE_FILE) -> EconomicSchedule:
    """Read the file.

    Raises
    ------
    ConfigurationError
        Naming the field, if something does not fit, or two series share an id or a name.
    """
    try:
        entries = _File.model_validate(yaml.safe_load(path.read_text())).series
    except (ValidationError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error
    by_id: dict[str, Series] = {}
    by_name: dict[str, str] = {}
    for entry in entries:
        if entry.id in by_id:
            raise ConfigurationError(f"{path.name}: two series are called {entry.id}")
        by_id[entry.id] = entry
        for name in {plain_name(name) for name in (entry.event, *entry.names)}:
            if name in by_name:
                raise ConfigurationError(f"{path.name}: {by_name[name]} and {entry.id} share the name {name}")
            by_name[name] = entry.id
    return EconomicSchedule(by_id, by_name)


def scheduled_events(schedule: EconomicSchedule, first: date, last: date, published_us: int) -> Sequence[CalendarEvent]:
    """Return the file's events due from ``first`` to ``last``, New York dates, in time order."""
    found = []
    for entry in schedule.series.values():
        for day, period in _days(entry):
            # Without an hour it is around noon where it happens: in Tokyo that is the evening before in New York.
            moment = datetime.combine(day, entry.time or time(12), ZoneInfo(entry.zone))
            due = moment.astimezone(NEW_YORK).date()
            if first <= due <= last:
                at = moment if entry.time is not None else datetime.combine(due, time(), NEW_YORK)
                found.append(_event(entry, day, period, to_microseconds(at), published_us))
    return sorted(found, key=lambda event: (event.ts_event, event.event_id))


def series_ending(schedule: EconomicSchedule, today: date, days: int) -> Mapping[str, date]:
    """Return the series whose last event in the file is at most ``days`` after ``today``, and that day: the file needs new dates."""
    last = {entry.id: max(day for day, _ in _days(entry)) for entry in schedule.series.values()}
    return {name: day for name, day in last.items() if day <= today + timedelta(days=days)}


def ending_in_words(ending: Mapping[str, date]) -> str | None:
    """Return what to tell people of series that end; None when none does."""
    if not ending:
        return None
    named = ", ".join(f"{name} ({day})" for name, day in sorted(ending.items(), key=lambda pair: (pair[1], pair[0])))
    return f"the calendar's file needs new dates, its last ones are: {named}"


def plain_name(name: str) -> str:
    """Return a name without case, punctuation and double spaces, to compare names of several vendors."""
    return " ".join("".join(letter if letter.isalnum() else " " for letter in name.casefold()).split())


def _days(entry: Series) -> Iterator[tuple[date, str | None]]:
    yield from entry.dates.items()
    if (rule := entry.weekly) is not None:
        for week in range((rule.last - rule.first).days // 7 + 1):
            day = rule.first + timedelta(weeks=week)
            yield rule.moved.get(day, day), None


def _event(entry: Series, day: date, period: str | None, moment_us: int, published_us: int) -> CalendarEvent:
    return CalendarEvent(
        event_id=deterministic_id("calendar-event", SOURCE, entry.id, day.isoformat()),
        ts_event=moment_us,
        ts_received=published_us,
        ts_published=published_us,
        source=SOURCE,
        licence=Licence.REDISTRIBUTABLE,
        kind=entry.kind,
        event=entry.event,
        reported_period=period,
        all_day=entry.time is None,
        status="expected" if entry.weekly else "announced",
        series=entry.id,
        country=entry.country,
        importance=entry.importance,
    )
