"""quixstreams with its State (RocksDB) and changelog, Avro by fastavro as its users would."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from benchmarks.contestant import Assignment, Command, Contestant, contestant
from benchmarks.job_environment import job_environment
from benchmarks.peer_environment import peer_python

PROGRAM = Path(__file__).parents[1] / "programs" / "quix.py"


@contestant
class Quix(Contestant):
    name: ClassVar[str] = "quix"
    label: ClassVar[str] = "quixstreams State, changelog on"
    records_at_most: ClassVar[int | None] = 1_000_000

    def prepare(self) -> None:
        peer_python()

    def command(self, assignment: Assignment) -> Command:
        return Command((str(peer_python()), str(PROGRAM)), job_environment(assignment))
