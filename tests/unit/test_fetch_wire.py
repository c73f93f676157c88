"""The Fetch request and response in struct against aiokafka's schemas, which describe the same version of the protocol."""

from __future__ import annotations

import io

import pytest
from aiokafka.protocol.fetch import FetchRequest_v11, FetchResponse_v11
from aiokafka.protocol.struct import Struct as Message
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.fetch_wire import FetchRequest, parse_response, whole_batches

names = st.text(st.sampled_from("abc.-v1"), min_size=1, max_size=12)
offsets = st.integers(0, 2**62)


def _decoded(message: type[Message], data: bytes) -> Message:
    rest = io.BytesIO(data)
    found = message.decode(rest)
    assert not rest.read()
    return found


@given(st.lists(st.tuples(names, st.integers(0, 100), offsets), min_size=1, unique_by=lambda place: place[:2]), st.integers(0, 2**31 - 1))
def test_a_request_is_what_the_schema_says(wanted: list[tuple[str, int, int]], correlation_id: int) -> None:
    request = FetchRequest("stage-0", [(topic, number) for topic, number, _ in wanted], wait_ms=500, most_bytes=1_000, most_partition_bytes=100)
    positions = {(topic, number): offset for topic, number, offset in wanted}
    assert sorted(request.partitions) == sorted(positions)

    sent = request.encode(correlation_id, [positions[place] for place in request.partitions])
    size, head, body = sent[:4], sent[4 : 4 + 2 + 2 + 4 + 2 + 7], sent[4 + 2 + 2 + 4 + 2 + 7 :]
    assert int.from_bytes(size, "big") == len(sent) - 4
    assert head == b"\x00\x01\x00\x0b" + correlation_id.to_bytes(4, "big") + b"\x00\x07stage-0"
    found = _decoded(FetchRequest_v11, body)
    assert (found.replica_id, found.max_wait_time, found.min_bytes, found.max_bytes) == (-1, 500, 1, 1_000)
    assert (found.isolation_level, found.session_id, found.session_epoch, found.rack_id) == (1, 0, -1, "")
    asked = [(topic, number, offset, epoch, start, most) for topic, parts in found.topics for number, epoch, offset, start, most in parts]
    assert asked == [(topic, number, positions[topic, number], -1, -1, 100) for topic, number in request.partitions]


partitions = st.tuples(
    st.integers(0, 100), st.integers(-1, 80), offsets, offsets, offsets, st.none() | st.lists(st.tuples(offsets, offsets), max_size=3),
    st.integers(-1, 5), st.none() | st.binary(max_size=40),
)  # fmt: skip


@given(st.lists(st.tuples(names, st.lists(partitions, max_size=4)), max_size=3), st.integers(0, 2**31 - 1), st.integers(0, 100))
def test_a_response_is_read_as_the_schema_reads_it(topics: list[tuple[str, list[tuple]]], correlation_id: int, error: int) -> None:
    frame = correlation_id.to_bytes(4, "big") + FetchResponse_v11(7, error, 0, topics).encode()
    found_id, found_error, found = parse_response(memoryview(frame))
    assert (found_id, found_error) == (correlation_id, error)
    expected = [
        (topic, number, code, tuple(aborted or ()), records or b"")
        for topic, parts in topics
        for number, code, _, _, _, aborted, _, records in parts
    ]
    assert [(*part[:4], bytes(part.records)) for part in found] == expected


def _batch(base_offset: int, count: int) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=-1, batch_size=2**20
    )
    for number in range(count):
        builder.append(number, timestamp=1_000, key=b"key", value=b"value", headers=[])
    data = bytearray(builder.build())
    data[:8] = base_offset.to_bytes(8, "big")
    return bytes(data)


@given(st.lists(st.integers(1, 5), max_size=5), st.integers(0, 100), st.integers(0, 200))
def test_whole_batches_end_where_the_last_complete_one_ends(counts: list[int], first: int, cut: int) -> None:
    batches, at = [], first
    for count in counts:
        batches.append(_batch(at, count))
        at += count
    data = b"".join(batches)
    kept = memoryview(data)[: max(len(data) - cut, 0)]
    complete, size, following = None, 0, first
    for batch, count in zip(batches, counts, strict=True):
        if size + len(batch) > len(kept):
            break
        size, following = size + len(batch), following + count
        complete = following
    assert whole_batches(kept) == (complete, size)


def test_a_batch_of_an_old_format_is_refused() -> None:
    data = bytearray(_batch(3, 1))
    data[16] = 1
    with pytest.raises(ValueError, match="format 2, found 1 at offset 3"):
        whole_batches(memoryview(bytes(data)))
