"""Latency: trades come at a pace; how long after a minute's closing trade does an outside reader see the bar, at what processor cost?

Event time runs sixty times faster than the clock, so a one-minute bar closes every second for each of the 200 symbols.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.arena import BARS, TRADES, Arena, arena
from benchmarks.bar_delays import bar_delays, closing_moments
from benchmarks.bar_watcher import BarWatcher
from benchmarks.checker import Verdict, check
from benchmarks.contestant import Contestant
from benchmarks.job import field_of, job
from benchmarks.market_tape import make_tape
from benchmarks.options import Options
from benchmarks.paced_producer import TICK_SECONDS, PacedProducer
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed, RunningContestant, new_assignment
from benchmarks.truth import right_bars
from schemas import catalog

RATES = (2_000, 10_000)
CONTESTANTS = ("bare", "quix", "kafka-streams", "tapewire-record", "tapewire-columns", "tapewire-kernel")
EVENT_NS_PER_SECOND = 60_000_000_000
AHEAD_SECONDS, WARM_SECONDS, MEASURED_SECONDS, IDLE_SECONDS = 2, 5, 10, 4
SETTLE_SECONDS = 10.0  # for the last bars
COLUMNS = (
    Column("rate", "records/s", ",.0f"),
    Column("p50_ms", "p50 ms", ".1f"),
    Column("p99_ms", "p99 ms", ".1f"),
    Column("lowest_p99_ms", "lowest p99", ".1f"),
    Column("highest_p99_ms", "highest p99", ".1f"),
    Column("cpu_percent", "CPU %", ".1f"),
    Column("idle_cpu_percent", "idle CPU %", ".1f"),
)


@dataclass(frozen=True, slots=True)
class Paced:
    """What one run showed; latencies in seconds, processor use in shares of a core."""

    verdict: Verdict
    p50: float
    p99: float
    cpu: float
    idle_cpu: float


@job("latency", "produce to bar seen outside, and processor use, at 2,000 and 10,000 trades a second")
def latency(options: Options) -> Sequence[Result]:
    """Run every contestant at each rate, interleaved, and return the medians."""
    ready, absent = field_of(options, "latency", CONTESTANTS)
    results: list[Result] = []
    for rate in RATES:
        runs: dict[str, list[Paced | str]] = {contestant.name: [] for contestant in ready}
        with arena() as place:
            for number in range(1, options.runs + 1):
                for contestant in ready:
                    try:
                        outcome: Paced | str = paced_run(contestant, place, rate, options.symbols)
                    except RunFailed as failure:
                        outcome = str(failure)
                    runs[contestant.name].append(outcome)
                    print(f"{rate:,}/s run {number}/{options.runs} {contestant.name}: {_describe(outcome)}", flush=True)
        results += [_result(contestant, runs[contestant.name], rate, options) for contestant in ready]
    results += absent
    show(f"latency: {options.symbols:,} symbols, bars of one second, median of {options.runs}", COLUMNS, results)
    return results


def paced_run(contestant: Contestant, place: Arena, rate: int, symbols: int) -> Paced:
    """Start the contestant on two seconds of backlog, warm it up at the pace, measure it at the pace, then let it idle."""
    seconds = AHEAD_SECONDS + WARM_SECONDS + MEASURED_SECONDS + 1  # one more closes the bars of the last
    tape = make_tape(rate * seconds, symbols=symbols, ns_per_trade=EVENT_NS_PER_SECOND // rate)
    truth = right_bars(tape)
    source, output = catalog.topic(TRADES).kafka_name, catalog.topic(BARS).kafka_name
    place.recreate_topic(source)
    place.wait_until_led(source)
    contestant.reset(place)
    watcher = BarWatcher(place, output)
    producer = PacedProducer(place, source, tape, rate)
    running: RunningContestant | None = None
    try:
        producer.send(0, AHEAD_SECONDS * rate)
        running = RunningContestant(contestant, new_assignment(contestant, place, source, output, low_latency=True))
        running.wait_for_first_record()
        producer.start(AHEAD_SECONDS * rate, len(tape))
        time.sleep(WARM_SECONDS)
        begin = time.time()
        time.sleep(MEASURED_SECONDS)
        end = time.time()
        late = producer.wait()
        _settle(watcher, int(truth["closed"].sum()))
        running.check_alive()
        idle_from = time.time()
        time.sleep(IDLE_SECONDS)
        idle_to = time.time()
    finally:
        if running is not None:
            running.stop()
        watcher.stop()
        producer.close()
    codec = place.codecs.of(BARS)
    bars = [codec.decode(value).as_avro() for _, value in watcher.seen]
    verdict = check(bars, truth, closes_by_partition=contestant.closes_by_partition)
    delays = bar_delays(bars, [seen for seen, _ in watcher.seen], closing_moments(truth, producer.sent))
    measured = delays.loc[delays["sent"].between(begin, end), "delay"]
    if late > 0.25:
        print(f"note: the producer was up to {late:.2f} s late, this machine is too busy", flush=True)
    p50, p99 = np.percentile(measured, [50, 99]) if len(measured) else (np.nan, np.nan)
    cpu = running.meter.cpu_between(begin, end) / (end - begin)
    idle = running.meter.cpu_between(idle_from, idle_to) / (idle_to - idle_from)
    return Paced(verdict, float(p50), float(p99), cpu, idle)


def _settle(watcher: BarWatcher, expected: int) -> None:
    """Wait until every bar can have come, or long enough."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while len(watcher.seen) < expected and time.monotonic() < deadline:
        time.sleep(0.05)


def _describe(outcome: Paced | str) -> str:
    if isinstance(outcome, str):
        return f"FAILED: {outcome}"
    if not outcome.verdict.is_right:
        return str(outcome.verdict)
    return f"p50 {outcome.p50 * 1e3:.1f} ms, p99 {outcome.p99 * 1e3:.1f} ms, CPU {outcome.cpu:.1%}, idle {outcome.idle_cpu:.1%}, {outcome.verdict}"


def _result(contestant: Contestant, runs: Sequence[Paced | str], rate: int, options: Options) -> Result:
    parameters = {"rate": rate, "runs": options.runs, "symbols": options.symbols, "producer_tick_ms": TICK_SECONDS * 1e3}
    wrong = [str(run.verdict) if isinstance(run, Paced) else f"FAILED: {run.splitlines()[0]}" for run in runs
             if not (isinstance(run, Paced) and run.verdict.is_right)]  # fmt: skip
    if wrong:
        return Result("latency", contestant.name, contestant.label, checked=False, note=wrong[0], figures={"rate": rate}, parameters=parameters)
    right = [run for run in runs if isinstance(run, Paced)]
    figures = {
        "rate": float(rate),
        "p50_ms": median(run.p50 for run in right) * 1e3,
        "p99_ms": median(run.p99 for run in right) * 1e3,
        "lowest_p99_ms": min(run.p99 for run in right) * 1e3,
        "highest_p99_ms": max(run.p99 for run in right) * 1e3,
        "cpu_percent": median(run.cpu for run in right) * 100,
        "idle_cpu_percent": median(run.idle_cpu for run in right) * 100,
    }
    return Result("latency", contestant.name, contestant.label, checked=True, figures=figures, parameters=parameters)
