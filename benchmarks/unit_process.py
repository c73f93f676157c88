"""A unit of the product as a process, with its memory and what it says of itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from confluent_kafka import Consumer, KafkaException, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.arena import Arena
from benchmarks.running_contestant import RunFailed
from infra.local.ports import free_ports
from infra.local.tether import tethered
from infra.settings import Settings, environment_of
from schemas import catalog


@dataclass(frozen=True, slots=True)
class Look:
    """Resident bytes, processor seconds used so far, and the sum of each metric's samples."""

    resident: int
    cpu: float
    metrics: dict[str, float]

    def mean_since(self, before: Look, histogram: str) -> float:
        """Return the mean of what a histogram took in between two looks; 0 when nothing."""
        count = self.metrics.get(f"{histogram}_count", 0.0) - before.metrics.get(f"{histogram}_count", 0.0)
        total = self.metrics.get(f"{histogram}_sum", 0.0) - before.metrics.get(f"{histogram}_sum", 0.0)
        return total / count if count else 0.0


class UnitProcess:
    """A running unit."""

    def __init__(self, place: Arena, settings: Settings, unit: str) -> None:
        (port,) = free_ports(1)
        metrics = settings.metrics.model_copy(update={"port": port})
        variables = environment_of(settings.model_copy(update={"metrics": metrics}))
        self.unit = unit
        self._url = f"http://127.0.0.1:{port}/metrics"
        self._log = place.folder / f"{unit}-{port}.log"
        with self._log.open("wb") as log:
            argv = tethered([sys.executable, "-m", "infra.cli.main", "run", unit])
            self._process = subprocess.Popen(argv, env={**os.environ, **variables}, stdout=log, stderr=subprocess.STDOUT)
        self._meter = psutil.Process(self._process.pid)

    def look(self) -> Look:
        """Measure the process and ask it."""
        self.check_alive()
        with urllib.request.urlopen(self._url, timeout=30) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        metrics: dict[str, float] = {}
        for sample in (sample for family in families for sample in family.samples if not sample.name.endswith("_bucket")):
            metrics[sample.name] = metrics.get(sample.name, 0.0) + sample.value
        times = self._meter.cpu_times()
        return Look(self._meter.memory_info().rss, times.user + times.system, metrics)

    def wait_until_ready(self, seconds: float = 90.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            self.check_alive()
            try:
                with urllib.request.urlopen(self._url.replace("/metrics", "/readyz"), timeout=5):
                    return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise RunFailed(f"{self.unit} was not ready in {seconds:g} s: {error}") from error
                time.sleep(0.1)

    def wait_until_committed(self, place: Arena, group: str, topic: str, wanted: int, seconds: float) -> None:
        """Wait until the group's commits in all partitions of the topic add up to ``wanted``."""
        entry = catalog.topic(topic)
        consumer = Consumer({"bootstrap.servers": place.bootstrap, "group.id": group, "isolation.level": "read_uncommitted", "log_level": 0})
        places = [TopicPartition(entry.kafka_name, partition) for partition in range(entry.partitions)]
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.check_alive()
                try:
                    found = sum(max(at.offset, 0) for at in consumer.committed(places, timeout=20))
                except KafkaException:  # the coordinator is still loading
                    found = -1
                if found >= wanted:
                    return
                if time.monotonic() > deadline:
                    raise RunFailed(f"{self.unit} committed {found:,} of {wanted:,} in {seconds:g} s")
                time.sleep(0.1)
        finally:
            consumer.close()

    def check_alive(self) -> None:
        if self._process.poll() is not None:
            tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])
            raise RunFailed(f"{self.unit} ended with exit code {self._process.returncode}\n{tail}")

    def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running_unit(place: Arena, settings: Settings, unit: str) -> Iterator[UnitProcess]:
    """Run a unit for the length of the block."""
    process = UnitProcess(place, settings, unit)
    try:
        yield process
    finally:
        process.stop()
