"""Units of the product as one process, with its memory and what it says of itself."""

from __future__ import annotations

import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.arena import Arena
from benchmarks.logged_process import LoggedProcess
from benchmarks.running_contestant import RunFailed
from infra.columnar.kernel_cache import CACHE_FOLDER_VARIABLE
from infra.local.paths import workspace
from infra.local.ports import free_ports
from infra.settings import Settings, environment_of


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


class UnitProcess(LoggedProcess):
    """Running units; they have one process, as the demo groups them."""

    def __init__(self, place: Arena, settings: Settings, *units: str) -> None:
        (port,) = free_ports(1)
        metrics = settings.metrics.model_copy(update={"port": port})
        variables = environment_of(settings.model_copy(update={"metrics": metrics}))
        self._url = f"http://127.0.0.1:{port}/metrics"
        variables[CACHE_FOLDER_VARIABLE] = str(workspace() / "numba")
        super().__init__("+".join(units), [sys.executable, "-m", "infra.cli.main", "run", *units], variables, place.folder / f"{units[0]}-{port}.log")
        self._meter = psutil.Process(self.pid)

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
                    raise RunFailed(f"{self.name} was not ready in {seconds:g} s: {error}") from error
                time.sleep(0.1)


@contextmanager
def running_unit(place: Arena, settings: Settings, *units: str) -> Iterator[UnitProcess]:
    """Run units for the length of the block."""
    process = UnitProcess(place, settings, *units)
    try:
        yield process
    finally:
        process.stop()
