"""An open-addressing hash table from text to small codes that numba kernels share over a decoder's life."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import numpy as np
from numba import int64, njit, types

from infra.columnar.kernel_cache import kernel
from infra.columnar.varints import is_utf8
from infra.columnar.wide_loads import load_u64

# meta: numbers that outlive a call; then one count of codes per dictionary
ENTRIES, ARENA_USED, SHIFT, COUNTS = range(4)  # SHIFT: 64 - log2(slots)
# entries: one row a text
PLACE, LENGTH, DICTIONARY, CODE, ENTRY_WIDTH = range(5)
# slots: the text itself if it has up to 8 bytes, else its hash; and a tag: 1 + code (of a longer text 1 + entry), dictionary, length
KEY, TAG, SLOT_WIDTH = range(3)
LONGER = 0xFF
MAX_DICTIONARIES = 256
FULL = -1
NOT_UTF8 = -2
_SHORT = 8
_KIND_BITS = 16
_KIND_MASK = (1 << _KIND_BITS) - 1
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xD6E8FEB86659FD93)


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


@njit(_nrt=False)
def _hash(data, at, length, limit):
    word = np.uint64(length)
    for index in range(0, length, 8):
        word = (word ^ _word(data, at + index, length - index, limit)) * _SECOND
        word ^= word >> np.uint64(29)
    return word


@njit(forceinline=True, _nrt=False)
def _home(key, kind, shift):
    """Return the slot to begin at: the upper bits of a product depend on all bits."""
    return np.int64(((key ^ (np.uint64(kind) * _FIRST)) * _SECOND) >> np.uint64(shift))


@njit(_nrt=False)
def _insert(data, at, length, key, kind, slot, meta, slots, entries, arena):
    if not is_utf8(data, at, at + length):
        return NOT_UTF8
    entry = meta[ENTRIES]
    place = meta[ARENA_USED]
    if entry >= len(entries) or 2 * entry >= len(slots) or place + length > len(arena):
        return FULL
    for index in range(length):
        arena[place + index] = data[at + index]
    dictionary = kind >> 8
    code = meta[COUNTS + dictionary]
    entries[entry, PLACE] = place
    entries[entry, LENGTH] = length
    entries[entry, DICTIONARY] = dictionary
    entries[entry, CODE] = code
    meta[ENTRIES] = entry + 1
    meta[ARENA_USED] = place + length
    meta[COUNTS + dictionary] = code + 1
    slots[slot, KEY] = np.int64(key)
    slots[slot, TAG] = (1 + (code if length <= _SHORT else entry)) << _KIND_BITS | kind
    return code


@njit(_nrt=False)
def _code_of_longer(data, at, length, limit, dictionary, meta, slots, entries, arena):
    kind = dictionary << 8 | LONGER
    key = _hash(data, at, length, limit)
    slot = _home(key, kind, meta[SHIFT])
    while slots[slot, TAG] != 0:
        if slots[slot, KEY] == np.int64(key) and slots[slot, TAG] & _KIND_MASK == kind:
            entry = (slots[slot, TAG] >> _KIND_BITS) - 1
            same = entries[entry, LENGTH] == length
            for index in range(length):
                if not same:
                    break
                same = arena[entries[entry, PLACE] + index] == data[at + index]
            if same:
                return entries[entry, CODE]
        slot = (slot + 1) & (len(slots) - 1)
    return _insert(data, at, length, key, kind, slot, meta, slots, entries, arena)


@njit(_nrt=False)
def code_of(data, at, length, limit, dictionary, meta, slots, entries, arena):
    """Return the code of the text in ``data``, given on first sight; `FULL` or `NOT_UTF8` if it cannot be given."""
    if length > _SHORT:
        return _code_of_longer(data, at, length, limit, dictionary, meta, slots, entries, arena)
    kind = dictionary << 8 | length
    key = _word(data, at, length, limit)
    slot = _home(key, kind, meta[SHIFT])
    while True:
        tag = slots[slot, TAG]
        if slots[slot, KEY] == np.int64(key) and tag & _KIND_MASK == kind and tag != 0:
            return (tag >> _KIND_BITS) - 1
        if tag == 0:
            return _insert(data, at, length, key, kind, slot, meta, slots, entries, arena)
        slot = (slot + 1) & (len(slots) - 1)


@njit(forceinline=True, _nrt=False)
def code_if_at_home(data, at, length, dictionary, meta, slots):
    """Return the code of a short text if it is the first that one looks at, else -1. ``data`` goes on for 8 bytes."""
    if length > _SHORT or length == 0:
        return np.int64(-1)
    kind = dictionary << 8 | length
    key = load_u64(data, at) & (_ALL >> np.uint64(64 - 8 * length))
    slot = _home(key, kind, meta[SHIFT])
    tag = slots[slot, TAG]
    if slots[slot, KEY] == np.int64(key) and tag & _KIND_MASK == kind and tag != 0:
        return (tag >> _KIND_BITS) - 1
    return np.int64(-1)


@njit(_nrt=False)
def _refill(meta, slots, entries, arena):
    for entry in range(meta[ENTRIES]):
        place = entries[entry, PLACE]
        length = entries[entry, LENGTH]
        if length > _SHORT:
            kind = entries[entry, DICTIONARY] << 8 | LONGER
            key = _hash(arena, place, length, len(arena))
        else:
            kind = entries[entry, DICTIONARY] << 8 | length
            key = _word(arena, place, length, len(arena))
        slot = _home(key, kind, meta[SHIFT])
        while slots[slot, TAG] != 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot, KEY] = np.int64(key)
        slots[slot, TAG] = (1 + (entries[entry, CODE] if length <= _SHORT else entry)) << _KIND_BITS | kind


@kernel(types.void(int64[::1], int64[:, ::1], int64[:, ::1], types.uint8[::1]))
def refill(meta, slots, entries, arena):
    """Put every entry into the empty table ``slots``."""
    _refill(meta, slots, entries, arena)
