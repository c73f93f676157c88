"""`tapewire events`: what is scheduled, who says so, and the minutes around it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

import typer
from rich.console import Console
from rich.table import Table

from infra.clock import MICROSECONDS, to_datetime
from infra.kafka.codecs import CodecSet
from infra.kafka.topic_follower import TopicFollower
from infra.macro_windows import is_economic, macro_windows, margins_of, window_at
from infra.market_calendar import new_york, trading_day
from infra.settings import clock_of, load
from processors.reference.economic_schedule import ending_in_words, load_schedule, series_ending
from processors.reference.topics import EVENTS
from schemas.record import Record
from schemas.records import CalendarEvent, MacroWindow

_WITHDRAWN = "withdrawn"


def register(app: typer.Typer) -> None:
    @app.command()
    def events(
        days: int = typer.Option(7, min=1, help="How far to look ahead."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Show the economic events of the next days, and the window that holds now, e.g. `tapewire events --days 14`."""
        settings = load()
        now_us = clock_of(settings).now_us()
        follower = TopicFollower(settings.kafka, CodecSet.from_registry(settings.registry, [EVENTS]), EVENTS)
        try:
            merged = coming(follower.catch_up(), now_us, days)
        finally:
            follower.close()
        windows = macro_windows(merged, margins_of(settings.macro))
        window = window_at(windows, now_us)
        if as_json:
            print(json.dumps({"events": [event.as_avro() for event in merged], "window": None if window is None else window.event}))
            return
        show_events(merged, windows, window, Console())
        if said := ending_in_words(series_ending(load_schedule(), trading_day(now_us), settings.macro.schedule_warn_days)):
            print(said)


def coming(records: Iterable[Record], now_us: int, days: int) -> Sequence[CalendarEvent]:
    """Return the merged events of the economy from the last day on to ``days`` ahead, the newest record of each, in time order."""
    newest = {record.event_id: record for record in records if is_economic(record)}
    first_us = now_us - round(timedelta(days=1).total_seconds()) * MICROSECONDS
    last_us = now_us + round(timedelta(days=days).total_seconds()) * MICROSECONDS
    found = [
        event
        for event in newest.values()
        if event.status != _WITHDRAWN and first_us <= event.ts_event <= last_us
    ]
    return sorted(found, key=lambda event: (event.ts_event, event.event))


def show_events(events: Sequence[CalendarEvent], windows: Sequence[MacroWindow], window: MacroWindow | None, console: Console) -> None:
    """Print events as a table, and below it what holds now."""
    table = Table("New York", "UTC", "event", "importance", "forecast", "previous", "actual", "window", "told by")
    spans = {one.event_id: one for one in windows}
    for event in events:
        span = spans.get(event.event_id)
        table.add_row(
            event.time_new_york or "–",
            "–" if event.all_day else f"{to_datetime(event.ts_event):%H:%M}",
            f"{event.event} ({event.country})" if event.country else event.event,
            event.importance.lower() if event.importance else "–",
            *(text or "–" for text in (event.forecast, event.previous, event.actual)),
            "–" if span is None else f"{new_york(span.starts_at):%H:%M}–{new_york(span.ends_at):%H:%M}",
            ", ".join(event.sources) + (" (they disagree)" if event.conflict else ""),
        )
    console.print(table)
    console.print("no window now" if window is None else f"now: {window.event}, until {new_york(window.ends_at):%H:%M}", highlight=False)
