"""What is scheduled: earnings, economic events, drug approvals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from infra.clock import to_microseconds
from infra.market_calendar import midnight_us, trading_day
from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import day, name, needed, optional_day
from producers.unusual_whales.models.rest_earnings import EarningsAfterhoursRow, EarningsTickerRow
from producers.unusual_whales.models.rest_market import MarketEconomicCalendarRow, MarketFdaCalendarRow
from schemas.ids import deterministic_id
from schemas.records import CalendarEvent, EarningsReport, ReportTime

EARNINGS, EVENTS = "reference.earnings", "reference.calendar-events"
_REPORT_TIMES = {"premarket": ReportTime.PREMARKET, "postmarket": ReportTime.POSTMARKET, "afterhours": ReportTime.POSTMARKET}


@endpoint("earnings_ticker", model=EarningsTickerRow, topic=EARNINGS)
def earnings_of_a_company(row: EarningsTickerRow, answer: Answer) -> Iterator[EarningsReport]:
    """{"report_date":"2024-11-10","report_time":"postmarket","actual_eps":"2.45","street_mean_est":"2.25","post_earnings_move_1d":"0.0724",...}"""
    yield _earnings(row, answer, answer.ticker, move_1_day_after=row.post_earnings_move_1d, move_1_week_after=row.post_earnings_move_1w)


@endpoint("earnings_afterhours", "earnings_premarket", model=EarningsAfterhoursRow, topic=EARNINGS)
def earnings_of_a_day(row: EarningsAfterhoursRow, answer: Answer) -> Iterator[EarningsReport]:
    """{"symbol":"IVT","report_date":"2023-02-14","report_time":"postmarket","actual_eps":"2.45","reaction":"0.041",...}"""
    yield _earnings(
        row, answer, name(row.symbol, "symbol"), close_before=row.pre_earnings_close, close_after=row.post_earnings_close,
        reaction=row.reaction,
    )  # fmt: skip


def _earnings(row: Any, answer: Answer, symbol: str, **more: Any) -> EarningsReport:
    reported: date = needed(row.report_date, "report_date")
    return EarningsReport(
        symbol=symbol,
        **answer.at(midnight_us(reported)),
        report_date=day(reported, "report_date"),
        report_time=_REPORT_TIMES.get((row.report_time or "").lower(), ReportTime.UNKNOWN),
        fiscal_quarter_end=optional_day(row.ending_fiscal_quarter),
        confirmed_by=row.source or None,
        eps_estimate=row.street_mean_est,
        eps_actual=row.actual_eps,
        expected_move=row.expected_move,
        expected_move_fraction=row.expected_move_perc,
        **more,
    )


@endpoint("market_economic_calendar", model=MarketEconomicCalendarRow, topic=EVENTS)
def economic_event(row: MarketEconomicCalendarRow, answer: Answer) -> Iterator[CalendarEvent]:
    """{"event":"Consumer sentiment (final)","type":"report","time":"2023-12-22T15:00:00Z","reported_period":"December",...}"""
    moment_us = to_microseconds(needed(row.time, "time"))
    event, kind = name(row.event, "event"), row.type or "unknown"
    due = trading_day(moment_us)
    # December's figure comes once a year; what has no period, a speech, is told by its day.
    told_by = f"{row.reported_period} {due.year}" if row.reported_period else due.isoformat()
    yield CalendarEvent(
        event_id=deterministic_id("calendar-event", kind, event, told_by),
        **answer.at(moment_us),
        kind=kind,
        event=event,
        reported_period=row.reported_period or None,
        all_day=False,
        forecast=row.forecast or None,
        previous=row.prev or None,
    )


@endpoint("market_fda_calendar", model=MarketFdaCalendarRow, topic=EVENTS)
def drug_event(row: MarketFdaCalendarRow, answer: Answer) -> Iterator[CalendarEvent]:
    """{"ticker":"IOVA","catalyst":"PDUFA Date","drug":"Lifileucel","start_date":"2024-02-24","end_date":"2024-02-24","status":"NDA",...}"""
    symbol, catalyst, drug = name(row.ticker, "ticker"), name(row.catalyst, "catalyst"), row.drug or ""
    yield CalendarEvent(
        event_id=deterministic_id("calendar-event", "fda", symbol, catalyst, drug, row.indication or ""),
        symbol=symbol,
        **answer.at(midnight_us(needed(row.start_date, "start_date"))),
        kind="fda",
        event=f"{catalyst}: {drug}" if drug else catalyst,
        all_day=True,
        date_end=optional_day(row.end_date),
        status=row.status or None,
        outcome=row.outcome or row.outcome_brief or None,
    )
