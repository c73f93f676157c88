"""The place of a benchmark: one Kafka node and one schema registry on this machine, fresh for each set of parameters unless it is shared."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from benchmarks.server import started
from infra.cli.run import find
from infra.kafka.codecs import CodecSet
from infra.kafka.topics import WantedTopic, apply, wanted_topics
from infra.local.artifacts import ArtifactStore
from infra.local.kafka_broker import KafkaBroker
from infra.local.paths import workspace
from infra.local.ports import free_ports
from infra.local.schema_registry import SchemaRegistry
from infra.settings import KafkaSettings, RegistrySettings, Settings, StackSettings, StageSettings
from processors.stages import STAGES
from schemas import catalog

TRADES, BARS = "history.trades", "history.bars"
BOOKS, DEPTH = "market.books", "derived.depth"
_TOPICS = (TRADES, BARS, BOOKS, DEPTH)
RACED = "stage.history_bars"
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
    """A running broker with the topics of some units; a broker with all there are takes many times as long to start.

    Attributes
    ----------
    settings
        Of our own processes.
    codecs
        Of the units' topics, with the registry's ids.
    """

    def __init__(self, folder: Path, settings: Settings, broker_pid: int, registry_pid: int) -> None:
        self.folder = folder
        self.settings = settings
        self.broker_pid, self.registry_pid = broker_pid, registry_pid
        self.codecs = CodecSet.offline(())
        self._admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        self._wanted: dict[str, WantedTopic] = {}
        self._known: set[str] = set()

    def prepare(self, units: Iterable[str]) -> None:
        """Make the topics of the units and their changelogs; what an earlier job has left there goes, the stages' groups too."""
        found = find(list(units))
        names = {name for unit in found for name in (*unit.reads, *unit.writes)}
        kept = {spec.changelog for spec in STAGES.values() if spec.unit in {unit.name for unit in found}}
        changelogs = [entry for entry in catalog.changelogs() if entry.name in kept]
        wanted = _as_produced(wanted_topics([catalog.topic(name) for name in sorted(names)], changelogs))
        for spec in STAGES.values():
            if spec.changelog in kept and spec.changelog in self._wanted:
                self.forget_group(spec.app_id)
        for name in sorted(wanted.keys() & self._wanted.keys()):
            if any(self.end_offsets(name)):
                self.recreate_topic(name)
        self._wanted |= wanted
        apply(self._admin, wanted)
        self._known |= names
        self.codecs = CodecSet.from_registry(self.settings.registry, sorted(self._known))
        self._wait_for_coordinator(next(iter(wanted)))

    @property
    def known_topics(self) -> Sequence[str]:
        """Logical names of the topics that there are."""
        return sorted(self._known)

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
        wanted = {name: self._wanted[name]}
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
        partitions = self._wanted[topic].partitions if topic in self._wanted else PARTITIONS
        places = {TopicPartition(topic, partition): latest for partition in range(partitions)}
        found = self._admin.list_offsets(places, isolation_level=level, request_timeout=_SECONDS)
        offsets = {place.partition: future.result(_SECONDS).offset for place, future in found.items()}
        return [offsets[partition] for partition in range(partitions)]

    def _wait_for_coordinator(self, topic: str) -> None:
        """Make the broker create the topic of groups: it does so when first asked, and an admin client's request is never answered then."""
        deadline = time.monotonic() + _SECONDS
        asking = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "bench-first", "log_level": 0})
        try:
            while True:
                try:
                    asking.committed([TopicPartition(topic, 0)], timeout=_SECONDS)
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


_shared: list[Arena] = []


@contextmanager
def arena(*units: str) -> Iterator[Arena]:
    """Yield a place with the topics of the units, by default those of the race; it is gone afterwards unless it is shared."""
    if _shared:
        _shared[-1].prepare(units or (RACED,))
        yield _shared[-1]
        return
    with _servers() as place:
        place.prepare(units or (RACED,))
        yield place


@contextmanager
def shared_arena(folder: Path | None = None) -> Iterator[None]:
    """Let all jobs within the block share one place: starting the servers takes longer than a small job.

    Parameters
    ----------
    folder
        Where the servers keep their files for runs that are short and measure nothing, e.g. in memory; on the checkout's disk otherwise.
    """
    with _servers(folder) as place:
        _shared.append(place)
        try:
            yield
        finally:
            _shared.pop()


@contextmanager
def _servers(within: Path | None = None) -> Iterator[Arena]:
    """Start the servers in a fresh folder; end them and delete it afterwards."""
    artifacts = ArtifactStore()
    artifacts.ensure()
    bench_folder().mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="arena-", dir=within or bench_folder()))
    try:
        port, controller_port, registry_port, management_port = free_ports(4)
        broker = KafkaBroker(folder / "kafka", port, controller_port, artifacts, heap_megabytes=1_024, short_lived=within is not None)
        registry = SchemaRegistry(folder / "registry", registry_port, management_port, artifacts)
        with started(registry.command(), registry.is_ready, folder / "registry.log") as registry_server:  # it starts while Kafka formats its folder
            broker.prepare()
            with started(broker.command(), broker.is_ready, folder / "kafka.log") as broker_server:
                broker_server.wait_until_ready()
                registry_server.wait_until_ready()
                settings = Settings(
                    stack=StackSettings(name="bench", data_folder=folder),
                    kafka=KafkaSettings(bootstrap_servers=broker.bootstrap_servers),
                    registry=RegistrySettings(url=registry.url),
                    stage=StageSettings(data_folder=folder / "stages"),
                )
                place = Arena(folder, settings, broker_server.pid, registry_server.pid)
                try:
                    yield place
                finally:
                    place.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_produced(topics: Mapping[str, WantedTopic]) -> dict[str, WantedTopic]:
    """Return topics that are stored as they were sent where they are raced on: a broker that compresses anew would be measured too."""
    names = {catalog.topic(name).kafka_name for name in _TOPICS}
    return {
        name: replace(topic, settings={**topic.settings, "compression.type": "producer"}) if name in names else topic
        for name, topic in topics.items()
    }


def _wait(deadline: float, what: str) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError(f"waited {_SECONDS:g} s for {what}")
    time.sleep(0.05)
