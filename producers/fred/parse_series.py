"""FRED's series as observations: values are text, ``.`` where there is none. Indices of volatility also become points of their underlyings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time

from pydantic import BaseModel, ConfigDict

from infra.clock import to_microseconds
from infra.errors import Permanent
from infra.market_calendar import NEW_YORK
from producers.json_answer import answer_of, asked_for, list_at
from producers.reported_earnings import ReportDay
from producers.rest_catalog.transforms import transform
from producers.row_models import parse_rows
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.record import Record
from schemas.records import EconomicObservation, Licence, VolatilityMeasure, VolatilityPoint

SOURCE, TOPIC, VOLATILITY = "fred", "reference.economic-series", "options.volatility"
UNDERLYINGS = {"VIXCLS": ("SPX", "SPY"), "VXNCLS": ("NDX", "QQQ")}
"""Underlyings whose options an index of volatility is of, or whose are as good as those; by series."""
_EPOCH = date(1970, 1, 1)
_NO_VALUE = "."


class Observation(BaseModel):
    """A row of ``observations``."""

    model_config = ConfigDict(frozen=True)

    date: ReportDay
    realtime_start: ReportDay
    value: str


@transform("fred_series")
def series(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"realtime_start":"2026-11-18","units":"lin","count":2,"observations":[{"realtime_start":"2026-11-18","realtime_end":"2026-11-18","date":"2026-11-16","value":"4.12"},{"date":"2026-11-11","value":".",...}]}"""
    series_id = asked_for(payload, "series_id")
    licence = Licence[options.get("licence", "INTERNAL")]

    def observation(row: Observation, path: str) -> Parsed | None:
        if row.value == _NO_VALUE:
            return None  # a holiday, or not published yet
        try:
            value = float(row.value)
        except ValueError as error:
            raise Permanent(f"field {path}.value: expected a number or a dot, found {row.value!r:.40}", f"{path}.value") from error
        return Parsed(
            TOPIC,
            EconomicObservation(
                series_id=series_id,
                observation_date=(row.date - _EPOCH).days,
                published_date=(row.realtime_start - _EPOCH).days,
                value=value,
                ts_event=to_microseconds(datetime.combine(row.date, time(), NEW_YORK)),
                ts_received=stamps.received_us,
                ts_published=stamps.published_us,
                source=SOURCE,
                licence=licence,
            ),
        )

    found = parse_rows(list_at(answer_of(payload), "observations"), "observations", Observation, TOPIC, observation)
    return [*found, *_points([parsed.record for parsed in found if isinstance(parsed, Parsed)])]


def _points(observations: Sequence[Record]) -> Iterator[Parsed]:
    """Yield the closes of an index of volatility under each underlying it is of: gamma has no other key."""
    for record in observations:
        assert isinstance(record, EconomicObservation)
        for symbol in UNDERLYINGS.get(record.series_id, ()):
            yield Parsed(
                VOLATILITY,
                VolatilityPoint(
                    symbol=symbol, ts_event=record.ts_event, ts_received=record.ts_received, ts_published=record.ts_published, source=SOURCE,
                    licence=record.licence, session_date=record.observation_date, measure=VolatilityMeasure.VOLATILITY_INDEX, days=30,
                    implied_volatility=record.value / 100,
                ),
            )  # fmt: skip
