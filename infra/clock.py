"""Market time. The only module that reads the wall clock."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

MICROSECONDS = 1_000_000


class Clock(Protocol):
    """What every component knows of time: UTC, as int microseconds since the epoch."""

    def now_us(self) -> int:
        """Return market time in microseconds since the epoch, UTC."""

    def real_seconds(self, market_seconds: float) -> float:
        """Return how many seconds of a person's life ``market_seconds`` take."""


def now(clock: Clock) -> datetime:
    """Return the clock's time as an aware datetime."""
    return to_datetime(clock.now_us())


def to_datetime(microseconds: int) -> datetime:
    """Return int microseconds since the epoch as an aware UTC datetime, exactly."""
    seconds, rest = divmod(microseconds, MICROSECONDS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def to_microseconds(moment: datetime) -> int:
    """Return an aware datetime as int microseconds since the epoch, exactly."""
    if moment.tzinfo is None:
        raise ValueError(f"expected an aware datetime, found {moment!r} without a zone")
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * MICROSECONDS + delta.microseconds


async def sleep_until(clock: Clock, moment_us: int) -> None:
    """Wait until the clock shows ``moment_us``; a manual clock is polled, so that a test can move it."""
    while (left := moment_us - clock.now_us()) > 0:  # noqa: ASYNC110 - there is no event to wait for: time just passes
        await asyncio.sleep(min(max(clock.real_seconds(left / MICROSECONDS), 0.001), 0.25))


def monotonic_seconds() -> float:
    """Return real seconds that never step back: for time-outs and rates, never for decisions."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class SystemClock:
    """Market time is the wall clock."""

    def now_us(self) -> int:
        return time.time_ns() // 1_000

    def real_seconds(self, market_seconds: float) -> float:
        return market_seconds


@dataclass(slots=True)
class ManualClock:
    """Stands still until a test moves it."""

    microseconds: int

    def now_us(self) -> int:
        return self.microseconds

    def real_seconds(self, market_seconds: float) -> float:
        return 0.0

    def advance(self, seconds: float) -> None:
        self.microseconds += round(seconds * MICROSECONDS)


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """Runs ``speed`` times as fast as the wall clock from ``start_us``, which it showed at ``origin_us`` of the wall clock.

    Every process of a demo or replay gets the same three numbers, so they all agree on market time.
    """

    start_us: int
    speed: float
    origin_us: int

    def now_us(self) -> int:
        return self.start_us + round((time.time_ns() // 1_000 - self.origin_us) * self.speed)

    def real_seconds(self, market_seconds: float) -> float:
        return market_seconds / self.speed
