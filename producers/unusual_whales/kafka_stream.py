"""Unusual Whales' Kafka topics as a stream: read in the group the vendor assigned, and go on there after a restart.

An offset is told to the vendor's broker when our own broker has everything before it; what comes again after a crash is known by its id.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from infra.clock import Clock, monotonic_seconds
from infra.errors import Retryable
from infra.kafka.client import client_configuration
from infra.settings import KafkaSettings
from infra.vendor_settings import UnusualWhalesSettings
from producers.source import Payload, Unlicensed
from producers.unusual_whales.kafka_messages import joined
from producers.unusual_whales.parse_kafka import ENDPOINT

_Result = TypeVar("_Result")
_MESSAGES_A_PAYLOAD = 256
_CONNECT_SECONDS = 10.0
_PROOFS_WITHIN_SILENCE = 8
CONTENT_TYPE = "application/x-protobuf; delimited=true"
_REFUSED = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
    }
)


def consumer_configuration(settings: UnusualWhalesSettings) -> dict[str, Any]:
    """Return what the vendor's broker is read with."""
    shared = client_configuration(KafkaSettings(bootstrap_servers=settings.kafka_servers))
    secured: dict[str, Any] = {"security.protocol": settings.kafka_security}
    if settings.kafka_security.startswith("SASL"):
        secured |= {
            "sasl.mechanism": settings.kafka_mechanism,
            "sasl.username": settings.kafka_username,
            "sasl.password": settings.kafka_password.get_secret_value(),
        }
    return shared | secured | {
        "group.id": settings.kafka_group,
        "auto.offset.reset": settings.kafka_begin,
        "enable.auto.offset.store": False,
        "auto.commit.interval.ms": 1_000,
        "session.timeout.ms": 10_000,  # so long a killed process keeps its successor waiting
        "heartbeat.interval.ms": 3_000,
        "queued.max.messages.kbytes": 16_384,  # beyond it the broker is not asked: back-pressure, not memory (ING-12)
    }  # fmt: skip


class KafkaStream:
    """An open consumer.

    Parameters
    ----------
    consumer
        Subscribed.
    refused
        Topic -> why it cannot be read.
    """

    def __init__(self, consumer: Consumer, clock: Clock, silence_seconds: float, refused: dict[str, str], errors: deque[KafkaError]) -> None:
        self._consumer = consumer
        self._clock = clock
        self._silence_seconds = silence_seconds
        self._refused = refused
        self._errors = errors
        self._waiting: deque[Payload] = deque()
        self._complete_us: int | None = None
        self._at_work: asyncio.Future[Any] | None = None
        self._is_closed = False
        self._sign_of_life = self._last_proof = monotonic_seconds()

    @property
    def complete_until_us(self) -> int | None:
        """Market time at which the broker last said that there is nothing beyond what we have."""
        return self._complete_us

    @property
    def detail(self) -> str | None:
        """Name the topics that our plan does not cover."""
        if not self._refused:
            return None
        return "refused topics: " + ", ".join(f"{topic} ({reason})" for topic, reason in sorted(self._refused.items()))

    async def refusals(self, topics: Sequence[str], seconds: float) -> dict[str, str]:
        """Ask the broker which of these topics we cannot read, and why; raises as `open_kafka_stream`."""
        return await self._beside(_refusals, self._consumer, topics, self._errors, seconds)

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next messages of one topic, or None when none came in time.

        Raises
        ------
        Unlicensed
            If the broker refuses us.
        Retryable
            When it is silent for too long.
        """
        if not self._waiting:
            self._take(await self._beside(self._consumer.consume, _MESSAGES_A_PAYLOAD, timeout_seconds))
        if self._waiting:
            self._sign_of_life = monotonic_seconds()
            return self._waiting.popleft()
        await self._prove()
        return None

    async def close(self) -> None:
        """Leave the group, telling the broker how far we are, even when cancelled."""
        self._is_closed = True
        leaving = asyncio.ensure_future(self._leave())
        try:
            await asyncio.shield(leaving)
        except asyncio.CancelledError:
            await leaving
            raise

    async def _leave(self) -> None:
        if self._at_work is not None:  # it uses what is torn down
            await asyncio.wait([self._at_work])
        await asyncio.to_thread(self._consumer.close)

    async def _beside(self, call: Callable[..., _Result], *arguments: Any) -> _Result:
        """Make a call that blocks in a thread of its own; who is cancelled leaves it running."""
        self._at_work = work = asyncio.ensure_future(asyncio.to_thread(call, *arguments))
        return await asyncio.shield(work)

    def _take(self, messages: Sequence[Message]) -> None:
        received_us, by_topic = self._clock.now_us(), dict[str, list[Message]]()
        for message in messages:
            if (error := message.error()) is not None:
                self._errors.append(error)
            else:
                by_topic.setdefault(message.topic() or "", []).append(message)
        for topic, found in by_topic.items():
            body = joined([message.value() or b"" for message in found])
            told = partial(self._store, _ends(found))
            self._waiting.append(Payload(f"{ENDPOINT}:{topic}", body, received_us, {"topic": topic}, CONTENT_TYPE, told))
        while self._errors:
            error = self._errors.popleft()
            if error.code() in _REFUSED:
                raise Unlicensed(f"expected to read from {ENDPOINT}, found {error.name()}")

    def _store(self, ends: list[TopicPartition]) -> None:
        """Let the next commit say that these are done; a partition that was taken from us is its new owner's."""
        for end in () if self._is_closed else ends:
            try:
                self._consumer.store_offsets(offsets=[end])
            except KafkaException:  # not ours any more
                continue

    async def _prove(self) -> None:
        """Ask the broker now and then whether we have everything: an empty poll alone does not tell a quiet market from a dead line."""
        now = monotonic_seconds()
        if now - self._last_proof >= self._silence_seconds / _PROOFS_WITHIN_SILENCE:
            self._last_proof = now
            asked_us = self._clock.now_us()
            complete = await self._beside(self._has_everything)
            if complete is not None:
                self._sign_of_life = monotonic_seconds()
            if complete:
                self._complete_us = asked_us
        silent = monotonic_seconds() - self._sign_of_life
        if silent > self._silence_seconds:
            raise Retryable(f"expected a message or an answer from {ENDPOINT} within {self._silence_seconds} s, found silence")

    def _has_everything(self) -> bool | None:
        """Compare our positions with the ends of our partitions; None when the broker does not answer."""
        seconds = self._silence_seconds / _PROOFS_WITHIN_SILENCE
        try:
            assigned = self._consumer.assignment()
            for place in self._consumer.position(assigned):
                _, end = self._consumer.get_watermark_offsets(place, timeout=seconds, cached=False)
                if place.offset >= 0 and place.offset < end:
                    return False
        except KafkaException:
            return None
        return bool(assigned)


