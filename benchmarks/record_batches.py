"""Kafka record batches (format version 2) built from columns: a log as a producer would have written it, in seconds.

A client library writes half a million records a second and decides by itself how many go into a batch. Here the number is exact
and a run's input is ready before anybody loses patience.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import cramjam
import numba
import numpy as np
from aiokafka.codec import lz4_encode
from aiokafka.record.util import calc_crc32c
from numpy.typing import NDArray

from benchmarks.trade_values import put_long

_LZ4_LEVEL = 1  # of librdkafka; brokers refuse cramjam's own framing, whose blocks depend on each other
COMPRESSIONS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "none": (0, bytes),
    "lz4": (3, lambda data: lz4_encode(data, _LZ4_LEVEL)),
    "zstd": (4, lambda data: bytes(cramjam.zstd.compress(data))),
}
_PROLOGUE = struct.Struct(">qiib")  # base offset, length, leader epoch, magic
_HEADER = struct.Struct(">hiqqqhii")  # attributes ... record count: what the checksum covers, with the records
_AFTER_LENGTH = 9 + _HEADER.size  # leader epoch, magic, checksum


def batches_of(
    values: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    keys: list[bytes],
    key_of: NDArray[np.int64],
    *,
    timestamp_ms: int,
    size: int,
    compression: str,
) -> Iterator[bytes]:
    """Yield the records as batches of ``size``, the last one smaller.

    Parameters
    ----------
    values, starts, ends
        A buffer with the values, and where each begins and ends in it.
    keys, key_of
        Different keys, and the key of each record.
    timestamp_ms
        Of every record; topics with LogAppendTime overwrite it.
    """
    attributes, compress = COMPRESSIONS[compression]
    key_bytes = np.frombuffer(b"".join(keys), np.uint8)
    key_ends = np.cumsum([len(key) for key in keys])
    longest = int((ends - starts).max(initial=0)) + max(map(len, keys)) + 32
    out = np.empty(longest * size, np.uint8)
    for first in range(0, len(ends), size):
        last = min(first + size, len(ends))
        used = _records(values, starts[first:last], ends[first:last], key_bytes, key_ends, key_of[first:last], out)
        records = compress(out[:used].tobytes())
        covered = _HEADER.pack(attributes, last - first - 1, timestamp_ms, timestamp_ms, -1, -1, -1, last - first) + records
        yield _PROLOGUE.pack(0, _AFTER_LENGTH + len(records), -1, 2) + struct.pack(">I", calc_crc32c(covered)) + covered


@numba.njit(cache=True)
def _length_of(number):  # type: ignore[no-untyped-def]
    length, rest = 1, number << 1
    while rest >= 128:
        rest >>= 7
        length += 1
    return length


@numba.njit(cache=True)
def _records(values, starts, ends, key_bytes, key_ends, key_of, out):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(starts)):
        value = ends[row] - starts[row]
        key_end = key_ends[key_of[row]]
        key_start = key_ends[key_of[row] - 1] if key_of[row] > 0 else 0
        key = key_end - key_start
        # attributes, timestamp delta (0), offset delta, key, value, number of headers (0)
        at = put_long(out, at, 3 + _length_of(row) + _length_of(key) + key + _length_of(value) + value)
        out[at] = 0
        out[at + 1] = 0
        at = put_long(out, at + 2, row)
        at = put_long(out, at, key)
        for place in range(key_start, key_end):
            out[at] = key_bytes[place]
            at += 1
        at = put_long(out, at, value)
        for place in range(starts[row], ends[row]):
            out[at] = values[place]
            at += 1
        out[at] = 0
        at += 1
    return at
