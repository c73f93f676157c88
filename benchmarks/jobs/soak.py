"""Soak: 20,000 trades a second for a long time; does memory or lag grow?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from benchmarks.arena import BARS, TRADES, Arena, arena
from benchmarks.bar_delays import bar_delays, closing_moments
from benchmarks.checker import check
from benchmarks.contestant import Contestant
from benchmarks.flow import flow_of_tape
from benchmarks.job import field_of, job
from benchmarks.market_tape import START_NS, MarketTape, make_tape
from benchmarks.options import Options
from benchmarks.paced_bars import EVENT_NS_PER_SECOND
from benchmarks.paced_producer import PacedProducer, evenly
from benchmarks.regression import Trend, trend
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed, RunningContestant, new_assignment
from benchmarks.topic_watcher import TopicWatcher
from benchmarks.truth import right_bars
from schemas import catalog

RATE = 20_000
PART_SECONDS = 10
MINUTES = 30.0
WARM_SHARE = 0.2  # of the time: caches fill and allocators settle
CONTESTANTS = ("tapewire-kernel",)
COLUMNS = (
    Column("minutes", "minutes", ".0f"),
    Column("resident_megabytes", "RSS MB", ",.1f"),
    Column("resident_slope_megabytes_per_hour", "RSS MB/h", "+.2f"),
    Column("resident_slope_error", "± (1 SE)", ".2f"),
    Column("delay_ms", "delay ms", ".2f"),
    Column("delay_slope_ms_per_hour", "delay ms/h", "+.3f"),
    Column("delay_slope_error", "± (1 SE) ", ".3f"),
    Column("cpu_percent", "CPU %", ".1f"),
)


@dataclass(slots=True)
class Soaked:
    """What must be known of each part once it was sent: when, its right bars, when the trades left that close them."""

    moments: list[float] = field(default_factory=list)
    closing: list[pd.Series] = field(default_factory=list)
    truths: list[pd.DataFrame] = field(default_factory=list)
    cpu: float = 0.0


@job("soak", "memory and lag over time at 20,000 trades a second", by_default=False, columns=COLUMNS)
def soak(options: Options) -> Sequence[Result]:
    """Let each contestant run for ``options.minutes``, or half an hour."""
    ready, results = field_of(options, "soak", CONTESTANTS)
    for contestant in ready:
        with arena() as place:
            try:
                results.insert(0, long_run(contestant, place, options))
            except RunFailed as failure:
                print(f"{contestant.name}: {failure}", flush=True)
                results.insert(0, Result("soak", contestant.name, contestant.label, checked=False, note=failure.note))
    show(f"soak: {RATE:,} trades/s, {options.symbols:,} symbols, bars of one second", COLUMNS, results)
    return results


def long_run(contestant: Contestant, place: Arena, options: Options) -> Result:
    """Feed the contestant at the pace, part after part, and fit lines through what was seen."""
    source, output = catalog.topic(TRADES).kafka_name, catalog.topic(BARS).kafka_name
    place.wait_until_led(source)
    contestant.reset(place)
    watcher = TopicWatcher(place, output)
    parts = max(round((options.minutes or MINUTES) * 60 / PART_SECONDS), 8)
    tape = _part(0, options.symbols)
    producer = PacedProducer(place, source, flow_of_tape(tape, place.codecs.of(TRADES).schema_id), evenly(len(tape), RATE))
    soaked = Soaked(truths=[right_bars(tape)])
    producer.send(0, len(tape))
    producer.close()
    running = RunningContestant(contestant, new_assignment(contestant, place, source, output, low_latency=True), meter_seconds=1.0)
    try:
        running.wait_for_first_record()
        began = time.time()
        following = _part(1, options.symbols)
        for number in range(1, parts + 1):
            tape = following
            producer = PacedProducer(place, source, flow_of_tape(tape, place.codecs.of(TRADES).schema_id), evenly(len(tape), RATE))
            producer.start(0, len(tape))
            following = _part(number + 1, options.symbols)  # while this one is on its way
            soaked.truths.append(right_bars(tape))
            producer.wait()
            producer.close()
            running.check_alive()
            soaked.closing.append(closing_moments(soaked.truths[-1], producer.sent))
            soaked.moments.append(time.time())
            print(f"{contestant.name}: minute {number * PART_SECONDS / 60:.1f}: RSS {running.meter.samples[-1].resident / 1e6:.1f} MB", flush=True)
        soaked.cpu = running.meter.cpu_between(began, time.time()) / (time.time() - began)
        time.sleep(2.0)
    finally:
        running.stop()
        watcher.stop()
    return _result(contestant, place, options, soaked, running, watcher)


def _part(number: int, symbols: int) -> MarketTape:
    """Return ten seconds' trades: whole minutes of event time, so that parts join without a seam."""
    start = START_NS + number * PART_SECONDS * EVENT_NS_PER_SECOND
    return make_tape(RATE * PART_SECONDS, symbols=symbols, seed=number, start_ns=start, ns_per_trade=EVENT_NS_PER_SECOND // RATE)


def _result(
    contestant: Contestant, place: Arena, options: Options, soaked: Soaked, running: RunningContestant, watcher: TopicWatcher
) -> Result:
    codec = place.codecs.of(BARS)
    bars = [codec.decode(value).as_avro() for _, value in watcher.seen]
    seen = [moment for moment, _ in watcher.seen]
    truth = pd.concat(soaked.truths)
    windows = truth.index.get_level_values("window_start").to_series(index=truth.index)
    truth["closed"] = windows != windows.groupby(level="symbol").transform("max")
    verdict = check(bars, truth, closes_by_partition=contestant.closes_by_partition)
    parameters = {"minutes": options.minutes or MINUTES, "rate": RATE, "symbols": options.symbols, "runs": 1}
    if not verdict.is_right:
        return Result("soak", contestant.name, contestant.label, checked=False, note=str(verdict), parameters=parameters)
    delays = bar_delays(bars, seen, pd.concat(soaked.closing))
    warm = soaked.moments[0] + WARM_SHARE * (soaked.moments[-1] - soaked.moments[0])
    resident = _by_part([sample.at for sample in running.meter.samples], [sample.resident / 1e6 for sample in running.meter.samples], warm)
    lag = _by_part(delays["sent"], delays["delay"] * 1e3, warm)
    memory, slowness = _per_hour(resident), _per_hour(lag)
    figures = {
        "minutes": (soaked.moments[-1] - soaked.moments[0]) / 60,
        "resident_megabytes": float(resident.mean()),
        "resident_slope_megabytes_per_hour": memory.slope,
        "resident_slope_error": memory.error,
        "delay_ms": float(lag.mean()),
        "delay_slope_ms_per_hour": slowness.slope,
        "delay_slope_error": slowness.error,
        "cpu_percent": soaked.cpu * 100,
    }
    flat = [f"{name} {'flat' if line.is_flat else 'NOT flat'}" for name, line in (("memory", memory), ("delay", slowness))]
    return Result("soak", contestant.name, contestant.label, checked=True, note=", ".join(flat), figures=figures, parameters=parameters)


def _by_part(moments: Sequence[float] | pd.Series, values: Sequence[float] | pd.Series, after: float) -> pd.Series:
    """Return the median of every ten seconds, by their beginning."""
    series = pd.Series(list(values), index=pd.Index(list(moments), dtype=float))
    series = series[series.index > after]
    return series.groupby((series.index // PART_SECONDS) * PART_SECONDS).median()


def _per_hour(series: pd.Series) -> Trend:
    line = trend(series.index.to_numpy() / 3_600, series.to_numpy())
    return Trend(line.slope, line.error)
