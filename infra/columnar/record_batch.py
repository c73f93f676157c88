"""A Kafka record batch as it was fetched, and the slow walk over its records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, eq=False)
class RawBatch:
    """One Kafka v2 record batch: its CRC checked, decompressed, never a control or aborted one.

    Nobody changes one. It is not frozen, because a fetch of small producer batches makes thousands, and that takes five times as long.

    Attributes
    ----------
    base_offset, next_offset
        Of its first record when it was written; after its last.
    min_offset
        Records below it were delivered before: skip them.
    count
        Records in it, those below `min_offset` included.
    append_ms
        Largest timestamp; the time of appending where the topic's timestamps are the broker's.
    data
        A buffer, shared by all batches of a fetch that are not compressed.
    start, stop
        Where the records begin and end in `data`.
    first_ms
        Timestamp that the records' own are relative to.
    appended
        Every record's timestamp is `append_ms`.
    """

    base_offset: int
    next_offset: int
    min_offset: int
    count: int
    append_ms: int
    data: Any
    start: int
    stop: int
    first_ms: int
    appended: bool


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record, undecoded."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class BrokenFrame(ValueError):
    """The bytes of a batch do not hold the record they say."""


def records_of(batch: RawBatch) -> Iterator[RawRecord]:
    """Give the records of a batch one by one, those below its `min_offset` left out.

    Where the frame of a record is broken, what is left of the batch comes as the value of one last record: the broker checks frames before it
    stores them, and if it did not, waiting would not mend them.
    """
    data = memoryview(batch.data)[: batch.stop]
    at = batch.start
    previous = batch.base_offset - 1
    for _ in range(batch.count):
        try:
            record, next_at = _read_record(batch, data, at, previous)
        except BrokenFrame:
            yield rest_of(batch, at, previous)
            return
        at, previous = next_at, record.offset
        if record.offset >= batch.min_offset:
            yield record


def record_at(batch: RawBatch, at: int) -> RawRecord:
    """Return the record that begins at ``at`` in the batch's data; raises `BrokenFrame` if none does."""
    record, _ = _read_record(batch, memoryview(batch.data)[: batch.stop], at, batch.base_offset - 1)
    return record


def rest_of(batch: RawBatch, at: int, previous: int) -> RawRecord:
    """Return what is left of a batch with a broken frame as one record, at the offset after ``previous``."""
    offset = max(previous + 1, batch.min_offset)
    return RawRecord(offset, batch.append_ms, None, bytes(memoryview(batch.data)[at : batch.stop]), ())


def _read_record(batch: RawBatch, data: memoryview, at: int, previous: int) -> tuple[RawRecord, int]:
    length, at = _varint(data, at)
    end = at + length
    if length <= 0 or end > len(data):
        raise BrokenFrame(f"expected a record of {len(data) - at} bytes at most, found {length}")
    timestamp_delta, at = _varint(data, at + 1)
    offset_delta, at = _varint(data, at)
    offset = batch.base_offset + offset_delta
    if offset_delta < 0 or offset <= previous:
        raise BrokenFrame(f"expected an offset above {previous}, found {offset}")
    key, at = _nullable(data, at, end)
    value, at = _nullable(data, at, end)
    header_count, at = _varint(data, at)
    if header_count < 0:
        raise BrokenFrame(f"expected a number of headers, found {header_count}")
    headers = []
    for _ in range(header_count):
        name, at = _nullable(data, at, end)
        if name is None:
            raise BrokenFrame("expected a header's name, found null")
        content, at = _nullable(data, at, end)
        headers.append((name.decode(errors="replace"), content))
    if at != end:
        raise BrokenFrame(f"expected the record to end at byte {end}, found {at}")
    timestamp = batch.append_ms if batch.appended else batch.first_ms + timestamp_delta
    return RawRecord(offset, timestamp, key, value, tuple(headers)), end


def _nullable(data: memoryview, at: int, end: int) -> tuple[bytes | None, int]:
    length, at = _varint(data, at)
    if length < 0:
        return None, at
    if length > end - at:
        raise BrokenFrame(f"expected {end - at} bytes at most, found a length of {length}")
    return bytes(data[at : at + length]), at + length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    raw = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        raw |= (byte & 0x7F) << shift
        if byte < 0x80:
            if raw >> 64:
                break
            return (raw >> 1) ^ -(raw & 1), at
    raise BrokenFrame("expected a whole number, found one that does not end")
