"""Bars of one second out of trades at a pace: what jobs on latency run."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.arena import BARS, TRADES, Arena
from benchmarks.bar_delays import bar_delays, closing_moments
from benchmarks.checker import check
from benchmarks.contestant import Contestant
from benchmarks.flow import flow_of_tape
from benchmarks.market_tape import make_tape
from benchmarks.pace_figures import Paced
from benchmarks.paced_run import Pace, paced_run
from benchmarks.running_contestant import new_assignment
from benchmarks.truth import right_bars
from schemas import catalog

EVENT_NS_PER_SECOND = 60_000_000_000  # a minute of event time passes in a second


def paced_bars(contestant: Contestant, place: Arena, pace: Pace, symbols: int, variables: Mapping[str, str] | None = None) -> Paced:
    """Run the contestant at the pace and time each bar from its closing trade to an outside reader."""
    tape = make_tape(pace.records, symbols=symbols, ns_per_trade=EVENT_NS_PER_SECOND // pace.rate)
    truth = right_bars(tape)
    source, output = catalog.topic(TRADES).kafka_name, catalog.topic(BARS).kafka_name
    flow = flow_of_tape(tape, place.codecs.of(TRADES).schema_id)
    assignment = new_assignment(contestant, place, source, output, low_latency=True, variables=variables)
    run = paced_run(contestant, place, flow, pace, assignment, int(truth["closed"].sum()))
    codec = place.codecs.of(BARS)
    bars = [codec.decode(value).as_avro() for _, value in run.seen]
    verdict = check(bars, truth, closes_by_partition=contestant.closes_by_partition)
    delays = bar_delays(bars, [seen for seen, _ in run.seen], closing_moments(truth, run.sent))
    measured = delays.loc[delays["sent"].between(run.begin, run.end), "delay"].to_numpy()
    return Paced.of(run, measured, is_right=verdict.is_right, verdict=str(verdict))
