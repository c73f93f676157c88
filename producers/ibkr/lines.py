"""Who has one of the vendor's lines: a hundred quotes at once, the others wait in a queue (IBK-05). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.clock import MICROSECONDS

_FEWER_US = 60 * MICROSECONDS
_NAMED = 5


@dataclass(slots=True)
class Lines:
    """The lines of one connection.

    Attributes
    ----------
    allowed
        How many the settings grant.
    what
        What they are for, for people.
    """

    allowed: int
    what: str
    _wanted: dict[str, None] = field(default_factory=dict)
    _open: dict[str, None] = field(default_factory=dict)
    _parked: dict[str, tuple[int, str]] = field(default_factory=dict)
    _limit: int | None = None
    _fewer_until_us: int = 0

    @property
    def limit(self) -> int:
        """How many may be open now: fewer than the settings grant while the vendor refuses more."""
        return self.allowed if self._limit is None else self._limit

    @property
    def free(self) -> int:
        """How many more may be opened."""
        return max(0, self.limit - len(self._open))

    @property
    def queue(self) -> list[str]:
        """Who waits for a line, first come first."""
        return [name for name in self._wanted if name not in self._open and name not in self._parked]

    @property
    def parts(self) -> list[str]:
        """Why somebody is not served, for people."""
        found = []
        if queue := self.queue:
            named = ", ".join(queue[:_NAMED]) + (f" and {len(queue) - _NAMED} more" if len(queue) > _NAMED else "")
            found.append(f"{self.what} waiting for one of {self.limit} lines: {named}")
        if self._parked:
            found.append("refused: " + ", ".join(f"{name} ({reason})" for name, (_, reason) in sorted(self._parked.items())))
        return found

    def want(self, names: Sequence[str]) -> list[str]:
        """Take the list of those who want a line, the first first; return those who must give theirs back."""
        self._wanted = dict.fromkeys(names)
        gone = [name for name in self._open if name not in self._wanted]
        for name in gone:
            del self._open[name]
        self._parked = {name: state for name, state in self._parked.items() if name in self._wanted}
        return gone

    def turn(self, now_us: int) -> list[str]:
        """Return who gets a line now."""
        if self._limit is not None and now_us >= self._fewer_until_us:
            self._limit = None
        self._parked = {name: state for name, state in self._parked.items() if state[0] > now_us}
        chosen = self.queue[: self.free]
        self._open |= dict.fromkeys(chosen)
        return chosen

    def park(self, name: str, reason: str, until_us: int) -> None:
        """Take a line back from somebody whom the vendor refuses, until a moment."""
        self._open.pop(name, None)
        self._parked[name] = (until_us, reason)

    def refused(self, name: str, now_us: int) -> None:
        """Take a line back that the vendor has not got: somebody else uses it. Tried again in a minute."""
        self._open.pop(name, None)
        self._limit, self._fewer_until_us = len(self._open), now_us + _FEWER_US

    def forget(self) -> None:
        """Note that nothing is open any more."""
        self._open.clear()
