"""Reads and checks of Avro's building blocks for numba kernels: zig-zag longs and UTF-8."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import numpy as np
from numba import njit

from infra.columnar.wide_loads import load_u8, load_u64, low_7_bits_of_bytes, trailing_zeros

NOWHERE = 1 << 62  # the place after something that cannot be read: beyond every end
_ONE = np.uint64(1)
_SEVEN = np.uint64(7)
_CONTINUE = np.uint64(0x8080808080808080)


@njit(forceinline=True, _nrt=False)
def unzigzag(raw: np.uint64) -> np.int64:
    return np.int64(raw >> _ONE) ^ -np.int64(raw & _ONE)


@njit(_nrt=False)
def read_long_slowly(data: np.ndarray, at: int, end: int) -> tuple[int, int]:
    """Read a zig-zag long byte by byte; the place after it is `NOWHERE` when it is cut off or has more than 64 bits."""
    raw = np.uint64(0)
    shift = np.uint64(0)
    while at < end:
        byte = np.uint64(data[at])
        at += 1
        raw |= (byte & np.uint64(0x7F)) << shift
        if byte < np.uint64(0x80):
            if shift == np.uint64(63) and byte > _ONE:
                return 0, NOWHERE
            return unzigzag(raw), at
        shift += _SEVEN
        if shift > np.uint64(63):
            return 0, NOWHERE
    return 0, NOWHERE


@njit(forceinline=True, _nrt=False)
def read_long_inside(data: np.ndarray, at: int) -> tuple[int, int]:
    """Read a zig-zag long where the buffer is known to go on for 10 bytes; return it and the place after it, `NOWHERE` if it is longer."""
    first = load_u8(data, at)
    if first < np.uint64(0x80):
        return unzigzag(first), at + 1
    word = load_u64(data, at)
    stops = ~word & _CONTINUE
    if stops != np.uint64(0):
        return unzigzag(low_7_bits_of_bytes(word & (stops ^ (stops - _ONE)))), at + np.int64((trailing_zeros(stops) + _ONE) >> np.uint64(3))
    ninth = load_u8(data, at + 8)
    raw = low_7_bits_of_bytes(word) | ((ninth & np.uint64(0x7F)) << np.uint64(56))
    if ninth < np.uint64(0x80):
        return unzigzag(raw), at + 9
    tenth = load_u8(data, at + 9)
    if tenth > _ONE:
        return 0, NOWHERE
    return unzigzag(raw | (tenth << np.uint64(63))), at + 10


@njit(_nrt=False)
def read_long(data: np.ndarray, at: int, end: int) -> tuple[int, int]:
    """Read a zig-zag long; return it and the place after it, `NOWHERE` when it is cut off or has more than 64 bits.

    The place may also lie just beyond ``end`` when the buffer goes on there. So a caller compares it with ``end`` and nothing else.
    """
    if at + 10 > len(data):
        return read_long_slowly(data, at, end)
    return read_long_inside(data, at)


@njit(_nrt=False)
def is_utf8(data: np.ndarray, at: int, end: int) -> bool:
    """Tell whether the bytes are UTF-8 as Python's strict decoder takes it: no surrogates, no longer forms, nothing above U+10FFFF."""
    while at + 8 <= end and load_u64(data, at) & _CONTINUE == np.uint64(0):
        at += 8
    while at < end:
        first = data[at]
        at += 1
        if first < 0x80:
            continue
        if first < 0xC2 or first > 0xF4:
            return False
        low = 0x80
        high = 0xBF
        more = 1
        if first >= 0xE0:
            more = 2
            if first == 0xE0:
                low = 0xA0
            elif first == 0xED:
                high = 0x9F
            elif first >= 0xF0:
                more = 3
                if first == 0xF0:
                    low = 0x90
                elif first == 0xF4:
                    high = 0x8F
        if at + more > end or data[at] < low or data[at] > high:
            return False
        for place in range(at + 1, at + more):
            if data[place] < 0x80 or data[place] > 0xBF:
                return False
        at += more
    return True
