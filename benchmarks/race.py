"""One run of one contestant: start it, note its first record, wait for its last bar, check the bars, stop it."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass

import pandas as pd

from benchmarks.arena import Arena
from benchmarks.bar_topic import BarTopic
from benchmarks.checker import Verdict, check
from benchmarks.contestant import Assignment, Contestant
from benchmarks.process_meter import ProcessMeter
from infra.local.tether import tethered

START_SECONDS = 90.0  # until the first record
IDLE_SECONDS = 20.0  # without a new bar: nothing more will come
STOP_SECONDS = 40.0
_LOOK_EVERY_SECONDS = 0.05


class RunFailed(RuntimeError):
    """The contestant ended by itself or never read a record; carries the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run showed. Times are seconds since the epoch.

    Attributes
    ----------
    started
        When the process was started.
    first_record
        When its line before the first record arrived here.
    first_bar, half, last_bar
        When the broker appended its first bar, the middle one and the last.
    """

    verdict: Verdict
    started: float
    first_record: float
    first_bar: float
    half: float
    last_bar: float
    cpu_seconds: float
    peak_resident: int

    @property
    def seconds(self) -> float:
        return self.last_bar - self.first_record


class RunningContestant:
    """A contestant's process, its printed lines and its meter."""

    def __init__(self, contestant: Contestant, assignment: Assignment) -> None:
        command = contestant.command(assignment)
        assignment.folder.mkdir(parents=True, exist_ok=True)
        self._mark = contestant.first_record_line
        self._log = assignment.folder.with_suffix(".log")  # kept as long as the arena, for whoever wonders what it is doing
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
        self.meter = ProcessMeter(self._process.pid)
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


def new_assignment(contestant: Contestant, arena: Arena, input_topic: str, output_topic: str) -> Assignment:
    """Return the task of a new run: a group that never was, an empty folder."""
    group = f"bench-{contestant.name}-{uuid.uuid4().hex[:8]}"
    return Assignment(arena, input_topic, output_topic, group, arena.folder / "runs" / group)


def race(contestant: Contestant, assignment: Assignment, truth: pd.DataFrame) -> Outcome:
    """Let the contestant work through the input topic and return what it did.

    Raises
    ------
    RunFailed
        If it ended by itself or did not begin.
    """
    arena = assignment.arena
    contestant.reset(arena)
    topic = BarTopic.at_its_end(arena, assignment.output_topic, committed=contestant.transactional)
    running = RunningContestant(contestant, assignment)
    try:
        running.wait_for_first_record()
        verdict, seen_complete = _wait_for_the_bars(contestant, running, topic, truth)
    finally:
        running.stop()
    if not topic.appended:
        return Outcome(verdict, running.started, running.first_record, 0.0, 0.0, 0.0, 0.0, running.meter.peak_resident())
    appended = sorted(topic.appended)
    # An open transaction's bars are there but nobody may read them: its end is when readers saw all.
    last = seen_complete if contestant.transactional else appended[-1]
    return Outcome(
        verdict=verdict,
        started=running.started,
        first_record=running.first_record,
        first_bar=appended[0],
        half=appended[len(appended) // 2],
        last_bar=last,
        cpu_seconds=running.meter.cpu_between(running.first_record, last),
        peak_resident=running.meter.peak_resident(),
    )


def _wait_for_the_bars(contestant: Contestant, running: RunningContestant, topic: BarTopic, truth: pd.DataFrame) -> tuple[Verdict, float]:
    """Wait until the bars are complete or nothing comes any more; return the verdict and when the last growth was seen."""
    needed = int(truth["closed"].sum())
    growth, grown_at = 0, time.time()
    verdict: Verdict | None = None
    while True:
        time.sleep(_LOOK_EVERY_SECONDS)
        running.check_alive()
        now, found = time.time(), topic.growth()
        if found > growth:
            growth, grown_at, verdict = found, now, None
        if verdict is None and growth >= needed and now - grown_at > 0.5:  # read only when it is quiet: reading costs its processor
            topic.read()
            verdict = check(topic.bars, truth, closes_by_partition=contestant.closes_by_partition)
            if verdict.is_right:
                return verdict, grown_at
        if now - grown_at > IDLE_SECONDS:
            topic.read()
            return check(topic.bars, truth, closes_by_partition=contestant.closes_by_partition), grown_at
