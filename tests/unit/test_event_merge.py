"""CAL-07, CAL-08, UWE-30: one scheduled event out of what several sources tell; CAL-09: the minutes around it."""

import json
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.clock import to_microseconds
from infra.errors import Permanent
from infra.macro_windows import Margin, macro_windows, margins_of, window_at
from infra.reference_settings import MacroSettings
from processors.reference.economic_schedule import load_schedule, scheduled_events
from processors.reference.event_merge import MERGED, merge_events
from producers.fred.parse_release_dates import release_dates
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.ids import deterministic_id
from schemas.records import CalendarEvent, EventImportance, Licence, MacroWindow

SCHEDULE = load_schedule()
NEW_YORK = ZoneInfo("America/New_York")
NOW = to_microseconds(datetime(2026, 12, 1, 6, tzinfo=NEW_YORK))
MINUTE = 60_000_000


def at(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK))


def uw(event: str, when: str, **more: object) -> CalendarEvent:
    fields = {"ts_received": NOW, "source": "unusual_whales", "kind": "report", "all_day": False} | more
    return CalendarEvent(
        event_id=deterministic_id("calendar-event", str(fields["source"]), event, when[:7]), ts_event=at(when), ts_published=NOW,
        licence=Licence.INTERNAL, event=event, **fields,
    )  # type: ignore[arg-type]  # fmt: skip


def file_events(day: str) -> list[CalendarEvent]:
    return list(scheduled_events(SCHEDULE, date.fromisoformat(day), date.fromisoformat(day), NOW))


def fred(release: int, day: str) -> list[CalendarEvent]:
    body = json.dumps({"release_dates": [{"release_id": release, "release_name": "any", "date": day}]}).encode()
    found = release_dates(Payload("/fred/releases/dates", body, NOW), Stamps(NOW, NOW, NOW), {})
    return [one.record for one in found if isinstance(one, Parsed) and isinstance(one.record, CalendarEvent)]


def test_three_sources_make_one_event() -> None:
    told = [*file_events("2026-12-10"), uw("Consumer price index", "2026-12-10 08:30", forecast="0.3%", previous="0.2%"), *fred(10, "2026-12-10")]
    [cpi] = [event for event in merge_events(told, SCHEDULE, NOW) if event.series == "us-cpi"]
    assert cpi.source == MERGED and cpi.sources == ("schedule", "unusual_whales", "fred")
    assert (cpi.ts_event, cpi.time_new_york, cpi.all_day) == (at("2026-12-10 08:30"), "2026-12-10 08:30 EST", False)
    assert (cpi.forecast, cpi.previous, cpi.actual) == ("0.3%", "0.2%", None)
    assert not cpi.conflict and cpi.conflict_detail is None and cpi.importance is EventImportance.HIGH
    assert cpi.licence is Licence.INTERNAL  # one of the three may not be passed on


def test_sources_that_disagree_about_the_day_are_flagged_and_each_moment_is_kept() -> None:
    told = [*file_events("2026-12-15"), uw("PPI", "2026-12-11 08:30"), *fred(46, "2026-12-15")]
    [ppi] = [event for event in merge_events(told, SCHEDULE, NOW) if event.series == "us-ppi"]
    assert ppi.conflict and ppi.ts_event == at("2026-12-15 08:30") and ppi.claimed_times == (at("2026-12-11 08:30"),)
    assert ppi.conflict_detail is not None and "unusual_whales 2026-12-11 08:30 EST" in ppi.conflict_detail


def test_a_date_alone_on_the_same_day_is_no_conflict_and_on_another_one_is() -> None:
    assert not merge_events([uw("CPI", "2026-12-10 08:30"), *fred(10, "2026-12-10")], SCHEDULE, NOW)[0].conflict
    assert merge_events([uw("CPI", "2026-12-10 08:30"), *fred(10, "2026-12-11")], SCHEDULE, NOW)[0].conflict


def test_figures_that_are_equal_as_numbers_do_not_disagree() -> None:
    def merged(first: str, second: str) -> CalendarEvent:
        told = [uw("CPI", "2026-12-10 08:30", forecast=first), uw("CPI", "2026-12-10 08:30", forecast=second, source="finnhub")]
        return merge_events(told, SCHEDULE, NOW)[0]

    assert not merged("0.3%", "0.30%").conflict and not merged("213K", "213,000").conflict
    assert merged("0.3%", "0.4%").conflict and merged("0.3%", "0.4%").forecast == "0.3%"


def test_the_newest_word_of_a_source_counts() -> None:
    before, after = uw("CPI", "2026-12-10 08:30"), uw("CPI", "2026-12-10 08:30", actual="0.4%", ts_received=NOW + 1)
    assert merge_events([after, before], SCHEDULE, NOW)[0].actual == "0.4%"


def test_a_moved_event_keeps_its_id() -> None:
    [before] = merge_events([uw("CPI", "2026-12-10 08:30")], SCHEDULE, NOW)
    [after] = merge_events([uw("CPI", "2026-12-14 08:30", ts_received=NOW + 1)], SCHEDULE, NOW)
    assert before.event_id == after.event_id and after.ts_event == at("2026-12-14 08:30")


def test_two_days_of_one_source_in_a_month_are_two_events() -> None:
    """After a shutdown the bureau published two months' figures in one."""
    two = [uw("CPI", "2026-12-10 08:30"), replace(uw("CPI", "2026-12-21 08:30"), event_id="other")]
    assert [event.ts_event for event in merge_events(two, SCHEDULE, NOW)] == [at("2026-12-10 08:30"), at("2026-12-21 08:30")]


