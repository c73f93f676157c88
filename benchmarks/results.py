"""What a benchmark found: one object per job, contestant and set of parameters, as a table and as `.tapewire/bench.json`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.arena import bench_folder

RESULT_FILE = bench_folder().parent / "bench.json"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a job's table.

    Attributes
    ----------
    checked
        Every run's output was compared and right; figures of others are not shown.
    note
        Why there is no figure, or what else is worth knowing.
    figures
        Numbers by name with their unit in it; absent when not measured or not right.
    parameters
        Of the run.
    """

    job: str
    contestant: str
    label: str
    checked: bool
    note: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "job": self.job,
            "contestant": self.contestant,
            "label": self.label,
            "checked": self.checked,
            "note": self.note,
            **self.figures,
            "parameters": {**self.parameters, "cores": os.cpu_count()},
        }


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a job's table: figure, heading, format."""

    figure: str
    heading: str
    form: str


def write(results: Sequence[Result], path: Path = RESULT_FILE) -> None:
    """Write the results; those of other jobs in the file stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    jobs = {result.job for result in results}
    kept = [entry for entry in json.loads(path.read_text()) if entry["job"] not in jobs] if path.exists() else []
    path.write_text(json.dumps([*kept, *(result.as_json() for result in results)], indent=1) + "\n")


def show(title: str, columns: Sequence[Column], results: Sequence[Result]) -> None:
    """Print the table of a job."""
    table = Table(title=title, title_justify="left")
    table.add_column("contestant")
    for column in columns:
        table.add_column(column.heading, justify="right")
    table.add_column("checked")
    table.add_column("note")
    for result in results:
        cells = [format(result.figures[column.figure], column.form) if column.figure in result.figures else "" for column in columns]
        table.add_row(result.label, *cells, "yes" if result.checked else "NO", result.note)
    Console(width=200).print(table)
