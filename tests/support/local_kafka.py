"""Session fixtures: one real Kafka node and one real schema registry per pytest process, on free ports, in a temporary folder."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local.artifacts import ArtifactStore
from infra.local.kafka_broker import KafkaBroker
from infra.local.ports import free_ports
from infra.local.schema_registry import SchemaRegistry
from infra.local.tether import tethered

_START_DEADLINE_SECONDS = 90.0  # generous: two cores, several suites at once


@contextmanager
def running(command: list[str], is_ready: Callable[[], bool], log: Path, env: dict[str, str] | None = None) -> Iterator[int]:
    """Run a server for the length of the block, wait until it is ready, yield its process id.

    The server dies with this process whatever happens to it.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            tethered(command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=env
        )
    try:
        deadline = time.monotonic() + _START_DEADLINE_SECONDS
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
                raise RuntimeError(f"{command[0]} is not ready (exit code {process.poll()}); end of {log}:\n{tail}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def local_artifacts() -> ArtifactStore:
    """The downloaded Java artifacts; fetched on first use."""
    store = ArtifactStore()
    store.ensure()
    return store


@pytest.fixture(scope="session")
def kafka_bootstrap(local_artifacts: ArtifactStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`bootstrap.servers` of a real single-node Kafka. Topics are not created automatically; use your own names."""
    port, controller_port = free_ports(2)
    broker = KafkaBroker(
        data_dir=tmp_path_factory.mktemp("kafka"),
        port=port,
        controller_port=controller_port,
        artifacts=local_artifacts,
        heap_megabytes=256,
        short_lived=True,
    )
    broker.prepare()
    with running(broker.command(), broker.is_ready, broker.data_dir / "kafka.log"):
        yield broker.bootstrap_servers


@pytest.fixture(scope="session")
def registry_url(local_artifacts: ArtifactStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base address of a real schema registry (Confluent API)."""
    port, management_port = free_ports(2)
    registry = SchemaRegistry(
        data_dir=tmp_path_factory.mktemp("registry"),
        port=port,
        management_port=management_port,
        artifacts=local_artifacts,
    )
    with running(registry.command(), registry.is_ready, registry.data_dir / "registry.log"):
        yield registry.url
