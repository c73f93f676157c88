"""What a process knows of its own condition, unit by unit: read by /healthz, /readyz, the status line and the pages."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from infra.clock import monotonic_seconds


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
    lag_records
        Records of its input that it has not read.
    in_flight
        Records it has read and not finished.
    records_in, records_out
        Since the process started.
    recovery_seconds
        Real seconds from the last start or loss of readiness until it was ready; None before it was.
    report_age_seconds
        Real seconds since it last told its condition.
    """

    ready: bool = False
    alive: bool = True
    detail: str = "starting"
    lag_seconds: float | None = None
    lag_records: int | None = None
    in_flight: int | None = None
    records_in: int = 0
    records_out: int = 0
    recovery_seconds: float | None = None
    report_age_seconds: float = 0.0


@dataclass(slots=True)
class _Entry:
    """What is kept of a unit; moments are monotonic seconds."""

    told: UnitCondition
    unready_since: float
    told_at: float
    again_within: float | None = None

    def condition(self, now: float) -> UnitCondition:
        """Return its word, unless it has broken its promise to say it again: what hangs cannot say so itself."""
        age = now - self.told_at
        if self.again_within is None or age <= self.again_within:
            return replace(self.told, report_age_seconds=age)
        silent = f"silent for {age:.0f} s, expected a word within {self.again_within:.0f} s; last: {self.told.detail}"
        return replace(self.told, alive=False, ready=False, detail=silent, report_age_seconds=age)


@dataclass(slots=True)
class Health:
    """Conditions of the units of one process; safe to write from any thread."""

    _entries: dict[str, _Entry] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def report(
        self,
        unit: str,
        *,
        ready: bool | None = None,
        alive: bool | None = None,
        detail: str | None = None,
        lag_seconds: float | None = None,
        lag_records: int | None = None,
        in_flight: int | None = None,
        records_in: int = 0,
        records_out: int = 0,
        again_within: float | None = None,
    ) -> None:
        """Update a unit's condition; what is not given stays, record counts are added.

        Parameters
        ----------
        again_within
            Promise of another report within so many real seconds: a unit that breaks it is taken as not alive.
        """
        now = monotonic_seconds()
        with self._lock:
            entry = self._entries.get(unit)
            if entry is None:
                entry = self._entries[unit] = _Entry(UnitCondition(), now, now)
            old = entry.told
            is_ready = old.ready if ready is None else ready
            recovery_seconds = old.recovery_seconds
            if is_ready and not old.ready:
                recovery_seconds = now - entry.unready_since
            elif old.ready and not is_ready:
                entry.unready_since = now
            entry.told = UnitCondition(
                ready=is_ready,
                alive=old.alive if alive is None else alive,
                detail=old.detail if detail is None else detail,
                lag_seconds=old.lag_seconds if lag_seconds is None else lag_seconds,
                lag_records=old.lag_records if lag_records is None else lag_records,
                in_flight=old.in_flight if in_flight is None else in_flight,
                records_in=old.records_in + records_in,
                records_out=old.records_out + records_out,
                recovery_seconds=recovery_seconds,
            )
            entry.told_at = now
            entry.again_within = again_within

    def conditions(self) -> dict[str, UnitCondition]:
        now = monotonic_seconds()
        with self._lock:
            return {unit: entry.condition(now) for unit, entry in sorted(self._entries.items())}

    @property
    def ready(self) -> bool:
        conditions = self.conditions()
        return bool(conditions) and all(condition.ready for condition in conditions.values())

    @property
    def alive(self) -> bool:
        return all(condition.alive for condition in self.conditions().values())
