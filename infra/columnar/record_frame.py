"""Reads the frame of one record of a Kafka v2 batch, for numba kernels."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import numpy as np
from numba import njit

from infra.columnar.varints import NOWHERE, read_long, read_long_inside


@njit(_nrt=False)
def skip_headers(data: np.ndarray, at: int, end: int, count: int) -> int:
    """Return the place after ``count`` headers, `NOWHERE` if they do not fit."""
    for _ in range(count):
        length, at = read_long(data, at, end)
        if length < 0 or length > end - at:
            return NOWHERE
        length, at = read_long(data, at + length, end)
        if length > end - at:
            return NOWHERE
        at += max(length, 0)
    return at


@njit(_nrt=False)
def read_frame(data: np.ndarray, at: int, end: int) -> tuple[int, int, int, int, int, int, int, int]:
    """Read a record's frame.

    Returns
    -------
    record_end
        Place of the next record; `NOWHERE` when the frame is broken, and then the rest means nothing.
    timestamp_delta, offset_delta
        To the batch's first timestamp and base offset.
    key_at, key_length, value_at, value_length
        Lengths are negative for null.
    header_count
        Number of headers; they begin where the value ends.
    """
    length, at = read_long(data, at, end)
    if length <= 0 or length > end - at:
        return NOWHERE, 0, 0, 0, 0, 0, 0, 0
    record_end = at + length
    timestamp_delta, at = read_long(data, at + 1, record_end)
    offset_delta, at = read_long(data, at, record_end)
    key_length, key_at = read_long(data, at, record_end)
    if offset_delta < 0 or key_length > record_end - key_at:
        return NOWHERE, 0, 0, 0, 0, 0, 0, 0
    value_length, value_at = read_long(data, key_at + max(key_length, 0), record_end)
    if value_length > record_end - value_at:
        return NOWHERE, 0, 0, 0, 0, 0, 0, 0
    header_count, at = read_long(data, value_at + max(value_length, 0), record_end)
    if header_count > 0:
        at = skip_headers(data, at, record_end, header_count)
    if header_count < 0 or at != record_end:
        return NOWHERE, 0, 0, 0, 0, 0, 0, 0
    return record_end, timestamp_delta, offset_delta, key_at, key_length, value_at, value_length, header_count


@njit(forceinline=True, _nrt=False)
def read_frame_inside(data: np.ndarray, at: int, end: int) -> tuple[int, int, int, int, int]:
    """Read what decoding needs of a frame, where the buffer is known to go on for 10 bytes after ``end``.

    Returns
    -------
    record_end, offset_delta, value_at, value_length, header_count
        As of `read_frame`.
    """
    length, at = read_long_inside(data, at)
    if length <= 0 or length > end - at:
        return NOWHERE, 0, 0, 0, 0
    record_end = at + length
    _, at = read_long_inside(data, at + 1)
    if at > record_end:
        return NOWHERE, 0, 0, 0, 0
    offset_delta, at = read_long_inside(data, at)
    if at > record_end or offset_delta < 0:
        return NOWHERE, 0, 0, 0, 0
    key_length, at = read_long_inside(data, at)
    if key_length > record_end - at:
        return NOWHERE, 0, 0, 0, 0
    value_length, value_at = read_long_inside(data, at + max(key_length, 0))
    if value_length > record_end - value_at:
        return NOWHERE, 0, 0, 0, 0
    header_count, at = read_long_inside(data, value_at + max(value_length, 0))
    if header_count > 0:
        at = skip_headers(data, at, record_end, header_count)
    if header_count < 0 or at != record_end:
        return NOWHERE, 0, 0, 0, 0
    return record_end, offset_delta, value_at, value_length, header_count
