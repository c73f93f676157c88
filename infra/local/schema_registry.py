"""One Apicurio Registry on loopback: Confluent-compatible API, durable in an H2 file."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from infra.local.artifacts import ArtifactStore
from infra.local.java import java_executable


@dataclass(frozen=True, slots=True)
class SchemaRegistry:
    """How to start and probe the registry; running it is the caller's business.

    Parameters
    ----------
    data_dir
        Folder of the H2 database; kept across restarts.
    port, management_port
        Loopback ports of the API and of Quarkus' management interface.
    """

    data_dir: Path
    port: int
    management_port: int
    artifacts: ArtifactStore
    heap_megabytes: int = 160

    @property
    def url(self) -> str:
        """The base address for Confluent clients."""
        return f"http://127.0.0.1:{self.port}/apis/ccompat/v7"

    def command(self) -> list[str]:
        """Return the command that runs the registry in the foreground."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        properties = {
            "quarkus.http.host": "127.0.0.1",
            "quarkus.http.port": str(self.port),
            # Listens on every address of the machine unless told otherwise.
            "quarkus.management.host": "127.0.0.1",
            "quarkus.management.port": str(self.management_port),
            # kafkasql would wait a fixed ten seconds at every start.
            "apicurio.storage.kind": "sql",
            "apicurio.storage.sql.kind": "h2",
            "apicurio.datasource.url": f"jdbc:h2:file:{self.data_dir / 'registry'}",
            "quarkus.log.console.color": "false",
            "quarkus.banner.enabled": "false",
        }
        return [
            java_executable(),
            f"-Xmx{self.heap_megabytes}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            *(f"-D{key}={value}" for key, value in properties.items()),
            "-jar",
            str(self.artifacts.registry_home() / "quarkus-run.jar"),
        ]

    def is_ready(self) -> bool:
        """Tell whether the Confluent API answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/subjects", timeout=2) as response:  # noqa: S310 loopback
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False
