"""Session fixture: one real ClickHouse engine behind its HTTP interface per pytest process."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from infra.local.clickhouse_server import ClickHouseProcess
from infra.local.ports import free_ports
from tests.support.local_kafka import running


@dataclass(frozen=True, slots=True)
class ClickHouseAddress:
    """Where the server is and who may use it."""

    host: str
    port: int
    user: str
    password: str

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    def client(self, **options: object) -> Client:
        """Return an ordinary clickhouse-connect client; close it yourself."""
        return clickhouse_connect.get_client(
            host=self.host, port=self.port, username=self.user, password=self.password, **options
        )


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseAddress]:
    """Address of a running server. Make your own database (or use `clickhouse_database`): it is shared by the session."""
    folder = tmp_path_factory.mktemp("clickhouse")
    [port] = free_ports(1)
    process = ClickHouseProcess(data_dir=folder / "data", port=port, user="tapewire", password="test-password")
    with running(process.command(), process.is_ready, folder / "clickhouse.log", os.environ | process.environment()):
        yield ClickHouseAddress("127.0.0.1", port, process.user, process.password)


@pytest.fixture
def clickhouse_database(clickhouse_server: ClickHouseAddress) -> Iterator[str]:
    """Name of an empty database that is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    client = clickhouse_server.client()
    client.command(f"CREATE DATABASE {name}")
    yield name
    client.command(f"DROP DATABASE {name}")
    client.close()


@pytest.fixture(scope="session")
def clickhouse_container() -> Iterator[ClickHouseAddress]:
    """Address of an official server in a container; skipped with a reason where there is no Docker engine."""
    if "DOCKER_HOST" not in os.environ and not Path("/var/run/docker.sock").exists():
        pytest.skip("no Docker engine: /var/run/docker.sock is missing and DOCKER_HOST is not set")
    from testcontainers.clickhouse import ClickHouseContainer

    image = "clickhouse/clickhouse-server:26.9"
    with ClickHouseContainer(image, username="tapewire", password="test-password", dbname="default") as container:  # pragma: allowlist secret
        port = int(container.get_exposed_port(8123))
        yield ClickHouseAddress(container.get_container_host_ip(), port, "tapewire", "test-password")
