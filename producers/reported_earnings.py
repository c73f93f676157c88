"""A company's report as a calendar tells it: the record that the merge of `reference.earnings-dates` reads (CAL-06)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated

from pydantic import BeforeValidator

from infra.clock import to_microseconds
from infra.market_calendar import NEW_YORK
from producers.source import Parsed, Stamps
from schemas.records import EarningsReport, Licence, ReportTime

TOPIC = "reference.earnings"
_EPOCH = date(1970, 1, 1)
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


def _day(value: object) -> date:
    # A number would be taken for a timestamp; and a year such as 0001 is a vendor's word for nothing.
    day = date.fromisoformat(value) if isinstance(value, str) else None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"expected a date such as 2026-12-10 from {_FIRST_YEAR} to {_LAST_YEAR}")
    return day


def _number_or_nothing(value: object) -> object:
    return None if isinstance(value, str) and value.strip() in ("", "-", "N/A", "None") else value


def _money(value: object) -> object:
    """Read a text such as ``$1.34`` or ``($0.12)``."""
    if not isinstance(value, str):
        return value
    text = value.strip().replace("$", "").replace(",", "")
    return _number_or_nothing(f"-{text[1:-1]}" if text.startswith("(") and text.endswith(")") else text)


ReportDay = Annotated[date, BeforeValidator(_day)]
OptionalDay = Annotated[date | None, BeforeValidator(lambda value: None if value in (None, "") else _day(value))]
PerShare = Annotated[float | None, BeforeValidator(_number_or_nothing)]
PerShareText = Annotated[float | None, BeforeValidator(_money)]


def earnings_report(
    symbol: str, day: date, when: ReportTime, source: str, stamps: Stamps, options: Mapping[str, str],
    eps_estimate: float | None = None, eps_actual: float | None = None, quarter_end: date | None = None,
) -> Parsed:  # fmt: skip
    """Return a report as a record; ``options`` may name a licence."""
    report = EarningsReport(
        symbol=symbol,
        ts_event=to_microseconds(datetime.combine(day, time(), NEW_YORK)),
        ts_received=stamps.received_us,
        ts_published=stamps.published_us,
        source=source,
        licence=Licence[options.get("licence", "INTERNAL")],
        report_date=(day - _EPOCH).days,
        report_time=when,
        fiscal_quarter_end=None if quarter_end is None else (quarter_end - _EPOCH).days,
        eps_estimate=eps_estimate,
        eps_actual=eps_actual,
    )
    return Parsed(TOPIC, report)
