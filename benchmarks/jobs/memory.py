"""Memory: what ten thousand symbols cost, in resident size and in rate, beside two hundred.

A symbol has as many trades in a minute either way: event time runs fifty times slower for ten thousand symbols. So as many bars
are closed, and the tables' size is all that differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from benchmarks.arena import arena
from benchmarks.contestant import Contestant
from benchmarks.input_topics import InputTopics
from benchmarks.job import field_of, job
from benchmarks.market_tape import NS_PER_TRADE
from benchmarks.options import Options
from benchmarks.race import Outcome, race
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed, new_assignment

RECORDS, FEW, MANY = 10_000_000, 200, 10_000
CONTESTANTS = ("kafka-streams", "tapewire-record", "tapewire-kernel")
COLUMNS = (
    Column("records", "records", ",.0f"),
    Column("resident_megabytes_few", f"RSS MB, {FEW:,}", ",.0f"),
    Column("resident_megabytes", f"RSS MB, {MANY:,}", ",.0f"),
    Column("records_per_second_few", f"records/s, {FEW:,}", ",.0f"),
    Column("records_per_second", f"records/s, {MANY:,}", ",.0f"),
    Column("share_of_few", "share", ".0%"),
)


@job("memory", f"resident size and rate with {MANY:,} symbols, and with {FEW:,}", columns=COLUMNS)
def memory(options: Options) -> Sequence[Result]:
    """Run each contestant with few and with many symbols, ``options.runs`` times, and return the medians."""
    records = options.records or RECORDS
    ready, absent = field_of(options, "memory", CONTESTANTS)
    outcomes: dict[tuple[str, int], list[Outcome]] = {(contestant.name, symbols): [] for contestant in ready for symbols in (FEW, MANY)}
    faults: dict[str, str] = {}
    for symbols in (FEW, MANY):
        with arena() as place:
            inputs = InputTopics(place, replace(options, symbols=symbols), records, ns_per_trade=NS_PER_TRADE * FEW // symbols)
            for number in range(options.runs + 1):
                for contestant in ready if number else [one for one in ready if one.compiles]:
                    topic, truth = inputs.of(contestant)
                    try:
                        outcome = race(contestant, new_assignment(contestant, place, topic, inputs.output), truth)
                    except RunFailed as failure:
                        print(f"{contestant.name}: {failure}", flush=True)
                        faults[contestant.name] = failure.note
                        continue
                    if not outcome.verdict.is_right:
                        faults[contestant.name] = str(outcome.verdict)
                    elif number:
                        outcomes[contestant.name, symbols].append(outcome)
                        rate = records / outcome.seconds
                        print(f"{contestant.name}, {symbols:,} symbols: {rate:,.0f}/s, {outcome.peak_resident / 1e6:,.0f} MB", flush=True)
    parameters = {"records": records, "runs": options.runs, "batch_records": options.batch_records}
    results = [
        Result("memory", one.name, one.label, checked=False, note=faults[one.name], parameters=parameters)
        if one.name in faults
        else _result(one, outcomes[one.name, FEW], outcomes[one.name, MANY], records, parameters)
        for one in ready
    ]
    results += absent
    show(f"memory: {MANY:,} symbols beside {FEW:,}, median of {options.runs}", COLUMNS, results)
    return results


def _result(contestant: Contestant, few: Sequence[Outcome], many: Sequence[Outcome], records: int, parameters: dict[str, int]) -> Result:
    rates = [median(records / outcome.seconds for outcome in outcomes) for outcomes in (few, many)]
    sizes = [max(outcome.peak_resident for outcome in outcomes) / 1e6 for outcomes in (few, many)]
    figures = {
        "records": float(records),
        "resident_megabytes_few": sizes[0],
        "resident_megabytes": sizes[1],
        "records_per_second_few": rates[0],
        "records_per_second": rates[1],
        "share_of_few": rates[1] / rates[0],
    }
    return Result("memory", contestant.name, contestant.label, checked=True, figures=figures, parameters=parameters)
