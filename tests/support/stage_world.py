"""A broker of its own for each test of the stage runtime, and the stage as a process that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from confluent_kafka import Consumer, ConsumerGroupState, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from infra.kafka.topics import WantedTopic, apply, wanted_topics
from infra.local.artifacts import ArtifactStore
from infra.local.kafka_broker import KafkaBroker
from infra.local.ports import free_ports, is_listening
from infra.local.tether import tethered
from infra.settings import KafkaSettings, RegistrySettings, Settings, StackSettings, StageSettings, environment_of
from processors.stage_spec import StageSpec
from processors.stages import STAGES
from schemas import catalog
from tests.support.kafka_world import wait_until
from tests.support.local_kafka import running
from tests.support.toy_market import ToyMarket

ROOT = Path(__file__).parents[2]
TESTED = ("market", "depth", "history_bars", "regime", "agents", "microstructure")
_WORKER = Path(__file__).with_name("toy_stage.py")


class StageWorld:
    """A fresh broker with the catalogue's topics, settings that point at it, and worker processes."""

    def __init__(self, broker: KafkaBroker, settings: Settings, folder: Path, lives: ExitStack) -> None:
        self.broker = broker
        self.settings = settings
        self.folder = folder
        self._lives = lives
        self._broker_pid = 0
        self.workers: list[subprocess.Popen[bytes]] = []

    def start_worker(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start the toy stage as a process."""
        number = len(self.workers)
        variables = {**os.environ, **environment_of(self.settings), "PYTHONPATH": str(ROOT), **environment}
        variables["READY_FILE"] = str(self.folder / f"ready-{number}")
        with (self.folder / f"worker-{number}.log").open("wb") as log:
            process = subprocess.Popen(
                tethered([sys.executable, str(_WORKER)]), cwd=ROOT, env=variables, stdout=log, stderr=subprocess.STDOUT
            )
        self.workers.append(process)
        return process

    def start_unit(self, *units: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start units of the product as one process."""
        number = len(self.workers)
        variables = {**os.environ, **environment_of(self.settings), **environment}
        with (self.folder / f"worker-{number}.log").open("wb") as log:
            argv = tethered([sys.executable, "-m", "infra.cli.main", "run", *units])
            process = subprocess.Popen(argv, cwd=ROOT, env=variables, stdout=log, stderr=subprocess.STDOUT)
        self.workers.append(process)
        return process

    def is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Tell whether a worker has recovered and owns partitions."""
        return (self.folder / f"ready-{self.workers.index(process)}").exists()

    def log_of(self, number: int) -> str:
        return (self.folder / f"worker-{number}.log").read_text(errors="replace")

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """Ask a worker to stop, and return its exit code."""
        process.send_signal(signal.SIGTERM)
        return process.wait(20)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()

    def members(self) -> int:
        """Return how many members the toy stage's group has with partitions."""
        admin = AdminClient({"bootstrap.servers": self.settings.kafka.bootstrap_servers})
        try:
            group = admin.describe_consumer_groups(["tapewire-market"], request_timeout=10)["tapewire-market"].result()
        except KafkaException:  # the coordinator is still loading
            return 0
        if group.state is not ConsumerGroupState.STABLE:
            return 0
        return sum(1 for member in group.members if member.assignment and member.assignment.topic_partitions)

    def committed(self, topic: str, group: str = "tapewire-market") -> list[int]:
        """Return a group's committed offset of each partition, the toy stage's by default."""
        consumer = Consumer({"bootstrap.servers": self.settings.kafka.bootstrap_servers, "group.id": group})
        try:
            places = [TopicPartition(topic, partition) for partition in range(4)]
            return [at.offset for at in consumer.committed(places, timeout=20)]
        except KafkaException:  # the coordinator is still loading
            return [-1_001] * len(places)
        finally:
            consumer.close()

    def start_broker(self) -> None:
        """Start the broker, for the first time or again, and wait until it answers."""
        self._broker_pid = self._lives.enter_context(running(self.broker.command(), self.broker.is_ready, self.folder / "kafka.log"))

    def kill_broker(self) -> None:
        """Kill the broker as a power cut would."""
        os.kill(self._broker_pid, signal.SIGKILL)
        wait_until(lambda: not is_listening(self.broker.port), "the broker to be dead", 20)

    def close(self) -> None:
        for process in self.workers:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


@contextmanager
def stage_world(artifacts: ArtifactStore, registry_url: str, folder: Path, stages: Iterable[str] = ()) -> Iterator[StageWorld]:
    """Run a fresh broker with the topics of some stages, or with all there are; kill the workers at the end."""
    port, controller_port = free_ports(2)
    broker = KafkaBroker(folder / "kafka", port, controller_port, artifacts, heap_megabytes=256, short_lived=True)
    broker.prepare()
    settings = Settings(
        stack=StackSettings(name="stage-test", data_folder=folder),
        kafka=KafkaSettings(bootstrap_servers=broker.bootstrap_servers, session_timeout_ms=10_000, delivery_timeout_ms=60_000),
        registry=RegistrySettings(url=registry_url),
        stage=StageSettings(checkpoint_ms=100, data_folder=folder / "stages"),
    )
    with ExitStack() as lives:
        world = StageWorld(broker, settings, folder, lives)
        world.start_broker()
        apply(AdminClient({"bootstrap.servers": broker.bootstrap_servers}), topics_of(STAGES[name] for name in stages) if stages else None)
        try:
            yield world
        finally:
            world.close()


def topics_of(specs: Iterable[StageSpec]) -> dict[str, WantedTopic]:
    """Return the topics that some stages need: a broker with all of them takes many times as long to start."""
    chosen = tuple(specs)
    names = {"ops.heartbeats"} | {name for spec in chosen for name in (*spec.reads, *spec.outputs)}
    changelogs = {spec.changelog for spec in chosen}
    return wanted_topics([catalog.topic(name) for name in sorted(names)], [entry for entry in catalog.changelogs() if entry.name in changelogs])


@pytest.fixture
def toy_world(local_artifacts: ArtifactStore, registry_url: str, tmp_path: Path) -> Iterator[StageWorld]:
    with stage_world(local_artifacts, registry_url, tmp_path, TESTED) as world:
        yield world


@pytest.fixture
def whole_world(local_artifacts: ArtifactStore, registry_url: str, tmp_path: Path) -> Iterator[StageWorld]:
    """Give a broker with every topic, for tests of more than stages."""
    with stage_world(local_artifacts, registry_url, tmp_path) as world:
        yield world


@pytest.fixture
def toy_market(toy_world: StageWorld) -> Iterator[ToyMarket]:
    market = ToyMarket(toy_world.settings)
    yield market
    market.close()
