"""ING-13 to ING-15: bursts, the rolling minute and the shares, on a virtual clock."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from producers.rest_catalog.endpoint import Budget, Priority
from producers.rest_catalog.rate_budget import Limits, RateBudget, Verdict
from tests.support.rest_catalogs import SECOND, most_within

START = 1_700_000_000 * SECOND
CRITICAL, IMPORTANT, NICE, BACKGROUND = Priority


def budget(**changes: int) -> RateBudget:
    return RateBudget(Limits.of(Budget.model_validate(changes)))


def lend_all() -> RateBudget:
    return RateBudget(Limits.of(Budget()), needs=dict.fromkeys(Priority, 0))


def fire(of: RateBudget, count: int, priority: Priority) -> list[int]:
    """Make calls as soon as the budget lets them."""
    moments: list[int] = []
    now_us = START
    while len(moments) < count:
        if of.take(priority, now_us) is Verdict.YES:
            moments.append(now_us)
        else:
            now_us = max(of.next_us(now_us), now_us + 1)
    return moments


def test_three_hundred_calls_never_exceed_burst_nor_minute() -> None:
    """ING-13."""
    moments = fire(lend_all(), 300, CRITICAL)
    assert max(Counter(moments).values()) == 20
    assert most_within(moments, 60) == 110
    assert moments[-1] - moments[0] < 200 * SECOND, "300 calls take three minutes at most: 110 at once, 110 a minute after, then 80"


def test_the_111th_call_of_a_minute_waits_until_the_first_is_a_minute_old() -> None:
    """ING-14."""
    moments = fire(lend_all(), 111, CRITICAL)
    assert moments[109] - moments[0] < 60 * SECOND
    assert moments[110] == moments[0] + 60 * SECOND


def test_a_call_stays_in_the_minute_until_a_minute_after_its_answer() -> None:
    """ING-14: who answers after 5 s may have got the request as late as that, and counts its minute from there."""
    of = lend_all()
    moments = fire(of, 110, CRITICAL)
    for _ in moments:
        of.answered(CRITICAL, moments[-1] + 5 * SECOND)
    assert of.take(CRITICAL, moments[0] + 60 * SECOND) is Verdict.FULL
    free_us = moments[-1] + 65 * SECOND
    assert of.next_us(moments[-1] + 6 * SECOND) == free_us
    assert of.take(CRITICAL, free_us - 1) is Verdict.FULL and of.take(CRITICAL, free_us) is Verdict.YES


travels = st.lists(st.tuples(st.integers(0, 8 * SECOND), st.integers(0, 8 * SECOND)), min_size=300, max_size=300)


@settings(deadline=None, max_examples=30)
@given(travels)
def test_however_long_a_request_travels_the_vendor_never_counts_too_many(travelled: list[tuple[int, int]]) -> None:
    """A request arrives some time after it was sent and is answered some time after that: at most 110 arrive in any 60 s."""
    of, now_us, arrivals = lend_all(), START, list[int]()
    answers: list[int] = []
    for there, back in travelled:
        while True:
            for _ in range(bisect_right(answers, now_us)):
                of.answered(CRITICAL, answers.pop(0))
            if of.take(CRITICAL, now_us) is Verdict.YES:
                break
            now_us = max(min([of.next_us(now_us), *answers[:1]]), now_us + 1)
        arrivals.append(now_us + there)
        insort(answers, now_us + there + back)
    assert most_within(sorted(arrivals), 60) <= 110


def test_every_priority_gets_its_share_when_all_want_more() -> None:
    """ING-15: saturated, critical gets its 60 every minute, background nothing."""
    of, made = budget(), Counter[tuple[int, Priority]]()
    for step in range(5 * 60 * 10):
        now_us = START + step * SECOND // 10
        for priority in reversed(Priority):  # the least important asks first, and still gets nothing that belongs to others
            while of.take(priority, now_us) is Verdict.YES:
                made[step // 600, priority] += 1
    for minute in range(5):
        assert [made[minute, priority] for priority in Priority] == [60, 40, 10, 0]


def test_background_lives_on_what_the_plan_leaves() -> None:
    of = RateBudget(Limits.of(Budget()), needs={CRITICAL: 20, IMPORTANT: 30, NICE: 10})
    background = fire(of, 50, BACKGROUND)
    assert background[-1] - START < 60 * SECOND
    now_us = background[-1]
    assert of.ask(BACKGROUND, now_us) is Verdict.FULL and of.ask(CRITICAL, now_us + SECOND) is Verdict.YES


def test_the_vendors_limit_wins_over_the_files() -> None:
    of = lend_all()
    of.adopt(60)
    assert (of.limits.per_minute, of.limits.stop_at, of.limits.burst) == (60, 55, 20)
    assert of.limits.shares == {CRITICAL: 30, IMPORTANT: 20, NICE: 5, BACKGROUND: 0}
    assert most_within(fire(of, 150, CRITICAL), 60) == 55
    of.adopt(1_000_000)
    assert of.limits.stop_at > 900_000 and of.limits.burst == 20


def test_nobody_goes_while_the_vendor_wants_us_to_wait() -> None:
    of = budget()
    of.pause_until(START + 30 * SECOND)
    assert of.take(CRITICAL, START) is Verdict.PAUSED and of.next_us(START) == START + 30 * SECOND
    assert of.take(CRITICAL, START + 30 * SECOND) is Verdict.YES


asks = st.lists(st.tuples(st.integers(0, 4 * SECOND), st.sampled_from(list(Priority)), st.integers(1, 40)), max_size=120)


@settings(deadline=None)
@given(asks, st.booleans())
def test_no_order_of_calls_breaks_a_limit(asked: list[tuple[int, Priority, int]], lends: bool) -> None:
    """Never more than 20 at once, nor 110 (so 120) in any 60 seconds; who needs its share gets it within the minute."""
    of = lend_all() if lends else budget()
    now_us, moments = START, list[int]()
    for pause, priority, count in asked:
        now_us += pause
        moments += [now_us for _ in range(count) if of.take(priority, now_us) is Verdict.YES]
        used = of.used(now_us)
        free = of.limits.stop_at - sum(used.values())
        if not lends:
            assert free >= sum(max(0, share - used[one]) for one, share in of.limits.shares.items()), "what others need stays free"
    assert most_within(moments, 60) <= 110
    assert max(Counter(moments).values(), default=0) <= 20


@settings(deadline=None)
@example(276)  # 2.3 times the file's: in floating point the shares came to one more than the whole
@given(st.integers(1, 2_000))
def test_any_stated_limit_is_kept(per_minute: int) -> None:
    of = lend_all()
    of.adopt(per_minute)
    assert most_within(fire(of, 60, IMPORTANT), 60) <= per_minute
    assert sum(of.limits.shares.values()) <= of.limits.stop_at <= max(1, per_minute)
