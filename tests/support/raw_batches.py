"""Record batches as a broker would hand them out, built by aiokafka's own builder."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from infra.columnar.batch_header import raw_batch, read_headers
from infra.columnar.record_batch import RawBatch

GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
BIG = 1 << 30
_CONTROL = 0x20
Headers = list[tuple[str, bytes | None]]


def batch_bytes(
    values: Sequence[bytes | None],
    *,
    base_offset: int = 0,
    compression: int = 0,
    key: bytes | None = b"key",
    headers: Sequence[Headers] | None = None,
    timestamp_ms: int = 1_700_000_000_000,
    deltas: Sequence[int] | None = None,
    transactional: bool = False,
    producer_id: int = -1,
) -> bytes:
    """Return a v2 batch with these values."""
    builder = DefaultRecordBatchBuilder(2, compression, int(transactional), producer_id, 0 if producer_id >= 0 else -1, 0, BIG)
    for index, value in enumerate(values):
        delta = index if deltas is None else deltas[index]
        builder.append(delta, timestamp_ms + index, key, value, [] if headers is None else headers[index])
    built = builder.build()
    struct.pack_into(">q", built, 0, base_offset)
    return bytes(built)


def batches_in(data: bytes, min_offset: int = 0) -> list[RawBatch]:
    """Return the batches in a fetch's bytes."""
    return [raw_batch(data, header, min_offset) for header in read_headers(data)]


def batch_of(values: Sequence[bytes | None], **options: object) -> RawBatch:
    """Return one batch with these values."""
    return batches_in(batch_bytes(values, **options))[0]  # type: ignore[arg-type]


def control_batch(base_offset: int, producer_id: int, *, commits: bool) -> bytes:
    """Return the marker that ends a transaction."""
    marker = struct.pack(">hh", 0, int(commits))
    built = bytearray(batch_bytes([struct.pack(">hi", 0, 0)], base_offset=base_offset, key=marker, transactional=True, producer_id=producer_id))
    built[22] |= _CONTROL
    struct.pack_into(">I", built, 17, calc_crc32c(built[21:]))
    return bytes(built)
