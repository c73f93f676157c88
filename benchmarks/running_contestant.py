"""A contestant's process: its printed lines, the moment of its first record, its meter."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping

from benchmarks.arena import Arena
from benchmarks.contestant import Assignment, Contestant
from benchmarks.process_meter import ProcessMeter
from infra.local.tether import tethered

START_SECONDS = 90.0  # until the first record
STOP_SECONDS = 40.0


class RunFailed(RuntimeError):
    """The contestant ended by itself or never read a record; carries the end of what it printed."""

    @property
    def note(self) -> str:
        """What happened, in a line."""
        return f"FAILED: {str(self).splitlines()[0]}"


class RunningContestant:
    """A contestant's process, its printed lines and its meter."""

    def __init__(self, contestant: Contestant, assignment: Assignment, *, meter_seconds: float = 0.02) -> None:
        command = contestant.command(assignment)
        assignment.folder.mkdir(parents=True, exist_ok=True)
        self._mark = contestant.first_record_line
        self._log = assignment.folder / f"output-{time.time_ns()}.log"  # kept as long as the arena, for whoever wonders what it is doing
        self._seen = threading.Event()
        self._tail: deque[str] = deque(maxlen=40)
        self.first_record = 0.0
        self.started = time.time()
        self._process = subprocess.Popen(
            tethered(list(command.argv)),
            env=dict(command.environment),
            cwd=assignment.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.meter = ProcessMeter(self._process.pid, meter_seconds)
        self._reader = threading.Thread(target=self._read, name="contestant-output", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_for_first_record(self, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not self._seen.wait(0.05):
            self.check_alive()
            if time.monotonic() > deadline:
                raise RunFailed(f"no record was processed within {seconds:g} s\n{self.printed()}")

    def check_alive(self) -> None:
        if self._process.poll() is not None:
            self._reader.join(5)
            raise RunFailed(f"the process ended with exit code {self._process.returncode}\n{self.printed()}")

    def printed(self) -> str:
        return "\n".join(self._tail)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.meter.stop()
        self._process.kill()
        self._process.wait()
        self._reader.join(5)

    def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        self.meter.stop()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(5)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines, self._log.open("w") as log:
            for line in lines:
                log.write(line)
                if not self._seen.is_set() and self._mark in line:
                    self.first_record = time.time()
                    self._seen.set()
                self._tail.append(line.rstrip())


def new_assignment(
    contestant: Contestant,
    arena: Arena,
    input_topic: str,
    output_topic: str,
    *,
    low_latency: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Assignment:
    """Return the task of a new run: a group that never was, an empty folder."""
    group = f"bench-{contestant.name}-{uuid.uuid4().hex[:8]}"
    return Assignment(arena, input_topic, output_topic, group, arena.folder / "runs" / group, low_latency, variables or {})
