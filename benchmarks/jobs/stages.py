"""Stages: how many records a second each stage takes, what that costs, and what it adds to their way at a fifth of that pace.

Input topics are full before a stage starts, of a tape that suits it: `benchmarks.stage_tapes`. What stage.market writes is the input of those that
read views and bars. Every output is compared with the log folded again, or with numbers that something else computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from benchmarks.arena import Arena, arena
from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed
from benchmarks.stage_runs import FullRun, PacedStage, StageRuns
from benchmarks.stage_tape import AFTER, Making, StageTape, stage_tapes
from benchmarks.stage_truth import StageTruth
from benchmarks.timed_flow import TimedFlow
from benchmarks.written_flow import written_flow

RECORDS = 150_000  # about what the tape of stage.market has; the others have their own numbers, scaled alike
PACE_SHARE = 0.2
COLUMNS = (
    Column("records", "records", ",.0f"),
    Column("records_per_second", "records/s", ",.0f"),
    Column("slowest_records_per_second", "slowest", ",.0f"),
    Column("fastest_records_per_second", "fastest", ",.0f"),
    Column("cpu_seconds_per_million", "CPU s/M", ",.1f"),
    Column("resident_megabytes", "RSS MB", ",.0f"),
    Column("times_the_market", "x the market", ",.1f"),
    Column("rate", "at a pace of", ",.0f"),
    Column("p50_ms", "p50 ms", ",.0f"),
    Column("p99_ms", "p99 ms", ",.0f"),
    Column("cpu_percent", "CPU %", ".0f"),
)


@dataclass(slots=True)
class _Measured:
    full: list[FullRun] = field(default_factory=list)
    paced: PacedStage | None = None
    fault: str = ""


@job("stages", "every stage alone on the runtime: records a second, and the delay it adds", columns=COLUMNS)
def stages(options: Options) -> Sequence[Result]:
    """Measure each stage ``options.runs`` times over full topics and once at a pace of ``options.seconds``."""
    known = stage_tapes()
    unknown = [name for name in options.stages if name not in known]
    if unknown:
        raise ValueError(f"expected stages out of {', '.join(known)}; found {', '.join(unknown)}")
    scale = options.records / RECORDS if options.records else 1.0
    chosen = [name for name in known if not options.stages or name in options.stages]
    wanted = {topic for name in chosen for topic in known[name].needs}
    needed = [name for name in known if name in chosen or wanted & set(AFTER.get(name, ()))]
    results: list[Result] = []
    written: dict[str, TimedFlow] = {}
    with arena(*(f"stage.{name}" for name in needed)) as place:
        for name in needed:
            tape = known[name].make(Making(place.codecs, scale, written))
            measured = _measure(place, name, tape, options if name in chosen else Options(runs=1, seconds=0))
            written |= {topic: written_flow(place, topic) for topic in AFTER.get(name, ())}
            if name in chosen:
                results.append(_result(name, tape, measured, options))
    show(f"stages: median of {options.runs}, paced for {options.seconds} s at {PACE_SHARE:.0%} of it", COLUMNS, results)
    return results


def _measure(place: Arena, name: str, tape: StageTape, options: Options) -> _Measured:
    runs, truth, measured = StageRuns(place, name, tape), StageTruth(place, name, tape), _Measured()
    try:
        for number in range(1, options.runs + 1):
            full = runs.over_full_topics()
            measured.fault = measured.fault or truth.fault()
            measured.full.append(full)
            print(f"run {number}/{options.runs} {name}: {measured.fault or _said(tape, full)}", flush=True)
        if options.seconds and not measured.fault:
            measured.paced = runs.at_a_pace(PACE_SHARE * _rate(tape, measured.full), options.seconds)
            measured.fault = truth.fault()
            print(f"paced {name}: {measured.fault or dict(_paced_figures(measured.paced))}", flush=True)
    except RunFailed as failure:
        print(f"{name}: {failure}", flush=True)
        measured.fault = failure.note
    return measured


def _said(tape: StageTape, run: FullRun) -> str:
    return f"{tape.records / run.seconds:,.0f} records/s, {run.cpu_seconds:.2f} CPU s, {run.peak_resident / 1e6:,.0f} MB"


def _rate(tape: StageTape, runs: Sequence[FullRun]) -> float:
    return median(tape.records / run.seconds for run in runs)


def _result(name: str, tape: StageTape, measured: _Measured, options: Options) -> Result:
    parameters = {"runs": options.runs, "seconds": options.seconds}
    if measured.fault:
        return Result("stages", name, name, checked=False, note=measured.fault, parameters=parameters)
    rates = sorted(tape.records / run.seconds for run in measured.full)
    figures = {
        "records": float(tape.records),
        "records_per_second": median(rates),
        "slowest_records_per_second": rates[0],
        "fastest_records_per_second": rates[-1],
        "cpu_seconds_per_million": median(run.cpu_seconds for run in measured.full) * 1e6 / tape.records,
        "resident_megabytes": max(run.peak_resident for run in measured.full) / 1e6,
    }
    if tape.market_rate is not None:
        figures["times_the_market"] = median(rates) / tape.market_rate
    if measured.paced is not None:
        figures |= _paced_figures(measured.paced)
    return Result("stages", name, name, checked=True, figures=figures, parameters=parameters)


def _paced_figures(paced: PacedStage) -> Mapping[str, float]:
    figures = {"rate": paced.rate, "cpu_percent": paced.cpu * 100}
    if len(paced.delays):  # a stage may have had nothing to say
        p50, p99 = np.percentile(paced.delays, [50, 99])
        figures |= {"p50_ms": float(p50) * 1e3, "p99_ms": float(p99) * 1e3}
    return figures
