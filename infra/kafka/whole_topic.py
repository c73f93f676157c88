"""Reads a topic from its beginning to its present end, as it is: for audits and for looking at dead letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.kafka.failures import as_tapewire_error
from infra.kafka.partition_bounds import partition_bounds
from infra.settings import KafkaSettings
from schemas.catalog import Topic

_AT_ONCE = 5_000
_SILENCE_SECONDS = 30.0


def read_whole(
    settings: KafkaSettings, topic: Topic, *, committed_only: bool = True, starts: Mapping[int, int] | None = None
) -> Iterator[Message]:
    """Yield every message of ``topic`` up to the end it has now, each partition's in order.

    Parameters
    ----------
    committed_only
        Leave out records of open and aborted transactions.
    starts
        Read these partitions alone, from these offsets on.

    Raises
    ------
    Retryable
        If the broker does not answer in time.
    """
    everything = dict.fromkeys(range(topic.partitions), 0)
    return read_partitions(settings, topic.kafka_name, everything if starts is None else starts, committed_only=committed_only)


def read_partitions(settings: KafkaSettings, kafka_name: str, starts: Mapping[int, int], *, committed_only: bool = True) -> Iterator[Message]:
    """Do the same for a topic by its name in Kafka, which the catalogue need not know; ``starts`` gives its partitions and where to begin."""
    consumer = Consumer(
        {
            "bootstrap.servers": settings.bootstrap_servers,
            "group.id": f"reader-of-{kafka_name}",  # wanted by the client; never joined, never committed
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed" if committed_only else "read_uncommitted",
            "log.connection.close": False,
        }
    )
    try:
        yield from _read(consumer, kafka_name, starts)
    except KafkaException as error:
        raise as_tapewire_error(error.args[0], f"read {kafka_name}") from error
    finally:
        consumer.close()


def _read(consumer: Consumer, kafka_name: str, starts: Mapping[int, int]) -> Iterator[Message]:
    unread: dict[int, int] = {}
    for partition, start in starts.items():
        low, high = partition_bounds(consumer, kafka_name, partition)
        if high > max(low, start):
            unread[partition] = high
    consumer.assign([TopicPartition(kafka_name, partition, starts[partition]) for partition in sorted(unread)])
    heard = monotonic_seconds()
    while unread:
        messages = consumer.consume(_AT_ONCE, timeout=0.2)  # waits that long unless there are so many
        if messages:
            heard = monotonic_seconds()
        elif monotonic_seconds() - heard > _SILENCE_SECONDS:
            raise Retryable(f"expected the end of {kafka_name} within {_SILENCE_SECONDS} s, found silence in {sorted(unread)}")
        for message in messages:
            error = message.error()
            partition = int(message.partition() or 0)
            if error is None:
                # A partition that is written to all the time may never be at its end: what came since is not asked for.
                offset, end = int(message.offset() or 0), unread.get(partition, 0)
                if offset < end:
                    yield message
                if offset >= end - 1:
                    unread.pop(partition, None)
            elif error.code() == KafkaError._PARTITION_EOF:  # what stands last may be a mark of a transaction
                unread.pop(partition, None)
            elif error.fatal():
                raise as_tapewire_error(error, f"read {kafka_name}")
