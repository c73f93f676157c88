"""Reads the header of a Kafka v2 record batch and uncompresses its records."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from aiokafka import codec as library
from aiokafka.record.util import calc_crc32c

from infra.columnar.record_batch import RawBatch

_HEADER = struct.Struct(">qiibIhiqqqhii")
HEADER_SIZE = _HEADER.size
_LENGTH = struct.Struct(">qi")
BEFORE_LENGTH_COUNTS = _LENGTH.size
_CRC_STARTS = 21
_COMPRESSION = 0x07
_APPENDED = 0x08
_TRANSACTIONAL = 0x10
_CONTROL = 0x20
_NEWEST_FORMAT = 2


@dataclass(slots=True, eq=False)
class BatchHeader:
    """The header of the batch that lies at ``start`` to ``stop`` in a buffer."""

    start: int
    stop: int
    base_offset: int
    next_offset: int
    crc: int
    attributes: int
    first_ms: int
    max_ms: int
    producer_id: int
    count: int

    @property
    def is_control(self) -> bool:
        return bool(self.attributes & _CONTROL)

    @property
    def is_transactional(self) -> bool:
        return bool(self.attributes & _TRANSACTIONAL)


class UnsupportedBatch(ValueError):
    """A batch of a format or compression that is not read raw."""


def read_header(buffer: bytes | memoryview, at: int) -> BatchHeader | None:
    """Read the header of the batch at ``at``; None when no whole batch lies there (a broker cuts the last one of a fetch)."""
    left = len(buffer) - at
    if left < BEFORE_LENGTH_COUNTS:
        return None
    _, length = _LENGTH.unpack_from(buffer, at)
    stop = at + BEFORE_LENGTH_COUNTS + length
    if stop > len(buffer):
        return None
    if length < HEADER_SIZE - BEFORE_LENGTH_COUNTS:
        raise UnsupportedBatch(f"expected a record batch of format {_NEWEST_FORMAT}, found {length} bytes")
    base, _, _, magic, crc, attributes, last_delta, first_ms, max_ms, producer_id, _, _, count = _HEADER.unpack_from(buffer, at)
    if magic != _NEWEST_FORMAT:
        raise UnsupportedBatch(f"expected a record batch of format {_NEWEST_FORMAT}, found {magic}")
    return BatchHeader(at, stop, base, base + last_delta + 1, crc, attributes, first_ms, max_ms, producer_id, count)


def crc_is_right(buffer: memoryview, header: BatchHeader) -> bool:
    """Tell whether the batch is as its producer sent it."""
    return bool(calc_crc32c(buffer[header.start + _CRC_STARTS : header.stop]) == header.crc)


def raw_batch(buffer: bytes, header: BatchHeader, min_offset: int) -> RawBatch:
    """Return the records behind a header, uncompressed."""
    compression = header.attributes & _COMPRESSION
    data, start, stop = buffer, header.start + HEADER_SIZE, header.stop
    if compression:
        data = _uncompressed(buffer[start:stop], compression)
        start, stop = 0, len(data)
    return RawBatch(
        header.base_offset, header.next_offset, min_offset, header.count, header.max_ms, data, start, stop, header.first_ms,
        bool(header.attributes & _APPENDED),
    )  # fmt: skip


def _uncompressed(data: bytes, compression: int) -> bytes:
    decode = {1: library.gzip_decode, 2: library.snappy_decode, 3: library.lz4_decode, 4: library.zstd_decode}.get(compression)
    if decode is None:
        raise UnsupportedBatch(f"expected a compression of gzip, snappy, lz4 or zstd, found number {compression}")
    return bytes(decode(data))
