"""A process whose printed lines go to a file: shown when it ends by itself, stopped in order."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, TopicPartition

from benchmarks.arena import Arena
from benchmarks.running_contestant import RunFailed
from infra.local.tether import tethered
from schemas import catalog

_SHOWN_LINES = 30
_STOP_SECONDS = 60.0


class LoggedProcess:
    """A running process.

    Parameters
    ----------
    name
        For messages.
    environment
        Variables beside our own.
    log
        Where its lines go.
    """

    def __init__(self, name: str, argv: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as lines:
            self._process = subprocess.Popen(tethered(list(argv)), env={**os.environ, **environment}, stdout=lines, stderr=subprocess.STDOUT)

    @property
    def pid(self) -> int:
        return self._process.pid

    def check_alive(self) -> None:
        if self._process.poll() is not None:
            raise RunFailed(f"{self.name} ended with exit code {self._process.returncode}\n{self.tail()}")

    def tail(self) -> str:
        """Return its last lines."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:])

    def wait_until_committed(
        self, place: Arena, group: str, topic: str, wanted: int, seconds: float, look_every_seconds: float = 0.1
    ) -> tuple[float, int]:
        """Wait until the group's commits in all partitions of the topic add up to ``wanted``; return when, since the epoch, and their sum."""
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
                    return time.time(), found
                if time.monotonic() > deadline:
                    raise RunFailed(f"{self.name} committed {found:,} of {wanted:,} in {seconds:g} s\n{self.tail()}")
                time.sleep(look_every_seconds)
        finally:
            consumer.close()

    def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
