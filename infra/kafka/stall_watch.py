"""Tells a consumer that has nothing to do from one that stands still: a pure state machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from infra.kafka.received import Place


class StallWatch:
    """Watches each partition: does it have records that nobody holds back, and do they move?

    Parameters
    ----------
    stall_seconds
        Records that do not move for this long mean a stall.
    """

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._since: dict[Place, tuple[int | None, float]] = {}

    def observe(self, now: float, positions: Mapping[Place, int | None], waiting: Collection[Place]) -> list[Place]:
        """Return the partitions that are stalled at ``now``.

        Parameters
        ----------
        now
            Monotonic seconds.
        positions
            Next offset of every partition owned.
        waiting
            Those of them that have records to read, and are read.
        """
        stalled = []
        for place in set(self._since) - set(waiting):
            del self._since[place]
        for place in waiting:
            position = positions.get(place)
            before, since = self._since.get(place, (position, now))
            if position != before:
                since = now
            elif now - since >= self._stall_seconds:
                stalled.append(place)
            self._since[place] = (position, since)
        return stalled

    def forget(self) -> None:
        """Begin anew, e.g. because the broker is away: nobody can move then."""
        self._since.clear()
