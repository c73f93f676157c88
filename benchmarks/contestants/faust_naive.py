"""Faust as its manual shows it: a Record a message, `async for`, a table write per trade."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from benchmarks.contestant import Assignment, Command, Contestant, contestant
from benchmarks.job_environment import job_environment

PROGRAM = Path(__file__).parents[1] / "programs" / "faust_naive.py"


@contestant
class FaustNaive(Contestant):
    name: ClassVar[str] = "faust-naive"
    label: ClassVar[str] = "Faust, one event a record, table with changelog"
    records_at_most: ClassVar[int | None] = 60_000

    def command(self, assignment: Assignment) -> Command:
        return Command((sys.executable, str(PROGRAM), "worker", "--without-web", "-l", "info"), job_environment(assignment))
