"""One earnings date out of what several sources tell (CAL-06); pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from infra.market_calendar import midnight_us
from schemas.records import EarningsReport, Licence, ReportTime

MERGED = "merged"
_TRUST = ("unusual_whales", "nasdaq", "financial_modeling_prep", "finnhub", "alpha_vantage", "yahoo")
_SAME_QUARTER_DAYS = 45  # reports of a company are 91 days apart, and no source is wrong by half of that for long
_EARLIEST_FIRST = {ReportTime.PREMARKET: 0, ReportTime.POSTMARKET: 1, ReportTime.UNKNOWN: 2}
_EPOCH = date(1970, 1, 1)
_CARRIED = (
    "fiscal_quarter_end", "confirmed_by", "eps_estimate", "eps_actual", "expected_move", "expected_move_fraction", "close_before", "close_after",
    "reaction", "move_1_day_after", "move_1_week_after",
)  # fmt: skip


def merge_earnings(told: Iterable[EarningsReport], published_us: int) -> Sequence[EarningsReport]:
    """Return one merged report for each quarter of each company, by symbol and date.

    Of a source that moved its date the newest word counts. Sources that disagree about day or time of day set ``conflict``: the earliest is
    kept, so that nobody holds a position over a report that came sooner than believed, and every other day is in ``claimed_dates``.
    Figures are the first that anybody has; analysts' means and adjusted profits differ by vendor and are no conflict. Merged reports among
    the input are left out.
    """
    by_symbol: dict[str, list[EarningsReport]] = defaultdict(list)
    for report in told:
        if report.source != MERGED:
            by_symbol[report.symbol].append(report)
    return [
        _merge(quarter, published_us) for _, reports in sorted(by_symbol.items()) for quarter in _quarters(reports)
    ]


def next_reports(merged: Iterable[EarningsReport], today: date) -> Sequence[EarningsReport]:
    """Return each company's next report, ``today``'s included; of a company without one the last that was."""
    days = (today - _EPOCH).days
    found: dict[str, EarningsReport] = {}
    for report in sorted(merged, key=lambda one: one.report_date):
        known = found.get(report.symbol)
        if known is None or known.report_date < days:
            found[report.symbol] = report
    return [found[symbol] for symbol in sorted(found)]


def known_figures(report: EarningsReport) -> tuple[str, ...]:
    """Return the names of the figures a report has: rows of one vendor that know different ones complete each other."""
    return tuple(name for name in _CARRIED if getattr(report, name) is not None)


def _quarters(reports: Sequence[EarningsReport]) -> Sequence[Sequence[EarningsReport]]:
    found: list[list[EarningsReport]] = []
    for report in sorted(reports, key=lambda one: one.report_date):
        if found and report.report_date - found[-1][0].report_date <= _SAME_QUARTER_DAYS:
            found[-1].append(report)
        else:
            found.append([report])
    return found


def _current(reports: Sequence[EarningsReport]) -> Sequence[EarningsReport]:
    """Return, by trust, what each source says now: its rows with the date of its newest row, newest first."""
    by_source: dict[str, list[EarningsReport]] = defaultdict(list)
    for report in sorted(reports, key=lambda one: (one.ts_received, one.ts_published, repr(one)), reverse=True):
        by_source[report.source].append(report)
    sources = sorted(by_source, key=lambda name: (_TRUST.index(name) if name in _TRUST else len(_TRUST), name))
    return [one for source in sources for one in by_source[source] if one.report_date == by_source[source][0].report_date]


def _time_said(said: Sequence[EarningsReport]) -> ReportTime:
    """Return a source's time of day: rows about a company and rows about a day are merged, unknown tells nothing."""
    return next((one.report_time for one in said if one.report_time is not ReportTime.UNKNOWN), ReportTime.UNKNOWN)


def _merge(quarter: Sequence[EarningsReport], published_us: int) -> EarningsReport:
    reports = _current(quarter)
    sources = tuple(dict.fromkeys(report.source for report in reports))
    said = {source: [report for report in reports if report.source == source] for source in sources}
    days = {source: rows[0].report_date for source, rows in said.items()}
    times = {source: _time_said(rows) for source, rows in said.items()}
    day = min(days.values())
    on_the_day = [times[source] for source in sources if days[source] == day]
    disputed = len(set(days.values())) > 1 or len({when for when in times.values() if when is not ReportTime.UNKNOWN}) > 1
    carried: dict[str, Any] = {name: next((value for one in reports if (value := getattr(one, name)) is not None), None) for name in _CARRIED}
    return EarningsReport(
        symbol=reports[0].symbol,
        ts_event=midnight_us(_EPOCH + timedelta(days=day)),
        ts_received=max(report.ts_received for report in reports),
        ts_published=published_us,
        source=MERGED,
        licence=Licence.INTERNAL if any(report.licence is Licence.INTERNAL for report in reports) else Licence.REDISTRIBUTABLE,
        report_date=day,
        report_time=min(on_the_day, key=_EARLIEST_FIRST.__getitem__),
        sources=sources,
        conflict=disputed,
        conflict_detail=", ".join(_words(source, days[source], times[source]) for source in sources) if disputed else None,
        claimed_dates=tuple(sorted(set(days.values()) - {day})),
        **carried,
    )


def _words(source: str, day: int, when: ReportTime) -> str:
    known = "" if when is ReportTime.UNKNOWN else f" {when.value.lower()}"
    return f"{source} {_EPOCH + timedelta(days=day)}{known}"
