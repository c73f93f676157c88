"""FRED's release dates as calendar events: dates alone, no hour and no figures (CAL-08)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from infra.clock import to_microseconds
from infra.errors import Permanent
from infra.market_calendar import NEW_YORK
from producers.rest_catalog.transforms import transform
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.ids import deterministic_id
from schemas.records import CalendarEvent, Licence

SOURCE, TOPIC = "fred", "reference.calendar-events"
# Ids are the contract; names are kept for reading. The stored sample calls 20 the employment situation, which is 50.
RELEASES = {10: "CPI", 46: "PPI", 50: "Nonfarm payrolls", 53: "GDP", 54: "PCE"}


@transform("fred_release_dates")
def release_dates(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"release_dates":[{"release_id":10,"release_name":"Consumer Price Index","date":"2026-09-10"},...]}

    Future dates are in the answer only when it was asked for with ``include_release_dates_with_no_data=true``. Releases that are
    nobody's event here are left out; so is 101, the FOMC: we have no sample of its dates, and the schedule has the meetings.
    """
    try:
        rows = json.loads(payload.body)["release_dates"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Permanent(f"field release_dates: expected a list, found {type(error).__name__}", "release_dates") from error
    if not isinstance(rows, list):
        raise Permanent(f"field release_dates: expected a list, found {type(rows).__name__}", "release_dates")
    licence = Licence[options.get("licence", "INTERNAL")]
    return [found for place, row in enumerate(rows) if (found := _event(place, row, stamps, licence)) is not None]


def _event(place: int, row: object, stamps: Stamps, licence: Licence) -> Parsed | Refused | None:
    path = f"release_dates[{place}]"
    try:
        if not isinstance(row, dict) or not isinstance(row.get("release_id"), int):
            raise Permanent(f"field {path}.release_id: expected a whole number, found {row!r:.80}", f"{path}.release_id")
        name = RELEASES.get(row["release_id"])
        if name is None:
            return None
        due = _day(row.get("date"), f"{path}.date")
    except Permanent as error:
        return Refused(TOPIC, json.dumps(row).encode(), error)
    return Parsed(
        TOPIC,
        CalendarEvent(
            event_id=deterministic_id("calendar-event", SOURCE, row["release_id"], due.isoformat()),
            ts_event=to_microseconds(datetime.combine(due, time(), NEW_YORK)),
            ts_received=stamps.received_us,
            ts_published=stamps.published_us,
            source=SOURCE,
            licence=licence,
            kind="report",
            event=name,
            all_day=True,
            country="US",
        ),
    )


def _day(text: object, path: str) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise Permanent(f"field {path}: expected a date such as 2026-12-10, found {text!r:.40}", path) from error
