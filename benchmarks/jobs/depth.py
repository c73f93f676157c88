"""Depth (DEP-12): an order book is updated; when does an outside reader see its spread, imbalance and microprice?

`market.books` → stage.depth → `derived.depth`, ten levels a side, 50 symbols, every number compared with numpy. "before" takes each
record as one through the codec, the other line is the stage as it is deployed. Target: p99 under 10 ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from benchmarks.arena import BOOKS, DEPTH, Arena, arena
from benchmarks.book_numbers import fault_in
from benchmarks.book_tape import BookTape, make_books, right_numbers, snapshots_of
from benchmarks.contestants.tapewire import Tapewire
from benchmarks.flow import Flow
from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.pace_figures import PACE_COLUMNS, Paced, fault_of, pace_figures
from benchmarks.paced_run import Pace, paced_run
from benchmarks.results import Result, show
from benchmarks.running_contestant import RunFailed, new_assignment
from benchmarks.timed_flow import timed_flow
from schemas import catalog

RATES = (2_000, 10_000)


class DepthByRecord(Tapewire):
    name: ClassVar[str] = "depth-record"
    label: ClassVar[str] = "stage.depth before: record by record"
    stage: str = "depth"
    variables: ClassVar[Mapping[str, str]] = {"TAPEWIRE_STAGE__FORM": "record", "TAPEWIRE_STAGE__RAW_BATCHES": "false"}


class DepthByColumns(Tapewire):
    name: ClassVar[str] = "depth"
    label: ClassVar[str] = "stage.depth: raw batches, compiled"
    stage: str = "depth"


@job("depth", "order book update to its metrics, at 2,000 and 10,000 updates a second", columns=PACE_COLUMNS)
def depth(options: Options) -> Sequence[Result]:
    """Run both forms at each rate, interleaved, and return the medians."""
    results: list[Result] = []
    forms = (DepthByRecord(), DepthByColumns())
    for rate in (options.rate,) if options.rate else RATES:
        runs: dict[str, list[Paced | str]] = {form.name: [] for form in forms}
        pace = Pace(rate, options.seconds)
        tape = make_books(pace.records)
        with arena("stage.depth") as place:
            flow = timed_flow(BOOKS, place.codecs.of(BOOKS), snapshots_of(tape), int(tape.ts_event[0])).flow
            for number in range(1, options.runs + 1):
                for form in forms:
                    try:
                        outcome: Paced | str = paced_books(form, place, tape, flow, pace)
                    except RunFailed as failure:
                        print(f"{form.name}: {failure}", flush=True)
                        outcome = failure.note
                    runs[form.name].append(outcome)
                    print(f"{rate:,}/s run {number}/{options.runs} {form.name}: {outcome}", flush=True)
        for form in forms:
            fault = fault_of(runs[form.name])
            figures = {"rate": float(rate)} if fault is not None else pace_figures(rate, runs[form.name])
            results.append(Result("depth", form.name, form.label, fault is None, fault or "", figures, {"rate": rate, "runs": options.runs}))
    show(f"depth: book update to metrics, median of {options.runs}", PACE_COLUMNS, results)
    return results


def paced_books(form: Tapewire, place: Arena, tape: BookTape, flow: Flow, pace: Pace) -> Paced:
    """Run one form at the pace; time every update and compare every number."""
    source, output = catalog.topic(BOOKS).kafka_name, catalog.topic(DEPTH).kafka_name
    right = right_numbers(tape)
    run = paced_run(form, place, flow, pace, new_assignment(form, place, source, output, low_latency=True), len(right))
    codec = place.codecs.of(DEPTH)
    found = pd.DataFrame([codec.decode(value).as_avro() for _, value in run.seen], columns=["ts_event", *right.columns])
    found["seen"] = [moment for moment, _ in run.seen]
    fault = fault_in(found, right)
    first = found.drop_duplicates("ts_event")
    rows = first["ts_event"].to_numpy() - tape.ts_event[0]
    sent = run.sent[rows] if fault is None else np.zeros(len(rows))
    measured = (sent >= run.begin) & (sent <= run.end)
    delays = (first["seen"].to_numpy() - sent)[measured]
    return Paced.of(run, delays, is_right=fault is None, verdict=fault or f"{len(right):,} books equal")
