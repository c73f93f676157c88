"""Holds the ticks of one partition back until everything before them is folded, and held records until the tick that covers them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from processors.in_flight import Ticket
from schemas.records import Tick


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record that waits for the tick that covers it.

    Attributes
    ----------
    topic
        Kafka name.
    raw
        The record as it was fetched; it is decoded when its turn comes.
    ticket
        The ticket of its batch, on the last record of the batch only.
    """

    topic: str
    raw: Any
    ticket: Ticket | None


@dataclass(frozen=True, slots=True)
class HeldTick:
    """A tick that waits.

    Attributes
    ----------
    value
        The record's bytes, for a dead letter.
    ticket
        The ticket of its batch, on the last tick of the batch only: applying that one ends the batch.
    """

    offset: int
    tick: Tick
    value: bytes
    ticket: Ticket | None


class TickBarrier:
    """The ticks of one partition, in order, and how far the partition's other topics are folded.

    Parameters
    ----------
    topics
        Kafka names of the topics the stage folds; a barrier on any other topic is none of its business.
    held_topics
        Those of them whose records wait for ticks, in the order in which they are folded. They count as reached when they are here.
    """

    def __init__(self, topics: Iterable[str], held_topics: Iterable[str] = ()) -> None:
        self._reached: dict[str, int] = dict.fromkeys(topics, 0)
        self._held: deque[HeldTick] = deque()
        self._records: dict[str, deque[HeldRecord]] = {topic: deque() for topic in held_topics}
        self._covered: Mapping[str, int] = {}  # of the newest tick that has come

    def __len__(self) -> int:
        return len(self._held)

    def reached(self, topic: str, next_offset: int) -> None:
        """Note that everything of ``topic`` below ``next_offset`` is folded, or does not exist any more."""
        if next_offset > self._reached.get(topic, next_offset):
            self._reached[topic] = next_offset

    def hold(self, held: HeldTick) -> None:
        self._held.append(held)
        self._covered = held.tick.barriers

    def hold_record(self, held: HeldRecord) -> None:
        self._records[held.topic].append(held)

    @property
    def waiting_records(self) -> int:
        return sum(map(len, self._records.values()))

    def idle_topics(self) -> Iterator[str]:
        """Return the held topics of which nothing can be done before another tick comes."""
        for topic, records in self._records.items():
            covered = self._covered.get(topic, 0)
            if self._reached[topic] >= covered and (not records or records[0].raw.offset >= covered):
                yield topic

    def take_covered(self, tick: Tick) -> Iterator[HeldRecord]:
        """Take the records off the queues that the tick covers: topic by topic, each in the order of offsets.

        A tick that says nothing of a topic, because it was written before the topic was one that ticks cover, covers all that is here.
        """
        for topic, records in self._records.items():
            end = tick.barriers.get(topic)
            while records and (end is None or records[0].raw.offset < end):
                yield records.popleft()

    def due(self) -> Iterator[HeldTick]:
        """Take the ticks off the queue whose barriers are reached, oldest first."""
        while self._held and not self.missing():
            yield self._held.popleft()

    def missing(self) -> Mapping[str, int]:
        """Return what the oldest tick waits for: Kafka topic to the offset that must be reached."""
        if not self._held:
            return {}
        barriers = self._held[0].tick.barriers
        return {topic: offset for topic, offset in barriers.items() if self._reached.get(topic, offset) < offset}
