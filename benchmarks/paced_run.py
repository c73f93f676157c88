"""One run at a pace: a backlog to start on, records to warm up with, records that are measured, and a quiet end."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.arena import Arena
from benchmarks.contestant import Assignment, Contestant
from benchmarks.flow import Flow
from benchmarks.paced_producer import PacedProducer, evenly
from benchmarks.running_contestant import RunningContestant
from benchmarks.topic_watcher import TopicWatcher

_AHEAD_SECONDS = 2
_SETTLE_SECONDS = 10.0  # for the last outputs
_LATE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Pace:
    """Records a second, and for how many seconds they are measured."""

    rate: int
    seconds: int

    @property
    def records(self) -> int:
        """What is sent in all: a backlog, half as long to warm up, the measured time, and a second in which its last bars close."""
        return self.rate * (_AHEAD_SECONDS + self.seconds // 2 + self.seconds + 1)


@dataclass(frozen=True, slots=True)
class PacedRun:
    """What was seen.

    Attributes
    ----------
    seen
        Moment and value of each output, as an outside reader got them.
    sent
        When each record of the flow left.
    begin, end
        Of what is measured.
    cpu, idle_cpu
        Shares of a core while it is measured, and while nothing comes.
    """

    seen: list[tuple[float, bytes]]
    sent: NDArray[np.float64]
    begin: float
    end: float
    cpu: float
    idle_cpu: float


def paced_run(contestant: Contestant, place: Arena, flow: Flow, pace: Pace, assignment: Assignment, outputs: int) -> PacedRun:
    """Feed the contestant the flow; wait until ``outputs`` records came out, or long enough.

    Raises
    ------
    RunFailed
        If it ended by itself or did not begin.
    """
    place.recreate_topic(assignment.input_topic)
    place.wait_until_led(assignment.input_topic)
    contestant.reset(place)
    watcher = TopicWatcher(place, assignment.output_topic)
    producer = PacedProducer(place, assignment.input_topic, flow, evenly(len(flow), pace.rate))
    running: RunningContestant | None = None
    try:
        producer.send(0, _AHEAD_SECONDS * pace.rate)
        running = RunningContestant(contestant, assignment)
        running.wait_for_first_record()
        producer.start(_AHEAD_SECONDS * pace.rate, len(flow))
        time.sleep(pace.seconds // 2)
        begin = time.time()
        time.sleep(pace.seconds)
        end = time.time()
        late = producer.wait()
        deadline = time.monotonic() + _SETTLE_SECONDS
        while len(watcher.seen) < outputs and time.monotonic() < deadline:
            time.sleep(0.05)
        running.check_alive()
        idle_from = time.time()
        time.sleep(max(pace.seconds / 2, 1.0))
        idle_to = time.time()
    finally:
        if running is not None:
            running.stop()
        watcher.stop()
        producer.close()
    if late > _LATE_SECONDS:
        print(f"note: the producer was up to {late:.2f} s late, this machine is too busy", flush=True)
    return PacedRun(
        seen=watcher.seen,
        sent=producer.sent,
        begin=begin,
        end=end,
        cpu=running.meter.cpu_between(begin, end) / (end - begin),
        idle_cpu=running.meter.cpu_between(idle_from, idle_to) / (idle_to - idle_from),
    )
