"""ING-16, ING-32, ING-33, ING-35, ING-36, ING-39, ING-41, ING-42, ING-48: which call goes next, on a virtual clock."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from producers.rest_catalog.attempt import ATTEMPTS, Attempt, Skip
from producers.rest_catalog.catalog import Catalog
from producers.rest_catalog.circuit_breaker import BreakerState
from producers.rest_catalog.dispatcher import Dispatcher
from producers.rest_catalog.endpoint import Priority
from producers.rest_catalog.latest import Latest, NoValue
from producers.source import Payload
from tests.support.rest_catalogs import SECOND, at, catalog, entry, most_within, walk


def crowd(priority: str, calls_a_minute: int, seconds: int = 60) -> dict[str, Any]:
    symbols = [f"{priority[0].upper()}{number}" for number in range(calls_a_minute * seconds // 60)]
    cadence = {"regular": seconds, "pre": "off"}  # so that nothing is made up at the open
    return entry(priority, path=f"/{priority}/{{ticker}}", symbols=symbols, cadence=cadence, priority=priority)


def skips(found: list[tuple[Any, Skip]], endpoint: str) -> set[Skip]:
    return {skip for call, skip in found if call.line.endpoint.id == endpoint}


def test_twice_the_load_is_shared_as_the_rule_says() -> None:
    """ING-16: critical always, important as capacity allows, nice skipped when busy, background only leftovers."""
    of = catalog(crowd("critical", 60), crowd("important", 100), crowd("nice", 60), crowd("background", 5, 3_600))
    day = walk(of, at("09:29:59"), at("09:42"))
    minutes = 12
    made = day.by_priority()
    assert made[Priority.CRITICAL] == 60 * minutes
    assert abs(made[Priority.IMPORTANT] - 40 * minutes) <= 40 and abs(made[Priority.NICE] - 10 * minutes) <= 10
    assert made[Priority.BACKGROUND] == 0
    assert skips(day.skipped, "important") == {Skip.SUPERSEDED} and skips(day.skipped, "nice") == {Skip.BUSY}
    assert most_within(day.moments, 60) <= 110 and max(Counter(day.moments).values()) <= 20


def test_background_goes_when_the_plan_leaves_room() -> None:
    of = catalog(crowd("critical", 30), crowd("background", 5, 3_600))
    day = walk(of, at("09:29:59"), at("09:59:59"), needs={Priority.CRITICAL: 30})
    assert day.by_priority() == {Priority.CRITICAL: 30 * 30, Priority.BACKGROUND: 5 * 30}


def test_what_was_due_before_the_start_is_made_up_once() -> None:
    of = catalog(entry("numbers"), entry("daily", cadence="tier 3", at="06:00"), entry("later", cadence="tier 3", at="20:30"))
    day = walk(of, at("12:00:30"), at("12:00:31"))
    assert day.counts() == {"numbers": 1, "daily": 1}


def test_a_child_is_asked_only_while_its_parent_is_fresh() -> None:
    """ING-32."""
    of = catalog(entry("parent", cadence=60, ttl_seconds=120), entry("child", cadence=60, depends_on=["parent"]))
    fails_from = at("11:00")

    def answers(attempt: Attempt, now_us: int) -> bool:
        return attempt.call.line.endpoint.id == "child" or now_us < fails_from

    day = walk(of, at("09:29:59"), at("12:00"), answers=answers)
    children = [moment for moment, attempt in day.made if attempt.call.line.endpoint.id == "child"]
    assert len([moment for moment in children if moment < fails_from]) >= 89
    assert max(children) <= fails_from + 120 * SECOND, "the parent's last value lives for two minutes"
    assert skips(day.skipped, "child") <= {Skip.PARENT_STALE, Skip.SUPERSEDED} and Skip.PARENT_STALE in skips(day.skipped, "child")


def test_a_child_without_symbol_and_with_its_own() -> None:
    of = catalog(
        entry("all"), entry("each", path="/each/{ticker}", symbols="watched", depends_on=["all"]), entry("sum", depends_on=["each"]),
    )  # fmt: skip
    day = walk(of, at("12:00:00"), at("12:05:00"))
    assert {"all", "each", "sum"} == set(day.counts()) and not day.skipped


def test_a_call_that_waited_past_its_condition_is_dropped() -> None:
    """ING-33: the schedule has it at 15:59, the budget has room at 16:00 only."""
    skipped: list[Skip] = []
    of = catalog(entry("numbers", cadence=60, conditions={"time_range": "09:30-16:00"}))
    dispatcher = Dispatcher(of, at("15:58:59"), None, lambda call, skip, why: skipped.append(skip))
    dispatcher.budget.pause_until(at("16:00:01"))
    dispatcher.advance(at("15:59:30"))
    assert dispatcher.take(at("15:59:30")) is None
    dispatcher.advance(at("16:00:01"))
    assert dispatcher.take(at("16:00:01")) is None and Skip.CONDITION in skipped


@pytest.mark.parametrize("priority", list(Priority))
def test_the_more_important_the_more_tries(priority: Priority) -> None:
    """ING-35: under the same fault."""
    of = catalog(entry("numbers", cadence={"regular": "tier 2", "pre": "off"}, priority=priority.value))
    day = walk(of, at("09:29:59"), at("10:15"), needs={}, answers=lambda attempt, now_us: False)
    tries = [attempt.number for _, attempt in day.made]
    assert tries == list(range(1, ATTEMPTS[priority] + 1))
    assert ATTEMPTS[Priority.CRITICAL] > ATTEMPTS[Priority.IMPORTANT] > ATTEMPTS[Priority.NICE] > ATTEMPTS[Priority.BACKGROUND]


def test_one_broken_endpoint_leaves_the_others_their_cadence() -> None:
    """ING-36."""
    entries = [entry(f"e{number}", cadence=60) for number in range(20)]
    day = walk(catalog(*entries), at("09:29:59"), at("11:29:59"), answers=lambda attempt, now_us: attempt.call.line.endpoint.id != "e7")
    regular = Counter(attempt.call.line.endpoint.id for moment, attempt in day.made if moment >= at("09:30"))
    assert {regular[f"e{number}"] for number in range(20) if number != 7} == {120}
    assert regular["e7"] < 30 and skips(day.skipped, "e7") == {Skip.BREAKER_OPEN}


def test_a_breaker_that_is_half_open_does_not_wait_for_the_next_call_that_is_due() -> None:
    """ING-36: what it held back last is asked at once; an hour, or a whole night, would pass with the endpoint left alone although it answers."""
    of = catalog(entry("hourly", cadence={"regular": "tier 2", "pre": "off"}, priority="critical"), vendor={"breaker": {"failures": 3}})
    day = walk(of, at("09:29:59"), at("10:29"), answers=lambda attempt, now_us: now_us >= at("09:30:30"))
    seconds = [(moment - at("09:30")) / SECOND for moment, _ in day.made]
    assert seconds == pytest.approx([0, 1, 3, 63], abs=0.1), "three failures open it for a minute"
    assert skips(day.skipped, "hourly") == {Skip.BREAKER_OPEN}


def test_what_a_breaker_held_back_is_not_asked_when_its_hours_are_over() -> None:
    of = catalog(entry("numbers", cadence=60, conditions={"market_state": "open"}))
    day = walk(of, at("15:30"), at("23:00"), answers=lambda attempt, now_us: False)
    assert at("15:40") < day.made[-1][0] < at("16:00") and Skip.CONDITION in skips(day.skipped, "numbers")


def test_an_endpoint_outside_the_plan_is_left_alone_at_once() -> None:
    dispatcher = Dispatcher(catalog(entry("numbers")), at("12:00:30"))
    attempt = dispatcher.take(at("12:00:30"))
    assert attempt is not None
    dispatcher.refused_by_plan(attempt, at("12:00:30"), "not in the plan")
    assert dispatcher.breaker("numbers").state(at("12:15:29")) is BreakerState.OPEN
    assert dispatcher.broken(at("12:00:31")) == {"numbers": "not in the plan"}


def test_the_vendors_wish_to_wait_holds_for_all_and_loses_no_call() -> None:
    dispatcher = Dispatcher(catalog(entry("one"), entry("two")), at("12:00:30"))
    first = dispatcher.take(at("12:00:30"))
    assert first is not None
    dispatcher.limited(first, at("12:00:50"))
    assert dispatcher.take(at("12:00:49")) is None and dispatcher.wake_us(at("12:00:49")) == at("12:00:50")
    again = [dispatcher.take(at("12:00:50")), dispatcher.take(at("12:00:50"))]
    assert sorted(one.call.line.endpoint.id for one in again if one) == ["one", "two"]
    assert dispatcher.breaker("one").state(at("12:00:50")) is BreakerState.CLOSED


def test_nothing_is_asked_that_is_still_in_the_cache() -> None:
    """ING-41."""
    of = catalog(entry("numbers", cadence=60, cache_seconds=600))
    day = walk(of, at("09:29:59"), at("10:29:59"))
    assert day.counts()["numbers"] in (6, 7) and skips(day.skipped, "numbers") == {Skip.CACHED}


def test_a_line_is_on_its_way_once() -> None:
    dispatcher = Dispatcher(catalog(entry("numbers")), at("12:00:30"))
    first = dispatcher.take(at("12:00:30"))
    dispatcher.advance(at("12:02:30"))
    assert first is not None and dispatcher.take(at("12:02:30")) is None
    assert dispatcher.complete_until_us(at("12:02:30")) <= at("12:02")
    dispatcher.succeeded(first)
    assert dispatcher.take(at("12:02:30")) is not None


def test_another_catalogue_takes_over_and_loses_nothing() -> None:
    """ING-39, ING-48: one added is asked at once, one dropped no more, the rest keeps values and cadence."""
    now = at("12:00:30")
    dispatcher = Dispatcher(catalog(entry("stays"), entry("goes")), now)
    for _ in range(2):
        attempt = dispatcher.take(now)
        assert attempt is not None
        dispatcher.latest.put(attempt.call.line.key, Payload("x", b"{}", now), 600)
        dispatcher.succeeded(attempt)
    dispatcher.reload(catalog(entry("stays", cadence=120), entry("comes")), now, None)
    assert isinstance(dispatcher.latest.get(("stays", None, 0), now), Payload)
    assert dispatcher.latest.get(("goes", None, 0), now) is NoValue.ABSENT
    made = Counter[str]()
    while now < at("12:10:30"):
        dispatcher.advance(now)
        while (attempt := dispatcher.take(now)) is not None:
            made[attempt.call.line.endpoint.id] += 1
            dispatcher.succeeded(attempt)
        now = dispatcher.wake_us(now)
    assert made == {"stays": 5, "comes": 11}


def test_what_waits_during_a_change_goes_with_the_new_settings() -> None:
    now = at("12:00:30")
    dispatcher = Dispatcher(catalog(entry("numbers", params={"limit": 1})), now)
    dispatcher.reload(catalog(entry("numbers", params={"limit": 2})), now, None)
    attempt = dispatcher.take(now)
    assert attempt is not None and attempt.call.line.query == (("limit", "2"),)


def test_a_value_is_expired_after_its_time_and_never_the_old_number() -> None:
    """ING-42."""
    latest, key = Latest(), ("numbers", "SPY", 0)
    assert latest.get(key, at("12:00")) is NoValue.ABSENT
    latest.put(key, Payload("/numbers", b"1", at("12:00")), 180)
    assert isinstance(latest.get(key, at("12:02:59")), Payload) and latest.is_fresh("numbers", "SPY", at("12:02:59"))
    assert latest.get(key, at("12:03")) is NoValue.EXPIRED
    assert latest.get(key, at("12:02:59")) is NoValue.EXPIRED, "its bytes are gone"
    assert not latest.is_fresh("numbers", "SPY", at("12:03")) and latest.age_us(key, at("12:03")) == 180 * SECOND
    latest.put(key, Payload("/numbers", b"2", at("12:04")), 60)
    latest.sweep(at("12:06"))
    assert latest.get(key, at("12:04")) is NoValue.EXPIRED


def test_midnight_brings_the_next_days_parameters() -> None:
    of: Catalog = catalog(entry("numbers", params={"date": "today"}, cadence={"regular": 60, "night": 60}))
    day = walk(of, at("23:58"), at("23:58") + 240 * SECOND)
    dates = [attempt.call.line.query[0][1] for _, attempt in day.made]
    assert dates == sorted(dates) and set(dates) == {"2026-11-18", "2026-11-19"}
