"""Decodes the raw record batches of one topic into what a fold asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from infra.columnar.columns import Columns
from infra.columnar.decoder import ColumnDecoder, Unsupported
from infra.columnar.record_batch import RawBatch, RawRecord, records_of
from infra.kafka.replay_headers import replay_of
from infra.logging_setup import logger
from processors.array_fold import Values
from processors.partition_state import Packed
from processors.storage import Packer
from schemas.catalog import Topic

log = logger(__name__)
_DECODED_AT_ONCE = 65_536
_TOGETHER = 4_096  # records; with more, a call a partition costs nothing worth saving
_FEW = 2  # a decoder's call costs as much as three records one by one, whatever it decodes


@dataclass(frozen=True, slots=True)
class Alone:
    """A record that must be taken by itself: not readable as a column, or not acceptable."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class ColumnInput:
    """One topic as columns.

    Parameters
    ----------
    topic
        Catalogue entry.
    schema_id
        Id of our schema; records of other writers are taken one by one.
    packer
        The fold.
    """

    def __init__(self, topic: Topic, schema_id: int, packer: Packer) -> None:
        assert topic.key is not None, f"{topic.name} has no key: it cannot be folded by key"
        self._topic = topic
        self._key = topic.key
        self._packer = packer
        self._decoder: ColumnDecoder | None = None
        try:
            fields = (topic.key, *packer.columns_of(topic.name))
            self._decoder = ColumnDecoder.for_schema(topic.record, schema_id, fields, dictionary=(topic.key,))
        except Unsupported as error:
            log.warning("topic_decoded_record_by_record", topic=topic.name, reason=str(error))

    def nothing(self) -> Values | None:
        """Return no records, packed; None if the topic's schema has no columns. Compiles what there is to compile."""
        return None if self._decoder is None else self._packer.pack(self._topic.name, self._decoder.decode(()))

    def read_together(self, parts: Sequence[Sequence[RawBatch]]) -> list[Packed]:
        """Decode the batches of several partitions in one call; nothing where that saves nothing or a record needs a look: `read` them."""
        count = sum(batch.count for part in parts for batch in part)
        if self._decoder is None or len(parts) < 2 or not _FEW < count <= _TOGETHER:
            return []
        columns, whole = self._packed(self._decoder, [batch for part in parts for batch in part])
        if columns.bad or len(columns.with_headers) or not self._packer.acceptable(self._topic.name, whole.values).all():
            return []
        last_batches = np.cumsum([len(part) for part in parts]) - 1
        ends = [0, *columns.batch_ends[last_batches].tolist()]
        return [whole.part(first, last) for first, last in pairwise(ends)]

    def read(self, partition: int, batches: Sequence[RawBatch]) -> Iterator[Packed | Alone]:
        """Yield the records in offset order: as many at once as possible, those that must be looked at singly by themselves."""
        if self._decoder is None or sum(batch.count for batch in batches) <= _FEW:
            for batch in batches:
                yield from (self._alone(partition, record) for record in records_of(batch))
            return
        chunk: list[RawBatch] = []
        waiting = 0
        for batch in batches:
            chunk.append(batch)
            waiting += batch.count
            if waiting >= _DECODED_AT_ONCE:
                yield from self._decoded(partition, self._decoder, chunk)
                chunk, waiting = [], 0
        if chunk:
            yield from self._decoded(partition, self._decoder, chunk)

    def _decoded(self, partition: int, decoder: ColumnDecoder, batches: Sequence[RawBatch]) -> Iterator[Packed | Alone]:
        columns, packed = self._packed(decoder, batches)
        good = self._packer.acceptable(self._topic.name, packed.values)
        put_back = [row for row in columns.with_headers.tolist() if replay_of(columns.raw_record(row).headers) is not None]
        if put_back:  # dead letters: the guard knows whose
            good = good.copy()
            good[put_back] = False
        if good.all() and not columns.bad:
            if columns.count:
                yield packed
            return
        refused = np.flatnonzero(~good).tolist()
        singles: list[tuple[RawRecord, int]] = [*((bad.record, 0) for bad in columns.bad), *((columns.raw_record(row), 1) for row in refused)]
        first = 0
        for single, is_row in sorted(singles, key=lambda item: item[0].offset):
            last = int(np.searchsorted(columns.offsets, single.offset))
            if last > first:
                yield packed.part(first, last)
            yield self._alone(partition, single)
            first = last + is_row
        if columns.count > first:
            yield packed.part(first, columns.count)

    def _packed(self, decoder: ColumnDecoder, batches: Sequence[RawBatch]) -> tuple[Columns, Packed]:
        columns = decoder.decode(batches)
        values = self._packer.pack(self._topic.name, columns)
        return columns, Packed(columns.offsets, columns.column(self._key).values, decoder.dictionaries[self._key].text, values)

    def _alone(self, partition: int, record: RawRecord) -> Alone:
        return Alone(self._topic.kafka_name, partition, record.offset, record.key, record.value, record.headers)
