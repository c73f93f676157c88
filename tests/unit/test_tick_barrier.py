"""Ticks are the watermark: none is applied before everything under its barrier is folded."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from infra.columnar.record_batch import RawRecord
from processors.column_input import Alone
from processors.held_inputs import Held, HeldColumns, HeldRecord, HeldTopic
from processors.in_flight import Ticket
from processors.partition_state import Packed
from processors.tick_barrier import HeldTick, TickBarrier
from schemas.records import Tick

TRADES, QUOTES, OTHER = "market.trades.v1", "market.quotes.v1", "reference.gappers.v1"


def held(offset: int, **barriers: int) -> HeldTick:
    names = {"trades": TRADES, "quotes": QUOTES, "other": OTHER}
    return HeldTick(offset, Tick(ts_event=offset, barriers={names[name]: at for name, at in barriers.items()}), b"", None)


def due(barrier: TickBarrier) -> list[HeldTick]:
    return list(iter(barrier.take_due, None))


def test_a_tick_waits_for_every_topic_the_stage_folds() -> None:
    barrier = TickBarrier([TRADES, QUOTES])
    barrier.hold(held(0, trades=10, quotes=5))
    assert due(barrier) == []
    barrier.reached(TRADES, 10)
    assert due(barrier) == []
    assert barrier.missing() == {QUOTES: 5}
    barrier.reached(QUOTES, 6)
    assert [tick.offset for tick in due(barrier)] == [0]
    assert len(barrier) == 0


def test_a_barrier_on_a_topic_the_stage_does_not_fold_is_ignored() -> None:
    barrier = TickBarrier([TRADES])
    barrier.hold(held(0, other=1_000_000))
    assert [tick.offset for tick in due(barrier)] == [0]


def test_a_tick_that_could_go_waits_behind_one_that_cannot() -> None:
    barrier = TickBarrier([TRADES])
    barrier.hold(held(0, trades=10))
    barrier.hold(held(1))
    assert due(barrier) == []
    barrier.reached(TRADES, 10)
    assert [tick.offset for tick in due(barrier)] == [0, 1]


def test_progress_never_goes_back() -> None:
    """Records read again after a rebalance do not close the barrier again."""
    barrier = TickBarrier([TRADES])
    barrier.reached(TRADES, 10)
    barrier.reached(TRADES, 4)
    barrier.hold(held(0, trades=10))
    assert len(due(barrier)) == 1


def test_the_ticket_of_a_batch_comes_with_its_last_tick() -> None:
    ticket = Ticket(2)
    barrier = TickBarrier([])
    barrier.hold(HeldTick(0, Tick(ts_event=0), b"", None))
    barrier.hold(HeldTick(1, Tick(ts_event=1), b"", ticket))
    assert [tick.ticket for tick in due(barrier)] == [None, ticket]


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
        for tick in due(barrier):
            assert all(progress[topic] >= offset for topic, offset in tick.tick.barriers.items())
            applied.append(tick.offset)
    assert applied == list(range(len(steps)))


def record(topic: str, offset: int) -> HeldRecord:
    return HeldRecord(topic, Alone(topic, 0, offset, None, b"value", ()))


def columns(topic: str, *offsets: int) -> HeldColumns:
    packed = Packed(np.array(offsets), np.zeros(len(offsets), np.int32), str, (np.array(offsets) * 10,))
    return HeldColumns(topic, packed, [RawRecord(offset, 0, b"key", None, ()) for offset in offsets[::2]])


def offsets_of(items: Iterable[Held]) -> list[tuple[str, int]]:
    return [(item.topic, at) for item in items for at in (item.packed.offsets.tolist() if isinstance(item, HeldColumns) else [item.first])]


def hold(barrier: TickBarrier, topic: str, *offsets: int) -> Ticket:
    ticket = Ticket(offsets[-1] + 1)
    barrier.hold_inputs(topic, [record(topic, offset) for offset in offsets], ticket)
    return ticket


def test_held_records_come_with_the_first_tick_that_covers_them() -> None:
    """Topic by topic in the stage's own order, each by offset, whichever came first."""
    barrier = TickBarrier([TRADES, QUOTES, OTHER], [OTHER, QUOTES])
    for topic, offset in ((QUOTES, 0), (OTHER, 0), (QUOTES, 1), (OTHER, 1), (QUOTES, 2)):
        hold(barrier, topic, offset)
    assert not list(barrier.take_covered()), "no tick has come"
    barrier.hold(held(0, quotes=2, other=1))
    assert offsets_of(barrier.take_covered()) == [(OTHER, 0), (QUOTES, 0), (QUOTES, 1)]
    assert len(due(barrier)) == 1
    barrier.hold(held(1, quotes=3, other=2))
    assert offsets_of(barrier.take_covered()) == [(OTHER, 1), (QUOTES, 2)]
    assert barrier.held_bytes == 0


