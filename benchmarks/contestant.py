"""What the harness knows of a contestant: how to get it ready, and the command that does the job."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from benchmarks.arena import Arena
from infra.plugins import load_all


class Unavailable(Exception):
    """This contestant cannot run here; says why."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One run as a contestant is told of it.

    Attributes
    ----------
    group
        Consumer group or application id, new for each run.
    folder
        Empty folder for files of its own.
    low_latency
        Records come at a pace and each counts: no lingering.
    variables
        Settings of this run, in environment variables, for contestants of ours.
    """

    arena: Arena
    input_topic: str
    output_topic: str
    group: str
    folder: Path
    low_latency: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """A process to start."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class Contestant(ABC):
    """A way to do the job in one process.

    The process reads the input topic from its beginning, writes bars to the output topic, prints a line that contains
    ``first_record_line`` just before it processes its first record, and ends in an orderly way at SIGTERM.

    Attributes
    ----------
    name
        Word for the command line and `bench.json`.
    label
        Words for the table.
    records_at_most
        For those that would take minutes: they get the beginning of the tape.
    closes_by_partition
        Its minutes also close by trades of other symbols; bars of a symbol's last minute are then allowed.
    compiles
        Compiles code when it first sees data and keeps it on disk: it gets a run that does not count.
    transactional
        Its bars count when their transaction is committed.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    first_record_line: ClassVar[str] = "first_record"
    records_at_most: ClassVar[int | None] = None
    closes_by_partition: ClassVar[bool] = False
    compiles: ClassVar[bool] = False
    transactional: ClassVar[bool] = False

    def prepare(self) -> None:
        """Install or build what it needs; raises `Unavailable`."""
        return

    def reset(self, arena: Arena) -> None:
        """Undo what earlier runs left on the broker, for those whose group or topics have fixed names."""
        return

    @abstractmethod
    def command(self, assignment: Assignment) -> Command:
        """Return the process that does the job."""


_CONTESTANTS: dict[str, Contestant] = {}


def contestant(defined: type[Contestant]) -> type[Contestant]:
    """Register a contestant."""
    if defined.name in _CONTESTANTS:
        raise ValueError(f"two contestants are called {defined.name}")
    _CONTESTANTS[defined.name] = defined()
    return defined


def contestants() -> Mapping[str, Contestant]:
    """Return every contestant by name, the bare loop first: it is what the others are compared with."""
    load_all("benchmarks.contestants")
    return dict(sorted(_CONTESTANTS.items(), key=lambda item: (item[0] != "bare", item[0].startswith("tapewire"), item[0])))
