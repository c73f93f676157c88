"""Who may ask the vendor now: bursts, the rolling minute, and a share for each priority (ING-13 to ING-15). Pure: time is handed in.

Why no library: pyrate-limiter 4 counts several exact windows and aiolimiter has a leaky bucket, but neither keeps a share of one
window for others while lending what they do not need, takes another limit in the middle of a window (the vendor's headers), or runs
on a clock of ours (both wait on the event loop's time), without which a virtual day cannot be walked through.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from infra.clock import MICROSECONDS
from producers.rest_catalog.endpoint import Budget, Priority

MINUTE_US = 60 * MICROSECONDS


class Verdict(Enum):
    """Answer to a call that wants to go now."""

    YES = auto()
    BURST = auto()
    """Too many at once: in a moment."""
    FULL = auto()
    """The minute has no room for this priority."""
    PAUSED = auto()
    """The vendor told us to wait, or the day's requests are used up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests allowed.

    Attributes
    ----------
    per_minute, burst, stop_at
        As in the file, or as the vendor's headers say.
    shares
        Kept in a minute for each priority.
    """

    per_minute: int
    burst: int
    stop_at: int
    shares: Mapping[Priority, int]

    @classmethod
    def of(cls, budget: Budget) -> Limits:
        """Return what a catalogue file states."""
        shares = {one: getattr(budget.shares, one, 0) for one in Priority}
        return cls(budget.per_minute, budget.burst, budget.stop_at, shares)

    def scaled(self, per_minute: int) -> Limits:
        """Return the same proportions of another limit."""
        if per_minute == self.per_minute:
            return self
        # In whole numbers and rounded down, so that the shares never add up to more than stop_at; a limit of one still lets one through.
        shares = {one: count * per_minute // self.per_minute for one, count in self.shares.items()}
        return Limits(per_minute, max(1, min(self.burst, per_minute)), max(1, self.stop_at * per_minute // self.per_minute), shares)


@dataclass(slots=True)
class RateBudget:
    """Counts what was asked; one a vendor and key.

    A call may go when there is a token, the rolling minute stays at or below ``stop_at``, and what others still need of their shares
    stays free. A call stays in the minute until 60 s after its answer: the vendor counts from its arrival, some time before that.
    What a priority needs is its share, or less where the plan says so; so lending never takes from anyone.

    Parameters
    ----------
    file_limits
        What the file states.
    needs
        Calls of each priority in the plan's busiest minute; the whole share by default.
    """

    file_limits: Limits
    needs: Mapping[Priority, int] | None = None
    limits: Limits = field(init=False)
    _tokens: float = field(init=False)
    _filled_us: int = -(2**62)
    _taken: deque[tuple[int, Priority]] = field(default_factory=deque)
    _unanswered: dict[Priority, deque[int]] = field(default_factory=lambda: {one: deque() for one in Priority})
    _used: dict[Priority, int] = field(default_factory=lambda: dict.fromkeys(Priority, 0))
    _paused_until_us: int = -(2**62)

    def __post_init__(self) -> None:
        self.limits = self.file_limits
        self._tokens = float(self.limits.burst)

    def ask(self, priority: Priority, now_us: int) -> Verdict:
        """Say whether a call may go now; takes nothing."""
        if now_us < self._paused_until_us:
            return Verdict.PAUSED
        self._forget(now_us)
        if len(self._taken) >= self.limits.stop_at:
            return Verdict.FULL
        used = self._used | {priority: self._used[priority] + 1}
        if sum(used.values()) + sum(max(0, self._need(one) - used[one]) for one in Priority) > self.limits.stop_at:
            return Verdict.FULL
        self._fill(now_us)
        return Verdict.YES if self._tokens >= 1 else Verdict.BURST

    def take(self, priority: Priority, now_us: int) -> Verdict:
        """Let a call go if it may."""
        verdict = self.ask(priority, now_us)
        if verdict is Verdict.YES:
            self._tokens -= 1
            self._taken.append((now_us, priority))
            self._unanswered[priority].append(now_us)
            self._used[priority] += 1
        return verdict

    def answered(self, priority: Priority, now_us: int) -> None:
        """Take note that a call was answered, or never will be; which of a priority's calls it was makes no difference to their number."""
        if self._unanswered[priority]:
            self._taken.remove((self._unanswered[priority].popleft(), priority))
            self._taken.append((now_us, priority))

    def next_us(self, now_us: int) -> int:
        """Return when another verdict is possible at the earliest: a token more, the oldest call out of the window, the pause over."""
        if now_us < self._paused_until_us:
            return self._paused_until_us
        self._forget(now_us)
        self._fill(now_us)
        moments = []
        if self._tokens < 1:
            moments.append(now_us + max(1, round((1 - self._tokens) * MINUTE_US / self.limits.per_minute)))
        elif self._taken:
            moments.append(self._taken[0][0] + MINUTE_US)
        return min(moments, default=now_us)

    def pause_until(self, moment_us: int) -> None:
        """Let nothing go before a moment: the vendor's Retry-After."""
        self._paused_until_us = max(self._paused_until_us, moment_us)

    def adopt(self, per_minute: int) -> None:
        """Take the limit that the vendor states; it wins over the file's."""
        self.limits = self.file_limits.scaled(per_minute)
        self._tokens = min(self._tokens, self.limits.burst)

    def used(self, now_us: int) -> Mapping[Priority, int]:
        """Return the calls of the last minute."""
        self._forget(now_us)
        return dict(self._used)

    def _need(self, priority: Priority) -> int:
        share = self.limits.shares[priority]
        return share if self.needs is None else min(share, self.needs.get(priority, 0))

    def _forget(self, now_us: int) -> None:
        while self._taken and self._taken[0][0] <= now_us - MINUTE_US:
            moment_us, priority = self._taken.popleft()
            self._used[priority] -= 1
            waiting = self._unanswered[priority]
            if waiting and waiting[0] == moment_us:
                waiting.popleft()

    def _fill(self, now_us: int) -> None:
        passed_us = min(max(0, now_us - self._filled_us), MINUTE_US * self.limits.burst)
        self._filled_us = max(now_us, self._filled_us)
        # A hair above a whole token, so that waiting exactly as long as `next_us` says is enough.
        filled = self._tokens + passed_us * self.limits.per_minute / MINUTE_US + 1e-9
        self._tokens = min(float(self.limits.burst), filled)
