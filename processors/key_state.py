"""What the stage holds in memory of one key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from processors.fold import StateT

WrittenT = TypeVar("WrittenT", covariant=True)


@dataclass(slots=True)
class KeyState(Generic[StateT]):
    """The newest state of a key and what is folded into it.

    Attributes
    ----------
    state
        Immutable; replaced, never changed in place (a change in place would miss the changelog).
    offsets
        Kafka topic to offset of the last record folded.
    dirty
        The changelog has an older state.
    """

    state: StateT
    offsets: dict[str, int] = field(default_factory=dict)
    dirty: bool = False

    def has_seen(self, topic: str, offset: int) -> bool:
        """Tell a repeat (after a crash, a rebalance, or a fetch during recovery) from a new record."""
        return offset <= self.offsets.get(topic, -1)


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[WrittenT]):
    """What a checkpoint will write under one key of the changelog: a key's state, or a page of them."""

    partition: int
    key: str
    state: WrittenT
    offsets: Mapping[str, int]
