"""Runs of one stage alone: over topics that are full, and at a pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.append_times import added_delays
from benchmarks.arena import Arena
from benchmarks.batch_writer import BatchWriter
from benchmarks.contestants.tapewire import Tapewire
from benchmarks.flow_topic import write_flow
from benchmarks.group_progress import GroupProgress
from benchmarks.paced_producer import PacedProducer
from benchmarks.process_meter import ProcessMeter
from benchmarks.running_contestant import RunFailed, RunningContestant, new_assignment
from benchmarks.stage_tape import StageTape
from benchmarks.timed_flow import TimedFlow
from benchmarks.unit_process import running_unit
from benchmarks.whole_market.size import START_US
from infra.cli.run import find
from infra.clock import MICROSECONDS
from infra.settings import ClockSettings
from processors.stages import STAGES
from schemas import catalog

BATCH_RECORDS, COMPRESSION = 500, "lz4"  # as our producers send them
MOST_SECONDS = 900.0
_MOST_PLAYED = 0.8  # of a tape: states are warm before
_LEAD_SECONDS = 0.3  # producers are ready before the first record is due
_LOOK_SECONDS = 0.005
_QUIET_SECONDS = 3.0  # a unit that looks at its topics has nothing more to write after so long


class _Stage(Tapewire):
    name: ClassVar[str] = "stage"
    label: ClassVar[str] = "a stage"

    def __init__(self, stage: str) -> None:
        self.stage = stage


@dataclass(frozen=True, slots=True)
class FullRun:
    """One run over full topics.

    Attributes
    ----------
    seconds
        From the first record to the commit of the last, or to the last output of a unit that commits nothing.
    """

    seconds: float
    cpu_seconds: float
    peak_resident: int


@dataclass(frozen=True, slots=True)
class PacedStage:
    """One run at a pace.

    Attributes
    ----------
    rate
        Records a second.
    delays
        Seconds from the append of the record or tick to that of the output it led to.
    cpu
        Share of a core.
    """

    rate: float
    delays: NDArray[np.float64]
    cpu: float


class StageRuns:
    """Runs one stage; every run begins with topics and a group as if there had been none before.

    Parameters
    ----------
    stage
        Name without prefix.
    """

    def __init__(self, place: Arena, stage: str, tape: StageTape) -> None:
        [unit] = find([f"stage.{stage}"])
        self._place, self._stage, self._tape, self._unit = place, stage, tape, unit
        self._outputs = [name for name in unit.writes if name not in tape.flows]
        self._is_filled = False

    @property
    def _folds(self) -> bool:
        return self._stage in STAGES

    def over_full_topics(self) -> FullRun:
        """Fill the topics, start the stage, wait until all is done.

        Raises
        ------
        RunFailed
            If it ends by itself or does not come to the end.
        """
        self._begin_anew(keep_inputs=self._is_filled and self._folds)
        if not self._folds:
            return self._poured()
        head, whole = self._tape.head_seconds, self._tape.seconds + 1.0
        if not self._is_filled:
            self._fill(self._tape.between(0, head or whole))
            self._is_filled = not head
        with self._worker() as worker, self._progress() as progress:
            worker.wait_for_first_record()
            begin = worker.first_record
            if head:
                progress.wait(MOST_SECONDS, worker.check_alive)
                begin = time.time()
                self._fill(self._tape.between(head, whole))
            end = progress.wait(MOST_SECONDS, worker.check_alive)
        return FullRun(end - begin, worker.meter.cpu_between(begin, end), worker.meter.peak_resident())

    def at_a_pace(self, rate: float, seconds: float) -> PacedStage:
        """Let the stage catch up with the tape's beginning, then play the rest at so many records a second for so long.

        Raises
        ------
        RunFailed
            If it ends by itself or does not come to the end.
        """
        self._begin_anew(keep_inputs=False)
        tape, head = self._tape, self._tape.head_seconds
        self._is_filled = not head  # it is when this is over
        speed = rate / (tape.records / (tape.seconds - head))
        played = min(seconds * speed, _MOST_PLAYED * (tape.seconds - head))
        ahead = int(tape.seconds - played) if self._folds else 0
        with ExitStack() as running:
            if self._folds:
                self._fill(tape.between(0, head or ahead))
                worker = running.enter_context(self._worker())
                progress = running.enter_context(self._progress())
                worker.wait_for_first_record()
                progress.wait(MOST_SECONDS, worker.check_alive)
                if head:
                    self._fill(tape.between(head, ahead))
                    progress.wait(MOST_SECONDS, worker.check_alive)
                meter, check_alive = worker.meter, worker.check_alive
            else:
                meter, check_alive = running.enter_context(self._follower())
            begin, end = self._play(ahead, speed)
            if self._folds:
                progress.wait(MOST_SECONDS, check_alive)
            else:
                self._wait_until_quiet(check_alive)
        measured_from = begin + min(1.0, (end - begin) / 4)
        delays = added_delays(self._place, tape, self._outputs, measured_from, end)
        return PacedStage(rate, delays, meter.cpu_between(measured_from, end) / (end - measured_from))

    def _begin_anew(self, *, keep_inputs: bool) -> None:
        names = [*self._outputs, *(() if keep_inputs else self._unit.reads)]
        for name in dict.fromkeys(names):
            topic = catalog.topic(name).kafka_name
            if any(self._place.end_offsets(topic)):
                self._place.recreate_topic(topic)
            self._place.wait_until_led(topic)
        if self._folds:
            _Stage(self._stage).reset(self._place)

    def _fill(self, flows: Mapping[str, TimedFlow] | None = None) -> None:
        for name, timed in (flows or self._tape.flows).items():
            if len(timed):
                with BatchWriter(self._place.bootstrap, catalog.topic(name).kafka_name) as writer:
                    write_flow(writer, timed.flow, timestamp_ms=0, batch_records=BATCH_RECORDS, compression=COMPRESSION)

    @contextmanager
    def _worker(self) -> Iterator[RunningContestant]:
        stage = _Stage(self._stage)
        assignment = new_assignment(stage, self._place, self._unit.reads[0], self._unit.writes[0], variables=self._tape.variables())
        worker = RunningContestant(stage, assignment)
        try:
            yield worker
        finally:
            worker.stop()

    @contextmanager
    def _follower(self) -> Iterator[tuple[ProcessMeter, Callable[[], None]]]:
        """Run a unit that looks at its topics; market time begins with the tape."""
        clock = ClockSettings(kind="scaled", start_us=START_US, origin_us=round(time.time() * MICROSECONDS))
        settings = self._tape.settings(self._place.settings.model_copy(update={"clock": clock}))
        with running_unit(self._place, settings, self._unit.name) as unit:
            unit.wait_until_ready()
            meter = ProcessMeter(unit.pid, 0.02)
            try:
                yield meter, unit.check_alive
            finally:
                meter.stop()

    @contextmanager
    def _progress(self) -> Iterator[GroupProgress]:
        spec = STAGES[self._stage]
        progress = GroupProgress(self._place, spec.app_id, spec.reads)
        try:
            yield progress
        finally:
            progress.close()

    def _poured(self) -> FullRun:
        """Write all records under the eyes of a unit that is ready, and wait for its last output."""
        with self._follower() as (meter, check_alive):
            begin = time.time()
            self._fill()
            end = self._wait_until_quiet(check_alive)
            return FullRun(end - begin, meter.cpu_between(begin, end), meter.peak_resident())

    def _wait_until_quiet(self, check_alive: Callable[[], None]) -> float:
        """Wait until the outputs have not grown for a while; return when they last did."""
        written, grown_at, deadline = -1, time.time(), time.monotonic() + MOST_SECONDS
        while time.time() - grown_at < _QUIET_SECONDS or not written:
            check_alive()
            if time.monotonic() > deadline:
                raise RunFailed(f"{self._unit.name} wrote {written} records and no more in {MOST_SECONDS:g} s")
            found = sum(sum(self._place.end_offsets(catalog.topic(name).kafka_name)) for name in self._outputs)
            if found > written:
                written, grown_at = found, time.time()
            time.sleep(0.02)
        return grown_at

    def _play(self, ahead: int, speed: float) -> tuple[float, float]:
        """Send what is due from a moment of the tape on, at its own pace times ``speed``; return when that began and ended."""
        flows = {name: flow for name, flow in self._tape.between(ahead, self._tape.seconds + 1.0).items() if len(flow)}
        producers = {
            name: PacedProducer(
                self._place, catalog.topic(name).kafka_name, flow.flow, flow.due / speed, tick_seconds=_LOOK_SECONDS, compression=COMPRESSION
            )
            for name, flow in flows.items()
        }
        try:
            begin = time.time() + _LEAD_SECONDS
            for name, producer in producers.items():
                producer.start(0, len(flows[name]), begin - ahead / speed)
            late = max(producer.wait() for producer in producers.values())
            end = time.time()
        finally:
            for producer in producers.values():
                producer.close()
        if late > _LEAD_SECONDS:
            print(f"note: the producers were up to {late:.2f} s late, this machine is too busy", flush=True)
        return begin, end
