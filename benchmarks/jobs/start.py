"""Start: from the process to its first record and its first bar, with the code warm on disk."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.arena import arena
from benchmarks.input_topics import InputTopics
from benchmarks.job import field_of, job
from benchmarks.options import Options
from benchmarks.race import Outcome, race
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed, new_assignment

RECORDS = 60_000
CONTESTANTS = ("bare", "quix", "kafka-streams", "tapewire-record", "tapewire-columns", "tapewire-kernel")
COLUMNS = (
    Column("first_record_seconds", "first record s", ".2f"),
    Column("first_bar_seconds", "first bar s", ".2f"),
    Column("slowest_first_bar_seconds", "slowest first bar s", ".2f"),
)


@job("start", "process start to first record and first bar", columns=COLUMNS)
def start(options: Options) -> Sequence[Result]:
    """Start each contestant once to warm its caches, then as often as asked for."""
    ready, absent = field_of(options, "start", CONTESTANTS)
    results: list[Result] = []
    with arena() as place:
        inputs = InputTopics(place, options, RECORDS)
        for contestant in ready:
            topic, truth = inputs.of(contestant)
            outcomes: list[Outcome] = []
            note = ""
            for number in range(options.runs + 1):
                try:
                    outcome = race(contestant, new_assignment(contestant, place, topic, inputs.output), truth)
                except RunFailed as failure:
                    print(f"{contestant.name}: {failure}", flush=True)
                    note = failure.note
                    break
                if not outcome.verdict.is_right:
                    note = str(outcome.verdict)
                    break
                if number:
                    outcomes.append(outcome)
            results.append(_result(contestant.name, contestant.label, outcomes, note, options))
            print(f"{contestant.name}: {dict(results[-1].figures)} {note}", flush=True)
    results += absent
    show(f"start: median of {options.runs}", COLUMNS, results)
    return results


def _result(name: str, label: str, outcomes: Sequence[Outcome], note: str, options: Options) -> Result:
    parameters = {"records": RECORDS, "runs": options.runs, "symbols": options.symbols}
    if note:
        return Result("start", name, label, checked=False, note=note, parameters=parameters)
    figures = {
        "first_record_seconds": median(outcome.first_record - outcome.started for outcome in outcomes),
        "first_bar_seconds": median(outcome.first_bar - outcome.started for outcome in outcomes),
        "slowest_first_bar_seconds": max(outcome.first_bar - outcome.started for outcome in outcomes),
    }
    return Result("start", name, label, checked=True, figures=figures, parameters=parameters)
