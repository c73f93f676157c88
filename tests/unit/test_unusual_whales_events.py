"""What happened or will, in REST answers, as records: disclosures, calendars, headlines and alerts of the account."""

from __future__ import annotations

from datetime import date

import pytest

from infra.market_calendar import midnight_us
from producers.unusual_whales.parse_disclosures import amounts
from schemas.records import CalendarEvent, CongressTrade, EarningsReport, Headline, InsiderTrade, ReportTime, UserAlert
from tests.support.unusual_whales import NOW
from tests.support.uw_answers import TODAY_DAYS, one, records, refusal, row


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("$15,001 - $50,000", (15_001.0, 50_000.0)), ("$50,000,001 +", (50_000_001.0, None)), ("Over $50,000,000", (50_000_000.0, None)),
        ("$1,234", (1_234.0, 1_234.0)), (None, (None, None)), ("", (None, None)),
    ],
)  # fmt: skip
def test_ranges_of_congress_trades(text: str | None, ends: tuple[float | None, float | None]) -> None:
    assert amounts(text) == ends


def test_disclosures() -> None:
    body = row(
        "congress_recent_trades", ticker="--", amounts="$15,001 - $50,000", transaction_date="2025-06-10", filed_at_date="2025-06-18", issuer="spouse"
    )
    record = one(CongressTrade, records("congress_recent_trades", body))
    assert (record.symbol, record.amount_low, record.owner, record.filed_date) == (None, 15_001.0, "spouse", TODAY_DAYS - 2)
    assert record.ts_event == midnight_us(date(2025, 6, 18)), "the market learns of it when it is filed"
    assert one(CongressTrade, records("congress_late_reports", body)).trade_id == record.trade_id
    assert refusal("congress_recent_trades", amounts="a lot") == "data[0].amounts"
    insider = one(
        InsiderTrade,
        records("insider_transactions", row("insider_transactions", amount=-35921, transaction_code="S", price=None, id=None, is_10b5_1=True)),
    )
    assert (insider.amount, insider.price, insider.transaction_code, insider.is_planned) == (-35921.0, None, "S", True)
    assert refusal("insider_transactions", ticker=None) == "data[0].ticker"


def test_earnings_may_lie_ahead() -> None:
    body = row("earnings_ticker", report_date="2025-07-30", report_time="postmarket", actual_eps=None, street_mean_est="2.25")
    record = one(EarningsReport, records("earnings_ticker", body))
    assert (record.symbol, record.report_time, record.eps_actual, record.eps_estimate) == ("XYZ", ReportTime.POSTMARKET, None, 2.25)
    assert record.ts_event == midnight_us(date(2025, 7, 30)) > NOW
    early = one(EarningsReport, records("earnings_premarket", row("earnings_premarket", report_time="premarket", symbol="ABC", reaction="-0.04")))
    assert (early.symbol, early.report_time, early.reaction) == ("ABC", ReportTime.PREMARKET, -0.04)
    assert one(EarningsReport, records("earnings_afterhours", row("earnings_afterhours", report_time=None))).report_time is ReportTime.UNKNOWN


def test_a_moved_event_keeps_its_id() -> None:
    """UWE-30: FOMC and CPI, each told by its name and period; a speech by its day."""

    def event(name: str, time: str, period: str | None, kind: str = "report") -> CalendarEvent:
        body = {"event": name, "type": kind, "time": time, "reported_period": period, "forecast": "2.1%", "prev": ""}
        return one(CalendarEvent, records("market_economic_calendar", body))  # type: ignore[no-any-return]

    cpi, moved = event("CPI", "2025-07-15T12:30:00Z", "June"), event("CPI", "2025-07-16T12:30:00Z", "June")
    assert cpi.event_id == moved.event_id and cpi.ts_event < moved.ts_event
    assert (cpi.forecast, cpi.previous, cpi.all_day) == ("2.1%", None, False)
    assert event("CPI", "2026-07-15T12:30:00Z", "June").event_id != cpi.event_id
    fomc, next_fomc = event("FOMC decision", "2025-07-30T18:00:00Z", None, "fomc"), event("FOMC decision", "2025-09-17T18:00:00Z", None, "fomc")
    assert fomc.event_id != next_fomc.event_id and fomc.kind == "fomc"


def test_a_drugs_date_is_a_whole_day() -> None:
    body = row(
        "market_fda_calendar", ticker="ABC", catalyst="PDUFA Date", drug="Drugamab", start_date="2025-07-24", end_date="2025-07-25", outcome=None
    )
    record = one(CalendarEvent, records("market_fda_calendar", body))
    assert (record.kind, record.symbol, record.event, record.all_day) == ("fda", "ABC", "PDUFA Date: Drugamab", True)
    assert record.ts_event == midnight_us(date(2025, 7, 24))


def test_minor_news_are_left_out_when_asked() -> None:
    """UWE-28"""
    major, minor = (row("news_headlines", created_at="2025-06-20T15:00:00Z", is_major=is_major, headline=f"{is_major}") for is_major in (True, False))
    assert len(records("news_headlines", major, minor)) == 2
    record = one(Headline, records("news_headlines", major, minor, options={"major_only": "true"}))
    assert (record.is_major, record.symbols, record.is_trump_post) == (True, ("word",), None)


def test_an_alert_of_the_account_keeps_what_the_vendor_adds() -> None:
    """UWE-26"""
    meta = {"curr": "14.55", "curr_vol": 364977, "reason": None, "tickers": ["A"]}
    alert = one(UserAlert, records("alerts", row("alerts", meta=meta) | {"name": ""}))
    assert alert.details == {"curr": "14.55", "curr_vol": "364977", "tickers": '["A"]'}
    assert alert.rule is None
    assert one(UserAlert, records("alerts", row("alerts", meta=None))).details == {}
