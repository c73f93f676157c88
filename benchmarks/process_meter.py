"""Processor time and memory of a running process, watched from outside."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Sample:
    """One look: seconds since the epoch, processor seconds used so far (user and system), resident bytes."""

    at: float
    cpu: float
    resident: int


class ProcessMeter:
    """Samples a process from its start until `stop`, children included."""

    def __init__(self, pid: int, every_seconds: float) -> None:
        self.samples: list[Sample] = []
        self._process = psutil.Process(pid)
        self._every_seconds = every_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="meter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def cpu_between(self, start: float, end: float) -> float:
        """Return the processor seconds used between two moments."""
        return self._cpu_at(end) - self._cpu_at(start)

    def peak_resident(self) -> int:
        return max((sample.resident for sample in self.samples), default=0)

    def _cpu_at(self, moment: float) -> float:
        after = bisect_left(self.samples, moment, key=lambda sample: sample.at)
        if after == 0:
            return self.samples[0].cpu
        if after == len(self.samples):
            return self.samples[-1].cpu
        low, high = self.samples[after - 1], self.samples[after]
        return low.cpu + (high.cpu - low.cpu) * (moment - low.at) / (high.at - low.at)

    def _run(self) -> None:
        while not self._stopped.wait(self._every_seconds):
            try:
                times, memory = self._process.cpu_times(), self._process.memory_info()
            except psutil.NoSuchProcess:
                return
            cpu = times.user + times.system + times.children_user + times.children_system
            self.samples.append(Sample(time.time(), cpu, memory.rss))
