"""First and next offset of a partition."""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaException, TopicPartition

from infra.errors import Retryable
from infra.kafka.failures import as_tapewire_error

TIMEOUT_SECONDS = 15.0


def partition_bounds(
    consumer: Consumer, kafka_name: str, partition: int, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> tuple[int, int]:
    """Return the partition's first and next offset.

    Raises
    ------
    Retryable, Fatal
        If the broker does not answer in time, or has no such topic.
    """
    try:
        bounds = consumer.get_watermark_offsets(TopicPartition(kafka_name, partition), timeout=timeout_seconds, cached=False)
    except KafkaException as error:
        raise as_tapewire_error(error.args[0], f"read the offsets of {kafka_name}[{partition}]") from error
    if bounds is None or bounds[1] < 0:  # a broker that just came back has not loaded the partition
        raise Retryable(f"expected the end of {kafka_name}[{partition}], found no answer")
    return bounds
