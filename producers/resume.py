"""Reads from Kafka where an earlier process of a feed got to, so that its successor goes on exactly there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from confluent_kafka import Consumer, Message, TopicPartition

from infra.clock import MICROSECONDS, monotonic_seconds
from infra.errors import Retryable
from infra.kafka.client import client_configuration
from infra.kafka.codecs import CodecSet
from infra.kafka.partition_bounds import TIMEOUT_SECONDS, partition_bounds
from infra.settings import Settings
from producers.deduplicator import Deduplicator
from schemas import catalog
from schemas.codec import UndecodableRecord
from schemas.records import FeedHeartbeat

_BLOCK = 1_000
_PATIENCE_SECONDS = 0.5
_LOOK_BACK_US = {
    "market.bars": 3_600 * MICROSECONDS,  # a start fetches an hour of bars again
    "options.trades": 10 * MICROSECONDS,  # a vendor's Kafka repeats what it was not told to be done
    "options.flow-alerts": 10 * MICROSECONDS,
}


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a feed goes on.

    Attributes
    ----------
    watermark_us
        Of its last heartbeat; None if it never ran.
    positions
        Next offset of every partition of its watermarked topics.
    published
        Knows the records that are on the topics from the watermark on.
    """

    watermark_us: int | None = None
    positions: Mapping[tuple[str, int], int] = field(default_factory=dict)
    published: Deduplicator = field(default_factory=Deduplicator)


def read_resume(settings: Settings, codecs: CodecSet, feed: str, topics: tuple[str, ...], watermarked: tuple[str, ...]) -> Resume:
    """Return where ``feed`` goes on; blocking.

    Records can be on the topics that the last heartbeat does not cover, so each partition is read backwards until a whole
    block lies before the watermark.

    Raises
    ------
    Retryable
        If the broker does not answer in time.
    """
    consumer = Consumer(
        client_configuration(settings.kafka)
        | {
            "group.id": f"{feed}.resume",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 5,
            "fetch.error.backoff.ms": 20,
        }
    )
    try:
        watermark_us = _last_watermark(consumer, codecs, feed)
        published = Deduplicator()
        positions: dict[tuple[str, int], int] = {}
        for name in dict.fromkeys((*topics, *watermarked)):
            topic = catalog.topic(name)
            for partition in range(topic.partitions):
                if name in watermarked:
                    positions[topic.kafka_name, partition] = partition_bounds(consumer, topic.kafka_name, partition)[1]
                if watermark_us is not None:
                    _remember(consumer, codecs, name, partition, watermark_us, published)
        if watermark_us is not None:
            published.resume_at(watermark_us)
        return Resume(watermark_us, positions, published)
    finally:
        consumer.close()


def _last_watermark(consumer: Consumer, codecs: CodecSet, feed: str) -> int | None:
    topic, codec = catalog.topic("ops.heartbeats"), codecs.of("ops.heartbeats")
    for block in _blocks_backwards(consumer, topic.kafka_name, 0):
        for message in reversed(block):
            heartbeat: FeedHeartbeat = codec.decode(message.value() or b"")
            if heartbeat.feed == feed:
                return heartbeat.ts_event
    return None


def _remember(consumer: Consumer, codecs: CodecSet, name: str, partition: int, watermark_us: int, published: Deduplicator) -> None:
    since_us = watermark_us - _LOOK_BACK_US.get(name, 0)
    codec = codecs.of(name)
    for block in _blocks_backwards(consumer, catalog.topic(name).kafka_name, partition):
        newest_us = 0
        for message in block:
            try:
                record = codec.decode(message.value() or b"")
            except UndecodableRecord:
                continue  # not ours; consumers put it aside
            published.remember(name, record)
            newest_us = max(newest_us, record.ts_event)
        if newest_us < since_us:
            return


def _blocks_backwards(consumer: Consumer, kafka_name: str, partition: int) -> Iterator[list[Message]]:
    """Yield the partition's messages in blocks, the newest block first, each in offset order."""
    low, high = partition_bounds(consumer, kafka_name, partition)
    while high > low:
        start = max(low, high - _BLOCK)
        consumer.assign([TopicPartition(kafka_name, partition, start)])
        block: list[Message] = []
        position = start
        deadline = monotonic_seconds() + TIMEOUT_SECONDS
        while position < high:
            messages = consumer.consume(high - position, timeout=_PATIENCE_SECONDS)  # returns early with that many only
            if not messages and monotonic_seconds() > deadline:
                raise Retryable(f"expected the records of {kafka_name}[{partition}] from {position} on, found none in time")
            for message in messages:
                error = message.error()
                if error is not None:  # the end of the partition: gaps of compaction or transactions leave no messages
                    position = high
                    continue
                offset = message.offset() or 0
                position = offset + 1
                if offset < high:
                    block.append(message)
        yield block
        high = start
