"""Which process dies next, and when: seeded, every kind about equally often."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence

_LONGEST_GAP = 3.0  # in mean gaps
_SECOND_BLOWS = 0.125


class KillPlan:
    """A bag of process kinds that is filled again when it is empty.

    The seed decides gaps and order; which of the wanted kinds is on its feet when its turn comes, the run decides.

    Parameters
    ----------
    kinds
        Process names.
    kills
        How many in all.
    mean_gap_seconds
        Real seconds between two kills, on average; the gaps are exponential, so kills come in bursts as well.
    """

    def __init__(self, kinds: Sequence[str], kills: int, mean_gap_seconds: float, seed: int) -> None:
        self._kinds = tuple(kinds)
        self._mean = mean_gap_seconds
        self._chance = random.Random(seed)  # noqa: S311 - a seeded choice, not a secret
        self._bag: list[str] = []
        self._fillings = 0
        self.left = kills

    def next_gap(self) -> float:
        """Return how long to wait before the next kill, real seconds."""
        return min(self._chance.expovariate(1 / self._mean), _LONGEST_GAP * self._mean)

    def choose(self, standing: Collection[str], recovering: Collection[str] = ()) -> str | None:
        """Return who dies now; None when nobody who is due can be killed yet.

        Parameters
        ----------
        standing
            Kinds that work.
        recovering
            Kinds that were killed, run again, and are not back at their work: now and then one of them is hit a second time.
        """
        if not self._bag:
            self._bag = list(self._kinds)
            self._chance.shuffle(self._bag)
            self._fillings += 1
        again = sorted(set(recovering))
        if again and self._fillings > 1 and self._chance.random() < _SECOND_BLOWS:
            return self._take(self._chance.choice(again))
        return next((self._take(kind) for kind in self._bag if kind in standing), None)

    def _take(self, kind: str) -> str:
        if kind in self._bag:
            self._bag.remove(kind)
        self.left -= 1
        return kind
