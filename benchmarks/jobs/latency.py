"""Latency: trades come at a pace; how long after a minute's closing trade does an outside reader see the bar, at what processor cost?

Event time runs sixty times faster than the clock, so a one-minute bar closes every second for each of the 200 symbols.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.arena import arena
from benchmarks.job import field_of, job
from benchmarks.options import Options
from benchmarks.pace_figures import PACE_COLUMNS, Paced, fault_of, pace_figures
from benchmarks.paced_bars import paced_bars
from benchmarks.paced_producer import TICK_SECONDS
from benchmarks.paced_run import Pace
from benchmarks.results import Result, show
from benchmarks.running_contestant import RunFailed

RATES = (2_000, 10_000)
CONTESTANTS = ("bare", "quix", "kafka-streams", "tapewire-record", "tapewire-kernel")


@job("latency", "produce to bar seen outside, and processor use, at 2,000 and 10,000 trades a second", columns=PACE_COLUMNS)
def latency(options: Options) -> Sequence[Result]:
    """Run every contestant at each rate, interleaved, and return the medians."""
    ready, absent = field_of(options, "latency", CONTESTANTS)
    results: list[Result] = []
    for rate in (options.rate,) if options.rate else RATES:
        runs: dict[str, list[Paced | str]] = {contestant.name: [] for contestant in ready}
        with arena() as place:
            for number in range(1, options.runs + 1):
                for contestant in ready:
                    try:
                        outcome: Paced | str = paced_bars(contestant, place, Pace(rate, options.seconds), options.symbols)
                    except RunFailed as failure:
                        print(f"{contestant.name}: {failure}", flush=True)
                        outcome = failure.note
                    runs[contestant.name].append(outcome)
                    print(f"{rate:,}/s run {number}/{options.runs} {contestant.name}: {outcome}", flush=True)
        parameters = {"rate": rate, "runs": options.runs, "symbols": options.symbols, "producer_tick_ms": TICK_SECONDS * 1e3}
        for contestant in ready:
            fault = fault_of(runs[contestant.name])
            figures = {"rate": float(rate)} if fault is not None else pace_figures(rate, runs[contestant.name])
            results.append(Result("latency", contestant.name, contestant.label, fault is None, fault or "", figures, parameters))
    results += absent
    show(f"latency: {options.symbols:,} symbols, bars of one second, median of {options.runs}", PACE_COLUMNS, results)
    return results
