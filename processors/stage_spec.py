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
_UNHURRIED_FETCH_PAUSE_MS = 50.0
_UNHURRIED_CHECKPOINT_MS = 1_000.0


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
    held_inputs
        Those of the inputs that wait for the first tick that covers them, as records or as columns, and are folded before it, topic by
        topic in this order: so the log alone says what a tick saw, whoever reads it and whenever. The catalogue calls them ``covered``.
    unhurried
        Nobody waits for its outputs within a part of a second: it fetches and checkpoints less often, which costs the broker less.
    keys
        The only keys that the fold does anything with: held records of others are not even decoded. None: all.
    """

    name: str
    inputs: tuple[str, ...]
    tick_topic: str | None
    outputs: tuple[str, ...]
    build_fold: Callable[[Settings], Fold[Any] | ArrayFold]
    raw_inputs: tuple[str, ...] = ()
    held_inputs: tuple[str, ...] = ()
    unhurried: bool = False
    keys: Callable[[Settings], frozenset[bytes] | None] = lambda _: None

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

    def fetch_pause_seconds(self, settings: Settings) -> float:
        """Return how long the next fetch waits after a small answer."""
        return max(settings.stage.fetch_pause_ms, _UNHURRIED_FETCH_PAUSE_MS if self.unhurried else 0.0) / 1_000

    def checkpoint_seconds(self, settings: Settings) -> float:
        """Return the time between two checkpoints."""
        return max(settings.stage.checkpoint_ms, _UNHURRIED_CHECKPOINT_MS if self.unhurried else 0.0) / 1_000

    @property
    def reads(self) -> tuple[str, ...]:
        """All input topics, the tick topic last."""
        ticks = () if self.tick_topic is None else (self.tick_topic,)
        return tuple(name for name in self.inputs if name != self.tick_topic) + ticks

    @property
    def kafka_inputs(self) -> dict[str, str]:
        """Kafka name to logical name of every topic the stage reads."""
        return {catalog.topic(name).kafka_name: name for name in self.reads}
