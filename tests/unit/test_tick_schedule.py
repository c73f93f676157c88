"""Ticks: every second once to every partition, never before the data, never for ever waiting (DESIGN §4)."""

from __future__ import annotations

from dataclasses import replace

from infra.macro_windows import margins_of
from infra.settings import MacroSettings, TickSettings
from producers.macro_calendar import MacroCalendar
from producers.tick_schedule import TickSchedule
from schemas.records import CalendarEvent, EventImportance, FeedFault, FeedFaultKind, FeedHeartbeat, FeedPosition, FeedState, Licence

SECOND = 1_000_000
START = 1_748_957_400 * SECOND
SETTINGS = TickSettings.model_validate({"feeds": ("feed.a", "feed.b"), "feed_holdback_real_seconds": 30, "largest_gap_seconds": 3_600})


def schedule(last: list[int | None] | None = None, settings: TickSettings = SETTINGS) -> TickSchedule:
    return TickSchedule(settings, 0.0, last or [None, None])


def heartbeat(feed: str, watermark_us: int, offsets: tuple[int, int] = (0, 0), state: FeedState = FeedState.LIVE) -> FeedHeartbeat:
    return FeedHeartbeat(
        feed=feed, ts_event=watermark_us, ts_published=0, state=state, records_published=0, reconnects=0,
        positions=tuple(FeedPosition(topic="market.trades.v1", partition=p, next_offset=o) for p, o in enumerate(offsets)),
    )  # fmt: skip


