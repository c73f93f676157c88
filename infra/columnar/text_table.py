"""An open-addressing hash table from text to small codes that numba kernels share over a decoder's life."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import int64, njit, types

from infra.columnar.kernel_cache import kernel
from infra.columnar.varints import is_utf8
from infra.columnar.wide_loads import load_u64

# meta: numbers that outlive a call; then one count of codes per dictionary
ENTRIES, ARENA_USED, COUNTS = range(3)
# entries: one row a text
HASH, PLACE, LENGTH, DICTIONARY, TEXT_CODE, ENTRY_WIDTH = range(6)
FULL = -1
NOT_UTF8 = -2
_CONTINUE = np.uint64(0x8080808080808080)
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


@njit(forceinline=True, _nrt=False)
def _word(data, at, length, limit):
    """Load up to 8 bytes, the missing ones 0."""
    if at + 8 <= limit:
        word = load_u64(data, at)
        if length < 8:
            word &= (np.uint64(1) << np.uint64(8 * length)) - np.uint64(1)
        return word
    word = np.uint64(0)
    for place in range(min(length, 8)):
        word |= np.uint64(data[at + place]) << np.uint64(8 * place)
    return word


@njit(forceinline=True, _nrt=False)
def _mix(word):
    word = (word ^ (word >> _SHIFT)) * _SECOND
    return word ^ (word >> _SHIFT)


@njit(_nrt=False)
def _insert(data, at, length, dictionary, hashed, slot, meta, slots, entries, arena):
    if not is_utf8(data, at, at + length):
        return NOT_UTF8
    entry = meta[ENTRIES]
    place = meta[ARENA_USED]
    if entry >= len(entries) or 2 * entry >= len(slots) or place + length + 8 > len(arena):
        return FULL
    for index in range(length):
        arena[place + index] = data[at + index]
    code = meta[COUNTS + dictionary]
    entries[entry, HASH] = np.int64(hashed)
    entries[entry, PLACE] = place
    entries[entry, LENGTH] = length
    entries[entry, DICTIONARY] = dictionary
    entries[entry, TEXT_CODE] = code
    meta[ENTRIES] = entry + 1
    meta[ARENA_USED] = place + length
    meta[COUNTS + dictionary] = code + 1
    slots[slot] = entry + 1
    return code


@njit(forceinline=True, _nrt=False)
def code_of(data, at, length, limit, dictionary, meta, slots, entries, arena):
    """Return the code of the text in ``data``, given on first sight; `FULL` or `NOT_UTF8` if it cannot be given."""
    first = _word(data, at, length, limit)
    hashed = _mix(first ^ (np.uint64(length) * _FIRST) ^ np.uint64(dictionary))
    for index in range(8, length, 8):
        hashed = _mix(hashed ^ _word(data, at + index, length - index, limit))
    mask = len(slots) - 1
    slot = np.int64(hashed & np.uint64(mask))
    while True:
        entry = slots[slot] - 1
        if entry < 0:
            return _insert(data, at, length, dictionary, hashed, slot, meta, slots, entries, arena)
        if entries[entry, HASH] == np.int64(hashed) and entries[entry, LENGTH] == length and entries[entry, DICTIONARY] == dictionary:
            place = entries[entry, PLACE]
            if length <= 8:
                if _word(arena, place, length, len(arena)) == first:
                    return entries[entry, TEXT_CODE]
            else:
                same = True
                for index in range(length):
                    if arena[place + index] != data[at + index]:
                        same = False
                        break
                if same:
                    return entries[entry, TEXT_CODE]
        slot = (slot + 1) & mask


@njit(_nrt=False)
def _fill_slots(meta, slots, entries):
    mask = len(slots) - 1
    for entry in range(meta[ENTRIES]):
        slot = np.int64(np.uint64(entries[entry, HASH]) & np.uint64(mask))
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = entry + 1


@kernel(types.void(int64[::1], int64[::1], int64[:, ::1]))
def fill_slots(meta, slots, entries):
    """Put every entry into the empty table ``slots``."""
    _fill_slots(meta, slots, entries)
