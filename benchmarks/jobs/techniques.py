"""Techniques (DEP-13): what each of the hot path's techniques brings, one line a technique that is on or off.

- compiled: `stage.form`, the fold compiled, in numpy, or a Python call a record;
- zero copy: `stage.raw_batches`, the broker's record batches decoded into arrays, or an object a record;
- adaptive batching: `stage.fetch_pause_ms`, the next fetch after a small answer waits or does not; it changes processor use at a
  pace, not the rate.

``gain`` is the rate with the technique over the rate without, or processor use without over that with. Objects are compared with the
Python fold on arrays, so that the arrays are all that differs; the others with "all techniques".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import ClassVar

from benchmarks.arena import Arena, arena
from benchmarks.contestants.tapewire import Tapewire
from benchmarks.input_topics import InputTopics
from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.pace_figures import Paced, fault_of, pace_figures
from benchmarks.paced_bars import paced_bars
from benchmarks.paced_run import Pace
from benchmarks.race import race
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed, new_assignment

RECORDS, RATE = 2_000_000, 10_000  # an object a record takes half a minute for them
COLUMNS = (
    Column("records_per_second", "records/s", ",.0f"),
    Column("cpu_seconds_per_million", "CPU s/M", ".2f"),
    Column("rate", "at a pace of", ",.0f"),
    Column("p50_ms", "p50 ms", ".1f"),
    Column("p99_ms", "p99 ms", ".1f"),
    Column("cpu_percent", "CPU %", ".1f"),
    Column("gain", "gain of the technique", ".2f"),
)


class All(Tapewire):
    name: ClassVar[str] = "all"
    label: ClassVar[str] = "all techniques"


class Numpy(Tapewire):
    name: ClassVar[str] = "not-compiled-numpy"
    label: ClassVar[str] = "not compiled: numpy"
    variables: ClassVar[Mapping[str, str]] = {"TAPEWIRE_STAGE__FORM": "columns"}


class Python(Tapewire):
    name: ClassVar[str] = "not-compiled-python"
    label: ClassVar[str] = "not compiled: Python"
    variables: ClassVar[Mapping[str, str]] = {"TAPEWIRE_STAGE__FORM": "record"}


class Objects(Tapewire):
    name: ClassVar[str] = "no-zero-copy"
    label: ClassVar[str] = "no zero copy: an object a record, Python"
    variables: ClassVar[Mapping[str, str]] = {"TAPEWIRE_STAGE__FORM": "record", "TAPEWIRE_STAGE__RAW_BATCHES": "false"}


class NoPause(Tapewire):
    name: ClassVar[str] = "no-adaptive-batching"
    label: ClassVar[str] = "no adaptive batching: every fetch at once"
    variables: ClassVar[Mapping[str, str]] = {"TAPEWIRE_STAGE__FETCH_PAUSE_MS": "0"}


@job("techniques", "each technique of the hot path on and off", columns=COLUMNS)
def techniques(options: Options) -> Sequence[Result]:
    """Measure rates as fast as it goes and processor use at a pace, interleaved, and return the medians."""
    with arena() as place:
        fast = _fast((All(), Numpy(), Python(), Objects()), place, options)
        paced = _paced((All(), NoPause()), place, options)
    results = [*_with_gain(fast, "records_per_second", {"no-zero-copy": "not-compiled-python"}), *_with_gain(paced, "cpu_percent", {})]
    show(f"techniques: median of {options.runs}", COLUMNS, results)
    return results


def _fast(ways: Sequence[Tapewire], place: Arena, options: Options) -> list[Result]:
    inputs = InputTopics(place, options, options.records or RECORDS)
    rates: dict[str, list[tuple[float, float]]] = {way.name: [] for way in ways}
    faults: dict[str, str] = {}
    for number in range(options.runs + 1):  # the first compiles and is not counted
        for way in ways:
            topic, truth = inputs.of(way)
            records = inputs.records_for(way)
            try:
                outcome = race(way, new_assignment(way, place, topic, inputs.output), truth)
            except RunFailed as failure:
                print(f"{way.name}: {failure}", flush=True)
                faults[way.name] = failure.note
                continue
            if not outcome.verdict.is_right:
                faults[way.name] = str(outcome.verdict)
            elif number:
                rates[way.name].append((records / outcome.seconds, outcome.cpu_seconds * 1e6 / records))
                print(f"{way.name}: {rates[way.name][-1][0]:,.0f} records/s", flush=True)
    return [
        Result(
            job="techniques",
            contestant=way.name,
            label=way.label,
            checked=way.name not in faults,
            note=faults.get(way.name, ""),
            figures={}
            if way.name in faults
            else {
                "records_per_second": median(rate for rate, _ in rates[way.name]),
                "cpu_seconds_per_million": median(cpu for _, cpu in rates[way.name]),
            },
            parameters={"runs": options.runs, "records": inputs.records_for(way), "symbols": options.symbols},
        )
        for way in ways
    ]


def _paced(ways: Sequence[Tapewire], place: Arena, options: Options) -> list[Result]:
    rate = options.rate or RATE
    runs: dict[str, list[Paced | str]] = {way.name: [] for way in ways}
    for number in range(1, options.runs + 1):
        for way in ways:
            try:
                outcome: Paced | str = paced_bars(way, place, Pace(rate, options.seconds), options.symbols)
            except RunFailed as failure:
                print(f"{way.name}: {failure}", flush=True)
                outcome = failure.note
            runs[way.name].append(outcome)
            print(f"{rate:,}/s run {number}/{options.runs} {way.name}: {outcome}", flush=True)
    results = []
    for way in ways:
        fault = fault_of(runs[way.name])
        figures = {} if fault is not None else pace_figures(rate, runs[way.name])
        parameters = {"runs": options.runs, "rate": rate, "symbols": options.symbols}
        results.append(Result("techniques", f"{way.name}-paced", way.label, fault is None, fault or "", figures, parameters))
    return results


def _with_gain(results: Sequence[Result], figure: str, beside: Mapping[str, str]) -> list[Result]:
    """Add how much better the way with the technique is: the first one, or the one named in ``beside``."""
    values = {result.contestant: result.figures[figure] for result in results if result.checked}
    first = results[0].contestant
    with_gain = [results[0]]
    for result in results[1:]:
        better = values.get(beside.get(result.contestant, first))
        if result.checked and better:
            own = values[result.contestant]
            result = replace(result, figures={**result.figures, "gain": own / better if figure == "cpu_percent" else better / own})
        with_gain.append(result)
    return with_gain
