"""The kernel that walks the batch headers of a fetch."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import numpy as np
from numba import boolean, int64, njit, types, uint8

from infra.columnar.kernel_cache import kernel
from infra.columnar.wide_loads import crc32c_u8, crc32c_u64, has_crc32c, load_u8, load_u64

# base offset 8, length 4, leader epoch 4, magic 1, CRC 4, attributes 2, last offset delta 4, first and largest timestamp 8 + 8,
# producer id 8 and epoch 2, base sequence 4, number of records 4; big endian
HEADER_SIZE = 61
CRC_AT, CRC_STARTS = 17, 21
_BEFORE_LENGTH_COUNTS = 12
_FORMAT = 2
START, STOP, BASE_OFFSET, NEXT_OFFSET, ATTRIBUTES, FIRST_MS, MAX_MS, PRODUCER_ID, RECORDS, PROBLEM, WIDTH = range(11)
WHOLE, CORRUPT, OTHER_FORMAT = range(3)
CHECKS_CRC = has_crc32c()


@njit(forceinline=True, _nrt=False)
def _big_endian(data, at, size):
    number = np.int64(0)
    for place in range(size):
        number = number << 8 | np.int64(load_u8(data, at + place))
    return number


@njit(_nrt=False)
def _crc32c(data, start, stop):
    crc = np.uint64(0xFFFFFFFF)
    at = start
    while at + 8 <= stop:
        crc = crc32c_u64(crc, load_u64(data, at))
        at += 8
    while at < stop:
        crc = crc32c_u8(crc, load_u8(data, at))
        at += 1
    return np.int64(crc ^ np.uint64(0xFFFFFFFF))


@kernel(int64(types.Array(uint8, 1, "C", readonly=True), int64[:, ::1], boolean))
def read_headers(data, table, check_crcs):
    """Put the header of every whole batch into ``table``, which has room for all; return their number."""
    at = 0
    found = 0
    while len(data) - at >= HEADER_SIZE:
        length = _big_endian(data, at + 8, 4)
        stop = at + _BEFORE_LENGTH_COUNTS + length
        if length > 0x7FFFFFFF or stop > len(data):
            break
        header = table[found]
        found += 1
        header[START] = at
        header[STOP] = stop
        if data[at + 16] != _FORMAT or length < HEADER_SIZE - _BEFORE_LENGTH_COUNTS:
            header[PROBLEM] = OTHER_FORMAT
            break
        header[BASE_OFFSET] = _big_endian(data, at, 8)
        header[NEXT_OFFSET] = header[BASE_OFFSET] + _big_endian(data, at + 23, 4) + 1
        header[ATTRIBUTES] = _big_endian(data, at + 21, 2)
        header[FIRST_MS] = _big_endian(data, at + 27, 8)
        header[MAX_MS] = _big_endian(data, at + 35, 8)
        header[PRODUCER_ID] = _big_endian(data, at + 43, 8)
        header[RECORDS] = _big_endian(data, at + 57, 4)
        header[PROBLEM] = WHOLE
        if CHECKS_CRC and check_crcs and _crc32c(data, at + CRC_STARTS, stop) != _big_endian(data, at + CRC_AT, 4):
            header[PROBLEM] = CORRUPT
        at = stop
    return found
