"""API-30: a consumer stands still only when records wait that nobody holds back, for long enough."""

from __future__ import annotations

from infra.kafka.stall_watch import StallWatch

A, B = ("a.v1", 0), ("b.v1", 1)


def test_nothing_to_read_is_no_stall() -> None:
    watch = StallWatch(10.0)
    assert watch.observe(0.0, {A: 5}, []) == []
    assert watch.observe(100.0, {A: 5}, []) == []


def test_waiting_records_that_do_not_move_are_a_stall_of_that_partition() -> None:
    watch = StallWatch(10.0)
    assert watch.observe(0.0, {A: 5, B: 7}, [A, B]) == []
    assert watch.observe(9.9, {A: 5, B: 8}, [A, B]) == []
    assert watch.observe(10.0, {A: 5, B: 8}, [A, B]) == [A]
    assert watch.observe(11.0, {A: 6, B: 8}, [A, B]) == []


def test_a_partition_that_was_held_back_begins_anew() -> None:
    watch = StallWatch(10.0)
    watch.observe(0.0, {A: 5}, [A])
    watch.observe(5.0, {A: 5}, [])
    assert watch.observe(12.0, {A: 5}, [A]) == []
    assert watch.observe(22.0, {A: 5}, [A]) == [A]


def test_after_an_outage_everybody_gets_the_whole_time_again() -> None:
    watch = StallWatch(10.0)
    watch.observe(0.0, {A: 5}, [A])
    watch.forget()
    assert watch.observe(10.0, {A: 5}, [A]) == []
