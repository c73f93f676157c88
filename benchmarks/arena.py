"""The place of a benchmark: one Kafka node and one schema registry on this machine, fresh for each set of parameters."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from benchmarks.server import running
from infra.kafka.codecs import CodecSet
from infra.kafka.topics import WantedTopic, apply, wanted_topics
from infra.local.artifacts import ArtifactStore
from infra.local.kafka_broker import KafkaBroker
from infra.local.paths import workspace
from infra.local.ports import free_ports
from infra.local.schema_registry import SchemaRegistry
from infra.settings import KafkaSettings, RegistrySettings, Settings, StackSettings, StageSettings
from schemas import catalog

TRADES, BARS = "history.trades", "history.bars"
BOOKS, DEPTH = "market.books", "derived.depth"
_TOPICS = (TRADES, BARS, BOOKS, DEPTH)
_NOT_RACED = frozenset({"reference", "news", "darkpool", "accounts", "broker"})  # no job reads them; one that does applies the catalogue itself
PARTITIONS = 4
_SECONDS = 30.0
_PASSING = (
    KafkaError.NON_EMPTY_GROUP,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
)


def bench_folder() -> Path:
    """Return the folder of everything a benchmark downloads, builds and writes."""
    return workspace() / "bench"


class Arena:
    """A running broker with the catalogue's topics.

    Attributes
    ----------
    settings
        Of our own processes.
    codecs
        Of the jobs' topics, with the registry's ids.
    """

    def __init__(self, folder: Path, settings: Settings, broker_pid: int) -> None:
        self.folder = folder
        self.settings = settings
        self.broker_pid = broker_pid
        self.codecs = CodecSet.from_registry(settings.registry, _TOPICS)
        self._admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        apply(self._admin, _topics_as_produced())
        self._wait_for_coordinator()

    @property
    def bootstrap(self) -> str:
        return self.settings.kafka.bootstrap_servers

    def close(self) -> None:
        """Drop the connection while the broker is there: a client that loses it first may never end."""
        del self._admin

    def create_topic(self, name: str, *, settings: Mapping[str, str] | None = None) -> None:
        """Create a topic like the job's."""
        defaults = {"message.timestamp.type": "LogAppendTime", "compression.type": "producer", "retention.ms": "-1"}
        wanted = WantedTopic(name, PARTITIONS, 1, {**defaults, **(settings or {})})
        apply(self._admin, {name: wanted})

    def recreate_topic(self, name: str) -> None:
        """Empty a topic of the catalogue by making it anew."""
        wanted = {name: _topics_as_produced()[name]}
        deadline = time.monotonic() + _SECONDS
        self._admin.delete_topics([name])[name].result(_SECONDS)
        while name in self._admin.list_topics(timeout=_SECONDS).topics:
            _wait(deadline, f"{name} to be gone")
        while True:  # the name is free a little later than the topic is gone
            try:
                topic = wanted[name]
                new = NewTopic(name, topic.partitions, topic.replication, config=dict(topic.settings))
                self._admin.create_topics([new])[name].result(_SECONDS)
                break
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise
                _wait(deadline, f"{name} to be creatable")
        apply(self._admin, wanted)

    def forget_group(self, group: str) -> None:
        """Delete a consumer group with its offsets, once its last member has left."""
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                self._admin.delete_consumer_groups([group])[group].result(_SECONDS)
                return
            except KafkaException as error:
                code = error.args[0].code()
                if code == KafkaError.GROUP_ID_NOT_FOUND:
                    return
                if code not in _PASSING:
                    raise
                _wait(deadline, f"group {group} to be empty")

    def wait_until_led(self, topic: str) -> None:
        """Wait until the broker accepts records for the topic, which is a little after it tells everybody of it."""
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                self.end_offsets(topic)
                return
            except KafkaException:
                _wait(deadline, f"{topic} to have leaders")

    def end_offsets(self, topic: str, *, committed: bool = False) -> list[int]:
        """Return the next offset of each partition; with ``committed``, that of readers who see no open transaction."""
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        places = {TopicPartition(topic, partition): latest for partition in range(PARTITIONS)}
        found = self._admin.list_offsets(places, isolation_level=level, request_timeout=_SECONDS)
        offsets = {place.partition: future.result(_SECONDS).offset for place, future in found.items()}
        return [offsets[partition] for partition in range(PARTITIONS)]

    def _wait_for_coordinator(self) -> None:
        """Make the broker create the topic of groups: it does so when first asked, and an admin client's request is never answered then."""
        deadline = time.monotonic() + _SECONDS
        asking = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "bench-first", "log_level": 0})
        try:
            while True:
                try:
                    asking.committed([TopicPartition(catalog.topic(TRADES).kafka_name, 0)], timeout=_SECONDS)
                    return
                except KafkaException as error:
                    if error.args[0].code() not in _PASSING:
                        raise
                    _wait(deadline, "a coordinator of groups")
        finally:
            asking.close()

    def reader(self) -> Consumer:
        """Return a consumer that belongs to no group and sees committed records only."""
        return Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "bench-reader",
                "log_level": 0,
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
            }
        )


@contextmanager
def arena() -> Iterator[Arena]:
    """Start the servers in a fresh folder; end them and delete it afterwards."""
    artifacts = ArtifactStore()
    artifacts.ensure()
    bench_folder().mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="arena-", dir=bench_folder()))
    try:
        port, controller_port, registry_port, management_port = free_ports(4)
        broker = KafkaBroker(folder / "kafka", port, controller_port, artifacts, heap_megabytes=1_024)
        registry = SchemaRegistry(folder / "registry", registry_port, management_port, artifacts)
        broker.prepare()
        with (
            running(broker.command(), broker.is_ready, folder / "kafka.log") as broker_pid,
            running(registry.command(), registry.is_ready, folder / "registry.log"),
        ):
            settings = Settings(
                stack=StackSettings(name="bench", data_folder=folder),
                kafka=KafkaSettings(bootstrap_servers=broker.bootstrap_servers),
                registry=RegistrySettings(url=registry.url),
                stage=StageSettings(data_folder=folder / "stages"),
            )
            place = Arena(folder, settings, broker_pid)
            try:
                yield place
            finally:
                place.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _topics_as_produced() -> dict[str, WantedTopic]:
    """Return the catalogue's topics, but stored as they were sent: a broker that compresses anew would be measured too."""
    names = {catalog.topic(name).kafka_name for name in _TOPICS}
    return {
        name: replace(topic, settings={**topic.settings, "compression.type": "producer"}) if name in names else topic
        for name, topic in wanted_topics(entry for entry in catalog.topics().values() if entry.name.partition(".")[0] not in _NOT_RACED).items()
    }


def _wait(deadline: float, what: str) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError(f"waited {_SECONDS:g} s for {what}")
    time.sleep(0.05)
