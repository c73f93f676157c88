"""Turns messages into records; what does not decode goes to the dead letters and counts against the limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from confluent_kafka import Message

from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetterLimits, DeadLetters
from infra.kafka.received import Place, Received
from infra.kafka.replay_headers import meant_for_another
from infra.tracing.traceparent import Headers, of_headers
from schemas import catalog
from schemas.codec import UndecodableRecord


class Intake:
    """The door through which every sink's records come.

    Parameters
    ----------
    codecs
        Codecs of the topics read.
    dead_letters
        Where bad records go.
    new_limits
        Makes the limits of one partition.
    traced
        Look for the trace a record belongs to.
    """

    def __init__(
        self,
        codecs: CodecSet,
        dead_letters: DeadLetters,
        new_limits: Callable[[], DeadLetterLimits] = DeadLetterLimits,
        *,
        traced: bool = False,
    ) -> None:
        self._traced = traced
        self._new_limits = new_limits
        self._codecs = codecs
        self._dead_letters = dead_letters
        self._topics = catalog.by_kafka_name()
        self._limits: dict[Place, DeadLetterLimits] = {}

    def decode(self, message: Message) -> Received | None:
        """Return the record, or None when the message was put aside, or is a dead letter put back for another reader.

        Raises
        ------
        Retryable
            If the registry, asked for another writer's schema, is away.
        Fatal
            If too many are bad, or the dead letter cannot be written.
        """
        name, partition, offset = message.topic(), message.partition(), message.offset()
        assert name is not None and partition is not None and offset is not None
        if meant_for_another(message.headers(), self._dead_letters.stage):
            return None
        value = message.value()
        try:
            if value is None:
                raise UndecodableRecord(f"expected a record in {name}, found no value")
            record = self._codecs.of_kafka_name(name).decode(value)
        except UndecodableRecord as error:
            self.refuse(message, error)
            return None
        key = message.key()
        trace = of_headers(cast("Headers | None", message.headers())) if self._traced else None
        return Received(self._topics[name], partition, offset, message.timestamp()[1], key, record, len(value), trace)

    def refuse(self, message: Message, error: Exception) -> None:
        """Put ``message`` aside because of ``error``; raises Fatal beyond the limits."""
        name, partition = message.topic(), message.partition()
        assert name is not None and partition is not None
        self._dead_letters.put_blocking(
            topic=name, value=message.value(), error=error, key=message.key(), partition=partition, offset=message.offset()
        )
        self._limits_of(name, partition).bad()

    def accept(self, received: Received) -> None:
        """Count a record that was used."""
        self._limits_of(received.topic.kafka_name, received.partition).good()

    def _limits_of(self, name: str, partition: int) -> DeadLetterLimits:
        limits = self._limits.get((name, partition))
        if limits is None:
            limits = self._limits[name, partition] = self._new_limits()
        return limits
