"""A fold: ``step(state, record) -> (state, outputs)``, pure, for one key; the same object runs live, in replay and in tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from schemas.record import Record
from schemas.records import Tick

StateT = TypeVar("StateT", bound=Record)


class Output(NamedTuple):
    """A record to write; its key follows from the topic's catalogue entry."""

    topic: str
    record: Record


class Fold(Protocol[StateT]):
    """What a stage runs for each key of its input topics.

    The stage owns offsets, acknowledgements and repeats; a fold sees each record once, in offset order, and each tick after
    all records before it. State is an Avro record: immutable, bounded, declared in schemas/avro/state.
    """

    state_type: type[StateT]

    def initial(self, key: str) -> StateT:
        """Return the state of a key that was never seen."""

    def step(self, state: StateT, topic: str, record: Record) -> tuple[StateT, Sequence[Output]]:
        """Fold one record (a `Tick` comes with topic ``ops.ticks``).

        Raises
        ------
        infra.errors.Permanent
            If this record can never be used; the state stays, the record becomes a dead letter.
        """

    def wants_tick(self, state: StateT, tick: Tick) -> bool:
        """Tell cheaply whether `step` would do anything with this tick."""


@runtime_checkable
class ColumnFold(Fold[StateT], Protocol[StateT]):
    """A fold that can take many records of one key at once; `step` on each of them in turn gives the same state."""

    def columns_of(self, topic: str) -> Sequence[str]:
        """Return the fields it reads of a topic, without the key; empty if it wants this topic record by record."""

    def pack(self, topic: str, columns: Any) -> tuple[npt.NDArray[Any], ...]:
        """Return an `infra.columnar.decoder.Columns` as the fold wants it, one or more arrays of its length."""

    def acceptable(self, topic: str, values: tuple[npt.NDArray[Any], ...]) -> npt.NDArray[np.bool_]:
        """Tell which records can be folded; each other one goes to `step`, which says why not."""

    def step_columns(self, state: StateT, topic: str, values: tuple[npt.NDArray[Any], ...]) -> tuple[StateT, Sequence[Output]]:
        """Fold records of one key, in offset order."""
