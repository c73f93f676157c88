"""Nasdaq's earnings calendar of a date as reports: the date is the request's, money is text (CAL-04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from infra.errors import Permanent
from producers.json_answer import answer_of, asked_for, list_at
from producers.reported_earnings import TOPIC, PerShareText, earnings_report
from producers.rest_catalog.transforms import transform
from producers.row_models import parse_rows
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import ReportTime

SOURCE = "nasdaq"
_TIMES = {"time-pre-market": ReportTime.PREMARKET, "time-after-hours": ReportTime.POSTMARKET}


class Company(BaseModel):
    """A row of ``data.rows``; a past day has ``eps``, a coming one ``epsForecast`` alone."""

    model_config = ConfigDict(frozen=True)

    symbol: str = Field(min_length=1)
    time: str | None = None
    fiscalQuarterEnding: str | None = None
    epsForecast: PerShareText = Field(None, allow_inf_nan=False)
    eps: PerShareText = Field(None, allow_inf_nan=False)


@transform("nasdaq_earnings")
def earnings(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"data":{"rows":[{"time":"time-pre-market","symbol":"TGT","fiscalQuarterEnding":"Oct/2026","epsForecast":"$1.23",...}]}}"""
    answer = answer_of(payload)
    try:
        day = date.fromisoformat(asked_for(payload, "date"))
    except ValueError as error:
        raise Permanent(f"expected the date that was asked for, found {payload.parameters['date']!r:.40}", "date") from error

    def report(company: Company, path: str) -> Parsed:
        when = _TIMES.get(company.time or "", ReportTime.UNKNOWN)
        ends = _quarter_end(company.fiscalQuarterEnding, path)
        return earnings_report(company.symbol, day, when, SOURCE, stamps, options, company.epsForecast, company.eps, ends)

    data = answer.get("data") if isinstance(answer, dict) else None
    if isinstance(data, dict) and data.get("rows") is None:
        return ()  # a day on which nobody reports
    return parse_rows(list_at(answer, "data.rows"), "data.rows", Company, TOPIC, report)


def _quarter_end(text: str | None, path: str) -> date | None:
    """Read ``Oct/2026`` as the last day of that month."""
    if not text or text == "N/A":
        return None
    try:
        first = datetime.strptime(text, "%b/%Y").date()  # noqa: DTZ007 a date has no zone
        return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    except (ValueError, OverflowError) as error:
        where = f"{path}.fiscalQuarterEnding"
        raise Permanent(f"field {where}: expected a month such as Oct/2026, found {text!r:.40}", where) from error
