"""How much of the machine's processors nobody used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import psutil


@dataclass(frozen=True, slots=True)
class MachineTimes:
    """Seconds since the machine began, over all its processors."""

    idle: float
    stolen: float
    total: float

    @classmethod
    def now(cls) -> Self:
        times = psutil.cpu_times()
        # Time of guests is in that of users already.
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        return cls(times.idle + getattr(times, "iowait", 0.0), getattr(times, "steal", 0.0), total)

    def idle_share_since(self, before: MachineTimes) -> float:
        """Return the share of the processors' time that nobody used since a moment."""
        return (self.idle - before.idle) / max(self.total - before.total, 1e-9)

    def stolen_share_since(self, before: MachineTimes) -> float:
        """Return the share that other machines of the same host took."""
        return (self.stolen - before.stolen) / max(self.total - before.total, 1e-9)
