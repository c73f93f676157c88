"""One test's own records among those of the others, and loops that run in a thread for the length of a block."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.clock import MICROSECONDS, Clock, SystemClock
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.consumer_loop import ConsumerLoop
from infra.kafka.producer import RecordProducer
from infra.kafka.received import Received
from infra.kafka.transactional_loop import Step, TransactionalLoop
from infra.settings import Settings
from infra.unit import UnitContext
from schemas.records import DeadLetter, ExpiredDelivery, FeedHeartbeat, FeedState, Tier
from tests.support.kafka_world import read_all

NOON = 1_586_966_400 * MICROSECONDS


def heartbeat(feed: str, number: int) -> FeedHeartbeat:
    return FeedHeartbeat(feed=feed, ts_event=NOON + number, ts_published=NOON, state=FeedState.LIVE, records_published=number, reconnects=0)


def consequence(cause: FeedHeartbeat) -> ExpiredDelivery:
    name = f"{cause.feed}/{cause.records_published}"
    return ExpiredDelivery(
        delivery_id=name, alert_id=name, setup_id=cause.feed, subscriber_id="", channel="test", tier=Tier.FREE,
        not_before=NOON, expires_at=NOON, ts_event=NOON, reason="test",
    )  # fmt: skip


class World:
    """One test's own records among those of the others, told apart by their feed."""

    def __init__(self, settings: Settings, codecs: CodecSet, producer: RecordProducer) -> None:
        self.settings = settings
        self.codecs = codecs
        self.producer = producer
        self.feed = f"feed.{uuid.uuid4().hex}"
        self.unit = f"sink.{uuid.uuid4().hex}"
        self.health = Health()

    def publish(self, numbers: range) -> None:
        for number in numbers:
            self.producer.send("ops.heartbeats", heartbeat(self.feed, number))
        self.producer.flush()

    def publish_garbage(self, value: bytes) -> None:
        self.producer.send_bytes("ops.heartbeats.v1", value, partition=0).result(20)

    def context(self, clock: Clock | None = None) -> UnitContext:
        return UnitContext(self.settings, clock or SystemClock(), self.health, asyncio.Event())

    def mine(self, received: Received) -> FeedHeartbeat | None:
        record = received.record
        assert isinstance(record, FeedHeartbeat)
        return record if record.feed == self.feed else None

    def moved(self) -> list[int]:
        """Numbers that arrived in distribution.expired, as readers of committed records see them."""
        codec = self.codecs.of("distribution.expired")
        found = read_all(self.settings.kafka.bootstrap_servers, "distribution.expired.v1", committed_only=True)
        records: list[ExpiredDelivery] = [codec.decode(message.value() or b"") for message in found]
        return [int(r.delivery_id.rpartition("/")[2]) for r in records if r.setup_id == self.feed]

    def dead_letters(self) -> list[DeadLetter]:
        found = read_all(self.settings.kafka.bootstrap_servers, "ops.heartbeats.v1.dlq")
        letters = [self.codecs.dead_letters.decode(message.value() or b"") for message in found]
        return [letter for letter in letters if letter.stage == self.unit]

    def mover(self, step: Step, clock: Clock | None = None, largest_poll: int = 500) -> TransactionalLoop:
        return TransactionalLoop(
            self.context(clock), self.unit, ["ops.heartbeats"], ["distribution.expired"], step, codecs=self.codecs, largest_poll=largest_poll
        )


@pytest.fixture
def world(kafka_settings: Settings, codecs: CodecSet, record_producer: RecordProducer) -> World:
    return World(kafka_settings, codecs, record_producer)


@contextmanager
def working(loop: ConsumerLoop | TransactionalLoop) -> Iterator[list[BaseException]]:
    """Run a loop in a thread for the length of the block; yields the errors it ended with."""
    errors: list[BaseException] = []

    def main() -> None:
        try:
            loop.work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=main)
    thread.start()
    try:
        yield errors
    finally:
        loop.stop()
        thread.join(60)
        assert not thread.is_alive()