def test_what_the_schedule_does_not_know_passes_as_it_is() -> None:
    speech = uw("Fed Governor Waller speaks", "2026-12-03 13:00", kind="fed-speaker")
    [merged] = merge_events([speech], SCHEDULE, NOW)
    assert (merged.event, merged.series, merged.sources, merged.kind) == (speech.event, None, ("unusual_whales",), "fed-speaker")
    assert merged.importance is EventImportance.MEDIUM


def test_providers_can_be_swapped_and_what_follows_stays_the_same() -> None:
    """CAL-08: the same events told by another vendor have the same ids and hours."""
    rows = [("Consumer price index", "2026-12-10 08:30"), ("FOMC rate decision", "2026-12-09 14:00")]
    ours, theirs = ([uw(event, when, source=source) for event, when in rows] for source in ("unusual_whales", "trading_economics"))
    assert [(e.event_id, e.ts_event, e.event) for e in merge_events(ours, SCHEDULE, NOW)] == [
        (e.event_id, e.ts_event, e.event) for e in merge_events(theirs, SCHEDULE, NOW)
    ]


EVENTS = st.lists(
    st.builds(
        lambda name, day, hour, source, received, figure: uw(
            name, f"2026-12-{day:02} {hour:02}:30", source=source, ts_received=NOW + received, forecast=figure
        ),
        st.sampled_from(["CPI", "PPI", "FOMC minutes", "Initial jobless claims", "A speech", "Something else"]),
        st.integers(1, 31), st.integers(7, 15), st.sampled_from(["unusual_whales", "fred", "finnhub", "toy"]), st.integers(0, 3),
        st.sampled_from([None, "0.1%", "0.10%", "2"]),
    ),
    max_size=25,
)  # fmt: skip


@given(EVENTS, st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_the_records_does_not_matter_and_merging_again_changes_nothing(told: list[CalendarEvent], random: object) -> None:
    merged = merge_events(told, SCHEDULE, NOW)
    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge_events(shuffled, SCHEDULE, NOW) == merged
    assert merge_events([*told, *merged, *told], SCHEDULE, NOW) == merged
    assert len({event.event_id for event in merged}) == len(merged)


@given(EVENTS)
@settings(max_examples=150, deadline=None)
def test_nothing_is_lost_and_nothing_is_invented(told: list[CalendarEvent]) -> None:
    merged = merge_events(told, SCHEDULE, NOW)
    newest = {(event.source, event.event_id): event for event in sorted(told, key=lambda e: (e.ts_received, e.ts_published, repr(e)))}.values()
    moments = {moment for event in merged for moment in (event.ts_event, *event.claimed_times)}
    assert moments == {event.ts_event for event in newest}
    for event in merged:
        assert event.forecast in {one.forecast for one in newest} and event.actual is None
        assert event.conflict == (event.conflict_detail is not None)
        assert not (len(event.sources) == 1 and event.conflict and event.claimed_times)


def test_fred_rows_that_do_not_fit_are_refused_one_by_one() -> None:
    rows = [{"release_id": 10, "date": "2026-12-10"}, {"release_id": "10"}, {"release_id": 53, "date": "soon"}, {"release_id": 9}]
    found = release_dates(Payload("/fred/releases/dates", json.dumps({"release_dates": rows}).encode(), NOW), Stamps(NOW, NOW, NOW), {})
    assert [type(one) for one in found] == [Parsed, Refused, Refused]
    with pytest.raises(Permanent, match="release_dates"):
        release_dates(Payload("/fred/releases/dates", b"[]", NOW), Stamps(NOW, NOW, NOW), {})


MARGINS = {EventImportance.HIGH: Margin(10, 10), EventImportance.MEDIUM: Margin(5, 2)}


def test_behaviour_changes_ten_minutes_before_and_returns_ten_minutes_after() -> None:
    [fomc] = [event for event in file_events("2026-12-09") if event.series == "fomc-decision"]
    windows = macro_windows([fomc], MARGINS)
    inside = {text: window_at(windows, at(f"2026-12-09 {text}")) is not None for text in ("13:49:59", "13:50:00", "14:09:59", "14:10:00")}
    assert inside == {"13:49:59": False, "13:50:00": True, "14:09:59": True, "14:10:00": False}


def test_the_more_important_window_holds_and_one_without_margin_or_hour_does_not_exist() -> None:
    high, medium, low = (replace(uw(importance.value, "2026-12-09 14:00"), importance=importance) for importance in EventImportance)
    windows = macro_windows([low, medium, high, replace(high, all_day=True, event_id="day"), uw("nobody says", "2026-12-09 14:00")], MARGINS)
    assert len(windows) == 2
    found = window_at(windows, at("2026-12-09 14:01"))
    assert isinstance(found, MacroWindow) and found.importance is EventImportance.HIGH


def test_every_claimed_moment_has_its_window() -> None:
    told = [*file_events("2026-12-15"), uw("PPI", "2026-12-11 08:30")]
    windows = macro_windows(merge_events(told, SCHEDULE, NOW), MARGINS)
    assert [window.starts_at for window in windows] == [at("2026-12-11 08:25"), at("2026-12-15 08:25")]
    assert window_at(windows, at("2026-12-11 08:30") + MINUTE) is not None


def test_the_settings_state_the_minutes_and_nothing_before_and_after_is_no_window() -> None:
    assert margins_of(MacroSettings()) == {EventImportance.HIGH: Margin(10, 10), EventImportance.MEDIUM: Margin(5, 5)}
    assert margins_of(MacroSettings(high_minutes_before=30, low_minutes_after=1, medium_minutes_before=0, medium_minutes_after=0)) == {
        EventImportance.HIGH: Margin(30, 10),
        EventImportance.LOW: Margin(0, 1),
    }
