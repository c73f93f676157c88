"""A topic followed from call to call: each record once, marks of transactions passed over, nothing missed between two calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topic_follower import TopicFollower
from infra.settings import Settings
from schemas import catalog
from schemas.records import Subscription, Tier
from tests.support.feed_world import empty_topics
from tests.support.kafka_world import wait_until

TOPIC = "distribution.subscriptions"


def subscription(number: int) -> Subscription:
    return Subscription(subscriber_id=f"subscriber-{number}", channel="discord", address="1", tier=Tier.BASIC, ts_event=number)


@pytest.fixture
def follower(kafka_settings: Settings, codecs: CodecSet) -> Iterator[TopicFollower]:
    empty_topics(kafka_settings, (TOPIC,))
    made = TopicFollower(kafka_settings.kafka, codecs, TOPIC)
    yield made
    made.close()


def moments(follower: TopicFollower) -> list[int]:
    return sorted(record.ts_event for record in follower.catch_up() if isinstance(record, Subscription))


def _some(follower: TopicFollower) -> list[int]:
    found: list[int] = []

    def look() -> bool:
        found.extend(moments(follower))
        return bool(found)

    wait_until(look, "a record")
    return found


def test_each_record_comes_once_whenever_it_is_asked_for(follower: TopicFollower, record_producer: RecordProducer) -> None:
    assert moments(follower) == []
    for first in (0, 3, 20):
        for number in range(first, first + 3):
            record_producer.send(TOPIC, subscription(number))
        record_producer.flush()
        assert moments(follower) == [first, first + 1, first + 2]
        assert moments(follower) == []


def test_marks_of_transactions_are_no_records(follower: TopicFollower, kafka_settings: Settings, codecs: CodecSet) -> None:
    producer = Producer({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers, "transactional.id": "test-of-the-follower"})
    producer.init_transactions(30)
    name = catalog.topic(TOPIC).kafka_name
    for number, is_kept in enumerate((True, False, True)):
        producer.begin_transaction()
        producer.produce(name, codecs.of(TOPIC).encode(subscription(number)), key=b"one", partition=0)
        producer.flush(30)
        if is_kept:
            producer.commit_transaction(30)
        else:
            producer.abort_transaction(30)
        # The mark that makes it readable is written after the commit is answered.
        assert (_some(follower) if is_kept else moments(follower)) == [number] * is_kept
