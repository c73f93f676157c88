"""ING-36: CLOSED, OPEN, HALF_OPEN, on a virtual clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from producers.rest_catalog.circuit_breaker import BreakerState, CircuitBreaker
from producers.rest_catalog.endpoint import Breaker

SECOND = 1_000_000
SETTINGS = Breaker(failures=3, open_seconds=60, longest_seconds=200)


def opened() -> CircuitBreaker:
    breaker = CircuitBreaker(SETTINGS)
    assert [breaker.failed(0, "broken") for _ in range(3)] == [False, False, True]
    return breaker


def test_failures_in_a_row_open_it_and_a_success_between_them_does_not() -> None:
    breaker = CircuitBreaker(SETTINGS)
    for _ in range(5):
        assert not breaker.failed(0, "broken") and not breaker.failed(0, "broken")
        breaker.succeeded()
    assert breaker.state(0) is BreakerState.CLOSED
    assert opened().state(59 * SECOND) is BreakerState.OPEN


def test_half_open_lets_one_call_through_and_it_decides() -> None:
    breaker = opened()
    assert not breaker.lets_through(59 * SECOND)
    assert breaker.state(60 * SECOND) is BreakerState.HALF_OPEN and breaker.lets_through(60 * SECOND)
    breaker.began(60 * SECOND)
    assert not breaker.lets_through(60 * SECOND), "one probe at a time"
    breaker.succeeded()
    assert breaker.state(60 * SECOND) is BreakerState.CLOSED and breaker.reason == ""


def test_each_probe_that_fails_doubles_the_wait_up_to_the_longest() -> None:
    breaker, now, waits = opened(), 60 * SECOND, []
    for _ in range(4):
        breaker.began(now)
        assert breaker.failed(now, "still broken")
        until = next(second for second in range(1, 1_000) if breaker.lets_through(now + second * SECOND))
        waits.append(until)
        now += until * SECOND
    assert waits == [120, 200, 200, 200]


def test_calls_on_their_way_when_it_opens_do_not_open_it_further() -> None:
    breaker = opened()
    assert not breaker.failed(SECOND, "late") and breaker.lets_through(60 * SECOND)


def test_a_probe_the_vendor_limits_leaves_room_for_another() -> None:
    breaker = opened()
    breaker.began(60 * SECOND)
    breaker.gave_up()
    assert breaker.lets_through(60 * SECOND)


def test_what_the_plan_lacks_is_left_alone_for_the_longest_time() -> None:
    breaker = CircuitBreaker(SETTINGS)
    assert breaker.open(0, "not in the plan", longest=True)
    assert not breaker.lets_through(199 * SECOND) and breaker.lets_through(200 * SECOND)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 300)), max_size=60))
def test_it_always_opens_again_for_a_probe(history: list[tuple[bool, int]]) -> None:
    breaker, now = CircuitBreaker(SETTINGS), 0
    for good, pause in history:
        now += pause * SECOND
        if not breaker.lets_through(now):
            continue
        breaker.began(now)
        if good:
            breaker.succeeded()
            assert breaker.state(now) is BreakerState.CLOSED
        else:
            breaker.failed(now, "broken")
    assert breaker.lets_through(now + SETTINGS.longest_seconds * SECOND)
