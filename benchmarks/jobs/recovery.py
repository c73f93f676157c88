"""Recovery: a worker with ten thousand symbols is restarted, or killed, while trades come at a pace; how long is there no bar?

The process is started again at once, with the same group and folder. Afterwards all bars are compared: state that was lost or
counted twice shows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from benchmarks.arena import BARS, TRADES, Arena, arena
from benchmarks.bar_delays import bar_delays, closing_moments
from benchmarks.checker import Verdict, check
from benchmarks.contestant import Contestant
from benchmarks.flow import flow_of_tape
from benchmarks.job import field_of, job
from benchmarks.market_tape import make_tape
from benchmarks.options import Options
from benchmarks.paced_bars import EVENT_NS_PER_SECOND
from benchmarks.paced_producer import PacedProducer, evenly
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed, RunningContestant, new_assignment
from benchmarks.topic_watcher import TopicWatcher
from benchmarks.truth import right_bars
from schemas import catalog

Kind = Literal["planned", "killed"]
RATE, SYMBOLS = 20_000, 10_000
AHEAD_SECONDS, BEFORE_SECONDS, AFTER_SECONDS = 10, 6, 40
CONTESTANTS = ("kafka-streams-eos", "tapewire-kernel")  # those whose bars survive a kill
COLUMNS = (
    Column("gap_seconds", "no bar for s", ".1f"),
    Column("first_record_seconds", "start to first record s", ".1f"),
    Column("caught_up_seconds", "caught up after s", ".1f"),
    Column("duplicates", "repeats", ",.0f"),
)


@dataclass(frozen=True, slots=True)
class Recovered:
    """Seconds from the end of the first process (its kill, or the signal to stop) unless said otherwise.

    Attributes
    ----------
    gap
        Until a bar was seen again.
    first_record
        From the start of the second process to its first record.
    caught_up
        Until bars were less than a second behind their closing trades.
    """

    verdict: Verdict
    gap: float
    first_record: float
    caught_up: float


@job("recovery", "restart and kill -9 of a worker with 10,000 symbols", columns=COLUMNS)
def recovery(options: Options) -> Sequence[Result]:
    """Restart and kill each contestant once."""
    ready, absent = field_of(options, "recovery", CONTESTANTS)
    results: list[Result] = []
    kinds: tuple[Kind, ...] = ("planned", "killed")
    for kind in kinds:
        for contestant in ready:
            with arena() as place:
                parameters = {"kind": kind, "rate": RATE, "symbols": SYMBOLS}
                label = f"{contestant.label}, {kind}"
                try:
                    found = interrupted_run(contestant, place, kind)
                except RunFailed as failure:
                    print(f"{label}: {failure}", flush=True)
                    results.append(Result("recovery", contestant.name, label, checked=False, note=failure.note, parameters=parameters))
                    continue
            if not found.verdict.is_right:
                results.append(Result("recovery", contestant.name, label, checked=False, note=str(found.verdict), parameters=parameters))
                continue
            figures = {
                "gap_seconds": found.gap,
                "first_record_seconds": found.first_record,
                "caught_up_seconds": found.caught_up,
                "duplicates": float(found.verdict.duplicates),
            }
            results.append(Result("recovery", contestant.name, label, checked=True, figures=figures, parameters=parameters))
            print(f"{label}: {figures}", flush=True)
    results += absent
    show(f"recovery: {SYMBOLS:,} symbols, {RATE:,} trades/s, session time-out 10 s", COLUMNS, results)
    return results


def interrupted_run(contestant: Contestant, place: Arena, kind: Kind) -> Recovered:
    """Run the contestant at the pace, end it in the middle, start it again at once, let it catch up."""
    tape = make_tape(RATE * (AHEAD_SECONDS + BEFORE_SECONDS + AFTER_SECONDS), symbols=SYMBOLS, ns_per_trade=EVENT_NS_PER_SECOND // RATE)
    truth = right_bars(tape)
    source, output = catalog.topic(TRADES).kafka_name, catalog.topic(BARS).kafka_name
    place.wait_until_led(source)
    contestant.reset(place)
    watcher = TopicWatcher(place, output)
    producer = PacedProducer(place, source, flow_of_tape(tape, place.codecs.of(TRADES).schema_id), evenly(len(tape), RATE))
    assignment = new_assignment(contestant, place, source, output, low_latency=True)
    first: RunningContestant | None = None
    second: RunningContestant | None = None
    try:
        producer.send(0, AHEAD_SECONDS * RATE)
        first = RunningContestant(contestant, assignment)
        first.wait_for_first_record()
        producer.start(AHEAD_SECONDS * RATE, len(tape))
        time.sleep(BEFORE_SECONDS)
        ended = time.time()
        if kind == "killed":
            first.kill()
        else:
            first.stop()
        second = RunningContestant(contestant, assignment)
        second.wait_for_first_record()
        producer.wait()
        _settle(watcher, int(truth["closed"].sum()))
        second.check_alive()
    finally:
        for running in (first, second):
            if running is not None:
                running.stop()
        watcher.stop()
        producer.close()
    codec = place.codecs.of(BARS)
    bars = [codec.decode(value).as_avro() for _, value in watcher.seen]
    seen = [moment for moment, _ in watcher.seen]
    delays = bar_delays(bars, seen, closing_moments(truth, producer.sent))
    later = [moment for moment in seen if moment > second.first_record]
    return Recovered(
        verdict=check(bars, truth, closes_by_partition=contestant.closes_by_partition),
        gap=(min(later) if later else float("nan")) - ended,
        first_record=second.first_record - second.started,
        caught_up=_caught_up(delays) - ended,
    )


def _caught_up(delays: pd.DataFrame) -> float:
    """Return when the last bar came that was more than a second late."""
    late = delays[delays["delay"] > 1.0]
    return float((late["sent"] + late["delay"]).max()) if len(late) else float("nan")


def _settle(watcher: TopicWatcher, expected: int) -> None:
    deadline = time.monotonic() + 30.0
    count, changed = 0, time.monotonic()
    while time.monotonic() < deadline and (len(watcher.seen) < expected or time.monotonic() - changed < 1.0):
        if len(watcher.seen) != count:
            count, changed = len(watcher.seen), time.monotonic()
        time.sleep(0.05)
