"""Trading Economics' calendar as events (CAL-08): moments in UTC without an offset, figures as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

from infra.clock import to_microseconds
from infra.errors import Permanent
from producers.json_answer import answer_of, list_at
from producers.rest_catalog.transforms import transform
from producers.row_models import parse_rows
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.ids import deterministic_id
from schemas.records import CalendarEvent, EventImportance, Licence

SOURCE, TOPIC = "trading_economics", "reference.calendar-events"
_COUNTRIES = {"united states": "US", "euro area": "EU", "united kingdom": "GB", "japan": "JP"}
_IMPORTANCE = {1: EventImportance.LOW, 2: EventImportance.MEDIUM, 3: EventImportance.HIGH}


class Event(BaseModel):
    """A row; ``DateSpan`` is 1 when the hour is not known."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    CalendarId: str = Field(min_length=1)
    Date: datetime
    Country: str
    Event: str = Field(min_length=1)
    Reference: str | None = None
    Actual: str | None = None
    Previous: str | None = None
    Forecast: str | None = None
    DateSpan: str | None = None
    Importance: int | None = None


@transform("trading_economics_calendar")
def calendar(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """[{"CalendarId":"360123","Date":"2026-12-10T13:30:00","Country":"United States","Event":"Inflation Rate MoM","Actual":"","Forecast":"0.3%",...}]

    ``TEForecast`` is the vendor's own model and is not taken for what the market expects.
    """
    licence = Licence[options.get("licence", "INTERNAL")]

    def event(row: Event, path: str) -> Parsed | None:
        country = _COUNTRIES.get(row.Country.lower())
        if country is None:
            return None
        if row.Date.tzinfo is not None:
            raise Permanent(f"field {path}.Date: expected UTC without an offset, found {row.Date.isoformat()}", f"{path}.Date")
        return Parsed(
            TOPIC,
            CalendarEvent(
                event_id=deterministic_id("calendar-event", SOURCE, row.CalendarId),
                ts_event=to_microseconds(row.Date.replace(tzinfo=UTC)),
                ts_received=stamps.received_us,
                ts_published=stamps.published_us,
                source=SOURCE,
                licence=licence,
                kind=_kind(row.Event),
                event=row.Event,
                reported_period=row.Reference or None,
                all_day=row.DateSpan == "1",
                actual=row.Actual or None,
                previous=row.Previous or None,
                forecast=row.Forecast or None,
                country=country,
                importance=_IMPORTANCE.get(row.Importance or 0),
            ),
        )

    return parse_rows(list_at(answer_of(payload), ""), "", Event, TOPIC, event)


def _kind(event: str) -> str:
    if event.startswith("Fed ") and event.endswith(("Speech", "Testimony", "Press Conference")):
        return "fed-speaker"
    return "fomc" if "FOMC" in event or event == "Fed Interest Rate Decision" else "report"
