"""Unusual Whales' Kafka product as a `Source`: the third way its data come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager

from infra.clock import Clock
from infra.settings import Settings
from producers.source import Parsed, Payload, Poll, Refused, Stamps, Stream
from producers.unusual_whales.kafka_stream import open_kafka_stream
from producers.unusual_whales.parse_kafka import KNOWN, parse_messages


class UnusualWhalesKafkaSource:
    """The vendor's topics; where it goes on after a restart is kept by the vendor's broker."""

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

    async def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        """Return nothing: what was missed waits in the vendor's topics."""
        del start_us, end_us, symbols
        nothing: tuple[Payload, ...] = ()
        for payload in nothing:
            yield payload

    def polls(self) -> Sequence[Poll]:
        return ()

    async def close(self) -> None:
        """Hold nothing open between connections."""

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        return parse_messages(payload, stamps)
