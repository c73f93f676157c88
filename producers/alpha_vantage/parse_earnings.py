"""Alpha Vantage's earnings calendar as reports: comma-separated, one company a line (CAL-06)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from infra.errors import Permanent
from producers.reported_earnings import TOPIC, OptionalDay, PerShare, ReportDay, earnings_report
from producers.rest_catalog.transforms import transform
from producers.row_models import parse_rows
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import ReportTime

SOURCE = "alpha_vantage"
_TIMES = {"pre-market": ReportTime.PREMARKET, "post-market": ReportTime.POSTMARKET}
_NEEDED = {"symbol", "reportDate"}


class Line(BaseModel):
    """A line of the calendar; ``timeOfTheDay`` is missing in older answers."""

    model_config = ConfigDict(frozen=True)

    symbol: str = Field(min_length=1)
    reportDate: ReportDay
    fiscalDateEnding: OptionalDay = None
    estimate: PerShare = Field(None, allow_inf_nan=False)
    timeOfTheDay: str | None = None


@transform("alpha_vantage_earnings")
def earnings(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay / MRVL,Marvell,2025-12-04,2025-10-31,0.74,USD,post-market"""
    try:
        table = csv.DictReader(io.StringIO(payload.body.decode()), strict=True)
        rows = list(table)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Permanent(f"expected comma-separated lines, found {payload.body[:60]!r}: {error}", "") from error
    if not set(table.fieldnames or ()) >= _NEEDED:
        raise Permanent(f"expected columns {sorted(_NEEDED)} in the first line, found {list(table.fieldnames or ())!r:.80}", "")
    # A line that is too long has its rest under None.
    rows = [{name: value for name, value in row.items() if name is not None} for row in rows]

    def report(line: Line, _: str) -> Parsed:
        when = _TIMES.get((line.timeOfTheDay or "").strip().lower(), ReportTime.UNKNOWN)
        return earnings_report(line.symbol, line.reportDate, when, SOURCE, stamps, options, line.estimate, None, line.fiscalDateEnding)

    return parse_rows(rows, "line", Line, TOPIC, report)
