"""Ticks are the watermark: none is applied before everything under its barrier is folded."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from processors.in_flight import Ticket
from processors.tick_barrier import HeldRecord, HeldTick, TickBarrier
from schemas.records import Tick

TRADES, QUOTES, OTHER = "market.trades.v1", "market.quotes.v1", "reference.gappers.v1"


def held(offset: int, **barriers: int) -> HeldTick:
    names = {"trades": TRADES, "quotes": QUOTES, "other": OTHER}
    return HeldTick(offset, Tick(ts_event=offset, barriers={names[name]: at for name, at in barriers.items()}), b"", None)


def test_a_tick_waits_for_every_topic_the_stage_folds() -> None:
    barrier = TickBarrier([TRADES, QUOTES])
    barrier.hold(held(0, trades=10, quotes=5))
    assert list(barrier.due()) == []
    barrier.reached(TRADES, 10)
    assert list(barrier.due()) == []
    assert barrier.missing() == {QUOTES: 5}
    barrier.reached(QUOTES, 6)
    assert [tick.offset for tick in barrier.due()] == [0]
    assert len(barrier) == 0


def test_a_barrier_on_a_topic_the_stage_does_not_fold_is_ignored() -> None:
    barrier = TickBarrier([TRADES])
    barrier.hold(held(0, other=1_000_000))
    assert [tick.offset for tick in barrier.due()] == [0]


def test_a_tick_that_could_go_waits_behind_one_that_cannot() -> None:
    barrier = TickBarrier([TRADES])
    barrier.hold(held(0, trades=10))
    barrier.hold(held(1))
    assert list(barrier.due()) == []
    barrier.reached(TRADES, 10)
    assert [tick.offset for tick in barrier.due()] == [0, 1]


def test_progress_never_goes_back() -> None:
    """Records read again after a rebalance do not close the barrier again."""
    barrier = TickBarrier([TRADES])
    barrier.reached(TRADES, 10)
    barrier.reached(TRADES, 4)
    barrier.hold(held(0, trades=10))
    assert len(list(barrier.due())) == 1


def test_the_ticket_of_a_batch_comes_with_its_last_tick() -> None:
    ticket = Ticket(2)
    barrier = TickBarrier([])
    barrier.hold(HeldTick(0, Tick(ts_event=0), b"", None))
    barrier.hold(HeldTick(1, Tick(ts_event=1), b"", ticket))
    assert [tick.ticket for tick in barrier.due()] == [None, ticket]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12), st.randoms(use_true_random=False))
def test_any_interleaving_applies_each_tick_once_in_order_and_never_early(steps: list[tuple[int, int]], chance: object) -> None:
    barriers = [
        {"trades": max(t for t, _ in steps[:count]), "quotes": max(q for _, q in steps[:count])} for count in range(1, len(steps) + 1)
    ]
    events: list[tuple[str, int]] = [("tick", number) for number in range(len(steps))]
    progress = {TRADES: 0, QUOTES: 0}
    barrier = TickBarrier([TRADES, QUOTES])
    applied: list[int] = []
    while len(applied) < len(steps):
        if events and chance.random() < 0.5:  # type: ignore[attr-defined]
            number = events.pop(0)[1]
            barrier.hold(held(number, **barriers[number]))
        else:
            topic = TRADES if chance.random() < 0.5 else QUOTES  # type: ignore[attr-defined]
            progress[topic] += 1
            barrier.reached(topic, progress[topic])
        for tick in barrier.due():
            assert all(progress[topic] >= offset for topic, offset in tick.tick.barriers.items())
            applied.append(tick.offset)
    assert applied == list(range(len(steps)))


def record(topic: str, offset: int, ticket: Ticket | None = None) -> HeldRecord:
    return HeldRecord(topic, SimpleNamespace(offset=offset), ticket)


def test_held_records_come_with_the_first_tick_that_covers_them() -> None:
    """Topic by topic in the stage's own order, each by offset, whichever came first."""
    barrier = TickBarrier([TRADES, QUOTES, OTHER], [OTHER, QUOTES])
    for topic, offset in ((QUOTES, 0), (OTHER, 0), (QUOTES, 1), (OTHER, 1), (QUOTES, 2)):
        barrier.hold_record(record(topic, offset))
    covered = [(item.topic, item.raw.offset) for item in barrier.take_covered(held(0, quotes=2, other=1).tick)]
    assert covered == [(OTHER, 0), (QUOTES, 0), (QUOTES, 1)]
    assert barrier.waiting_records == 2
    assert [(item.topic, item.raw.offset) for item in barrier.take_covered(held(1, quotes=3, other=2).tick)] == [(OTHER, 1), (QUOTES, 2)]


def test_a_tick_that_says_nothing_of_a_topic_covers_all_of_it() -> None:
    barrier = TickBarrier([QUOTES], [QUOTES])
    barrier.hold_record(record(QUOTES, 7))
    assert [item.raw.offset for item in barrier.take_covered(held(0).tick)] == [7]


def test_a_tick_waits_until_what_it_covers_is_here() -> None:
    barrier = TickBarrier([QUOTES], [QUOTES])
    barrier.hold(held(0, quotes=2))
    barrier.hold_record(record(QUOTES, 0))
    barrier.reached(QUOTES, 1)
    assert list(barrier.due()) == []
    assert list(barrier.idle_topics()) == []
    barrier.hold_record(record(QUOTES, 1))
    barrier.reached(QUOTES, 2)
    (tick,) = barrier.due()
    assert len(list(barrier.take_covered(tick.tick))) == 2
    assert list(barrier.idle_topics()) == [QUOTES]


def test_records_behind_the_newest_tick_are_no_work() -> None:
    """The stage's watch must not take a silence of the ticks for a stall of its own."""
    barrier = TickBarrier([QUOTES], [QUOTES])
    barrier.hold(held(0, quotes=0))
    barrier.hold_record(record(QUOTES, 0))
    barrier.reached(QUOTES, 1)
    assert list(barrier.idle_topics()) == [QUOTES]


@given(st.lists(st.tuples(st.sampled_from([QUOTES, OTHER]), st.booleans()), max_size=40), st.randoms(use_true_random=False))
def test_the_log_alone_decides_what_a_tick_sees(log: list[tuple[str, bool]], chance: Random) -> None:
    """However the partitions' records arrive among each other, each tick is preceded by the same records in the same order."""
    ends = dict.fromkeys((QUOTES, OTHER), 0)
    records: list[tuple[str, int]] = []
    ticks: list[dict[str, int]] = []
    for topic, with_tick in log:
        records.append((topic, ends[topic]))
        ends[topic] += 1
        if with_tick:
            ticks.append(dict(ends))
    seen = []
    for _ in range(2):
        barrier = TickBarrier([QUOTES, OTHER], [QUOTES, OTHER])
        lanes = [[item for item in records if item[0] == topic] for topic in (QUOTES, OTHER)] + [list(enumerate(ticks))]
        story: list[object] = []
        while any(lanes):
            lane = chance.choice([lane for lane in lanes if lane])
            first, second = lane.pop(0)
            if isinstance(first, str):
                barrier.hold_record(record(first, second))
                barrier.reached(first, second + 1)
            else:
                barrier.hold(HeldTick(first, Tick(ts_event=first, barriers=second), b"", None))
            for tick in barrier.due():
                story += [(item.topic, item.raw.offset) for item in barrier.take_covered(tick.tick)]
                story.append(tick.offset)
        seen.append(story)
    assert seen[0] == seen[1]
    assert [item for item in seen[0] if isinstance(item, int)] == list(range(len(ticks)))
