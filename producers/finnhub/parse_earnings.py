"""Finnhub's earnings calendar as reports (CAL-06): day, part of the day, estimate and result per share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Annotated

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from infra.clock import to_microseconds
from infra.errors import Permanent
from infra.market_calendar import NEW_YORK
from producers.rest_catalog.transforms import transform
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import EarningsReport, Licence, ReportTime

SOURCE, TOPIC = "finnhub", "reference.earnings"
# "dmh", during market hours, is neither of the two: its hour stays unknown.
_HOURS = {"bmo": ReportTime.PREMARKET, "amc": ReportTime.POSTMARKET}
_EPOCH = date(1970, 1, 1)
_FIRST_YEAR, _LAST_YEAR = 1990, 2100

Figure = Annotated[float | None, Field(allow_inf_nan=False)]


def _day(text: object) -> date:
    """A number would be taken for a timestamp; and a year such as 0001 is a vendor's word for nothing."""
    day = date.fromisoformat(text) if isinstance(text, str) else None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"expected a date such as 2026-12-10 from {_FIRST_YEAR} to {_LAST_YEAR}")
    return day


class EarningRelease(BaseModel):
    """A row of ``earningsCalendar``; what is left out is not read."""

    model_config = ConfigDict(frozen=True, strict=True)

    symbol: str = Field(min_length=1)
    date: Annotated[date, BeforeValidator(_day)]
    hour: str | None = None
    epsEstimate: Figure = None
    epsActual: Figure = None


@transform("finnhub_earnings")
def earnings(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"earningsCalendar":[{"date":"2026-12-10","epsActual":null,"epsEstimate":1.4,"hour":"amc","quarter":4,"symbol":"AVGO","year":2026,...}]}"""
    try:
        body = orjson.loads(payload.body)
    except orjson.JSONDecodeError as error:
        raise Permanent(f"expected JSON, found {error}") from error
    rows = body.get("earningsCalendar") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Permanent(f"field earningsCalendar: expected a list, found {type(rows).__name__}", "earningsCalendar")
    licence = Licence[options.get("licence", "INTERNAL")]
    return [_report(f"earningsCalendar[{place}]", row, stamps, licence) for place, row in enumerate(rows)]


def _report(path: str, row: object, stamps: Stamps, licence: Licence) -> Parsed | Refused:
    try:
        release = EarningRelease.model_validate(row)
    except ValidationError as error:
        issue = error.errors()[0]
        where = ".".join([path, *map(str, issue["loc"])])
        return Refused(TOPIC, orjson.dumps(row), Permanent(f"field {where}: {issue['msg'].lower()}, found {issue['input']!r:.80}", where))
    report = EarningsReport(
        symbol=release.symbol,
        ts_event=to_microseconds(datetime.combine(release.date, time(), NEW_YORK)),
        ts_received=stamps.received_us,
        ts_published=stamps.published_us,
        source=SOURCE,
        licence=licence,
        report_date=(release.date - _EPOCH).days,
        report_time=_HOURS.get(release.hour or "", ReportTime.UNKNOWN),
        eps_estimate=release.epsEstimate,
        eps_actual=release.epsActual,
    )
    return Parsed(TOPIC, report)
