"""Tells a worker that has nothing to do from one that stands still."""

from __future__ import annotations

from collections.abc import Mapping

from infra.kafka.received import Place

_PATIENCE = 10  # with folding going on, what is durable may stand still for so many times the limit


class Progress:
    """Watches each partition: is there work, and does it move?

    Faust's workers were seen to stop consuming after a broker restart or a rebalance while heartbeats went on, so "the process is
    up" says nothing.

    Parameters
    ----------
    stall_seconds
        Work that does not move for this long means a stall.
    """

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._since: dict[Place, tuple[int, float]] = {}
        self._folded = -1
        self._folded_at = 0.0

    def observe(self, now: float, done: Mapping[Place, int], end: Mapping[Place, int], folded: int) -> list[Place]:
        """Return the partitions that are stalled at ``now``.

        Parameters
        ----------
        now
            Monotonic seconds.
        done
            Next offset after what is durable, for every partition owned.
        end
            End offset of each partition, as the broker tells; a partition it does not tell is not judged.
        folded
            Records and ticks folded since the start. While it grows a batch is being worked on: a worker that catches up on a slow
            machine takes its time, and a restart would only make it begin again.
        """
        if folded != self._folded:
            self._folded, self._folded_at = folded, now
        folding = now - self._folded_at < self._stall_seconds
        stalled = []
        for place in set(self._since) - set(done):
            del self._since[place]
        for place, offset in done.items():
            before, since = self._since.get(place, (offset, now))
            if place not in end or offset >= end[place] or offset != before:
                before, since = offset, now
            elif now - since >= self._stall_seconds * (_PATIENCE if folding else 1):
                stalled.append(place)
            self._since[place] = (before, since)
        return stalled

    def forget(self) -> None:
        """Begin anew, e.g. after the broker was away: nobody can make progress then."""
        self._since.clear()
