"""Reading a topic from beginning to end while others write to it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from infra.kafka.whole_topic import read_whole
from infra.settings import Settings
from schemas import catalog
from schemas.catalog import Topic
from tests.support.kafka_world import wait_until

THERE = 200


@pytest.fixture
def topic(kafka_settings: Settings) -> Topic:
    """A topic of two partitions with records in both, the last of them followed by a transaction's mark."""
    found = replace(catalog.topic("ops.clock-checks"), name="test.whole-topic", partitions=2)
    admin = AdminClient({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})
    admin.create_topics([NewTopic(found.kafka_name, 2, 1)])[found.kafka_name].result(30)
    producer = Producer({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers, "transactional.id": "whole-topic"})
    producer.init_transactions(30)
    producer.begin_transaction()
    for number in range(THERE):
        producer.produce(found.kafka_name, str(number).encode(), partition=number % 2)
    producer.commit_transaction(30)
    return found


def values(settings: Settings, topic: Topic) -> list[int]:
    return sorted(int(message.value() or b"") for message in read_whole(settings.kafka, topic))


def test_what_comes_while_a_topic_is_read_does_not_keep_the_reader(kafka_settings: Settings, topic: Topic) -> None:
    """The reader ends at the end that the topic had; a mark at an end is no record to wait for."""
    # A commit returns before its marks are written.
    wait_until(lambda: values(kafka_settings, topic) == list(range(THERE)), "the transaction to be read")
    writer = Producer({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers, "linger.ms": 0})
    reading, written = threading.Event(), threading.Event()

    def write() -> None:
        while not reading.is_set():
            writer.produce(topic.kafka_name, b"-1", partition=0, callback=lambda *_: written.set())
            writer.poll(0)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert written.wait(30)
        messages = read_whole(kafka_settings.kafka, topic, starts={1: 0, 0: 0})
        first = next(messages)
        others = [message.partition() for message in messages]
    finally:
        reading.set()
        thread.join(30)
        writer.flush(30)
    assert [first.partition(), *others].count(1) == THERE // 2
    assert len(others) < len(list(read_whole(kafka_settings.kafka, topic))), "what came later was not waited for"
