"""Reads a contestant's output topic while it runs and afterwards."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Message, TopicPartition

from benchmarks.arena import BARS, PARTITIONS, Arena

_READ_SECONDS = 60.0


@dataclass(slots=True)
class BarTopic:
    """What a run has appended to the output topic.

    Attributes
    ----------
    start
        Offset of each partition before the run.
    bars
        Decoded bars in the order they were read.
    appended
        When the broker appended each of them, seconds since the epoch.
    """

    arena: Arena
    topic: str
    start: list[int]
    committed: bool = False
    bars: list[Mapping[str, Any]] = field(default_factory=list)
    appended: list[float] = field(default_factory=list)
    _next: list[int] = field(default_factory=list)

    @classmethod
    def at_its_end(cls, arena: Arena, topic: str, *, committed: bool) -> BarTopic:
        start = arena.end_offsets(topic)
        return cls(arena, topic, start, committed, _next=list(start))

    def growth(self) -> int:
        """Return how many offsets were used since the run began (the marks of transactions included)."""
        return sum(self.arena.end_offsets(self.topic, committed=self.committed)) - sum(self.start)

    def read(self) -> None:
        """Read what has come since the last call."""
        ends = self.arena.end_offsets(self.topic, committed=self.committed)
        codec = self.arena.codecs.of(BARS)
        reader = self.arena.reader()
        try:
            behind = [partition for partition in range(PARTITIONS) if self._next[partition] < ends[partition]]
            reader.assign([TopicPartition(self.topic, partition, self._next[partition]) for partition in behind])
            deadline = time.monotonic() + _READ_SECONDS
            while behind:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self.topic} could not be read to its end")
                for message in reader.consume(10_000, 0.2):
                    partition, offset = message.partition(), message.offset()
                    if message.error() is None:
                        self._take(message, codec)
                    elif partition in behind and offset is not None:  # its end
                        self._next[partition] = offset
                        behind.remove(partition)
        finally:
            reader.close()

    def _take(self, message: Message, codec: Any) -> None:
        self.bars.append(codec.decode(message.value()).as_avro())
        self.appended.append(message.timestamp()[1] / 1000.0)
