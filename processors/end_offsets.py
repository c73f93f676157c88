"""Asks the broker where partitions end, over a connection of its own."""

from __future__ import annotations

from collections.abc import Iterable

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from infra.errors import Fatal, Retryable
from infra.kafka.client import client_configuration
from infra.kafka.received import Place
from infra.settings import KafkaSettings

_TIMEOUT_SECONDS = 5.0


class EndOffsets:
    """Not through a reader's own consumer: when that one is stuck, its own word on the matter is worth nothing."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._address = settings.bootstrap_servers
        self._admin = self._connect()

    def _connect(self) -> AdminClient:
        return AdminClient(client_configuration(self._settings) | {"socket.timeout.ms": 5_000})

    def of(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return the end offset of each partition; blocks up to 10 s.

        Raises
        ------
        Retryable
            If the broker does not answer.
        """
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        wanted = {TopicPartition(topic, partition): latest for topic, partition in places}
        if not wanted:
            return {}
        try:
            answers = self._admin.list_offsets(wanted, request_timeout=_TIMEOUT_SECONDS)
            ends = {(at.topic, at.partition): answer.result(2 * _TIMEOUT_SECONDS).offset for at, answer in answers.items()}
        except (KafkaException, TimeoutError) as error:
            # After a restart of the broker the client goes on asking with the leader epoch it remembers and is refused for ever.
            self._admin = self._connect()
            raise Retryable(f"expected end offsets from the broker at {self._address}, found {error!r}") from error
        unknown = [place for place, end in ends.items() if end < 0]
        if unknown:  # a broker that has just started answers so for a moment
            raise Retryable(f"expected end offsets from the broker at {self._address}, found none of {unknown}")
        return ends

    def check_topics(self, partitions: dict[str, int]) -> None:
        """Check that topics exist with these numbers of partitions; blocks up to 5 s.

        Raises
        ------
        Fatal
            Naming every topic that is missing or has another number of partitions: a client would wait for ever, or a symbol's
            records and its state would live in different workers.
        Retryable
            If the broker does not answer.
        """
        try:
            found = self._admin.list_topics(timeout=_TIMEOUT_SECONDS).topics
        except KafkaException as error:
            raise Retryable(f"expected the broker at {self._address} to list its topics, found {error!r}") from error
        problems = []
        for name, expected in partitions.items():
            count = len(found[name].partitions) if name in found else 0
            if count != expected:
                problems.append(f"{name}: expected {expected} partitions, found {count or 'no topic'}")
        if problems:
            raise Fatal("; ".join(problems) + "; run `tapewire topics apply`")
