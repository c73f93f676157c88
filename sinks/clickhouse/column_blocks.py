"""Record batches of a bulk topic straight into a block, without an object a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infra.clickhouse.native_block import NativeBlock
from infra.clickhouse.native_columns import Piece, ValuesRefused, column_head, column_writer, head, one_text, order_by_text
from infra.columnar.columns import Columns
from infra.columnar.decoder import ColumnDecoder
from infra.columnar.record_batch import RawBatch
from infra.kafka.replay_headers import replay_of
from schemas.catalog import Topic
from schemas.columns import OFFSET, PARTITION, TOPIC, columns

_EVENT = "ts_event"


@dataclass(frozen=True, slots=True)
class ColumnBlock:
    """A block and the latest `ts_event` in it, None if its records have none."""

    block: NativeBlock
    newest_us: int | None


class ColumnBlocks:
    """Makes the blocks of one topic. Not for several threads at once.

    Parameters
    ----------
    topic
        Raises `Unsupported` if its table has a column that is not made this way: a map, a record inside the record.
    schema_id
        Id of our schema in the registry; batches with records of other writers are refused.
    """

    def __init__(self, topic: Topic, schema_id: int) -> None:
        self._topic = topic
        self._listed = columns(topic)
        self._writers = {column.name: column_writer(column.name, column.type) for column in self._listed if column.values is not None}
        fields = [name for writer in self._writers.values() for name in writer.fields]
        texts = [name for writer in self._writers.values() for name in writer.dictionary]
        enums = ColumnDecoder.for_schema(topic.record, schema_id, fields).dictionaries
        self._decoder = ColumnDecoder.for_schema(topic.record, schema_id, fields, [name for name in texts if name not in enums])

    def block(self, batches: Sequence[RawBatch], partition: int, first: int, last: int) -> ColumnBlock | None:
        """Return the block of the offsets ``first`` to ``last``; None when one of the records must be looked at by itself.

        So is one that the decoder does not take, one that was put back from the dead letters, and a value that its column cannot hold.
        """
        decoded = self._decoder.decode(batches)
        if any(first <= bad.record.offset <= last for bad in decoded.bad):
            return None
        start, stop = np.searchsorted(decoded.offsets, [first, last + 1]).tolist()
        if any(start <= row < stop and replay_of(decoded.raw_record(row).headers) is not None for row in decoded.with_headers.tolist()):
            return None
        try:
            data = self._written(decoded, partition, start, stop)
        except ValuesRefused:
            return None
        block = NativeBlock(self._topic.table, tuple(column.name for column in self._listed), stop - start, data)
        has_event = _EVENT in decoded.names and stop > start
        return ColumnBlock(block, int(decoded.column(_EVENT).values[start:stop].max()) if has_event else None)

    def _written(self, decoded: Columns, partition: int, start: int, stop: int) -> bytes:
        count = stop - start
        # As the table is sorted, so far as that is cheap: the engine sorts what is not.
        lead = self._topic.identity[0]
        rows = order_by_text(decoded.column(lead), start, stop) if lead in decoded.names else slice(start, stop)
        place: dict[str, list[Piece]] = {
            TOPIC: one_text(self._topic.kafka_name, count),
            PARTITION: [np.full(count, partition, "<i4")],
            OFFSET: [np.ascontiguousarray(decoded.offsets[rows], "<i8")],
        }
        pieces: list[Piece] = [head(len(self._listed), count)]
        for column in self._listed:
            pieces.append(column_head(column.name, column.type))
            writer = self._writers.get(column.name)
            pieces += place[column.name] if writer is None else writer.write([decoded.column(name) for name in writer.fields], rows)
        return b"".join([piece if isinstance(piece, bytes) else piece.data for piece in pieces])
