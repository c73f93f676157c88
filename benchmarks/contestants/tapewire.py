"""Ours: the stage `history_bars` in its three forms, started like any unit."""

from __future__ import annotations

import os
import sys
from typing import ClassVar

from benchmarks.arena import Arena
from benchmarks.contestant import Assignment, Command, Contestant, contestant
from infra.settings import Settings, environment_of

UNIT = "stage.history_bars"
GROUP = "tapewire-history_bars"
CHANGELOG = "tapewire-history_bars-state-changelog"


class Tapewire(Contestant):
    """One form of the stage."""

    form: ClassVar[str]
    compiles: ClassVar[bool] = True
    first_record_line: ClassVar[str] = "partition_loaded"  # logged when a partition's state is there and its first batch is folded

    def reset(self, arena: Arena) -> None:
        arena.forget_group(GROUP)
        arena.recreate_topic(CHANGELOG)

    def command(self, assignment: Assignment) -> Command:
        settings: Settings = assignment.arena.settings
        stage = settings.stage.model_copy(update={"data_folder": assignment.folder / "stages"})
        linger = 0.0 if assignment.low_latency else settings.kafka.producer_linger_ms
        kafka = settings.kafka.model_copy(update={"producer_linger_ms": linger})
        variables = environment_of(settings.model_copy(update={"stage": stage, "kafka": kafka}))
        environment = {**os.environ, **variables, "TAPEWIRE_STAGE__FORM": self.form}
        return Command((sys.executable, "-m", "infra.cli.main", "run", UNIT), environment)


@contestant
class Record(Tapewire):
    name: ClassVar[str] = "tapewire-record"
    label: ClassVar[str] = "Tapewire, per record in Python"
    form: ClassVar[str] = "record"


@contestant
class Columns(Tapewire):
    name: ClassVar[str] = "tapewire-columns"
    label: ClassVar[str] = "Tapewire, per batch of columns"
    form: ClassVar[str] = "columns"


@contestant
class Kernel(Tapewire):
    name: ClassVar[str] = "tapewire-kernel"
    label: ClassVar[str] = "Tapewire, fused kernel"
    form: ClassVar[str] = "kernel"