def test_a_tick_that_says_nothing_of_a_topic_covers_all_of_it() -> None:
    barrier = TickBarrier([QUOTES], [QUOTES])
    hold(barrier, QUOTES, 7)
    barrier.hold(held(0))
    assert offsets_of(barrier.take_covered()) == [(QUOTES, 7)]


def test_a_tick_waits_until_what_it_covers_is_here() -> None:
    barrier = TickBarrier([QUOTES], [QUOTES])
    barrier.hold(held(0, quotes=2))
    hold(barrier, QUOTES, 0)
    assert due(barrier) == []
    assert list(barrier.idle_topics()) == []
    hold(barrier, QUOTES, 1)
    assert offsets_of(barrier.take_covered()) == [(QUOTES, 0), (QUOTES, 1)]
    assert len(due(barrier)) == 1
    assert list(barrier.idle_topics()) == [QUOTES]


def test_what_is_covered_is_folded_as_it_comes_but_in_order() -> None:
    """A tick may cover more than fits into the memory: what is its turn does not wait for the rest, what is not its turn does."""
    barrier = TickBarrier([TRADES, QUOTES, OTHER], [OTHER, QUOTES])
    barrier.hold(held(0, trades=1, other=4, quotes=1))
    hold(barrier, QUOTES, 0, 1)
    hold(barrier, OTHER, 0, 1)
    assert not list(barrier.take_covered()), "a topic that is not held comes first"
    barrier.reached(TRADES, 1)
    assert offsets_of(barrier.take_covered()) == [(OTHER, 0), (OTHER, 1)]
    hold(barrier, OTHER, 2, 3, 4)
    assert offsets_of(barrier.take_covered()) == [(OTHER, 2), (OTHER, 3), (QUOTES, 0)]
    assert len(due(barrier)) == 1


def test_a_batch_of_columns_is_cut_where_the_tick_ends() -> None:
    """Also in a gap between offsets; its ticket comes back when nothing of it waits, and what it took is counted."""
    topic, ticket = HeldTopic(), Ticket(12)
    whole = columns(QUOTES, 3, 4, 6, 7, 11)
    topic.hold([whole], ticket)
    assert topic.size == whole.size == 5 * (8 + 4 + 8)
    assert list(topic.take_below(3)) == [] and topic.first == 3
    (first,) = topic.take_below(5)
    assert isinstance(first, HeldColumns)
    assert first.packed.offsets.tolist() == [3, 4] and first.packed.values[0].tolist() == [30, 40]
    assert [traced.offset for traced in first.traced] == [3]
    assert topic.first == 6 and topic.size == 3 * 20 and list(topic.take_finished()) == []
    (second,) = topic.take_below(11)
    (third,) = topic.take_below(None)
    assert [offsets_of([part]) for part in (second, third)] == [[(QUOTES, 6), (QUOTES, 7)], [(QUOTES, 11)]]
    assert [[traced.offset for traced in part.traced] for part in (second, third) if isinstance(part, HeldColumns)] == [[6], [11]]
    assert not topic and topic.size == 0 and list(topic.take_finished()) == [ticket]


