"""`python -m benchmarks.report`: writes the tables of docs/benchmarks.md from `.tapewire/bench.json`, so that nobody types a figure.

The tables of jobs that were not run this time stay.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.job import Job, jobs
from benchmarks.results import RESULT_FILE, Column

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: written by python -m benchmarks.report -->", "<!-- end of the figures -->"
_OWN = ("job", "contestant", "label", "checked", "note", "parameters")


def figures_section(results: Sequence[Mapping[str, Any]], known: Mapping[str, Job], kept: Mapping[str, str] | None = None) -> str:
    """Return a table for each job that has results, in the order of the jobs; of one that has none, what is ``kept`` of it."""
    tables = []
    for job in known.values():
        lines = [result for result in results if result["job"] == job.name]
        if lines:
            tables.append(f"### {job.name}: {job.summary}\n\n{_told(lines)}\n\n{_table(job, lines)}\n")
        elif kept and job.name in kept:
            tables.append(kept[job.name])
    return "\n".join(tables) or "No run yet.\n"


def tables_of(page: str) -> dict[str, str]:
    """Return the tables that stand on the page, heading included, by job."""
    section = page.partition(BEGIN)[2].partition(END)[0]
    tables = [f"### {text.strip()}\n" for text in section.split("### ")[1:]]
    return {table.removeprefix("### ").partition(":")[0]: table for table in tables}


def replaced(page: str, section: str) -> str:
    """Return the page with another text between its markers.

    Raises
    ------
    ValueError
        If the page lacks a marker.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"expected the markers {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{section}\n{END}{after}"


def _told(results: Sequence[Mapping[str, Any]]) -> str:
    """Return the parameters that all lines share."""
    every = [result["parameters"] for result in results]
    shared = {name: value for name, value in every[0].items() if all(other.get(name) == value for other in every)}
    return ", ".join(f"{name.replace('_', ' ')} {_number(value)}" for name, value in shared.items())


def _table(job: Job, results: Sequence[Mapping[str, Any]]) -> str:
    names = dict.fromkeys(name for result in results for name in result if name not in _OWN)
    columns = job.columns or tuple(Column(name, name.replace("_", " "), ",.4g") for name in names)
    shown = [column for column in columns if any(column.figure in result for result in results)]
    has_notes = any(result["note"] for result in results)
    lines = [
        "| " + " | ".join(["", *(column.heading.strip() for column in shown), "checked", *(["note"] if has_notes else [])]) + " |",
        "|" + "|".join(["---", *("---:" for _ in shown), "---", *(["---"] if has_notes else [])]) + "|",
    ]
    for result in results:
        cells = [format(result[column.figure], column.form) if column.figure in result else "" for column in shown]
        notes = [result["note"].replace("|", "/")] if has_notes else []
        lines.append("| " + " | ".join([result["label"], *cells, "yes" if result["checked"] else "NO", *notes]) + " |")
    return "\n".join(lines)


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def main() -> int:
    """Rewrite the page."""
    parser = argparse.ArgumentParser(prog="benchmarks.report", description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULT_FILE)
    parser.add_argument("--page", type=Path, default=PAGE)
    told = parser.parse_args()
    results = json.loads(told.results.read_text())
    page = told.page.read_text()
    told.page.write_text(replaced(page, figures_section(results, jobs(), tables_of(page))))
    print(f"{told.page}: {len(results)} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
