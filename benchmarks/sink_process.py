"""The ClickHouse sink as a process of its own."""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.logged_process import LoggedProcess
from benchmarks.process_meter import ProcessMeter
from benchmarks.running_contestant import RunFailed
from infra.columnar.kernel_cache import CACHE_FOLDER_VARIABLE
from infra.local.paths import workspace
from infra.settings import Settings, environment_of

_START_SECONDS = 90.0
LOOK_EVERY_SECONDS = 0.02


class SinkProcess(LoggedProcess):
    """A running sink in a consumer group of its own; its printed lines are in ``folder``.

    Attributes
    ----------
    group
        Its consumer group.
    meter
        Of its processor time and memory.
    """

    def __init__(self, settings: Settings, folder: Path, data_folder: Path | None) -> None:
        self.group = f"bench-sink-{uuid.uuid4().hex[:8]}"
        variables = environment_of(settings) | {CACHE_FOLDER_VARIABLE: str(workspace() / "numba")}
        argv = [sys.executable, "-m", "benchmarks.programs.clickhouse_sink", self.group, *([] if data_folder is None else [str(data_folder)])]
        super().__init__("the sink", argv, variables, folder / f"{self.group}.log")
        self.meter = ProcessMeter(self.pid, LOOK_EVERY_SECONDS)

    def wait_until_assigned(self) -> float:
        """Return when it had its partitions, in seconds since the epoch."""
        deadline = time.monotonic() + _START_SECONDS
        while b"assigned" not in self.log.read_bytes():
            self.check_alive()
            if time.monotonic() > deadline:
                raise RunFailed(f"the sink had no partitions in {_START_SECONDS:g} s\n{self.tail()}")
            threading.Event().wait(LOOK_EVERY_SECONDS)
        return time.time()

    def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        self.meter.stop()
        super().stop()


@contextmanager
def running_sink(settings: Settings, folder: Path, data_folder: Path | None) -> Iterator[SinkProcess]:
    """Run a sink for the length of the block."""
    process = SinkProcess(settings, folder, data_folder)
    try:
        yield process
    finally:
        process.stop()
