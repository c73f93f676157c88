"""The whole unit `sink.clickhouse` on a broker of its own: one golden example of every topic becomes a row."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from pydantic import SecretStr

from infra.clickhouse.client import ClickHouse
from infra.clickhouse.migrate import migrate
from infra.clock import SystemClock
from infra.crash.findings import Findings
from infra.crash.stored_rows import audit_rows
from infra.crash.topic_log import read_log
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.kafka.producer import RecordProducer
from infra.kafka.topics import apply
from infra.local.artifacts import ArtifactStore
from infra.local.kafka_broker import KafkaBroker
from infra.local.ports import free_ports
from infra.settings import ClickHouseSettings, KafkaSettings, RegistrySettings, Settings
from infra.unit import UnitContext
from schemas import catalog
from schemas.golden_examples import load
from sinks.clickhouse.unit import STORED, WITH_DEAD_LETTERS, run
from tests.support.local_clickhouse import ClickHouseAddress
from tests.support.local_kafka import running


@pytest.fixture
def whole_stack(
    tmp_path: Path, local_artifacts: ArtifactStore, registry_url: str, clickhouse_server: ClickHouseAddress, clickhouse_database: str
) -> Iterator[Settings]:
    """Settings of an empty broker with the catalogue's topics, and of a migrated database."""
    port, controller_port = free_ports(2)
    broker = KafkaBroker(tmp_path / "kafka", port, controller_port, local_artifacts, heap_megabytes=256, short_lived=True)
    broker.prepare()
    clickhouse = ClickHouseSettings(
        host=clickhouse_server.host, port=clickhouse_server.port, user=clickhouse_server.user,
        password=SecretStr(clickhouse_server.password), database=clickhouse_database, batch_seconds=0.1,
    )  # fmt: skip
    with running(broker.command(), broker.is_ready, tmp_path / "kafka.log"):
        apply(AdminClient({"bootstrap.servers": broker.bootstrap_servers}))
        migrate(clickhouse)
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, session_timeout_ms=6_000, heartbeat_interval_ms=1_000)
        yield Settings(kafka=kafka, registry=RegistrySettings(url=registry_url), clickhouse=clickhouse)


@pytest.mark.timeout(180)
async def test_every_topic_with_an_identity_and_every_dead_letter_is_stored(whole_stack: Settings) -> None:
    """SCH-06: nothing of the catalogue is left out; `…_latest` shows it; the unit is ready and stops when told.

    The audit of crash runs finds each row equal to its record too, whatever types name it: it could say nothing of others otherwise.
    """
    context = UnitContext(whole_stack, SystemClock(), Health(), asyncio.Event())
    unit = asyncio.create_task(run(context))
    producer = RecordProducer(whole_stack, await asyncio.to_thread(CodecSet.from_registry, whole_stack.registry, catalog.topics()), client_id="test")
    for name in STORED:
        producer.send(name, load(catalog.topic(name))["typical"])
    letters = DeadLetters(producer, "stage.test", whole_stack)
    for name in WITH_DEAD_LETTERS:
        await letters.put(topic=name, value=b"bad", error=ValueError("expected a record, found bad"), partition=0, offset=1)
    await producer.acknowledged()
    producer.close()

    with ClickHouse.connect(whole_stack.clickhouse) as database:

        def missing() -> set[str]:
            stored = {name for name in STORED if database.rows(f"SELECT count() FROM {catalog.topic(name).table}_latest") == [(1,)]}
            bad = {topic for (topic,) in database.rows("SELECT topic FROM dead_letters_latest")}
            wanted = {catalog.topic(name).kafka_name for name in WITH_DEAD_LETTERS}
            return (set(STORED) - stored) | (wanted - bad)

        async with asyncio.timeout(120):
            while await asyncio.to_thread(missing):
                assert not unit.done(), unit
                await asyncio.sleep(0.1)
        assert (await asyncio.to_thread(_audited, database, whole_stack)).texts == []
    assert context.health.conditions()["sink.clickhouse"].ready
    context.stop.set()
    await asyncio.wait_for(unit, 30)


def _audited(database: ClickHouse, settings: Settings) -> Findings:
    findings = Findings()
    codecs = CodecSet.from_registry(settings.registry, STORED)
    for topic in map(catalog.topic, STORED):
        audit_rows(database, read_log(settings.kafka, codecs.of(topic.name), topic, findings), findings)
    assert findings.checked["rows"] == len(STORED)
    return findings
