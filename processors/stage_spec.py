"""What a stage is: its topics and its fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.settings import Settings
from processors.array_fold import ArrayFold
from processors.fold import Fold
from schemas import catalog

TABLE_NAME = "state"


@dataclass(frozen=True, slots=True)
class StageSpec:
    """Binds a fold to topics; all names are logical.

    Attributes
    ----------
    name
        Name without prefix, e.g. ``market``; the unit is ``stage.market``, the consumer group ``tapewire-market``.
    inputs
        Topics folded record by record; they share key and partition count.
    tick_topic
        Topic of `Tick` records, or None if nothing in the fold depends on time passing.
    outputs
        Topics the fold may write to.
    build_fold
        Makes the fold from the settings of the process.
    raw_inputs
        Those of the inputs that are fetched as raw record batches and decoded into columns; the fold is a `ColumnFold` or an `ArrayFold`.
    """

    name: str
    inputs: tuple[str, ...]
    tick_topic: str | None
    outputs: tuple[str, ...]
    build_fold: Callable[[Settings], Fold[Any] | ArrayFold]
    raw_inputs: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        return f"stage.{self.name}"

    @property
    def app_id(self) -> str:
        """Faust's app id: the consumer group, and the first part of the changelog's name."""
        return f"tapewire-{self.name}"

    @property
    def changelog(self) -> str:
        """Kafka topic that holds the state; the catalogue declares it."""
        return f"{self.app_id}-{TABLE_NAME}-changelog"

    @property
    def reads(self) -> tuple[str, ...]:
        """All input topics, the tick topic last."""
        ticks = () if self.tick_topic is None else (self.tick_topic,)
        return tuple(name for name in self.inputs if name != self.tick_topic) + ticks

    @property
    def kafka_inputs(self) -> dict[str, str]:
        """Kafka name to logical name of every topic the stage reads."""
        return {catalog.topic(name).kafka_name: name for name in self.reads}
