"""A vendor without a stream as a `Stream`: asked again and again, in market time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from infra.clock import MICROSECONDS, Clock, monotonic_seconds
from infra.errors import Permanent, Retryable
from producers.source import Payload

_LOOK_SECONDS = 0.02  # real: how often the market clock is looked at


class PolledStream:
    """Answers of one request, each as a payload.

    Parameters
    ----------
    fetch
        Asks once.
    interval_market_seconds
        From one request to the next.
    """

    def __init__(self, fetch: Callable[[], AsyncIterator[Payload]], interval_market_seconds: float, clock: Clock) -> None:
        self._fetch = fetch
        self._interval_us = round(interval_market_seconds * MICROSECONDS)
        self._clock = clock
        self._next_us = clock.now_us()
        self._answers: deque[Payload] = deque()
        self._asked_us: int | None = None

    @property
    def complete_until_us(self) -> int | None:
        """Market time of the last request that was answered."""
        return None if self._answers else self._asked_us

    @property
    def detail(self) -> str | None:
        """None: an answer is all or nothing."""
        return None

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next answer, or None when none was due in time.

        Raises
        ------
        Unlicensed
            When the vendor refuses the key.
        Retryable
            When it does not answer.
        """
        deadline = monotonic_seconds() + timeout_seconds
        while not self._answers:
            now_us = self._clock.now_us()
            if now_us >= self._next_us:
                self._next_us = now_us + self._interval_us
                try:
                    self._answers.extend([payload async for payload in self._fetch()])
                except Permanent as error:
                    raise Retryable(str(error)) from error  # the request itself is refused: said, and tried again with growing waits
                self._asked_us = now_us
            elif monotonic_seconds() >= deadline:
                return None
            else:
                await asyncio.sleep(min(_LOOK_SECONDS, max(0.0, deadline - monotonic_seconds())))
        return self._answers.popleft()
