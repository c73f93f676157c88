"""A record as a sink receives it: decoded, with its place."""

from __future__ import annotations

from dataclasses import dataclass

from infra.tracing.traceparent import TraceParent
from schemas.catalog import Topic
from schemas.record import Record

Place = tuple[str, int]
"""Kafka topic and partition."""


@dataclass(frozen=True, slots=True)
class Received:
    """One decoded record.

    Attributes
    ----------
    topic
        Catalogue entry of its topic.
    appended_ms
        Broker's clock when it was appended, real milliseconds since the epoch; decides nothing.
    size
        Bytes of its value as it came.
    trace
        The sampled trace it belongs to, where the loop asks for it.
    """

    topic: Topic
    partition: int
    offset: int
    appended_ms: int
    key: bytes | None
    record: Record
    size: int = 0
    trace: TraceParent | None = None

    @property
    def place(self) -> Place:
        return self.topic.kafka_name, self.partition


@dataclass(frozen=True, slots=True)
class Committed:
    """What a group committed for a partition.

    Attributes
    ----------
    next_offset
        First offset that is not done; None when nothing was ever committed.
    metadata
        The text committed beside it.
    """

    next_offset: int | None
    metadata: str = ""
