"""How far a consumer group has come in its topics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from confluent_kafka import Consumer, KafkaException, TopicPartition

from benchmarks.arena import Arena
from benchmarks.running_contestant import RunFailed
from infra.errors import Retryable
from infra.kafka.topic_ends import topic_ends
from schemas import catalog

_CALL_SECONDS = 20.0


class GroupProgress:
    """Asks the broker; close it while the broker is there.

    Parameters
    ----------
    topics
        Logical names.
    """

    def __init__(self, place: Arena, group: str, topics: Iterable[str]) -> None:
        self._group = group
        entries = [catalog.topic(name) for name in topics]
        self._places = [(entry.kafka_name, number) for entry in entries for number in range(entry.partitions)]
        self._consumer = Consumer({"bootstrap.servers": place.bootstrap, "group.id": group, "enable.auto.commit": False, "log_level": 0})

    def left(self) -> int | None:
        """Return how many records the group has not committed; None while its coordinator is still loading."""
        try:
            committed = self._consumer.committed([TopicPartition(*place) for place in self._places], timeout=_CALL_SECONDS)
            ends = topic_ends(self._consumer, self._places)
        except (KafkaException, Retryable):
            return None
        return sum(ends.values()) - sum(max(place.offset, 0) for place in committed)

    def ends(self) -> int:
        """Return how many records the topics hold."""
        return sum(topic_ends(self._consumer, self._places).values())

    def wait(self, seconds: float, check_alive: Callable[[], None], look_every_seconds: float = 0.05) -> float:
        """Wait until nothing is left; return when that was, seconds since the epoch.

        Raises
        ------
        RunFailed
            If it takes longer.
        """
        deadline = time.monotonic() + seconds
        while (left := self.left()) != 0:
            check_alive()
            if time.monotonic() > deadline:
                raise RunFailed(f"{self._group} has {left} records left after {seconds:g} s")
            time.sleep(look_every_seconds)
        return time.time()

    def close(self) -> None:
        self._consumer.close()
