"""Finds the record batches in what a fetch brought: headers and CRC in one pass, then each batch uncompressed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from aiokafka import codec as library
from aiokafka.record.util import calc_crc32c

from infra.columnar import header_kernel as run
from infra.columnar.record_batch import RawBatch

HEADER_SIZE = run.HEADER_SIZE
_SMALLEST_BATCH = HEADER_SIZE
_COMPRESSION = 0x07
_APPENDED = 0x08
_TRANSACTIONAL = 0x10
_CONTROL = 0x20


class BatchHeader(NamedTuple):
    """The header of the batch that lies at ``start`` to ``stop`` in a buffer; ``problem`` is `WHOLE`, `CORRUPT` or `OTHER_FORMAT`."""

    start: int
    stop: int
    base_offset: int
    next_offset: int
    attributes: int
    first_ms: int
    max_ms: int
    producer_id: int
    records: int
    problem: int

    @property
    def is_control(self) -> bool:
        return bool(self.attributes & _CONTROL)

    @property
    def is_transactional(self) -> bool:
        return bool(self.attributes & _TRANSACTIONAL)


WHOLE, CORRUPT, OTHER_FORMAT = run.WHOLE, run.CORRUPT, run.OTHER_FORMAT


class UnsupportedBatch(ValueError):
    """A batch of a compression that nobody knows."""


def read_headers(data: bytes, *, check_crcs: bool = True) -> list[BatchHeader]:
    """Return the headers of all whole batches in ``data``; a broker cuts the last one of a fetch.

    Batches behind one of another format than 2 are left out: where they begin is not known.
    """
    buffer = np.frombuffer(data, np.uint8)
    table = np.empty((len(data) // _SMALLEST_BATCH + 1, run.WIDTH), np.int64)
    found = run.read_headers(buffer, table, check_crcs)
    headers = [BatchHeader._make(row) for row in table[:found].tolist()]
    return headers if run.CHECKS_CRC or not check_crcs else [_checked(data, header, table) for header in headers]


def _checked(data: bytes, header: BatchHeader, table: npt.NDArray[np.int64]) -> BatchHeader:
    """Check the CRC of a batch where the processor has no instruction for it."""
    expected = int.from_bytes(data[header.start + run.CRC_AT : header.start + run.CRC_STARTS], "big")
    if header.problem == WHOLE and calc_crc32c(memoryview(data)[header.start + run.CRC_STARTS : header.stop]) != expected:
        return header._replace(problem=CORRUPT)
    return header


def raw_batch(data: bytes, header: BatchHeader, min_offset: int) -> RawBatch:
    """Return the records behind a header, uncompressed.

    Raises
    ------
    UnsupportedBatch
        If they cannot be uncompressed.
    """
    start, stop, base_offset, next_offset, attributes, first_ms, max_ms, _, records, _ = header
    start += HEADER_SIZE
    if attributes & _COMPRESSION:
        data = _uncompressed(memoryview(data)[start:stop], attributes & _COMPRESSION)
        start, stop = 0, len(data)
    return RawBatch(base_offset, next_offset, min_offset, records, max_ms, data, start, stop, first_ms, bool(attributes & _APPENDED))


def _uncompressed(data: memoryview, compression: int) -> bytes:
    decode = {1: library.gzip_decode, 2: library.snappy_decode, 3: library.lz4_decode, 4: library.zstd_decode}.get(compression)
    if decode is None:
        raise UnsupportedBatch(f"expected a compression of gzip, snappy, lz4 or zstd, found number {compression}")
    try:
        return bytes(decode(data))
    except Exception as error:  # each codec has its own
        raise UnsupportedBatch(f"expected compressed records, found bytes that are not: {error!r}") from error
