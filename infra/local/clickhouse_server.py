"""The local ClickHouse process: how to start it and how to tell that it answers."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClickHouseProcess:
    """One process of `infra.local.clickhouse_http`; running it is the caller's business.

    Parameters
    ----------
    data_dir
        Folder of the tables; one process at a time may have it open.
    port
        Loopback port of the HTTP interface.
    """

    data_dir: Path
    port: int
    user: str
    password: str = field(repr=False)

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground; it needs `environment` too."""
        return [
            *(sys.executable, "-m", "infra.local.clickhouse_http"),
            *("--port", str(self.port), "--data", str(self.data_dir)),
        ]

    def environment(self) -> dict[str, str]:
        """Return the variables that carry the account."""
        return {"TAPEWIRE_CLICKHOUSE__USER": self.user, "TAPEWIRE_CLICKHOUSE__PASSWORD": self.password}

    def is_ready(self) -> bool:
        """Tell whether the server answers `SELECT 1`."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/",
            data=b"SELECT 1",
            headers={"X-ClickHouse-User": self.user, "X-ClickHouse-Key": self.password},
        )
        try:
            with urllib.request.urlopen(request, timeout=2) as response:  # noqa: S310 loopback
                return bool(response.read() == b"1\n")
        except (urllib.error.URLError, OSError):
            return False
