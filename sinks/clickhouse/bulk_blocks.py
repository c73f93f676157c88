"""Gives each writing thread a maker of column blocks of the topic at hand."""

from __future__ import annotations

from infra.columnar.decoder import Unsupported
from infra.kafka.codecs import CodecSet
from schemas.catalog import Topic
from sinks.clickhouse.batching import Batch
from sinks.clickhouse.column_blocks import ColumnBlock, ColumnBlocks


class BulkBlocks:
    """Makers by topic: as many as threads were at the topic at once. Safe to use from several threads.

    Parameters
    ----------
    codecs
        Know our schemas' ids.
    """

    def __init__(self, codecs: CodecSet) -> None:
        self._codecs = codecs
        self._idle: dict[str, list[ColumnBlocks]] = {}
        self._unsupported: set[str] = set()

    def block(self, topic: Topic, batch: Batch) -> ColumnBlock | None:
        """Return the block of a batch that is not decoded; None when it must go record by record."""
        if topic.kafka_name in self._unsupported:
            return None
        idle = self._idle.setdefault(topic.kafka_name, [])
        try:
            maker = idle.pop()
        except IndexError:
            try:
                maker = ColumnBlocks(topic, self._codecs.of_kafka_name(topic.kafka_name).schema_id)
            except Unsupported:
                self._unsupported.add(topic.kafka_name)
                return None
        made = maker.block(batch.raw, batch.place[1], batch.first, batch.last)
        idle.append(maker)
        return made
