"""A worker is alive when its offsets move, not when its process is up (F13)."""

from __future__ import annotations

from processors.progress import Progress

A, B = ("market.trades.v1", 0), ("market.trades.v1", 1)


def test_work_that_does_not_move_is_a_stall_after_the_set_time() -> None:
    progress = Progress(30)
    assert progress.observe(0, {A: 5}, {A: 9}, 0) == []
    assert progress.observe(29, {A: 5}, {A: 12}, 0) == []
    assert progress.observe(30, {A: 5}, {A: 12}, 0) == [A]


def test_progress_idleness_and_silence_are_no_stall() -> None:
    progress = Progress(30)
    for now in range(0, 200, 20):
        moves, idle, untold = {A: now}, {B: 7}, ("ops.ticks.v1", 0)
        assert progress.observe(now, {**moves, **idle, untold: 0}, {A: 1_000, B: 7}, 0) == []


def test_idle_time_does_not_count_once_work_arrives() -> None:
    progress = Progress(30)
    progress.observe(0, {A: 5}, {A: 5}, 0)
    progress.observe(100, {A: 5}, {A: 5}, 0)
    assert progress.observe(101, {A: 5}, {A: 6}, 0) == []
    assert progress.observe(131, {A: 5}, {A: 6}, 0) == [A]


def test_a_partition_that_left_and_a_broker_that_was_away_begin_anew() -> None:
    progress = Progress(30)
    progress.observe(0, {A: 5}, {A: 9}, 0)
    progress.observe(10, {}, {}, 0)
    assert progress.observe(35, {A: 5}, {A: 9}, 0) == []
    progress.forget()
    assert progress.observe(70, {A: 5}, {A: 9}, 0) == []


def test_a_batch_that_is_being_folded_is_not_a_stall_but_neither_is_it_forgiven_for_ever() -> None:
    progress = Progress(30)
    folded = range(301)
    assert all(progress.observe(now, {A: 5}, {A: 9}, now) == [] for now in folded[:300])
    assert progress.observe(300, {A: 5}, {A: 9}, 300) == [A]
