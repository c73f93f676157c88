"""What was fetched of a stage's raw inputs, decoded into columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from processors.batching import FetchedBatch
from processors.guard import RawRecord
from processors.partition_state import Packed

if TYPE_CHECKING:
    from processors.column_input import ColumnInput  # numba is imported where columns are decoded


class DecodedFetch:
    """The batches of one fetch; where they are small, all partitions of a topic are decoded in one call.

    Parameters
    ----------
    inputs
        Decodes the raw batches of a topic, by Kafka name.
    batches
        Raw ones and others.
    """

    def __init__(self, inputs: Mapping[str, ColumnInput], batches: Sequence[FetchedBatch]) -> None:
        self._inputs = inputs
        self._together: dict[int, Packed] = {}  # by their tickets; batches that need a look are left out
        for topic in {batch.topic for batch in batches if batch.raw}:
            those = [batch for batch in batches if batch.topic == topic and batch.raw]
            packed = inputs[topic].read_together([batch.raw for batch in those])
            self._together.update(zip(map(_name, those), packed, strict=False))

    def items(self, batch: FetchedBatch) -> Iterable[Packed | RawRecord]:
        """Return the records of a raw batch in the order of offsets: columns, and those that must be looked at singly."""
        packed = self._together.get(_name(batch))
        return self._inputs[batch.topic].read(batch.partition, batch.raw) if packed is None else (packed,)


def _name(batch: FetchedBatch) -> int:
    return id(batch.ticket)
