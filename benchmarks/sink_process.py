"""The ClickHouse sink as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, TopicPartition

from benchmarks.arena import PARTITIONS, TRADES, Arena
from benchmarks.process_meter import ProcessMeter
from benchmarks.running_contestant import RunFailed
from infra.columnar.kernel_cache import CACHE_FOLDER_VARIABLE
from infra.local.paths import workspace
from infra.local.tether import tethered
from infra.settings import Settings, environment_of
from schemas import catalog

_PROGRAM = Path(__file__).parent / "programs" / "clickhouse_sink.py"
_START_SECONDS = 90.0
_LOOK_EVERY_SECONDS = 0.02


class SinkProcess:
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
        self._log = folder / f"{self.group}.log"
        variables = environment_of(settings) | {CACHE_FOLDER_VARIABLE: str(workspace() / "numba")}
        argv = [sys.executable, "-m", "benchmarks.programs.clickhouse_sink", self.group, *([] if data_folder is None else [str(data_folder)])]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(tethered(argv), env={**os.environ, **variables}, stdout=log, stderr=subprocess.STDOUT)
        self.meter = ProcessMeter(self._process.pid, _LOOK_EVERY_SECONDS)

    def wait_until_assigned(self) -> float:
        """Return when it had its partitions, in seconds since the epoch."""
        deadline = time.monotonic() + _START_SECONDS
        while b"assigned" not in self._log.read_bytes():
            self._check_alive()
            if time.monotonic() > deadline:
                raise RunFailed(f"the sink had no partitions in {_START_SECONDS:g} s\n{self._tail()}")
            threading.Event().wait(_LOOK_EVERY_SECONDS)
        return time.time()

    def wait_until_committed(self, place: Arena, ends: list[int], share: float, seconds: float) -> tuple[float, int]:
        """Wait until the group has committed all of the topic; return when a share of it was, in seconds since the epoch, and how much."""
        reached: tuple[float, int] | None = None
        consumer = Consumer({"bootstrap.servers": place.bootstrap, "group.id": self.group, "log_level": 0})
        name = catalog.topic(TRADES).kafka_name
        places = [TopicPartition(name, partition) for partition in range(PARTITIONS)]
        deadline = time.monotonic() + seconds
        try:
            while True:
                self._check_alive()
                try:
                    found = [max(at.offset, 0) for at in consumer.committed(places, timeout=20)]
                except KafkaException:  # the coordinator is still loading
                    found = []
                if reached is None and sum(found) >= share * sum(ends):
                    reached = (time.time(), sum(found))
                if reached is not None and found == ends:
                    return reached
                if time.monotonic() > deadline:
                    raise RunFailed(f"the sink committed {found} of {ends} in {seconds:g} s\n{self._tail()}")
                threading.Event().wait(_LOOK_EVERY_SECONDS)
        finally:
            consumer.close()

    def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        self.meter.stop()
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _check_alive(self) -> None:
        if self._process.poll() is not None:
            raise RunFailed(f"the sink ended with exit code {self._process.returncode}\n{self._tail()}")

    def _tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-30:])


@contextmanager
def running_sink(settings: Settings, folder: Path, data_folder: Path | None) -> Iterator[SinkProcess]:
    """Run a sink for the length of the block."""
    process = SinkProcess(settings, folder, data_folder)
    try:
        yield process
    finally:
        process.stop()
