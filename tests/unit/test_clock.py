"""Clocks: exact conversions, a scaled clock shared by processes, waiting that a test can move."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clock import ManualClock, ScaledClock, SystemClock, now, sleep_until, to_datetime, to_microseconds


@given(st.integers(min_value=0, max_value=4_000_000_000_000_000))
def test_microseconds_survive_the_round_trip_exactly(microseconds: int) -> None:
    assert to_microseconds(to_datetime(microseconds)) == microseconds


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        to_microseconds(datetime(2026, 1, 1))


def test_scaled_clocks_of_one_run_agree_and_run_at_their_speed() -> None:
    origin = SystemClock().now_us()
    first, second = ScaledClock(1_000_000, 60.0, origin), ScaledClock(1_000_000, 60.0, origin)
    earlier = first.now_us()
    between, later = second.now_us(), first.now_us()
    assert earlier <= between <= later
    assert ScaledClock(0, 60.0, origin - 1_000_000).now_us() >= 60_000_000
    assert first.real_seconds(60) == 1.0


async def test_waiting_ends_when_the_clock_gets_there() -> None:
    clock = ManualClock(0)
    waiting = asyncio.create_task(sleep_until(clock, 5_000_000))
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(5)
    await asyncio.wait_for(waiting, 1)
    assert now(clock) == datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)
