"""The kernel that writes rows of columns as framed Avro values."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import numpy as np
from numba import int64, njit, types, uint8, void

from infra.columnar.kernel_cache import kernel

LONG, DOUBLE, FLOAT, BOOLEAN, TEXT, FIXED = range(6)  # an enum is a long, bytes are a text
# Columns of a field's instruction. Slots are rows of `wide`, -1 for none. NULL: index of null in the union, -1 if it cannot be.
CODE, VALUE, VALID, LENGTH, OFFSETS, NULL, WIDTH = range(7)
LARGEST_LONG = 10


@njit(forceinline=True, _nrt=False)
def _write_long(out, at, number):
    raw = np.uint64((number << 1) ^ (number >> 63))
    while raw >= np.uint64(0x80):
        out[at] = (raw & np.uint64(0x7F)) | np.uint64(0x80)
        raw >>= np.uint64(7)
        at += 1
    out[at] = raw
    return at + 1


@njit(forceinline=True, _nrt=False)
def _write_bytes(out, at, source, start, length):
    for index in range(length):
        out[at + index] = source[start + index]
    return at + length


@njit(_nrt=False)
def _write_value(out, at, field, index, wide, bits, texts):
    if field[NULL] >= 0:
        valid = wide[field[VALID], index] != 0
        out[at] = 2 * (1 - field[NULL] if valid else field[NULL])
        at += 1
        if not valid:
            return at
    code = field[CODE]
    value = wide[field[VALUE], index]
    if code == LONG:
        return _write_long(out, at, value)
    if code == DOUBLE:
        return _write_bytes(out, at, bits, 8 * (field[VALUE] * wide.shape[1] + index), 8)
    if code == FLOAT:
        return _write_bytes(out, at, bits, 8 * (field[VALUE] * wide.shape[1] + index), 4)
    if code == BOOLEAN:
        out[at] = value
        return at + 1
    length = wide[field[LENGTH], index]
    if code == TEXT:
        at = _write_long(out, at, length)
    return _write_bytes(out, at, texts, value, length)


@kernel(void(int64, int64[:, ::1], int64[:, ::1], uint8[::1], types.Array(uint8, 1, "C", readonly=True), uint8[::1], uint8[::1], int64[::1]))
def encode_rows(rows, fields, wide, bits, texts, header, out, ends):
    """Write ``rows`` values into ``out``; ``bits`` are the bytes of ``wide``, ``ends`` receives where each value ends."""
    at = 0
    for row in range(rows):
        at = _write_bytes(out, at, header, 0, len(header))
        for index in range(len(fields)):
            field = fields[index]
            if field[OFFSETS] < 0:
                at = _write_value(out, at, field, row, wide, bits, texts)
                continue
            first = wide[field[OFFSETS], row]
            last = wide[field[OFFSETS], row + 1]
            if last > first:
                at = _write_long(out, at, last - first)
            for item in range(first, last):
                at = _write_value(out, at, field, item, wide, bits, texts)
            out[at] = 0
            at += 1
        ends[row] = at
