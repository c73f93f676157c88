"""One allocation that holds the columns of a run, cut by the program's slots."""

from __future__ import annotations

from collections.abc import Sequence
from sys import getrefcount
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.columnar.schema_program import Slot, View

_ALIGNMENT = 8


class Pool:
    """Room for every slot; `wide`, `real`, `code` and `flag` are views of the same bytes.

    Parameters
    ----------
    capacities
        Rows of each level.
    memory
        To be used if it is large enough.
    """

    def __init__(self, slots: Sequence[Slot], capacities: Sequence[int], memory: npt.NDArray[np.int64] | None = None) -> None:
        self._slots = slots
        self.bases: list[int] = []  # of each slot, in values of its view
        size = 0
        for slot in slots:
            size = -(-size // _ALIGNMENT) * _ALIGNMENT
            self.bases.append(size // slot.view.value)
            size += slot.view.value * (capacities[slot.level] + slot.extra)
        words = -(-size // _ALIGNMENT)
        self.wide = np.empty(words, np.int64) if memory is None or len(memory) < words else memory
        self.real = self.wide.view(np.float64)
        self.code = self.wide.view(np.int32)
        self.flag = self.wide.view(np.uint8)
        for slot, base in zip(slots, self.bases, strict=True):
            if slot.extra:
                self.wide[base] = 0

    def values(self, slot: int, rows: int) -> npt.NDArray[Any]:
        """Return the first ``rows`` values of a slot."""
        base, view = self.bases[slot], self._slots[slot].view
        part = slice(base, base + rows)
        if view is View.WIDE:
            return self.wide[part]
        return self.code[part] if view is View.CODE else self.flag[part]

    def reals(self, slot: int, rows: int) -> npt.NDArray[np.float64]:
        """Return the first ``rows`` values of a slot as the floats they are."""
        return self.real[self.bases[slot] : self.bases[slot] + rows]

    def grown(self, capacities: Sequence[int], rows: Sequence[int]) -> Pool:
        """Return a larger pool with the same ``rows`` of each level."""
        larger = Pool(self._slots, capacities)
        for index, slot in enumerate(self._slots):
            kept = rows[slot.level] + slot.extra
            larger.values(index, kept)[:] = self.values(index, kept)
        return larger


class Memory:
    """Lends the same bytes again and again: memory that is new to the process takes as much time as the decoding."""

    def __init__(self) -> None:
        self._kept: npt.NDArray[np.int64] | None = None

    def pool(self, slots: Sequence[Slot], capacities: Sequence[int]) -> Pool:
        """Return a pool in the bytes of the last one if no column of it is in use any more, else in bytes of its own."""
        # a column is a view, and a view counts as a user of what it views; two are here: the attribute and the argument
        unused = self._kept if self._kept is not None and getrefcount(self._kept) == 2 else None
        made = Pool(slots, capacities, unused)
        self._kept = made.wide
        return made
