"""Ours: a stage started like any unit; for bars `history_bars` in its three forms."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import ClassVar

from benchmarks.arena import Arena
from benchmarks.contestant import Assignment, Command, Contestant, contestant
from infra.columnar.kernel_cache import CACHE_FOLDER_VARIABLE
from infra.local.paths import workspace
from infra.settings import Settings, environment_of


class Tapewire(Contestant):
    """A stage of ours.

    Attributes
    ----------
    stage
        Its name in `processors.stages`.
    variables
        Settings that differ from the defaults; those of an assignment go above them.
    """

    stage: str = "history_bars"
    variables: ClassVar[Mapping[str, str]] = {}
    compiles: ClassVar[bool] = True
    first_record_line: ClassVar[str] = "partition_loaded"  # logged when a partition's state is there and its first batch is folded

    def reset(self, arena: Arena) -> None:
        arena.forget_group(f"tapewire-{self.stage}")
        arena.recreate_topic(f"tapewire-{self.stage}-state-changelog")

    def command(self, assignment: Assignment) -> Command:
        settings: Settings = assignment.arena.settings
        stage = settings.stage.model_copy(update={"data_folder": assignment.folder / "stages"})
        linger = 0.0 if assignment.low_latency else settings.kafka.producer_linger_ms
        kafka = settings.kafka.model_copy(update={"producer_linger_ms": linger})
        variables = environment_of(settings.model_copy(update={"stage": stage, "kafka": kafka}))
        kernels = {CACHE_FOLDER_VARIABLE: str(workspace() / "numba")}  # each run has a working directory of its own
        environment = {**os.environ, **variables, **kernels, **self.variables, **assignment.variables}
        return Command((sys.executable, "-m", "infra.cli.main", "run", f"stage.{self.stage}"), environment)


@contestant
class Record(Tapewire):
    name: ClassVar[str] = "tapewire-record"
    label: ClassVar[str] = "Tapewire, per record in Python"
    variables: ClassVar[Mapping[str, str]] = {"TAPEWIRE_STAGE__FORM": "record"}


@contestant
class Columns(Tapewire):
    name: ClassVar[str] = "tapewire-columns"
    label: ClassVar[str] = "Tapewire, per batch of columns"
    variables: ClassVar[Mapping[str, str]] = {"TAPEWIRE_STAGE__FORM": "columns"}


@contestant
class Kernel(Tapewire):
    name: ClassVar[str] = "tapewire-kernel"
    label: ClassVar[str] = "Tapewire, fused kernel"
    variables: ClassVar[Mapping[str, str]] = {"TAPEWIRE_STAGE__FORM": "kernel"}
