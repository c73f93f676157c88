"""Numbers that rise by one a record, and over restarts without reading a topic."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Sequences:
    """They begin at the milliseconds since 1970 and are not used up as fast as time passes."""

    first: int
    _last: dict[str, int] = field(default_factory=dict)

    def next(self, key: str) -> int:
        """Return the next number of a key: one more than the last."""
        self._last[key] = self._last.get(key, self.first - 1) + 1
        return self._last[key]
