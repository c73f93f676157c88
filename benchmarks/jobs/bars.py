"""Throughput: a topic full of trades becomes one-minute bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from benchmarks.arena import arena
from benchmarks.contestant import Contestant
from benchmarks.input_topics import InputTopics
from benchmarks.job import field_of, job
from benchmarks.options import Options
from benchmarks.race import Outcome, race
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed, new_assignment

RECORDS = 10_000_000
COLUMNS = (
    Column("records", "records", ",.0f"),
    Column("records_per_second", "records/s", ",.0f"),
    Column("slowest_records_per_second", "slowest", ",.0f"),
    Column("fastest_records_per_second", "fastest", ",.0f"),
    Column("second_half_records_per_second", "second half", ",.0f"),
    Column("cpu_seconds_per_million", "CPU s/M", ".2f"),
    Column("ratio_to_bare", "x bare", ".2f"),
    Column("ratio_to_kafka_streams", "x Kafka Streams", ".2f"),
)


@job("bars", "trades to one-minute bars, as fast as it goes", columns=COLUMNS)
def bars(options: Options) -> Sequence[Result]:
    """Run every contestant ``options.runs`` times, interleaved, and return the medians."""
    records = options.records or RECORDS
    ready, results = field_of(options, "bars")
    parameters = {
        "runs": options.runs, "symbols": options.symbols, "batch_records": options.batch_records, "compression": options.compression,
    }  # fmt: skip
    outcomes: dict[str, list[Outcome | str]] = {contestant.name: [] for contestant in ready}
    with arena() as place:
        inputs = InputTopics(place, options, records)
        for number in range(options.runs + 1):
            for contestant in ready if number else [one for one in ready if one.compiles]:
                topic, truth = inputs.of(contestant)
                try:
                    outcome: Outcome | str = race(contestant, new_assignment(contestant, place, topic, inputs.output), truth)
                except RunFailed as failure:
                    print(f"{contestant.name}: {failure}", flush=True)
                    outcome = failure.note
                what = f"run {number}/{options.runs}" if number else "not counted"
                print(f"{what} {contestant.name}: {_describe(outcome, inputs.records_for(contestant))}", flush=True)
                if number:
                    outcomes[contestant.name].append(outcome)
        parameters["value_bytes"] = round(inputs.value_bytes, 1)
        measured = [_result(contestant, outcomes[contestant.name], inputs.records_for(contestant), parameters) for contestant in ready]
    results = [*_with_ratios(measured), *results]
    title = f"{records:,} trades, {options.symbols:,} symbols, {options.batch_records:,} a producer batch, compression {options.compression}"
    show(f"bars: {title}; median of {options.runs}", COLUMNS, results)
    return results


def _describe(outcome: Outcome | str, records: int) -> str:
    if isinstance(outcome, str):
        return outcome
    if not outcome.verdict.is_right:
        return str(outcome.verdict)
    return f"{records / outcome.seconds:,.0f} records/s, {outcome.cpu_seconds:.2f} CPU s, {outcome.verdict}"


def _result(contestant: Contestant, outcomes: Sequence[Outcome | str], records: int, parameters: dict[str, Any]) -> Result:
    parameters = {**parameters, "records": records}
    wrong = [str(outcome.verdict) if isinstance(outcome, Outcome) else outcome for outcome in outcomes
             if not (isinstance(outcome, Outcome) and outcome.verdict.is_right)]  # fmt: skip
    if wrong:
        return Result("bars", contestant.name, contestant.label, checked=False, note=wrong[0], parameters=parameters)
    right = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
    rates = sorted(records / outcome.seconds for outcome in right)
    figures = {
        "records": float(records),
        "records_per_second": median(rates),
        "slowest_records_per_second": rates[0],
        "fastest_records_per_second": rates[-1],
        "second_half_records_per_second": median(records / 2 / max(outcome.last_bar - outcome.half, 0.001) for outcome in right),
        "cpu_seconds_per_million": median(outcome.cpu_seconds for outcome in right) * 1e6 / records,
        "peak_resident_bytes": max(float(outcome.peak_resident) for outcome in right),
        "duplicates": float(max(outcome.verdict.duplicates for outcome in right)),
    }
    return Result("bars", contestant.name, contestant.label, checked=True, figures=figures, parameters=parameters)


def _with_ratios(results: Sequence[Result]) -> list[Result]:
    """Add what each rate is to the bare loop's, and to that of the best configuration of Kafka Streams in this run."""
    rates = {result.contestant: result.figures["records_per_second"] for result in results if result.checked}
    best_streams = max((rate for name, rate in rates.items() if name.startswith("kafka-streams")), default=None)
    measures = {"ratio_to_bare": rates.get("bare"), "ratio_to_kafka_streams": best_streams}
    return [
        replace(result, figures={**result.figures, **{name: rates[result.contestant] / rate for name, rate in measures.items() if rate}})
        if result.checked
        else result
        for result in results
    ]
