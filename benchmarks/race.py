"""One run of one contestant: start it, note its first record, wait for its last bar, check the bars, stop it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pandas as pd

from benchmarks.bar_topic import BarTopic
from benchmarks.checker import Verdict, check
from benchmarks.contestant import Assignment, Contestant
from benchmarks.running_contestant import RunningContestant

IDLE_SECONDS = 20.0  # without a new bar: nothing more will come
_LOOK_EVERY_SECONDS = 0.05


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
