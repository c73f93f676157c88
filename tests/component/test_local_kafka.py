"""The local Kafka node and schema registry answer the ordinary clients."""

from __future__ import annotations

import uuid

import httpx
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic


def test_a_record_goes_through_the_broker_and_back(kafka_bootstrap: str) -> None:
    """DEV-02: produce with acknowledgement, read back, on a topic that was created explicitly."""
    topic = f"round-trip-{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    admin.create_topics([NewTopic(topic, num_partitions=1)])[topic].result(timeout=20)
    producer = Producer({"bootstrap.servers": kafka_bootstrap, "acks": "all"})
    producer.produce(topic, key=b"IBM", value=b"1")
    assert producer.flush(20) == 0
    consumer = Consumer(
        {"bootstrap.servers": kafka_bootstrap, "group.id": topic, "auto.offset.reset": "earliest"},
    )
    consumer.subscribe([topic])
    message = consumer.poll(30)
    consumer.close()
    assert message is not None and message.error() is None
    assert (message.key(), message.value()) == (b"IBM", b"1")


def test_a_transaction_commits(kafka_bootstrap: str) -> None:
    """The transaction log works with one replica: release and fan-out depend on it."""
    topic = f"transaction-{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    admin.create_topics([NewTopic(topic, num_partitions=1)])[topic].result(timeout=20)
    producer = Producer({"bootstrap.servers": kafka_bootstrap, "transactional.id": topic})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, value=b"x")
    producer.commit_transaction(30)


def test_a_topic_that_nobody_created_stays_absent(kafka_bootstrap: str) -> None:
    """`auto.create.topics.enable=false`: a typing error must not become a topic."""
    topic = f"absent-{uuid.uuid4().hex}"
    errors: list[object] = []
    producer = Producer({"bootstrap.servers": kafka_bootstrap, "message.timeout.ms": 2000})
    producer.produce(topic, value=b"x", on_delivery=lambda error, _message: errors.append(error))
    producer.flush(20)
    assert errors and errors[0] is not None
    assert topic not in AdminClient({"bootstrap.servers": kafka_bootstrap}).list_topics(timeout=10).topics


def test_the_registry_refuses_an_incompatible_schema_and_names_the_field(registry_url: str) -> None:
    """SCH-01: BACKWARD compatibility is enforced by the server, with a reason."""
    subject = f"bar-{uuid.uuid4().hex}-value"
    headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
    first = '{"type":"record","name":"Bar","fields":[{"name":"open","type":"double"}]}'
    second = (
        '{"type":"record","name":"Bar","fields":[{"name":"open","type":"double"},{"name":"close","type":"double"}]}'
    )
    with httpx.Client(base_url=registry_url, headers=headers, timeout=20) as client:
        assert client.post(f"/subjects/{subject}/versions", json={"schema": first}).status_code == 200
        assert client.put(f"/config/{subject}", json={"compatibility": "BACKWARD"}).status_code == 200
        refused = client.post(f"/subjects/{subject}/versions", json={"schema": second})
    assert refused.status_code == 409
    assert "close" in refused.text
