"""A consumer group as the broker sees it."""

from __future__ import annotations

from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient

from tests.support.kafka_world import wait_until

PARTITIONS = frozenset(range(4))


class GroupView:
    """Who has which partitions of one topic."""

    def __init__(self, bootstrap: str, group: str, kafka_topic: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap})
        self._group = group
        self._topic = kafka_topic

    def owned(self) -> dict[str, frozenset[int]]:
        """Return the partitions of each member that has some, by client id; nothing while the group is not stable."""
        try:
            group = self._admin.describe_consumer_groups([self._group], request_timeout=10)[self._group].result()
        except KafkaException:
            return {}
        if group.state is not ConsumerGroupState.STABLE:
            return {}
        found = {
            member.client_id: frozenset(place.partition for place in member.assignment.topic_partitions if place.topic == self._topic)
            for member in group.members
            if member.assignment is not None
        }
        return {client: partitions for client, partitions in found.items() if partitions}

    def shared_by(self, workers: int) -> dict[str, frozenset[int]]:
        """Wait until so many workers share all partitions; return who has which."""
        found: dict[str, frozenset[int]] = {}

        def is_shared() -> bool:
            nonlocal found
            found = self.owned()
            return len(found) == workers and frozenset().union(*found.values()) == PARTITIONS

        wait_until(is_shared, f"{workers} workers to share the partitions", 60)
        return found
