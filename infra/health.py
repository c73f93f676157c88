"""What a process knows of its own condition, unit by unit: read by /healthz, /readyz, the status line and the pages."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class UnitCondition:
    """One unit's word on itself.

    Attributes
    ----------
    ready
        True once it does its work: connected, recovered, assigned.
    alive
        False when it should be restarted: work is waiting and nothing moves.
    detail
        One sentence for people.
    lag_seconds
        Event-time distance to the head of its input; None when it has none.
    records_in, records_out
        Since the process started.
    """

    ready: bool = False
    alive: bool = True
    detail: str = "starting"
    lag_seconds: float | None = None
    records_in: int = 0
    records_out: int = 0


@dataclass(slots=True)
class Health:
    """Conditions of the units of one process; safe to write from any thread."""

    _conditions: dict[str, UnitCondition] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def report(
        self,
        unit: str,
        *,
        ready: bool | None = None,
        alive: bool | None = None,
        detail: str | None = None,
        lag_seconds: float | None = None,
        records_in: int = 0,
        records_out: int = 0,
    ) -> None:
        """Update a unit's condition; what is not given stays, record counts are added."""
        with self._lock:
            old = self._conditions.get(unit, UnitCondition())
            self._conditions[unit] = UnitCondition(
                ready=old.ready if ready is None else ready,
                alive=old.alive if alive is None else alive,
                detail=old.detail if detail is None else detail,
                lag_seconds=old.lag_seconds if lag_seconds is None else lag_seconds,
                records_in=old.records_in + records_in,
                records_out=old.records_out + records_out,
            )

    def conditions(self) -> dict[str, UnitCondition]:
        with self._lock:
            return dict(sorted(self._conditions.items()))

    @property
    def ready(self) -> bool:
        conditions = self.conditions()
        return bool(conditions) and all(condition.ready for condition in conditions.values())

    @property
    def alive(self) -> bool:
        return all(condition.alive for condition in self.conditions().values())
