"""CAL-06: one earnings date out of several sources, the earliest when they disagree, and flagged."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.clock import to_microseconds
from processors.reference.earnings_merge import MERGED, merge_earnings, next_reports
from schemas.records import EarningsReport, Licence, ReportTime

NOW = to_microseconds(datetime(2026, 11, 20, 11, tzinfo=ZoneInfo("UTC")))
PREMARKET, POSTMARKET, UNKNOWN = ReportTime.PREMARKET, ReportTime.POSTMARKET, ReportTime.UNKNOWN
EPOCH = date(1970, 1, 1)


def told(source: str, day: str, when: ReportTime = UNKNOWN, *, symbol: str = "AAPL", received: int = 0, **more: float | None) -> EarningsReport:
    due = date.fromisoformat(day)
    starts = to_microseconds(datetime(due.year, due.month, due.day, tzinfo=ZoneInfo("America/New_York")))
    return EarningsReport(
        symbol=symbol, ts_event=starts, ts_received=NOW + received, ts_published=NOW, source=source, licence=Licence.INTERNAL,
        report_date=(due - EPOCH).days, report_time=when, **more,
    )  # type: ignore[arg-type]  # fmt: skip


def day_of(report: EarningsReport) -> str:
    return (EPOCH + timedelta(days=report.report_date)).isoformat()


def test_sources_that_agree_make_one_report_with_everybody_s_figures() -> None:
    reports = [
        told("finnhub", "2026-12-10", POSTMARKET, eps_estimate=1.5),
        told("unusual_whales", "2026-12-10", POSTMARKET, expected_move=4.2),
        told("alpha_vantage", "2026-12-10", eps_estimate=1.6),
        told("yahoo", "2026-12-10"),
    ]
    [merged] = merge_earnings(reports, NOW)
    assert (day_of(merged), merged.report_time, merged.source) == ("2026-12-10", POSTMARKET, MERGED)
    assert merged.sources == ("unusual_whales", "finnhub", "alpha_vantage", "yahoo")
    assert (merged.expected_move, merged.eps_estimate, merged.eps_actual) == (4.2, 1.5, None)
    assert not merged.conflict and merged.conflict_detail is None and merged.claimed_dates == ()


def test_sources_that_disagree_keep_the_earliest_and_say_so() -> None:
    reports = [told("unusual_whales", "2026-12-11", PREMARKET), told("finnhub", "2026-12-10", POSTMARKET), told("yahoo", "2026-12-11")]
    [merged] = merge_earnings(reports, NOW)
    assert (day_of(merged), merged.report_time, merged.conflict) == ("2026-12-10", POSTMARKET, True)
    assert merged.conflict_detail == "unusual_whales 2026-12-11 premarket, finnhub 2026-12-10 postmarket, yahoo 2026-12-11"
    assert merged.claimed_dates == ((date(2026, 12, 11) - EPOCH).days,)


def test_a_dispute_about_the_hour_is_one_too_and_the_earlier_hour_is_kept() -> None:
    [merged] = merge_earnings([told("unusual_whales", "2026-12-10", POSTMARKET), told("finnhub", "2026-12-10", PREMARKET)], NOW)
    assert merged.conflict and merged.report_time is PREMARKET and merged.claimed_dates == ()


def test_a_source_that_moved_its_date_no_longer_disagrees_with_itself() -> None:
    reports = [told("unusual_whales", "2026-12-10"), told("unusual_whales", "2026-12-15", received=1), told("finnhub", "2026-12-15")]
    [merged] = merge_earnings(reports, NOW)
    assert day_of(merged) == "2026-12-15" and not merged.conflict


def test_rows_about_a_company_and_about_a_day_of_one_vendor_complete_each_other() -> None:
    reports = [
        told("unusual_whales", "2026-12-10", UNKNOWN, received=1, expected_move=4.2),
        told("unusual_whales", "2026-12-10", PREMARKET, close_before=9.0),
    ]
    [merged] = merge_earnings(reports, NOW)
    assert (merged.report_time, merged.expected_move, merged.close_before) == (PREMARKET, 4.2, 9.0)


def test_quarters_stay_apart_and_the_next_one_is_found() -> None:
    reports = [told("unusual_whales", "2026-09-10"), told("unusual_whales", "2026-12-10"), told("finnhub", "2026-12-12")]
    reports.append(told("yahoo", "2026-08-01", symbol="OLD"))
    merged = merge_earnings(reports, NOW)
    found = [(one.symbol, day_of(one), len(one.sources)) for one in merged]
    assert found == [("AAPL", "2026-09-10", 1), ("AAPL", "2026-12-10", 2), ("OLD", "2026-08-01", 1)]
    assert [(one.symbol, day_of(one)) for one in next_reports(merged, date(2026, 11, 20))] == [("AAPL", "2026-12-10"), ("OLD", "2026-08-01")]
    assert day_of(next_reports(merged, date(2026, 12, 10))[0]) == "2026-12-10"  # the day itself still counts


REPORTS = st.lists(
    st.builds(
        lambda source, offset, when, symbol, received, estimate: told(
            source, (date(2026, 9, 1) + timedelta(days=offset)).isoformat(), when, symbol=symbol, received=received, eps_estimate=estimate
        ),
        st.sampled_from(["unusual_whales", "finnhub", "alpha_vantage", "yahoo", "toy"]), st.integers(0, 120), st.sampled_from(ReportTime),
        st.sampled_from(["AAPL", "MSFT"]), st.integers(0, 3), st.sampled_from([None, 1.0, 2.0]),
    ),
    max_size=25,
)  # fmt: skip


@given(REPORTS, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_order_and_repetition_do_not_matter(reports: list[EarningsReport], random: Random) -> None:
    merged = merge_earnings(reports, NOW)
    shuffled = list(reports)
    random.shuffle(shuffled)
    assert merge_earnings(shuffled, NOW) == merged
    assert merge_earnings([*merged, *reports, *reports], NOW) == merged


@given(REPORTS)
@settings(max_examples=200, deadline=None)
def test_what_is_merged_was_told_by_somebody_and_is_the_earliest(reports: list[EarningsReport]) -> None:
    merged = merge_earnings(reports, NOW)
    assert {one.symbol for one in merged} == {one.symbol for one in reports}
    told_days = {(one.symbol, one.report_date) for one in reports}
    for one in merged:
        assert (one.symbol, one.report_date) in told_days
        assert all((one.symbol, day) in told_days and day > one.report_date for day in one.claimed_dates)
        assert one.conflict == (one.conflict_detail is not None) and not (one.claimed_dates and not one.conflict)
        assert len(one.sources) > 1 or not one.conflict
        assert one.eps_estimate is None or one.eps_estimate in {each.eps_estimate for each in reports}


def test_the_more_restrictive_licence_holds() -> None:
    free = replace(told("toy", "2026-12-10"), licence=Licence.REDISTRIBUTABLE)
    assert merge_earnings([free], NOW)[0].licence is Licence.REDISTRIBUTABLE
    assert merge_earnings([free, told("yahoo", "2026-12-10")], NOW)[0].licence is Licence.INTERNAL
