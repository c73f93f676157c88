"""The bare loop: what a careful engineer writes by hand on confluent-kafka and fastavro. No durable state."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from benchmarks.contestant import Assignment, Command, Contestant, contestant
from benchmarks.job_environment import job_environment

PROGRAM = Path(__file__).parents[1] / "programs" / "bare.py"


@contestant
class Bare(Contestant):
    name: ClassVar[str] = "bare"
    label: ClassVar[str] = "bare confluent-kafka + fastavro loop (no durable state)"

    def command(self, assignment: Assignment) -> Command:
        return Command((sys.executable, str(PROGRAM)), job_environment(assignment))
