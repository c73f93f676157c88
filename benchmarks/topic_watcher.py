"""An outside reader of the output topic that notes when it sees each record."""

from __future__ import annotations

import threading
import time

from confluent_kafka import TopicPartition

from benchmarks.arena import Arena


class TopicWatcher:
    """Reads everything appended after its creation, one record at a time, in a thread.

    Attributes
    ----------
    seen
        Moment (seconds since the epoch) and value of each record.
    """

    def __init__(self, arena: Arena, topic: str) -> None:
        self.seen: list[tuple[float, bytes]] = []
        self._reader = arena.reader()
        self._reader.assign([TopicPartition(topic, partition, end) for partition, end in enumerate(arena.end_offsets(topic))])
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._reader.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            message = self._reader.poll(0.1)
            if message is not None and message.error() is None:
                value = message.value()
                assert value is not None
                self.seen.append((time.time(), value))
