"""Fixtures of a real broker prepared like the product's: settings that point at it, topics of the catalogue, private consumer groups."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Message
from confluent_kafka.admin import AdminClient

from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topics import apply
from infra.kafka.whole_topic import read_partitions
from infra.settings import KafkaSettings, RegistrySettings, Settings, StackSettings
from schemas import catalog


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 45.0) -> None:
    """Poll ``condition`` until it holds; fail naming ``what`` was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for: {what}"
        time.sleep(0.02)


def read_all(bootstrap: str, kafka_name: str, *, committed_only: bool = False) -> list[Message]:
    """Return every message now in the topic, partition by partition, in offset order."""
    partitions = AdminClient({"bootstrap.servers": bootstrap}).list_topics(kafka_name, timeout=20).topics[kafka_name].partitions
    found = read_partitions(KafkaSettings(bootstrap_servers=bootstrap), kafka_name, dict.fromkeys(partitions, 0), committed_only=committed_only)
    return sorted(found, key=lambda message: message.partition() or 0)  # a stable sort


@pytest.fixture(scope="session")
def kafka_settings(kafka_bootstrap: str, registry_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a process of the test stack, its catalogue topics already created."""
    folder: Path = tmp_path_factory.mktemp("stack")
    apply(AdminClient({"bootstrap.servers": kafka_bootstrap}))
    return Settings(
        stack=StackSettings(name="test", data_folder=folder),
        kafka=KafkaSettings(
            bootstrap_servers=kafka_bootstrap,
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1_000,
            delivery_timeout_ms=20_000,
        ),
        registry=RegistrySettings(url=registry_url),
    )


@pytest.fixture(scope="session")
def codecs(kafka_settings: Settings) -> CodecSet:
    """Codecs of every topic, with ids of the test registry."""
    return CodecSet.from_registry(kafka_settings.registry, catalog.topics())


@pytest.fixture
def record_producer(kafka_settings: Settings, codecs: CodecSet) -> Iterator[RecordProducer]:
    """A producer of ours."""
    producer = RecordProducer(kafka_settings, codecs, client_id="test")
    yield producer
    producer.close()
