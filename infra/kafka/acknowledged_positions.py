"""Where the records a producer sent are: the next offset after the last acknowledged one of each partition."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from confluent_kafka import Consumer, Message

from infra.kafka.client import client_configuration
from infra.kafka.partition_bounds import partition_bounds
from infra.settings import KafkaSettings

Place = tuple[str, int]


class AcknowledgedPositions:
    """Filled by delivery callbacks; safe to use from several threads.

    A record may be acknowledged without its offset: when the answer to a batch is lost and a later batch is accepted, librdkafka
    concludes from the sequence numbers that the first one arrived too. What says "all before this offset is there" would then fall
    short of it, so `settle` takes the partition's end instead: it can only be later, and everything before it is there.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._positions: dict[Place, int] = {}
        self._unknown: set[Place] = set()

    def note(self, message: Message) -> None:
        """Take an acknowledged record; those of one partition come in order."""
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        if topic is None or partition is None:
            return
        place = (topic, partition)
        with self._lock:
            if offset is None or offset < 0:
                self._unknown.add(place)
            else:
                self._unknown.discard(place)
                self._positions[place] = max(self._positions.get(place, 0), offset + 1)

    @property
    def known(self) -> Mapping[Place, int]:
        """Next offset after the last acknowledged record whose offset is known, by Kafka topic and partition."""
        with self._lock:
            return dict(self._positions)

    @property
    def unsettled(self) -> bool:
        """Whether the last record of some partition was acknowledged without its offset."""
        return bool(self._unknown)

    def settle(self) -> None:
        """Ask the broker for the ends that are not known; blocks.

        Raises
        ------
        Retryable, Fatal
            If the broker does not answer.
        """
        with self._lock:
            unknown = set(self._unknown)
        consumer = Consumer({**client_configuration(self._settings), "group.id": "tapewire-acknowledged-positions"})
        try:
            for place in unknown:
                _, end = partition_bounds(consumer, *place)
                with self._lock:
                    self._unknown.discard(place)
                    self._positions[place] = max(self._positions.get(place, 0), end)
        finally:
            consumer.close()
