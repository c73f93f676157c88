"""Holds the ticks of one partition back until everything before them is folded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from processors.in_flight import Ticket
from schemas.records import Tick


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
    """

    def __init__(self, topics: Iterable[str]) -> None:
        self._reached: dict[str, int] = dict.fromkeys(topics, 0)
        self._held: deque[HeldTick] = deque()

    def __len__(self) -> int:
        return len(self._held)

    def reached(self, topic: str, next_offset: int) -> None:
        """Note that everything of ``topic`` below ``next_offset`` is folded, or does not exist any more."""
        if next_offset > self._reached.get(topic, next_offset):
            self._reached[topic] = next_offset

    def hold(self, held: HeldTick) -> None:
        self._held.append(held)

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
