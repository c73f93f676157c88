"""Owns the hash table that gives texts their codes: grows it, reads new texts out of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from infra.columnar import text_table as table
from infra.columnar.dictionary import Dictionary

_FIRST_ENTRIES = 1024
_FIRST_ARENA = 16 * 1024
_GROWTH = 4


class Texts:
    """The texts of a decoder's dictionary fields; arrays are the kernel's."""

    def __init__(self, fields: Sequence[str]) -> None:
        if len(fields) > table.MAX_DICTIONARIES:
            raise ValueError(f"expected at most {table.MAX_DICTIONARIES} dictionary fields, found {len(fields)}")
        self.meta = np.zeros(table.COUNTS + max(len(fields), 1), np.int64)
        self.slots = self._empty_slots(_FIRST_ENTRIES)
        self.entries = np.zeros((_FIRST_ENTRIES, table.ENTRY_WIDTH), np.int64)
        self.arena = np.zeros(_FIRST_ARENA, np.uint8)
        self._read = 0
        self._new: list[list[str]] = [[] for _ in fields]
        self.dictionaries = {name: Dictionary(newer=partial(self._newer, index)) for index, name in enumerate(fields)}

    def grow(self) -> None:
        """Make room for more texts; what was given stays."""
        if self.meta[table.ENTRIES] < len(self.entries):
            arena, self.arena = self.arena, np.zeros(len(self.arena) * _GROWTH, np.uint8)
            self.arena[: len(arena)] = arena
            return
        entries, self.entries = self.entries, np.zeros((len(self.entries) * _GROWTH, table.ENTRY_WIDTH), np.int64)
        self.entries[: len(entries)] = entries
        self.slots = self._empty_slots(len(self.entries))
        table.refill(self.meta, self.slots, self.entries, self.arena)

    def _empty_slots(self, entries: int) -> npt.NDArray[np.int64]:
        slots = np.zeros((2 * entries, table.SLOT_WIDTH), np.int64)
        self.meta[table.SHIFT] = 64 - (len(slots) - 1).bit_length()
        return slots

    def _newer(self, dictionary: int) -> Sequence[str]:
        for entry in self.entries[self._read : self.meta[table.ENTRIES]]:
            place, length = int(entry[table.PLACE]), int(entry[table.LENGTH])
            self._new[entry[table.DICTIONARY]].append(self.arena[place : place + length].tobytes().decode())
        self._read = int(self.meta[table.ENTRIES])
        new, self._new[dictionary] = self._new[dictionary], []
        return new
