"""The state of a stack: one row per process, written for other commands to read."""

from __future__ import annotations

import fcntl
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Literal

from infra.whole_file import write_whole

State = Literal["waiting", "starting", "ready", "failing", "done", "stopped"]


@dataclass(frozen=True, slots=True)
class UnitStatus:
    """What one unit of a process last said of itself; fields as in `infra.health.UnitCondition`."""

    name: str
    ready: bool
    alive: bool
    detail: str
    lag_seconds: float | None = None
    lag_records: int | None = None
    in_flight: int | None = None
    records_in: int = 0
    records_out: int = 0


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One line of `tapewire status`.

    Attributes
    ----------
    state
        waiting (for what it depends on), starting, ready, failing (ended, restarts after a pause), done (one-shot),
        stopped.
    memory_bytes
        Resident memory of the process and its children.
    lag_seconds
        Largest event-time lag of its units; None where none is told.
    cpu_seconds
        Processor time of the process and its children since it started.
    last_exit_code
        How it ended the last time, negative for a signal; None while it never did.
    health_port
        Port of its /metrics, /healthz, /readyz and /status.
    """

    name: str
    state: State
    pid: int | None
    memory_bytes: int
    restarts: int
    lag_seconds: float | None
    detail: str
    cpu_seconds: float = 0.0
    last_exit_code: int | None = None
    health_port: int | None = None
    units: tuple[UnitStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class StackState:
    """A stack at one moment, in monotonic seconds of this machine."""

    name: str
    supervisor_pid: int
    is_ready: bool
    peak_memory_bytes: int
    urls: dict[str, str]
    processes: list[ProcessStatus]
    moment: float = 0.0

    def write(self, path: Path) -> None:
        """Replace the file in one step."""
        write_whole(path, json.dumps(asdict(self), indent=1))


def read_state(path: Path) -> StackState | None:
    """Return the state last written, or None."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    rows = [ProcessStatus(**{**row, "units": tuple(UnitStatus(**unit) for unit in row["units"])}) for row in document.pop("processes")]
    return StackState(**document, processes=rows)


class SupervisorLock:
    """Held while a supervisor lives; the kernel lets go of it whatever kills the supervisor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """Take the lock; False when another supervisor has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def is_held(self) -> bool:
        """Tell whether a supervisor has it."""
        if self._file is None and self._path.exists() and self.acquire():
            self.release()
            return False
        return self._path.exists()
