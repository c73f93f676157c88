"""Ticks are the watermark: none is applied before everything under its barrier is folded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.in_flight import Ticket
from processors.tick_barrier import HeldTick, TickBarrier
from schemas.records import Tick

TRADES, QUOTES = "market.trades.v1", "market.quotes.v1"


def held(offset: int, **barriers: int) -> HeldTick:
    names = {"trades": TRADES, "quotes": QUOTES, "other": "reference.gappers.v1"}
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
