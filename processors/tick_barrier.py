"""Holds the ticks of one partition back until everything before them is folded, and held inputs until the tick that covers them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from processors.held_inputs import Held, HeldTopic
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
    """The ticks of one partition, in order, and how far the partition's other topics have come.

    Parameters
    ----------
    topics
        Kafka names of the topics the stage folds; a barrier on any other topic is none of its business.
    held_topics
        Those of them whose records wait for ticks, in the order in which they are folded. They count as reached when they are here.
    """

    def __init__(self, topics: Iterable[str], held_topics: Iterable[str] = ()) -> None:
        self._reached: dict[str, int] = dict.fromkeys(topics, 0)
        self._ticks: deque[HeldTick] = deque()
        self._held: dict[str, HeldTopic] = {topic: HeldTopic() for topic in held_topics}
        self._covered: Mapping[str, int] = {}  # of the newest tick that has come

    def __len__(self) -> int:
        return len(self._ticks)

    @property
    def held_bytes(self) -> int:
        """Return about how many bytes wait for ticks."""
        return sum(held.size for held in self._held.values())

    def reached(self, topic: str, next_offset: int) -> None:
        """Note that everything of ``topic`` below ``next_offset`` is folded, or does not exist any more."""
        if next_offset > self._reached.get(topic, next_offset):
            self._reached[topic] = next_offset

    def hold(self, held: HeldTick) -> None:
        self._ticks.append(held)
        self._covered = held.tick.barriers

    def hold_inputs(self, topic: str, items: Iterable[Held], ticket: Ticket) -> None:
        """Take a batch of a held topic."""
        self._held[topic].hold(items, ticket)
        self.reached(topic, ticket.next_offset)

    def full_topics(self, most_bytes: int) -> Iterator[str]:
        """Return the held topics of which so much waits that no more is wanted."""
        return (topic for topic, held in self._held.items() if held.size >= most_bytes)

    def idle_topics(self) -> Iterator[str]:
        """Return the held topics of which nothing can be done before another tick comes."""
        for topic, held in self._held.items():
            covered = self._covered.get(topic, 0)
            if self._reached[topic] >= covered and (held.first is None or held.first >= covered):
                yield topic

    def take_covered(self) -> Iterator[Held]:
        """Take what the oldest tick covers, as far as it is here: topic by topic, each in the order of offsets.

        It may be folded before the tick is due, so that it does not fill the memory; but not before the stage's other topics have
        reached the tick, and none before the topic in front of it is complete: the order is always that of the log. A tick that says
        nothing of a topic, because it was written before the topic was one that ticks cover, covers all that is here.
        """
        if not self._ticks or self.missing().keys() - self._held.keys():
            return
        barriers = self._ticks[0].tick.barriers
        for topic, held in self._held.items():
            end = barriers.get(topic)
            yield from held.take_below(end)
            if end is not None and self._reached[topic] < end:
                return

    def take_finished(self) -> Iterator[Ticket]:
        """Take the tickets of the batches of held topics that were taken whole."""
        for held in self._held.values():
            yield from held.take_finished()

    def take_due(self) -> HeldTick | None:
        """Take the oldest tick if its barriers are reached; what it covers must have been taken before."""
        return self._ticks.popleft() if self._ticks and not self.missing() else None

    def missing(self) -> Mapping[str, int]:
        """Return what the oldest tick waits for: Kafka topic to the offset that must be reached."""
        if not self._ticks:
            return {}
        barriers = self._ticks[0].tick.barriers
        return {topic: offset for topic, offset in barriers.items() if self._reached.get(topic, offset) < offset}
