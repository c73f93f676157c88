"""The fake Discord's rate limits, enforced in real time, and the faults a test may plant."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha1

from infra.clock import monotonic_seconds

REQUESTS = 5
PERIOD_SECONDS = 5.0


@dataclass(slots=True)
class Faults:
    """What goes wrong next; counters run down.

    Attributes
    ----------
    refuse_429
        So many message requests are refused although the bucket has room (a sub-limit, as Discord has them).
    fail_after_accepting
        So many message requests are kept and then answered 502.
    unavailable
        Every request is answered 503 while True.
    retry_after_seconds
        What a planted 429 asks for.
    refused_unavailable
        How many requests met 503 so far.
    """

    refuse_429: int = 0
    fail_after_accepting: int = 0
    unavailable: bool = False
    retry_after_seconds: float = 0.2
    refused_unavailable: int = 0

    def take(self, fault: str) -> bool:
        """Use up one of the counted faults; return False when none is left."""
        left: int = getattr(self, fault)
        if left <= 0:
            return False
        setattr(self, fault, left - 1)
        return True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and the headers that tell how the bucket stands."""

    allowed: bool
    retry_after_seconds: float
    headers: dict[str, str]


@dataclass(slots=True)
class Buckets:
    """Five requests in five seconds for each route and channel, as Discord enforces on messages."""

    now: Callable[[], float] = monotonic_seconds
    _passed: dict[tuple[str, str], deque[float]] = field(default_factory=dict)

    def enter(self, route: str, channel_id: str) -> Verdict:
        """Count a request to ``route`` of ``channel_id`` if the bucket has room."""
        now = self.now()
        passed = self._passed.setdefault((route, channel_id), deque())
        while passed and passed[0] <= now - PERIOD_SECONDS:
            passed.popleft()
        allowed = len(passed) < REQUESTS
        if allowed:
            passed.append(now)
        reset_after = max(passed[0] + PERIOD_SECONDS - now, 0.001)
        headers = {
            "X-RateLimit-Limit": str(REQUESTS),
            "X-RateLimit-Remaining": str(REQUESTS - len(passed)),
            "X-RateLimit-Reset-After": f"{reset_after:.3f}",
            "X-RateLimit-Bucket": sha1(route.encode(), usedforsecurity=False).hexdigest()[:32],
        }
        return Verdict(allowed, 0.0 if allowed else reset_after, headers)
