"""Offsets that were handed to the stage and are not yet done: how far a partition may be committed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from infra.kafka.received import Place


@dataclass(slots=True)
class Ticket:
    """One fetched batch on its way through the stage.

    Attributes
    ----------
    next_offset
        Offset after the batch.
    done
        Its effects are durable.
    void
        The partition was taken away in between: whoever holds it must drop it.
    """

    next_offset: int
    done: bool = False
    void: bool = False


class InFlight:
    """Tickets per (Kafka topic, partition), in the order in which they were handed out.

    Faust keeps a list of single acknowledged offsets and stumbles over gaps (compaction, transactions); here a batch counts as a
    whole, gaps do not matter, and an acknowledgement that arrives after a rebalance cannot be mistaken for one of the new owner's.
    """

    def __init__(self) -> None:
        self._tickets: dict[Place, deque[Ticket]] = {}
        self._committable: dict[Place, int] = {}

    def begin(self, place: Place, next_offset: int) -> Ticket:
        """Hand out the ticket of the next batch."""
        ticket = Ticket(next_offset)
        self._tickets.setdefault(place, deque()).append(ticket)
        return ticket

    def committable(self, place: Place) -> int | None:
        """Return the offset up to which everything is done; None if nothing is."""
        tickets = self._tickets.get(place)
        while tickets and tickets[0].done:
            reached = tickets.popleft().next_offset
            self._committable[place] = max(reached, self._committable.get(place, 0))
        return self._committable.get(place)

    def reached(self) -> dict[Place, int]:
        """Return the offset after the last batch that was handed out, of every partition that has one."""
        ends = {place: tickets[-1].next_offset for place, tickets in self._tickets.items() if tickets}
        return self._committable | ends

    def waiting(self) -> int:
        """Return how many offsets were handed out and are not done; of a partition's very first batch the beginning is not known."""
        waiting = 0
        for place, tickets in self._tickets.items():
            done = self.committable(place)
            if tickets:
                waiting += tickets[-1].next_offset - (tickets[0].next_offset if done is None else done)
        return waiting

    def places(self) -> list[Place]:
        """Return every partition that has a ticket or an offset to commit."""
        return list(dict.fromkeys([*self._tickets, *self._committable]))

    def drop(self, places: Iterable[Place]) -> None:
        """Forget partitions that were taken away; their open tickets become void."""
        for place in places:
            for ticket in self._tickets.pop(place, ()):
                ticket.void = True
            self._committable.pop(place, None)
