"""What a fetch brought, unpacked into raw batches, against the library's own unpacking into records."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.consumer import fetcher as library
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.columnar.record_batch import RawBatch, RawRecord, records_of
from infra.kafka import raw_batches
from tests.support.raw_batches import GZIP, LZ4, SNAPPY, ZSTD, batch_bytes, batches_in, control_batch

LibraryPartitionRecords: Any = next(each for each in library.PartitionRecords.__mro__ if each.__module__ == library.__name__)
LibraryMemoryRecords = raw_batches._LibraryMemoryRecords
TOPIC = "raw.v1"


def ours(data: bytes, fetch_offset: int, isolation: int, aborted: list[tuple[int, int]]) -> Any:
    fetched = raw_batches._FetchedRecords(data)
    wish = raw_batches.raw_batches_only
    return raw_batches._RawPartitionRecords(TopicPartition(TOPIC, 0), fetched, list(aborted), fetch_offset, wish, None, True, isolation)


def theirs(data: bytes, fetch_offset: int, isolation: int, aborted: list[tuple[int, int]]) -> Any:
    fetched = LibraryMemoryRecords(data)
    return LibraryPartitionRecords(TopicPartition(TOPIC, 0), fetched, list(aborted), fetch_offset, None, None, True, isolation)


def as_raw(record: Any) -> RawRecord:
    return RawRecord(record.offset, record.timestamp, record.key, record.value, tuple(record.headers))


@st.composite
def fetches(draw: st.DrawFn) -> tuple[bytes, int, int, list[tuple[int, int]]]:
    """(bytes, offset asked for, isolation level, aborted transactions) as a broker would answer: the offset lies in the first batch."""
    parts, aborted, offset = [], [], draw(st.integers(0, 2**40))
    first, nexts = offset, []
    open_transactions: dict[int, int] = {}
    for _ in range(draw(st.integers(1, 8))):
        if open_transactions and draw(st.booleans()):
            producer = draw(st.sampled_from(sorted(open_transactions)))
            commits = draw(st.booleans())
            begun = open_transactions.pop(producer)
            if not commits:
                aborted.append((producer, begun))
            parts.append(control_batch(offset, producer, commits=commits))
            offset += 1
            nexts.append(offset)
            continue
        producer = draw(st.sampled_from([-1, 7, 8]))
        values = draw(st.lists(st.none() | st.binary(max_size=20) | st.just(b"a" * 200), min_size=1, max_size=6))
        gaps = draw(st.lists(st.integers(1, 3), min_size=len(values), max_size=len(values)))
        deltas = [sum(gaps[: index + 1]) - 1 for index in range(len(values))]  # compaction took what is missing
        headers = [draw(st.lists(st.tuples(st.text(max_size=3), st.none() | st.binary(max_size=3)), max_size=2)) for _ in values]
        parts.append(
            batch_bytes(
                values, base_offset=offset, compression=draw(st.sampled_from([0, GZIP, SNAPPY, LZ4, ZSTD])), deltas=deltas, headers=headers,
                key=draw(st.none() | st.binary(max_size=3)), transactional=producer >= 0, producer_id=producer,
            )
        )  # fmt: skip
        if producer >= 0:
            open_transactions.setdefault(producer, offset)
        offset += deltas[-1] + 1
        nexts.append(offset)
    data = b"".join(parts)
    cut = draw(st.integers(0, len(parts[-1])))
    return data[: len(data) - cut], draw(st.integers(first, nexts[0] - 1)), draw(st.sampled_from([0, 1])), aborted


@settings(deadline=None, max_examples=150)
@given(fetch=fetches())
def test_the_same_records_come_out_as_of_the_library(fetch: tuple[bytes, int, int, list[tuple[int, int]]]) -> None:
    """Compression, gaps, a start in the middle of a batch, aborted transactions, control batches, a last batch cut off."""
    mine, its = ours(*fetch), theirs(*fetch)
    batches = list(mine)
    assert all(isinstance(batch, RawBatch) for batch in batches)
    assert [record for batch in batches for record in records_of(batch)] == [as_raw(record) for record in its]
    assert mine.next_fetch_offset == its.next_fetch_offset


def test_other_topics_keep_their_records() -> None:
    data = batch_bytes([b"1", b"2"])
    records = raw_batches._RawPartitionRecords(
        TopicPartition("other.v1", 0), raw_batches._FetchedRecords(data), [], 0, None, None, True, library.READ_COMMITTED
    )
    assert [record.value for record in records] == [b"1", b"2"]


@pytest.mark.parametrize("compression", [0, GZIP, LZ4, ZSTD])
def test_a_damaged_batch_is_refused_and_those_before_it_are_not(compression: int) -> None:
    whole = batch_bytes([b"x" * 50] * 5)
    damaged = bytearray(batch_bytes([b"y" * 50] * 5, base_offset=5, compression=compression))
    damaged[-3] ^= 1
    unpacked = ours(whole + bytes(damaged), 0, library.READ_COMMITTED, [])
    assert next(unpacked).next_offset == 5
    with pytest.raises(CorruptRecordException):
        next(unpacked)
    assert unpacked.next_fetch_offset == 5, "it is fetched again"


def test_an_old_format_is_refused() -> None:
    old = bytearray(batch_bytes([b"1"]))
    old[16] = 1
    with pytest.raises(CorruptRecordException, match="format 2"):
        next(ours(bytes(old), 0, library.READ_COMMITTED, []))


def test_timestamps_are_the_brokers_where_the_topic_says_so() -> None:
    records = list(records_of(batches_in(batch_bytes([b"1", b"2"], timestamp_ms=1_000))[0]))
    assert [record.timestamp_ms for record in records] == [1_000, 1_001]
    appended = batches_in(batch_bytes([b"1", b"2"], timestamp_ms=1_000))[0]
    appended.appended, appended.append_ms = True, 5_000
    assert [record.timestamp_ms for record in records_of(appended)] == [5_000, 5_000]


@settings(deadline=None, max_examples=100)
@given(at=st.integers(0, 400), byte=st.integers(0, 255), count=st.integers(0, 2**31 - 1) | st.integers(0, 12))
def test_a_broken_frame_ends_a_batch_and_nothing_worse(at: int, byte: int, count: int) -> None:
    """A CRC does not protect from a producer that writes nonsense; both walks must find the same end."""
    from infra.columnar.decoder import ColumnDecoder

    batch = batches_in(batch_bytes([bytes([0, 0, 0, 0, 9, 2 * index]) for index in range(10)], base_offset=100))[0]
    data = bytearray(batch.data)
    data[batch.start + at % (batch.stop - batch.start)] = byte
    batch.data, batch.count = bytes(data), count
    schema = {"type": "record", "name": "R", "fields": [{"name": "number", "type": "long"}]}
    columns = ColumnDecoder.for_avro(schema, 9, ["number"]).decode([batch])
    bad = [each.record for each in columns.bad]
    rows = [columns.raw_record(row) for row in range(columns.count)]
    assert sorted(rows + bad, key=lambda record: record.offset) == list(records_of(batch))
