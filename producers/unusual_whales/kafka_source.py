"""Unusual Whales' Kafka product as a `Source`: the third way its data come."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from infra.clock import Clock
from infra.settings import Settings
from producers.live_only import LiveOnly
from producers.source import Parsed, Payload, Refused, Stamps, Stream
from producers.unusual_whales.kafka_stream import open_kafka_stream
from producers.unusual_whales.parse_kafka import KNOWN, parse_messages


class UnusualWhalesKafkaSource(LiveOnly):
    """The vendor's topics; where it goes on after a restart is kept by the vendor's broker, and what was missed waits there."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings.unusual_whales
        self._clock = clock

    @property
    def unavailable(self) -> str | None:
        if not self._settings.kafka_group:
            return "no consumer group: set TAPEWIRE_UNUSUAL_WHALES__KAFKA_GROUP"
        unknown = sorted(set(self._settings.kafka_topics) - set(KNOWN))
        if unknown or not self._settings.kafka_topics:
            return f"TAPEWIRE_UNUSUAL_WHALES__KAFKA_TOPICS: expected topics out of {', '.join(KNOWN)}, found {', '.join(unknown) or 'none'}"
        return None

    def connect(self) -> AbstractAsyncContextManager[Stream]:
        return open_kafka_stream(self._settings, self._clock)

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        return parse_messages(payload, stamps)
