"""Where partitions end, all in one question to the broker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from confluent_kafka import OFFSET_END, Consumer, KafkaException, TopicPartition

from infra.errors import Retryable
from infra.kafka.failures import as_tapewire_error
from infra.kafka.received import Place

_TIMEOUT_SECONDS = 5.0


def topic_ends(consumer: Consumer, places: Iterable[Place], *, timeout_seconds: float = _TIMEOUT_SECONDS) -> Mapping[Place, int]:
    """Return the next offset of each partition (Kafka name, partition).

    A consumer asks, not an admin client: librdkafka 2.16 ends the process when the broker dies under an admin request.

    Raises
    ------
    Retryable, Fatal
        If the broker does not answer in time, or does not know a partition.
    """
    # The end is the offset of the latest moment there is.
    wanted = [TopicPartition(topic, partition, OFFSET_END) for topic, partition in places]
    if not wanted:
        return {}
    try:
        found = consumer.offsets_for_times(wanted, timeout=timeout_seconds)
    except KafkaException as error:
        raise as_tapewire_error(error.args[0], "read where topics end") from error
    for place in found:
        if place.error is not None:
            raise as_tapewire_error(place.error, f"read the end of {place.topic}[{place.partition}]")
        if place.offset < 0:  # a broker that just came back has not loaded the partition
            raise Retryable(f"expected the end of {place.topic}[{place.partition}], found no answer")
    return {(place.topic, place.partition): place.offset for place in found}
