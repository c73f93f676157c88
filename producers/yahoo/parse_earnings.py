"""Yahoo's earnings calendar as reports: a bucket a day, moments in milliseconds (CAL-03)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from infra.clock import to_datetime
from infra.errors import Permanent
from infra.market_calendar import NEW_YORK
from producers.json_answer import answer_of, list_at
from producers.reported_earnings import TOPIC, PerShare, earnings_report
from producers.rest_catalog.transforms import transform
from producers.row_models import parse_rows
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import ReportTime

SOURCE = "yahoo"
# TAS, "time as supplied", and TNS, "time not supplied", are often midnight or noon: neither tells before or after.
_TIMES = {"BMO": ReportTime.PREMARKET, "AMC": ReportTime.POSTMARKET}
_FIRST_MS, _LAST_MS = 631_152_000_000, 4_102_444_800_000  # 1990 and 2100


class Company(BaseModel):
    """A row of a bucket's ``records``."""

    model_config = ConfigDict(frozen=True)

    ticker: str = Field(min_length=1)
    startDateTime: Annotated[int, Field(ge=_FIRST_MS, lt=_LAST_MS)]
    startDateTimeType: str | None = None
    epsEstimate: PerShare = Field(None, allow_inf_nan=False)
    epsActual: PerShare = Field(None, allow_inf_nan=False)


@transform("yahoo_earnings")
def earnings(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"finance":{"result":{"earnings":[{"timestamp":1795035600000,"timezone":"America/New_York","count":1,"totalCount":1,"records":[{"ticker":"NVDA","companyShortName":"NVIDIA","startDateTime":1795122000000,"startDateTimeType":"AMC","epsEstimate":1.25,"epsActual":null}]}]},"error":null}}"""

    def report(company: Company, _: str) -> Parsed | None:
        if "." in company.ticker:
            return None  # another exchange's listing, in its currency
        day = to_datetime(company.startDateTime * 1_000).astimezone(NEW_YORK).date()
        when = _TIMES.get(company.startDateTimeType or "", ReportTime.UNKNOWN)
        return earnings_report(company.ticker, day, when, SOURCE, stamps, options, company.epsEstimate, company.epsActual)

    found: list[Parsed | Refused] = []
    for place, bucket in enumerate(list_at(answer_of(payload), "finance.result.earnings")):
        path = f"finance.result.earnings[{place}].records"
        if not isinstance(bucket, Mapping):
            raise Permanent(f"field {path}: expected a list, found {bucket!r:.60}", path)
        found += parse_rows(list_at(bucket, "records"), path, Company, TOPIC, report)
    return found
