"""aiokafka's fetcher hands over whole record batches, undecoded, to consumers that ask for them.

A record as an object costs 1 us; columns made from a batch at once cost a hundredth. Only the unpacking of a fetch is replaced:
positions, CRC, aborted transactions, control batches and pauses stay as the library does them. Private names are overridden
(tests/contract/test_aiokafka_names.py fails when one of them changes).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher as library
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch

from infra.columnar.batch_header import CORRUPT, OTHER_FORMAT, BatchHeader, UnsupportedBatch, raw_batch, read_headers
from infra.columnar.record_batch import RawBatch

_LibraryMemoryRecords = library.MemoryRecords
_LibraryPartitionRecords = library.PartitionRecords


def raw_batches_only(key: bytes | None) -> bytes | None:
    """Do nothing; given to a consumer as its `key_deserializer`, says that it wants `RawBatch` objects of every topic it reads.

    Other consumers of the process, of the same topics too, get what they always got. `install` comes first.
    """
    return key


def install() -> None:
    """Let consumers of this process have `RawBatch` objects instead of records, if they say so by `raw_batches_only`.

    Also a plain ``AIOKafkaConsumer``: its ``getmany`` gives lists of them, and ``max_records`` counts batches.
    """
    library.MemoryRecords = _FetchedRecords
    library.PartitionRecords = _RawPartitionRecords


class _FetchedRecords:
    """The library's reader of a fetch, which keeps the bytes."""

    __slots__ = ("_records", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._records = _LibraryMemoryRecords(data)

    def has_next(self) -> bool:
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        return self._records.next_batch()

    def size_in_bytes(self) -> int:
        return int(self._records.size_in_bytes())


class _RawPartitionRecords(_LibraryPartitionRecords):  # type: ignore[misc,valid-type]
    """What a fetch brought of one partition."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Any]:
        if self._key_deserializer is raw_batches_only:
            yield from self._unpack_batches(self._records.data)
        else:
            yield from super()._unpack_records()

    def _unpack_batches(self, data: bytes) -> Iterator[RawBatch]:
        committed_only = self._isolation_level == library.READ_COMMITTED
        for header in read_headers(data, check_crcs=self._check_crcs):
            if header.problem == CORRUPT:
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if header.problem == OTHER_FORMAT:
                raise CorruptRecordException(f"expected record batches of format 2 from {self._tp}, found another")
            if committed_only:
                self._follow_transactions(data, header)
            left_out = header.is_control or (committed_only and header.is_transactional and header.producer_id in self._aborted_producers)
            fetch_from = self.next_fetch_offset
            batch = None
            if not left_out and header.records > 0 and header.next_offset > fetch_from:
                try:
                    batch = raw_batch(data, header, fetch_from)
                except UnsupportedBatch as error:
                    raise CorruptRecordException(f"{self._tp}: {error}") from error
            # before the batch is handed over, unlike in the library: whoever has it has its last record too
            self.next_fetch_offset = max(fetch_from, header.next_offset)
            if batch is not None:
                yield batch

    def _follow_transactions(self, data: bytes, header: BatchHeader) -> None:
        self._consume_aborted_up_to(header.base_offset)
        if header.is_control and self._contains_abort_marker(iter(DefaultRecordBatch(data[header.start : header.stop]))):
            self._aborted_producers.discard(header.producer_id)