def test_a_batch_is_done_when_nothing_of_it_or_before_it_waits() -> None:
    barrier = TickBarrier([QUOTES], [QUOTES])
    first = hold(barrier, QUOTES, 0, 1)
    gap = Ticket(9)
    barrier.hold_inputs(QUOTES, (), gap)
    barrier.hold(held(0, quotes=1))
    assert len(list(barrier.take_covered())) == 1 and list(barrier.take_finished()) == []
    due(barrier)
    barrier.hold(held(1, quotes=9))
    assert len(list(barrier.take_covered())) == 1 and list(barrier.take_finished()) == [first, gap]


def test_a_topic_of_which_much_waits_is_full_until_a_tick_takes_it() -> None:
    barrier = TickBarrier([QUOTES, OTHER], [QUOTES, OTHER])
    barrier.hold_inputs(QUOTES, [columns(QUOTES, 0, 1, 2)], Ticket(3))
    hold(barrier, OTHER, 0)
    assert list(barrier.full_topics(60)) == [QUOTES, OTHER] and list(barrier.full_topics(61)) == [OTHER]
    barrier.hold(held(0, quotes=2, other=0))
    list(barrier.take_covered())
    assert list(barrier.full_topics(21)) == [OTHER]


def test_records_behind_the_newest_tick_are_no_work() -> None:
    """The stage's watch must not take a silence of the ticks for a stall of its own."""
    barrier = TickBarrier([QUOTES], [QUOTES])
    barrier.hold(held(0, quotes=0))
    hold(barrier, QUOTES, 0)
    assert list(barrier.idle_topics()) == [QUOTES]


@given(st.lists(st.tuples(st.sampled_from([QUOTES, OTHER]), st.booleans()), max_size=40), st.randoms(use_true_random=False))
def test_the_log_alone_decides_what_a_tick_sees(log: list[tuple[str, bool]], chance: Random) -> None:
    """However the partitions' records arrive among each other, and in which batches, each tick is preceded by the same records in the same order."""
    ends = dict.fromkeys((QUOTES, OTHER), 0)
    ticks: list[dict[str, int]] = []
    for topic, with_tick in log:
        ends[topic] += 1
        if with_tick:
            ticks.append(dict(ends))
    seen = []
    for _ in range(2):
        barrier = TickBarrier([QUOTES, OTHER], [QUOTES, OTHER])
        tickets: list[Ticket] = []
        finished: list[Ticket] = []
        came = {QUOTES: 0, OTHER: 0, "ticks": 0}
        story: list[object] = []
        while left := [name for name in came if came[name] < (len(ticks) if name == "ticks" else ends[name])]:
            lane = chance.choice(left)
            if lane == "ticks":
                number = came[lane]
                barrier.hold(HeldTick(number, Tick(ts_event=number, barriers=ticks[number]), b"", None))
                came[lane] += 1
            else:
                offsets = range(came[lane], chance.randint(came[lane] + 1, ends[lane]))
                came[lane] = offsets.stop
                tickets.append(Ticket(offsets.stop))
                in_columns = chance.random() < 0.5
                barrier.hold_inputs(lane, [columns(lane, *offsets)] if in_columns else [record(lane, at) for at in offsets], tickets[-1])
            story += offsets_of(barrier.take_covered())
            finished += barrier.take_finished()
            while (tick := barrier.take_due()) is not None:
                story.append(tick.offset)
                story += offsets_of(barrier.take_covered())
                finished += barrier.take_finished()
        covered = ticks[-1] if ticks else {}
        assert {(item[0], item[1]) for item in story if isinstance(item, tuple)} == {(name, at) for name, end in covered.items() for at in range(end)}
        assert len(finished) == len({id(ticket) for ticket in finished}) <= len(tickets)
        seen.append(story)
    assert seen[0] == seen[1]
    assert [item for item in seen[0] if isinstance(item, int)] == list(range(len(ticks)))