def times(plan: TickSchedule, until_us: int, most: int = 600) -> list[list[int]]:
    taken = plan.take(until_us, most, 0.0)
    return [[(tick.ts_event - START) // SECOND for place, tick in taken if place == partition] for partition in range(2)]


def test_the_slowest_feed_holds_the_ticks() -> None:
    plan = schedule()
    plan.heard(heartbeat("feed.a", START + 9_500_000), at=1.0)
    assert plan.due_until_us(START + 60 * SECOND, SECOND, at=1.0) is None, "feed.b may yet speak"
    plan.heard(heartbeat("feed.b", START + 3_999_999), at=1.0)
    assert plan.due_until_us(START + 60 * SECOND, SECOND, at=1.0) == START + 3 * SECOND


def test_every_second_once_to_every_partition_with_its_barriers() -> None:
    plan = schedule([START, START])
    plan.heard(heartbeat("feed.a", START, (7, 9)), at=0)
    plan.heard(heartbeat("feed.b", START, (8, 3)), at=0)
    taken = plan.take(START + 2 * SECOND, 600, 0.0)
    assert [(place, tick.ts_event) for place, tick in taken] == [(p, START + n * SECOND) for p in (0, 1) for n in (1, 2)]
    assert {place: dict(tick.barriers) for place, tick in taken} == {0: {"market.trades.v1": 8}, 1: {"market.trades.v1": 9}}
    assert plan.take(START + 2 * SECOND, 600, 0.0) == []
    assert times(plan, START + 3 * SECOND) == [[3], [3]]


def test_ticks_carry_the_window_around_an_economic_event() -> None:
    """CAL-09: from ten minutes before to ten after, in every partition; of two the more important one, withdrawn ones never."""
    high = event("fomc", START + 602 * SECOND, EventImportance.HIGH)
    calendar = MacroCalendar(margins_of(MacroSettings()))
    calendar.take([high, event("claims", START + 302 * SECOND, EventImportance.MEDIUM), event("told by one", START, EventImportance.HIGH, "fred")])
    plan = schedule([START, START])
    plan.windows = calendar.windows
    taken = plan.take(START + 4 * SECOND, 600, 0.0)
    told = [(place, (tick.ts_event - START) // SECOND, tick.macro and tick.macro.event) for place, tick in taken]
    assert told == [(p, n, None if n < 2 else "fomc") for p in (0, 1) for n in (1, 2, 3, 4)]
    calendar.take([replace(high, importance=None, status="withdrawn")])
    assert [window.event for window in calendar.windows] == ["claims"]


def event(name: str, moment_us: int, importance: EventImportance, source: str = "merged") -> CalendarEvent:
    return CalendarEvent(
        event_id=name, ts_event=moment_us, ts_received=START, ts_published=START, source=source, licence=Licence.INTERNAL, kind="report", event=name,
        all_day=False, importance=importance,
    )  # fmt: skip


def test_ticks_cover_what_the_broker_says_and_what_feeds_say() -> None:
    plan = schedule([START, START])
    plan.heard(heartbeat("feed.a", START, (7, 9)), at=0)
    plan.cover({("derived.regimes.v1", 0): 3, ("derived.regimes.v1", 1): 0})
    assert plan.is_due(START + SECOND)
    taken = plan.take(START + SECOND, 600, 0.0)
    barriers = [{"market.trades.v1": 7, "derived.regimes.v1": 3}, {"market.trades.v1": 9, "derived.regimes.v1": 0}]
    assert [dict(tick.barriers) for _, tick in taken] == barriers
    assert not plan.is_due(START + SECOND), "nobody needs to ask the broker again"


def test_a_partition_cut_short_by_a_crash_gets_what_it_lacks() -> None:
    assert times(schedule([START + 5 * SECOND, START + 3 * SECOND]), START + 6 * SECOND) == [[6], [4, 5, 6]]


def test_a_long_pause_is_jumped_by_all_partitions_a_short_one_is_not() -> None:
    assert times(schedule([START, START - SECOND]), START + 3_601 * SECOND) == [[3_601], [3_601]]
    plan = schedule([START, START - SECOND])
    assert [len(seconds) for seconds in times(plan, START + 3_600 * SECOND, most=10_000)] == [3_600, 3_601]


def test_many_seconds_are_written_in_portions() -> None:
    plan = schedule([START, START])
    assert [len(seconds) for seconds in times(plan, START + 100 * SECOND, most=40)] == [40, 40]
    assert times(plan, START + 100 * SECOND, most=40)[0][0] == 41


def test_a_silent_feed_holds_the_ticks_only_so_long() -> None:
    """Heartbeats without progress count as silence; the clock is followed at a distance, and the feed counts again later."""
    plan = schedule()
    for feed in SETTINGS.feeds:
        plan.heard(heartbeat(feed, START), at=0.0)
    plan.heard(heartbeat("feed.a", START + 50 * SECOND), at=20.0)
    plan.heard(heartbeat("feed.b", START, state=FeedState.DOWN), at=29.0)
    now_us = START + 60 * SECOND
    assert plan.due_until_us(now_us, 5 * SECOND, at=29.0) == START
    assert plan.due_until_us(now_us, 5 * SECOND, at=31.0) == START + 50 * SECOND, "feed.a alone holds now"
    assert plan.due_until_us(now_us, 5 * SECOND, at=51.0) == START + 55 * SECOND, "nobody holds: the clock"
    plan.heard(heartbeat("feed.b", START + 30 * SECOND), at=52.0)
    assert plan.due_until_us(now_us, 5 * SECOND, at=52.0) == START + 30 * SECOND
    assert times(schedule([START + 55 * SECOND] * 2), START + 30 * SECOND) == [[], []], "ticks never step back"


def test_feeds_never_heard_of_and_unlicensed_ones_do_not_count() -> None:
    plan = schedule()
    assert plan.due_until_us(START, 0, at=30.5) == START
    plan.heard(heartbeat("feed.a", START - 100 * SECOND, state=FeedState.UNLICENSED), at=30.5)
    assert plan.due_until_us(START, SECOND, at=30.6) == START - SECOND


def test_ticks_name_what_a_bad_feed_brings_and_what_a_feed_that_is_given_up_does_not() -> None:
    """Issue 5 §5: decisions are withheld by what their tick says, so that a replay of the topics withholds the same."""
    fault = FeedFault(kind=FeedFaultKind.CROSSED, topics=("market.quotes",), measured=0.5, tolerated=0.2, since=0, reason="crossed")
    silent = replace(fault, kind=FeedFaultKind.SILENT, topics=())
    writes = {"feed.a": ("market.trades", "market.quotes"), "feed.b": ("options.trades",)}
    plan = TickSchedule(SETTINGS, 0.0, [START], writes)
    plan.heard(heartbeat("feed.b", START), at=0.0)
    plan.heard(replace(heartbeat("feed.a", START), faults=(fault,)), at=0.0)
    assert [dict(tick.unfit) for _, tick in plan.take(START + SECOND, 600, 0.0)] == [{"market.quotes": "CROSSED"}]
    plan.heard(replace(heartbeat("feed.a", START), faults=(silent,)), at=1.0)
    assert plan.unfit(1.0) == {"market.trades": "SILENT", "market.quotes": "SILENT"}
    plan.heard(heartbeat("feed.a", START + SECOND, state=FeedState.DOWN), at=2.0)
    assert plan.unfit(3.0) == {}, "it is waited for: what it missed comes before the ticks"
    assert plan.unfit(32.5) == {"market.trades": "DOWN", "market.quotes": "DOWN", "options.trades": "DOWN"}
    quiet = SETTINGS.model_copy(update={"tell_bad_feeds": False})
    assert TickSchedule(quiet, 0.0, [START], writes).unfit(32.5) == {}
