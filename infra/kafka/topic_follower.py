"""Reads a small topic from its beginning, or its tail, up to its end, and again whenever asked: a table in memory.

For compacted topics (subscriptions, receipts) and for what a unit wrote last (which ids it has seen). No consumer group.
"""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.kafka.client import client_configuration
from infra.kafka.codecs import CodecSet
from infra.kafka.failures import as_tapewire_error
from infra.logging_setup import logger
from infra.settings import KafkaSettings
from schemas import catalog
from schemas.codec import UndecodableRecord
from schemas.record import Record

_CALL_SECONDS = 15.0
# A broker that has just been started knows its topics a moment later.
_NOT_YET_KNOWN = frozenset({KafkaError._UNKNOWN_PARTITION, KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART})
log = logger(__name__)


class TopicFollower:
    """Follows one topic; use it from one thread at a time.

    Parameters
    ----------
    settings
        Broker.
    codecs
        Must hold the topic's codec.
    topic_name
        Logical name.
    tail
        Start at most this many offsets before each partition's end; None starts at the beginning.
    """

    def __init__(self, settings: KafkaSettings, codecs: CodecSet, topic_name: str, *, tail: int | None = None) -> None:
        self._topic = catalog.topic(topic_name)
        self._codec = codecs.of(topic_name)
        self._tail = tail
        self._read_up_to: dict[int, int] = {}
        self._taken: list[Record] = []  # read by a call that then failed: the next one returns them too
        self._consumer = Consumer(
            client_configuration(settings)
            | {
                "group.id": f"follower-of-{self._topic.kafka_name}",  # wanted by the client; never joined, never committed
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
            }
        )

    def catch_up(self) -> list[Record]:
        """Return the records between the last call and the topic's present end, each partition in order.

        Raises
        ------
        Retryable
            If the broker does not answer in time.
        """
        if not self._read_up_to:
            self._assign()
        ends = {partition: self._watermarks(partition)[1] for partition in self._read_up_to}
        behind = [TopicPartition(self._topic.kafka_name, partition) for partition, end in ends.items() if self._read_up_to[partition] < end]
        if behind:
            self._consumer.resume(behind)
            try:
                self._read(ends)
            finally:
                self._consumer.pause(behind)
        found, self._taken = self._taken, []
        return found

    def _read(self, ends: Mapping[int, int]) -> None:
        deadline = monotonic_seconds() + _CALL_SECONDS
        while any(self._read_up_to[partition] < end for partition, end in ends.items()):
            if monotonic_seconds() > deadline:
                raise Retryable(f"expected the end of {self._topic.kafka_name} within {_CALL_SECONDS} s, found {self._read_up_to} of {ends}")
            message = self._consumer.poll(0.5)
            if message is not None:
                self._taken += self._take(message)

    def close(self) -> None:
        self._consumer.close()

    def _assign(self) -> None:
        bounds = {partition: self._watermarks(partition) for partition in range(self._topic.partitions)}
        starts = {partition: low if self._tail is None else max(low, high - self._tail) for partition, (low, high) in bounds.items()}
        places = [TopicPartition(self._topic.kafka_name, partition, start) for partition, start in starts.items()]
        self._consumer.assign(places)
        self._consumer.pause(places)  # between two calls it asks the broker for nothing; one that fetches asks fifty times a second
        self._read_up_to = starts

    def _watermarks(self, partition: int) -> tuple[int, int]:
        try:
            found = self._consumer.get_watermark_offsets(TopicPartition(self._topic.kafka_name, partition), timeout=_CALL_SECONDS, cached=False)
        except KafkaException as error:
            what = f"find the end of {self._topic.kafka_name}"
            if error.args[0].code() in _NOT_YET_KNOWN:
                raise Retryable(f"expected to {what}, found {error.args[0].str()}") from error
            raise as_tapewire_error(error.args[0], what) from error
        if found is None:
            raise Retryable(f"expected the end of {self._topic.kafka_name}/{partition}, found no answer")
        return found

    def _take(self, message: Message) -> list[Record]:
        partition, offset = message.partition(), message.offset()
        error = message.error()
        if error is not None:
            if error.code() != KafkaError._PARTITION_EOF:
                raise as_tapewire_error(error, f"read {self._topic.kafka_name}")
            if partition is not None and offset is not None:  # beyond marks of transactions, which are no records
                self._read_up_to[partition] = max(self._read_up_to[partition], offset)
            return []
        assert partition is not None and offset is not None
        self._read_up_to[partition] = offset + 1
        value = message.value()
        if value is None:
            return []  # a tombstone: compaction forgets the key, and so do we at the next start
        try:
            return [self._codec.decode(value)]
        except UndecodableRecord as failure:
            log.error("unusable_record", topic=self._topic.kafka_name, partition=partition, offset=offset, error=str(failure))
            return []
