"""Leaves an endpoint alone that fails again and again, that endpoint only (ING-36). Pure: time is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from infra.clock import MICROSECONDS
from producers.rest_catalog.endpoint import Breaker


class BreakerState(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(slots=True)
class CircuitBreaker:
    """One endpoint's breaker: CLOSED lets all through, OPEN none, HALF_OPEN one that decides."""

    settings: Breaker
    reason: str = ""
    _failures: int = 0
    _opened: int = 0
    _until_us: int | None = None
    _probing: bool = False

    def state(self, now_us: int) -> BreakerState:
        """Return the state at a moment."""
        if self._until_us is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now_us < self._until_us else BreakerState.HALF_OPEN

    @property
    def probe_us(self) -> int | None:
        """When a call may try again; None while it is closed."""
        return self._until_us

    def lets_through(self, now_us: int) -> bool:
        """Tell whether a call may go now."""
        state = self.state(now_us)
        return state is BreakerState.CLOSED or (state is BreakerState.HALF_OPEN and not self._probing)

    def began(self, now_us: int) -> None:
        """Take note of a call on its way: of a half-open breaker's there is one at a time."""
        self._probing = self.state(now_us) is BreakerState.HALF_OPEN

    def gave_up(self) -> None:
        """Take note that a call ended without telling anything of the endpoint, e.g. because the vendor limits us."""
        self._probing = False

    def succeeded(self) -> None:
        """Close: the endpoint answers."""
        self._failures = self._opened = 0
        self._until_us = None
        self._probing = False
        self.reason = ""

    def failed(self, now_us: int, reason: str) -> bool:
        """Count a failure; return True when the breaker opens with it."""
        self._failures += 1
        tried = self._probing
        self._probing = False
        self.reason = reason
        if not tried and (self._until_us is not None or self._failures < self.settings.failures):
            return False  # a call that was on its way when the breaker opened opens it no further
        return self.open(now_us, reason)

    def open(self, now_us: int, reason: str, *, longest: bool = False) -> bool:
        """Open at once, e.g. when the plan does not include the endpoint; each opening in a row lasts twice as long."""
        seconds = self.settings.longest_seconds
        if not longest:
            seconds = min(self.settings.open_seconds * 2 ** min(self._opened, 16), seconds)
        self._opened += 1
        self._probing = False
        self._until_us = now_us + seconds * MICROSECONDS
        self.reason = reason
        return True
