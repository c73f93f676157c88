"""A ClickHouse process of a test's own, that can be killed and started again on its data."""

from __future__ import annotations

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.local.clickhouse_server import ClickHouseProcess
from infra.local.ports import free_ports
from infra.local.tether import tethered
from tests.support.local_clickhouse import ClickHouseAddress


class MortalClickHouse:
    """Start it, kill it, start it again."""

    def __init__(self, folder: Path) -> None:
        [port] = free_ports(1)
        self.data = folder / "data"
        self._log = folder / "clickhouse.log"
        self._server = ClickHouseProcess(data_dir=self.data, port=port, user="tapewire", password="test-password")
        self._process: subprocess.Popen[bytes] | None = None
        # A tethered process dies with the thread that made it: this one lives as long as the test.
        self._keeper = ThreadPoolExecutor(1)
        self.address = ClickHouseAddress("127.0.0.1", port, self._server.user, self._server.password)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = self._keeper.submit(self._spawn).result()
        deadline = time.monotonic() + 60
        while not self._server.is_ready():
            assert self._process.poll() is None and time.monotonic() < deadline, self._log.read_text()[-2_000:]
            time.sleep(0.02)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            return subprocess.Popen(
                tethered(self._server.command()), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=os.environ | self._server.environment(),
            )  # fmt: skip

    def kill(self) -> None:
        """End it as a power cut would, the machine's file cache aside."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
