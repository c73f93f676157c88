"""How we wait before trying again: doubling with jitter, capped, reset by success."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Delays of successive failures of one thing.

    Parameters
    ----------
    first_seconds, cap_seconds
        Delay after the first failure, and the longest delay. Real seconds.
    jitter
        Share of the delay that is random, so that many clients do not come back together.
    """

    first_seconds: float = 0.25
    cap_seconds: float = 15.0
    jitter: float = 0.2
    failures: int = 0
    _random: random.Random = field(default_factory=random.Random)

    def next_seconds(self, wish_seconds: float | None = None) -> float:
        """Count a failure and return how long to wait; ``wish_seconds`` is the other side's Retry-After."""
        exponent = min(self.failures, 30)
        self.failures += 1
        delay = min(self.first_seconds * float(2**exponent), self.cap_seconds)
        delay *= 1 + self.jitter * (self._random.random() - 0.5)
        return max(delay, wish_seconds or 0.0)

    def succeeded(self) -> None:
        """Start again from the first delay."""
        self.failures = 0
