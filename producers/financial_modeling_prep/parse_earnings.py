"""Financial Modeling Prep's earnings calendar as reports: days alone, no time of day (CAL-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from producers.json_answer import answer_of, list_at
from producers.reported_earnings import TOPIC, PerShare, ReportDay, earnings_report
from producers.rest_catalog.transforms import transform
from producers.row_models import parse_rows
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import ReportTime

SOURCE = "financial_modeling_prep"
_TIMES = {"bmo": ReportTime.PREMARKET, "amc": ReportTime.POSTMARKET}


class Company(BaseModel):
    """A row; ``time`` is there in answers of the older interface alone."""

    model_config = ConfigDict(frozen=True)

    symbol: str = Field(min_length=1)
    date: ReportDay
    epsEstimated: PerShare = Field(None, allow_inf_nan=False)
    epsActual: PerShare = Field(None, allow_inf_nan=False)
    time: str | None = None


@transform("fmp_earnings")
def earnings(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """[{"symbol":"NVDA","date":"2026-11-18","epsActual":null,"epsEstimated":1.25,"revenueActual":null,"revenueEstimated":54900000000,"lastUpdated":"2026-11-17"}]"""

    def report(company: Company, _: str) -> Parsed | None:
        if "." in company.symbol:
            return None  # another exchange's listing, in its currency
        when = _TIMES.get(company.time or "", ReportTime.UNKNOWN)
        return earnings_report(company.symbol, company.date, when, SOURCE, stamps, options, company.epsEstimated, company.epsActual)

    return parse_rows(list_at(answer_of(payload), ""), "", Company, TOPIC, report)
