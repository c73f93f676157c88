"""Where the records a producer sent are, and whether they are there: an acknowledgement without an offset may be a guess."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from confluent_kafka import Consumer, Message

from infra.clock import monotonic_seconds
from infra.kafka.client import client_configuration
from infra.kafka.partition_bounds import partition_bounds
from infra.kafka.received import Place
from infra.settings import KafkaSettings

_REMEMBERED_SECONDS = 12 * 3_600.0  # half of Kafka's `producer.id.expiration.ms`: for so long a broker knows a producer that is silent


class AcknowledgedPositions:
    """Filled by delivery callbacks; safe to use from several threads.

    A record may be acknowledged without its offset: when the answer to a batch is lost and a later batch is accepted, librdkafka
    concludes from the sequence numbers that the first one arrived too. The conclusion holds where the broker knew the producer:
    it refuses a batch that leaves one out. A broker that has had nothing of this producer in a partition takes whatever comes
    first (KAFKA-15591): it may refuse the first batch, its leadership just being handed over, and take the second, and
    the first is lost and acknowledged. `note` tells the two apart.

    Where the conclusion holds, what says "all before this offset is there" would still fall short of the record, so `settle` takes
    the partition's end instead: it can only be later, and everything before it is there.
    """

    def __init__(self, settings: KafkaSettings, now_seconds: Callable[[], float] = monotonic_seconds) -> None:
        self._settings = settings
        self._now_seconds = now_seconds
        self._lock = threading.Lock()
        self._positions: dict[Place, int] = {}
        self._unknown: set[Place] = set()
        self._known_to_broker: dict[Place, tuple[float, float]] = {}  # since when it has not forgotten us; newest proof

    def note(self, message: Message) -> bool:
        """Take an acknowledged record; return False if it may not be there all the same, and must be sent again."""
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        assert topic is not None
        assert partition is not None
        place = (topic, partition)
        now = self._now_seconds()
        with self._lock:
            since, newest = self._known_to_broker.get(place, (now, now))
            is_remembered = now - newest < _REMEMBERED_SECONDS
            if offset is None or offset < 0:
                self._unknown.add(place)
                # The proof must be older than the record: that of the batch which was taken in its stead proves nothing.
                return is_remembered and now - (message.latency() or 0.0) > since
            self._unknown.discard(place)
            self._positions[place] = max(self._positions.get(place, 0), offset + 1)
            self._known_to_broker[place] = (since if is_remembered else now, now)
            return True

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
