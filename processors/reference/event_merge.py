"""One scheduled event out of what several sources tell of it (CAL-07, CAL-08); pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from infra.market_calendar import new_york, trading_day
from processors.reference.economic_schedule import SOURCE as SCHEDULE
from processors.reference.economic_schedule import EconomicSchedule, Series, plain_name
from schemas.ids import deterministic_id
from schemas.records import CalendarEvent, EventImportance, Licence

MERGED = "merged"
_TRUST = (SCHEDULE, "unusual_whales", "trading_economics", "finnhub", "fred")
_FIGURES = ("actual", "forecast", "previous")
_DEFAULT_IMPORTANCE = {"fomc": EventImportance.HIGH, "fed-speaker": EventImportance.MEDIUM}
_Group = tuple[str, ...]


def merge_events(
    told: Iterable[CalendarEvent], schedule: EconomicSchedule, published_us: int, providers: Sequence[str] = ()
) -> Sequence[CalendarEvent]:
    """Return one merged event for each thing that the records in ``told`` are about, in time order.

    ``providers`` are the only sources of economic events that count, the most trusted first (CAL-08); all do without them. What companies have
    to expect, e.g. of the drug authority, has no provider to choose.

    The newest record of a source's event counts, in whatever order the records come. The hour is that of the most trusted source that
    knows one; figures are the first that anybody has. Sources that disagree set ``conflict``, and every other moment is kept in
    ``claimed_times``. Merged events among the input are left out.
    """
    groups: dict[_Group, list[CalendarEvent]] = defaultdict(list)
    for event in _newest(event for event in told if not providers or event.symbol is not None or event.source in providers):
        groups[_group_of(event, schedule)].append(event)
    merged = [
        _merge(key, sorted(events, key=lambda event: _rank(event, providers or _TRUST)), schedule, published_us)
        for group, together in groups.items()
        for key, events in _apart(group, together).items()
    ]
    return sorted(merged, key=lambda event: (event.ts_event, event.event_id))


def time_in_new_york(event: CalendarEvent) -> str:
    """Return when an event is due, for people, e.g. ``2026-12-09 14:00 EST``."""
    return new_york(event.ts_event).strftime("%Y-%m-%d" if event.all_day else "%Y-%m-%d %H:%M %Z")


def _newest(told: Iterable[CalendarEvent]) -> Iterable[CalendarEvent]:
    newest: dict[tuple[str, str], CalendarEvent] = {}
    for event in told:
        if event.source == MERGED:
            continue
        key = (event.source, event.event_id)
        if key not in newest or _age(event) > _age(newest[key]):
            newest[key] = event
    return newest.values()


def _age(event: CalendarEvent) -> tuple[int, int, str]:
    return event.ts_received, event.ts_published, repr(event)  # the last makes equal stamps independent of the order they come in


def _series(event: CalendarEvent, schedule: EconomicSchedule) -> Series | None:
    if event.symbol is not None:
        return None
    series = schedule.series.get(event.series or "") or schedule.series_named(event.event)
    # Every country has an unemployment rate; a vendor that tells no country means the United States or names the bank.
    return None if series is not None and event.country not in (None, series.country) else series


def _group_of(event: CalendarEvent, schedule: EconomicSchedule) -> _Group:
    due, series = trading_day(event.ts_event), _series(event, schedule)
    if series is None:
        abroad = () if event.country in (None, "US") else (event.country,)
        return ("", event.symbol or "", plain_name(event.event), due.isoformat(), *abroad)
    year, week, _ = due.isocalendar()
    return (series.id, f"{year}-W{week:02}" if series.every == "week" else f"{due:%Y-%m}")


def _apart(group: _Group, events: Sequence[CalendarEvent]) -> Mapping[_Group, Sequence[CalendarEvent]]:
    """A source that tells of two days in a period means two events: then each day is one."""
    days: dict[str, set[date]] = defaultdict(set)
    for event in events:
        days[event.source].add(trading_day(event.ts_event))
    if all(len(own) == 1 for own in days.values()):
        return {group: events}
    by_day: dict[_Group, list[CalendarEvent]] = defaultdict(list)
    for event in events:
        by_day[(*group, trading_day(event.ts_event).isoformat())].append(event)
    return by_day


def _rank(event: CalendarEvent, trusted: Sequence[str]) -> tuple[int, str, int, str]:
    trust = trusted.index(event.source) if event.source in trusted else len(trusted)
    return trust, event.source, -event.ts_received, event.event_id


def _merge(key: _Group, events: Sequence[CalendarEvent], schedule: EconomicSchedule, published_us: int) -> CalendarEvent:
    series = _series(events[0], schedule)
    timed = [event for event in events if not event.all_day]
    lead = (timed or events)[0]
    claims = sorted({event.ts_event for event in timed} - {lead.ts_event})
    figures = {name: [(event, text) for event in events if (text := getattr(event, name)) is not None] for name in _FIGURES}
    disputed = [f"{name}: {_words(said)}" for name, said in figures.items() if len({_figure(text) for _, text in said}) > 1]
    if len({trading_day(event.ts_event) for event in events}) > 1 or claims:
        disputed.insert(0, "due: " + _words([(event, time_in_new_york(event)) for event in events]))
    importance = series.importance if series else next((event.importance for event in events if event.importance), None)
    return CalendarEvent(
        event_id=deterministic_id("merged-event", *key),
        symbol=lead.symbol,
        ts_event=lead.ts_event,
        ts_received=max(event.ts_received for event in events),
        ts_published=published_us,
        source=MERGED,
        licence=Licence.INTERNAL if any(event.licence is Licence.INTERNAL for event in events) else Licence.REDISTRIBUTABLE,
        kind=series.kind if series else lead.kind,
        event=series.event if series else lead.event,
        reported_period=_first(events, "reported_period"),
        all_day=lead.all_day,
        date_end=_first(events, "date_end"),
        status=_first(events, "status"),
        outcome=_first(events, "outcome"),
        series=series.id if series else None,
        country=series.country if series else _first(events, "country"),
        importance=importance or _DEFAULT_IMPORTANCE.get(lead.kind),
        time_new_york=time_in_new_york(lead),
        sources=tuple(dict.fromkeys(event.source for event in events)),
        conflict=bool(disputed),
        conflict_detail="; ".join(disputed) or None,
        claimed_times=tuple(claims),
        **{name: said[0][1] if said else None for name, said in figures.items()},
    )


def _first(events: Sequence[CalendarEvent], field: str) -> Any:
    return next((value for event in events if (value := getattr(event, field)) is not None), None)


def _words(said: Sequence[tuple[CalendarEvent, str]]) -> str:
    return ", ".join(dict.fromkeys(f"{event.source} {text}" for event, text in said))


def _figure(text: str) -> float | str:
    """Return a figure as a number where it is one, so that 0.3% equals 0.30%."""
    plain = text.strip().casefold().replace(",", "")
    scale = {"%": 0.01, "k": 1e3, "m": 1e6, "b": 1e9}.get(plain[-1:], 0.0)
    try:
        return round(float(plain[:-1]) * scale if scale else float(plain), 9)
    except ValueError:
        return plain
