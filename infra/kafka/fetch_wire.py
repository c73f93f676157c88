"""Kafka's Fetch request and response (version 11) in plain `struct`.

A consumer that wants records early asks a thousand times a second, and at that rate a client's general encoder and decoder cost
more than everything that is done with the records. Layouts: https://kafka.apache.org/protocol#The_Messages_Fetch; tested against
aiokafka's schemas.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

_API_KEY, _API_VERSION = 1, 11
_READ_COMMITTED = 1
_CONSUMER, _NO_SESSION, _ANY_EPOCH, _UNKNOWN = -1, -1, -1, -1

_INT16, _INT32, _INT64 = Struct(">h"), Struct(">i"), Struct(">q")
_HEADER = Struct(">hhi")  # api key, version, correlation id
_BODY = Struct(">iiiibii")  # replica, wait, least bytes, most bytes, isolation, session, session epoch
_WANTED = Struct(">iiqqi")  # partition, leader epoch, offset, log start, most bytes
_ANSWER = Struct(">iihi")  # correlation id, throttle ms, error, session
_FOUND = Struct(">ihqqqi")  # partition, error, high watermark, last stable offset, log start, number of aborted transactions
_ABORTED = Struct(">qq")  # producer, first offset
_TAIL = Struct(">ii")  # preferred replica, size of the records

_BATCH = Struct(">qi")  # base offset, length of what follows
_BATCH_OVERHEAD = _BATCH.size
_SMALLEST_BATCH = 61
_MAGIC_AT, _LAST_OFFSET_DELTA_AT = 16, 23


class FetchedPartition(NamedTuple):
    """What an answer says about one partition.

    Attributes
    ----------
    error_code
        Kafka's; 0 is none.
    aborted
        (producer id, first offset) of each transaction that was aborted.
    records
        Record batches, the last one possibly cut off; a view of the answer.
    """

    topic: str
    partition: int
    error_code: int
    aborted: tuple[tuple[int, int], ...]
    records: memoryview


class FetchRequest:
    """The request for a fixed list of partitions: encoded once, only offsets change.

    Attributes
    ----------
    partitions
        In the order of the request.

    Parameters
    ----------
    client_id
        Shown in the broker's logs and quotas.
    partitions
        (topic, partition). The broker fills the answer in this order, topic by topic.
    wait_ms
        The broker answers at the first record, or after this long.
    most_bytes
        Size of an answer; a batch that alone is larger is sent nevertheless.
    most_partition_bytes
        The same for each partition.
    """

    def __init__(
        self, client_id: str, partitions: Sequence[tuple[str, int]], *, wait_ms: int, most_bytes: int, most_partition_bytes: int
    ) -> None:
        by_topic: dict[str, list[int]] = {}
        for topic, number in partitions:
            by_topic.setdefault(topic, []).append(number)
        self.partitions = tuple((topic, number) for topic, numbers in by_topic.items() for number in numbers)
        message = bytearray(_INT32.size)
        message += _HEADER.pack(_API_KEY, _API_VERSION, 0)
        message += _text(client_id)
        message += _BODY.pack(_CONSUMER, wait_ms, 1, most_bytes, _READ_COMMITTED, 0, _NO_SESSION)
        message += _INT32.pack(len(by_topic))
        self._offsets_at = []
        for topic, numbers in by_topic.items():
            message += _text(topic) + _INT32.pack(len(numbers))
            for number in numbers:
                self._offsets_at.append(len(message) + 2 * _INT32.size)
                message += _WANTED.pack(number, _ANY_EPOCH, 0, _UNKNOWN, most_partition_bytes)
        message += _INT32.pack(0)  # partitions to forget: there is no session
        message += _text("")  # rack
        _INT32.pack_into(message, 0, len(message) - _INT32.size)
        self._message = message

    def encode(self, correlation_id: int, offsets: Sequence[int]) -> bytes:
        """Return the request, with its size in front; ``offsets`` are those wanted of `partitions`."""
        message = self._message
        _INT32.pack_into(message, 8, correlation_id)
        for at, offset in zip(self._offsets_at, offsets, strict=True):
            _INT64.pack_into(message, at, offset)
        return bytes(message)


def parse_response(frame: memoryview) -> tuple[int, int, list[FetchedPartition]]:
    """Return correlation id, error code of the whole, and the partitions of an answer (without its size in front)."""
    correlation_id, _, error_code, _ = _ANSWER.unpack_from(frame)
    at = _ANSWER.size
    (topics,) = _INT32.unpack_from(frame, at)
    at += _INT32.size
    found = []
    for _ in range(topics):
        (length,) = _INT16.unpack_from(frame, at)
        at += _INT16.size
        topic = str(frame[at : at + length], "utf-8")
        at += length
        (partitions,) = _INT32.unpack_from(frame, at)
        at += _INT32.size
        for _ in range(partitions):
            partition, error, _, _, _, count = _FOUND.unpack_from(frame, at)
            at += _FOUND.size
            aborted = tuple(_ABORTED.unpack_from(frame, at + _ABORTED.size * number) for number in range(count)) if count > 0 else ()
            at += _ABORTED.size * len(aborted)
            _, size = _TAIL.unpack_from(frame, at)
            at += _TAIL.size
            size = max(size, 0)  # -1: null
            found.append(FetchedPartition(topic, partition, error, aborted, frame[at : at + size]))
            at += size
    return correlation_id, error_code, found


def whole_batches(records: memoryview) -> tuple[int | None, int]:
    """Return the offset after the last complete record batch (None if there is none), and where it ends in ``records``.

    Raises
    ------
    ValueError
        If a batch has a format older than Kafka 0.11's.
    """
    at, size, next_offset = 0, len(records), None
    while size - at >= _SMALLEST_BATCH:
        base_offset, length = _BATCH.unpack_from(records, at)
        end = at + _BATCH_OVERHEAD + length
        if end > size:
            break
        if records[at + _MAGIC_AT] != 2:
            raise ValueError(f"expected record batches of format 2, found {records[at + _MAGIC_AT]} at offset {base_offset}")
        next_offset = base_offset + _INT32.unpack_from(records, at + _LAST_OFFSET_DELTA_AT)[0] + 1
        at = end
    return next_offset, at


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _INT16.pack(len(encoded)) + encoded
