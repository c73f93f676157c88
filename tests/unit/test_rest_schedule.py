"""ING-16 to ING-20, ING-29, ING-33: which calls are due when, on virtual days."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.rest_catalog.catalog import Catalog
from producers.rest_catalog.conditions import unmet
from producers.rest_catalog.endpoint import Conditions, Phase
from producers.rest_catalog.planner import busiest_minute
from producers.rest_catalog.schedule import calls_of_day, lines
from producers.rest_catalog.sessions import spans
from tests.support.rest_catalogs import HALF_DAY, SATURDAY, SECOND, WEDNESDAY, at, catalog, entry


def counts(of: Catalog, day: date = WEDNESDAY) -> dict[str, int]:
    found = Counter(call.phase.value for call in calls_of_day(of, day))
    return dict(found)


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("tier 0", {"pre": 660, "regular": 780, "after": 240}),
        ("tier 1", {"pre": 66, "regular": 78, "after": 24}),
        ("tier 2", {"pre": 6, "regular": 7, "after": 2}),
        ("tier 3", {"pre": 1}),
    ],
)
def test_each_tier_has_its_polls_of_a_day(tier: str, expected: dict[str, int]) -> None:
    """ING-20, ruling C-09."""
    assert counts(catalog(entry("numbers", cadence=tier, priority="nice"))) == expected


@pytest.mark.parametrize(
    ("priority", "pre", "regular"), [("critical", 66, 390), ("important", 22, 390), ("nice", 330, 390), ("background", 330, 7)]
)
def test_each_priority_has_its_rule_before_and_after_the_open(priority: str, pre: int, regular: int) -> None:
    """ING-16, ING-17: before the open critical every 5 minutes, important every 15; in the session background once an hour."""
    found = counts(catalog(entry("numbers", cadence=60, priority=priority)))
    assert (found["pre"], found["regular"]) == (pre, regular)


def test_after_the_close_everything_is_half_as_often() -> None:
    """ING-18."""
    calls = [call.due_us for call in calls_of_day(catalog(entry("numbers", cadence=60, priority="critical")), WEDNESDAY) if call.phase is Phase.AFTER]
    assert len(calls) == 120 and {two - one for one, two in pairwise(calls)} == {120 * SECOND}
    assert any(at("17:00") <= due < at("17:02") for due in calls)


def test_a_day_without_a_session_has_only_what_is_asked_for() -> None:
    """ING-19."""
    of = catalog(entry("usual"), entry("daily", cadence="tier 3"), entry("news", cadence={"regular": 60, "weekend": "tier 2"}))
    assert Counter(call.line.endpoint.id for call in calls_of_day(of, SATURDAY)) == {"news": 24}
    assert not [call for call in calls_of_day(of, WEDNESDAY) if call.phase is Phase.NIGHT]


def test_what_a_file_says_of_a_part_of_the_day_wins() -> None:
    of = catalog(entry("numbers", cadence={"regular": 60, "pre": "off", "after": 60, "night": 3_600}))
    assert counts(of) == {"regular": 390, "after": 240, "night": 8}


def test_a_half_day_ends_at_one() -> None:
    assert counts(catalog(entry("numbers", cadence=60, priority="critical")), HALF_DAY) == {"pre": 66, "regular": 210, "after": 120}


def test_a_daily_call_has_its_time() -> None:
    (call,) = calls_of_day(catalog(entry("numbers", cadence="tier 3", at="06:30")), WEDNESDAY)
    assert call.due_us == at("06:30")
    many = [entry(f"e{number}", cadence="tier 3", at="03:30") for number in range(40)]
    dues = [call.due_us for call in calls_of_day(catalog(*many), WEDNESDAY)]
    assert dues[0] == at("03:30") and {two - one for one, two in pairwise(dues)} == {15 * SECOND}, "into the session if need be"


def test_symbols_expand_to_calls_of_their_own() -> None:
    """ING-29: three symbols, three calls, three keys; {symbol} as {ticker}; a watchlist; a symbol once."""
    of = catalog(
        entry("watched", path="/a/{ticker}", symbols="watched"), entry("listed", path="/b/{symbol}", symbols=["AAPL", "TSLA", "AAPL"]),
        entry("mine", path="/c/{id}", symbols="few"), entry("nobody", path="/d/{id}", symbols="none"), watchlists={"few": ["X"], "none": []},
    )  # fmt: skip
    keys = [line.key for line in lines(of, WEDNESDAY)]
    assert keys == [("watched", one, 0) for one in ("SPY", "QQQ", "IWM")] + [("listed", one, 0) for one in ("AAPL", "TSLA")] + [("mine", "X", 0)]


def test_each_expiry_is_a_line_of_its_own() -> None:
    of = catalog(entry("strikes", params={"expiry": "0-2"}))
    assert [line.query for line in lines(of, WEDNESDAY)] == [(("expiry", f"2026-11-{day}"),) for day in (18, 19, 20)]


def test_switches_take_effect() -> None:
    """ING-39, CFG-11."""
    entries = (entry("one", enabled=False), entry("two", feature="extra"), entry("three"))
    assert [line.endpoint.id for line in lines(catalog(*entries, features={"extra": False}), WEDNESDAY)] == ["three"]
    assert [line.endpoint.id for line in lines(catalog(*entries, features={"extra": True}), WEDNESDAY)] == ["two", "three"]


@pytest.mark.parametrize("conditions", [{"market_state": "open"}, {"time_range": "09:30-16:00"}, {"time_range": "market_hours"}])
def test_conditions_hold_from_the_open_until_the_close(conditions: dict[str, str]) -> None:
    """ING-33: no call at 09:29:59 nor at 16:00:01."""
    parsed = Conditions.model_validate(conditions)
    assert unmet(parsed, at("09:29:59")) and unmet(parsed, at("16:00:01")) and unmet(parsed, at("16:00:00"))
    assert unmet(parsed, at("09:30:00")) is None and unmet(parsed, at("15:59:59")) is None
    calls = calls_of_day(catalog(entry("numbers", cadence=1, conditions=conditions)), WEDNESDAY)
    assert (calls[0].due_us, calls[-1].due_us) == (at("09:30:00"), at("15:59:59"))


def test_conditions_know_half_days_closed_days_and_midnight() -> None:
    hours = Conditions(time_range="market_hours")
    assert unmet(hours, at("13:00", HALF_DAY)) == "outside 09:30-13:00" and unmet(hours, at("12:00", SATURDAY)) == "no session today"
    night = Conditions(time_range="22:00-02:00")
    assert [unmet(night, at(text)) is None for text in ("21:59:59", "22:00", "01:59:59", "02:00")] == [False, True, True, False]
    assert unmet(Conditions(market_state=("pre", "after")), at("12:00")) == "market is open"


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1), WEDNESDAY, SATURDAY, HALF_DAY])
def test_the_parts_of_a_day_cover_it_without_a_gap(day: date) -> None:
    """Days of 23 and 25 hours included."""
    parts = spans(day)
    assert all(one.end_us == two.start_us for one, two in pairwise(parts))
    assert parts[0].start_us == at("00:00", day) and parts[-1].end_us == at("00:00", day + timedelta(days=1))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(20, 4_000), st.sampled_from(["critical", "important", "nice"]), st.integers(1, 4)), min_size=1, max_size=8))
def test_a_cadence_gives_its_number_of_calls_whatever_the_spread(made: list[tuple[int, str, int]]) -> None:
    of = catalog(*(
        entry(f"e{number}", cadence=seconds, priority=priority, path=f"/e{number}/{{ticker}}", symbols=[f"S{one}" for one in range(symbols)])
        for number, (seconds, priority, symbols) in enumerate(made)
    ))  # fmt: skip
    calls = [call for call in calls_of_day(of, WEDNESDAY) if call.phase is Phase.REGULAR]
    found = Counter((call.line.endpoint.id, call.line.symbol) for call in calls)
    mean = sum(60 / seconds * symbols for seconds, _, symbols in made)
    groups = len({(seconds, priority) for seconds, priority, _ in made})
    assert busiest_minute((call.due_us, 1) for call in calls)[0] <= mean + groups, "the load is flat"
    for number, (seconds, _, symbols) in enumerate(made):
        most = -(-23_400 // seconds)
        assert {found[f"e{number}", f"S{one}"] for one in range(symbols)} <= {most, most - 1}
