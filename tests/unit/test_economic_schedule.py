"""CAL-07, C-27: the committed schedule of economic events."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from infra.clock import to_datetime, to_microseconds
from infra.errors import ConfigurationError
from infra.market_calendar import new_york, session_bounds
from processors.reference.economic_schedule import ending_in_words, load_schedule, scheduled_events, series_ending
from schemas.records import CalendarEvent, EventImportance, Licence

SCHEDULE = load_schedule()
NEW_YORK = ZoneInfo("America/New_York")


def due_between(first: str, last: str) -> list[CalendarEvent]:
    return list(scheduled_events(SCHEDULE, date.fromisoformat(first), date.fromisoformat(last), 0))


def test_every_named_kind_of_event_is_there_in_a_month() -> None:
    """The last two months of 2026 hold each of the row's events, the quarter's GDP included."""
    december = {event.series: event for event in due_between("2026-12-01", "2026-12-31")}
    assert {
        "fomc-decision", "fomc-minutes", "fed-chair-press-conference", "us-cpi", "us-ppi", "us-nonfarm-payrolls", "us-unemployment-rate",
        "us-gdp", "ecb-decision", "boj-decision", "boe-decision", "treasury-bill-auction", "us-jobless-claims",
    } == set(december)  # fmt: skip
    at = {series: new_york(event.ts_event).strftime("%m-%d %H:%M") for series, event in december.items()}
    assert at["fomc-decision"] == "12-09 14:00" and at["fomc-minutes"] == "12-30 14:00"
    assert at["us-cpi"] == "12-10 08:30" and at["us-nonfarm-payrolls"] == "12-04 08:30"
    assert at["ecb-decision"] == "12-17 08:15" and at["boe-decision"] == "12-17 07:00"


@pytest.mark.parametrize(
    ("series", "day", "utc", "new_york_time"),
    [
        ("fomc-decision", "2026-12-09", "19:00", "14:00"),
        ("fomc-decision", "2026-07-29", "18:00", "14:00"),
        ("ecb-decision", "2026-03-19", "13:15", "09:15"),  # New York's clocks are ahead of Europe's for three weeks
        ("ecb-decision", "2026-06-11", "12:15", "08:15"),
        ("boe-decision", "2026-03-19", "12:00", "08:00"),
    ],
)
def test_each_event_has_its_hour_in_utc_and_in_new_york(series: str, day: str, utc: str, new_york_time: str) -> None:
    [event] = [event for event in due_between(day, day) if event.series == series]
    assert to_datetime(event.ts_event).strftime("%H:%M") == utc
    assert new_york(event.ts_event).strftime("%H:%M") == new_york_time


def test_an_event_without_an_hour_is_a_day_and_never_a_guess() -> None:
    [event] = [event for event in due_between("2026-12-17", "2026-12-18") if event.series == "boj-decision"]
    assert event.all_day and event.ts_event == to_microseconds(datetime(2026, 12, 17, tzinfo=NEW_YORK))


def test_what_follows_a_rule_is_expected_only_and_moves_for_a_holiday() -> None:
    claims = [event for event in due_between("2026-11-16", "2026-12-04") if event.series == "us-jobless-claims"]
    assert [new_york(event.ts_event).date() for event in claims] == [date(2026, 11, 19), date(2026, 11, 25), date(2026, 12, 3)]
    assert {event.status for event in claims} == {"expected"}
    assert {event.status for event in due_between("2026-12-09", "2026-12-09")} == {"announced"}


def test_american_releases_come_on_days_the_exchange_is_open() -> None:
    releases = [event for event in due_between("2026-01-01", "2027-12-31") if event.country == "US"]
    assert len(releases) > 90
    assert [event for event in releases if session_bounds(new_york(event.ts_event).date()) is None] == []


def test_what_is_unknown_stays_null_and_every_event_has_a_source() -> None:
    for event in due_between("2026-01-01", "2027-12-31"):
        assert event.actual is None and event.forecast is None and event.previous is None
        assert event.licence is Licence.REDISTRIBUTABLE and event.importance in EventImportance
    assert all(series.source.startswith("https://") for series in SCHEDULE.series.values())


def test_minutes_follow_the_decision_after_three_weeks() -> None:
    decisions, minutes = SCHEDULE.series["fomc-decision"].dates, SCHEDULE.series["fomc-minutes"].dates
    for day in minutes:
        assert date.fromordinal(day.toordinal() - 21) in decisions


def test_the_file_says_when_it_needs_new_dates() -> None:
    """CAL-07: each series with its last day, once that is near; before it is, nothing is said."""
    assert series_ending(SCHEDULE, date(2026, 9, 1), 30) == {} and ending_in_words({}) is None
    ending = series_ending(SCHEDULE, date(2026, 12, 1), 30)
    assert ending["us-cpi"] == date(2026, 12, 10) and "fomc-decision" not in ending
    assert series_ending(SCHEDULE, date(2027, 12, 1), 30)["fomc-decision"] == date(2027, 12, 8)
    assert "us-cpi (2026-12-10)" in (ending_in_words(ending) or "")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("kind: fomc", "kindd: fomc"), "kindd"),
        (('time: "14:00"', 'time: "25:00"'), "time"),
        (("id: fomc-minutes", "id: fomc-decision"), "two series are called fomc-decision"),
        (("names: [FOMC minutes,", "names: [CPI, FOMC minutes,"), "share the name cpi"),
        (("first: 2026-11-05", "first: 2026-11-06"), "thursday"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_the_place(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    from processors.reference.economic_schedule import SCHEDULE_FILE

    path = tmp_path / "schedule.yaml"
    path.write_text(SCHEDULE_FILE.read_text().replace(*change, 1))
    with pytest.raises(ConfigurationError, match=problem):
        load_schedule(path)