def _ends(messages: Sequence[Message]) -> list[TopicPartition]:
    """Return where each partition goes on after these messages."""
    ends: dict[tuple[str, int], int] = {}
    for message in messages:
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        assert topic is not None
        assert partition is not None
        assert offset is not None
        ends[topic, partition] = offset + 1
    return [TopicPartition(topic, partition, offset) for (topic, partition), offset in ends.items()]


@asynccontextmanager
async def open_kafka_stream(
    settings: UnusualWhalesSettings, clock: Clock, connect_seconds: float = _CONNECT_SECONDS
) -> AsyncIterator[KafkaStream]:
    """Connect and subscribe to the configured topics for the length of the block.

    Raises
    ------
    Unlicensed
        If the user is refused, or every topic is.
    Retryable
        If the broker is away.
    """
    errors: deque[KafkaError] = deque(maxlen=16)
    consumer = Consumer(consumer_configuration(settings) | {"error_cb": errors.append})
    refused: dict[str, str] = {}
    stream = KafkaStream(consumer, clock, settings.silence_seconds, refused, errors)
    try:
        refused |= await stream.refusals(settings.kafka_topics, connect_seconds)
        readable = [topic for topic in settings.kafka_topics if topic not in refused]
        if not readable:
            raise Unlicensed(f"expected a topic of {ENDPOINT}, found all refused: {refused}")
        consumer.subscribe(readable)
        yield stream
    finally:
        await stream.close()


def _refusals(consumer: Consumer, topics: Sequence[str], errors: deque[KafkaError], seconds: float) -> dict[str, str]:
    """Return why each topic that cannot be read cannot; blocking."""
    try:
        consumer.poll(0)  # serves what the broker says of us
        known = consumer.list_topics(timeout=seconds).topics
    except KafkaException as failure:
        consumer.poll(0)
        seen = [failure.args[0], *errors]
        if any(error.code() in _REFUSED for error in seen):
            raise Unlicensed(f"expected to read from {ENDPOINT}, found the user refused") from None
        raise Retryable(f"expected a broker at {ENDPOINT}, found {failure.args[0].name()}") from None
    return {topic: "no such topic for us" if topic not in known else str(known[topic].error) for topic in topics if _is_closed(topic, known)}


def _is_closed(topic: str, known: Any) -> bool:
    return topic not in known or known[topic].error is not None
