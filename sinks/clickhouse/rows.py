"""Records as the block of their table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.clickhouse.native_block import NativeBlock, block_of_values
from schemas.catalog import Topic
from schemas.columns import OFFSET, PARTITION, TOPIC, columns
from sinks.clickhouse.batching import Row


def block_of_rows(topic: Topic, partition: int, rows: Sequence[Row]) -> NativeBlock:
    """Return the block of ``rows``; `RowsRefused` if a value is none of its column's type."""
    records = [row.record for row in rows]
    place: dict[str, list[Any]] = {
        TOPIC: [topic.kafka_name] * len(rows),
        PARTITION: [partition] * len(rows),
        OFFSET: [row.offset for row in rows],
    }
    listed = columns(topic)
    return block_of_values(
        topic.table,
        {column.name: column.type for column in listed},
        [place[column.name] if column.values is None else column.values(records) for column in listed],
    )
