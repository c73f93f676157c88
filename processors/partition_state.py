"""What a stage holds of one partition: the keyed states of a `Fold`, or the rows of an `ArrayFold`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from infra.errors import Permanent
from processors.array_fold import Values
from processors.fold import Output
from processors.key_state import Snapshot
from schemas.record import Record
from schemas.records import Tick

Emit = Callable[[Output], None]
Refuse = Callable[[str, Permanent], None]


@dataclass(frozen=True, slots=True)
class Packed:
    """Records of one topic and partition as columns, in offset order.

    Attributes
    ----------
    codes
        Each record's key as a number, the same for the life of the process.
    text
        The key of a code.
    values
        What the fold made of the columns it asked for; every array as long as ``offsets``.
    """

    offsets: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int32]
    text: Callable[[int], str]
    values: Values

    @property
    def size(self) -> int:
        """Return how many bytes the columns take."""
        return int(self.offsets.nbytes + self.codes.nbytes + sum(column.nbytes for column in self.values))

    def kept(self) -> Self:
        """Return the same records in memory of their own: a decoder uses its own again, as soon as nobody looks at it."""
        values = tuple(map(_owned, self.values))
        return type(self)(_owned(self.offsets), _owned(self.codes), self.text, values)

    def part(self, first: int, last: int) -> Self:
        """Return the records from ``first`` to ``last`` (excluded); copies nothing."""
        values = tuple(column[first:last] for column in self.values)
        return type(self)(self.offsets[first:last], self.codes[first:last], self.text, values)


def _owned(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return column if column.base is None else column.copy()


class PartitionState(Protocol):
    """State and progress of one partition."""

    def __len__(self) -> int: ...

    @property
    def dirty(self) -> bool:
        """Tell whether the changelog is behind."""

    def highest_offsets(self) -> Mapping[str, int]:
        """Return, per Kafka topic, the highest offset folded into any key."""

    def fold_record(self, kafka_topic: str, topic: str, offset: int, key: str, record: Record, emit: Emit) -> bool:
        """Fold one record; return False if it was folded before.

        Raises
        ------
        infra.errors.Permanent
            The fold refuses the record; the state is as before.
        """

    def fold_packed(self, kafka_topic: str, topic: str, packed: Packed, emit: Emit) -> int:
        """Fold records that are all acceptable; return how many were not folded before."""

    def fold_tick(self, offset: int, tick: Tick, emit: Emit, refuse: Refuse) -> Iterator[str]:
        """Offer one tick to every key; yield each key that took it."""

    def snapshots(self) -> list[Snapshot[Any]]:
        """Take what changed since the last call; folding may go on while it is written."""
