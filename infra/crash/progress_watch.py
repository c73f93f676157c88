"""How far every consumer group and every topic is, as the broker tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from infra.settings import KafkaSettings
from schemas import catalog

Place = tuple[str, int]
_CALL_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class BrokerView:
    """One look at the broker.

    Attributes
    ----------
    ends
        Next offset of each partition.
    commits
        What each group has committed, by group and partition.
    """

    ends: Mapping[Place, int]
    commits: Mapping[str, Mapping[Place, int]]

    def written(self, kafka_name: str) -> int:
        """Return how many offsets of a topic were ever given out."""
        return sum(end for (topic, _), end in self.ends.items() if topic == kafka_name)

    def committed(self, groups: Iterable[str]) -> int:
        """Return a number that rises whenever one of the groups gets on."""
        return sum(sum(self.commits.get(group, {}).values()) for group in groups)

    def waiting(self, group: str, kafka_names: Iterable[str], marks: int = 0) -> int:
        """Return how many offsets of these topics the group has not committed.

        Parameters
        ----------
        marks
            Offsets at a partition's end that may be marks of transactions, which nobody commits.
        """
        wanted, commits = set(kafka_names), self.commits.get(group, {})
        behind = (max(end - commits.get(place, 0), 0) for place, end in self.ends.items() if place[0] in wanted and end)
        return sum(count for count in behind if count > marks)


class ProgressWatch:
    """Asks the broker; use it from one thread at a time.

    Plain consumers, not the admin client: librdkafka 2.16 ends the process on an assertion when the broker dies under an
    admin request (rd_kafka_enq_once_del_source_return).

    Parameters
    ----------
    settings
        Broker.
    topics
        Logical names.
    groups
        Consumer groups; they are never joined.
    """

    def __init__(self, settings: KafkaSettings, topics: Iterable[str], groups: Iterable[str]) -> None:
        entries = [catalog.topic(name) for name in topics]
        self._places = [TopicPartition(entry.kafka_name, partition) for entry in entries for partition in range(entry.partitions)]
        options = {"bootstrap.servers": settings.bootstrap_servers, "enable.auto.commit": False, "log.connection.close": False, "log_level": 0}
        self._consumers = {group: Consumer({**options, "group.id": group}) for group in groups}

    def look(self) -> BrokerView | None:
        """Return how things are, or None while the broker does not answer."""
        try:
            anyone = next(iter(self._consumers.values()))
            ends = {(place.topic, place.partition): _end(anyone, place) for place in self._places}
            return BrokerView(ends, {group: self._committed(consumer) for group, consumer in self._consumers.items()})
        except KafkaException:
            return None

    def close(self) -> None:
        """Let go of the connections."""
        for consumer in self._consumers.values():
            consumer.close()

    def _committed(self, consumer: Consumer) -> dict[Place, int]:
        found = consumer.committed(self._places, timeout=_CALL_SECONDS)
        for place in found:
            if place.error is not None:
                raise KafkaException(place.error)
        return {(place.topic, place.partition): place.offset for place in found if place.offset >= 0}


def _end(consumer: Consumer, place: TopicPartition) -> int:
    bounds = consumer.get_watermark_offsets(place, timeout=_CALL_SECONDS, cached=False)
    if bounds is None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
    return bounds[1]
