"""A batch as the columns of its table."""

from __future__ import annotations

from typing import Any

from infra.clickhouse.client import Block
from schemas.catalog import Topic
from schemas.columns import OFFSET, PARTITION, TOPIC, columns
from sinks.clickhouse.batching import Batch


def block_of(topic: Topic, batch: Batch) -> Block:
    """Return the rows of ``batch`` column by column, under its token."""
    records = [row.record for row in batch.rows]
    place: dict[str, list[Any]] = {
        TOPIC: [topic.kafka_name] * len(records),
        PARTITION: [batch.place[1]] * len(records),
        OFFSET: [row.offset for row in batch.rows],
    }
    listed = columns(topic)
    return Block(
        table=topic.table,
        token=batch.token,
        columns={column.name: column.type for column in listed},
        data=[place[column.name] if column.values is None else column.values(records) for column in listed],
    )
