"""The private names of aiokafka that the raw batches override: an upgrade that changes one must fail here, not in production."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka import codec
from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

LIBRARY_SOURCE = inspect.getsource(fetcher)


def test_the_version_is_the_one_the_overrides_were_written_for() -> None:
    """After an upgrade: read `PartitionRecords._unpack_records` again, then change this line."""
    assert version("aiokafka") == "0.14.0"


def test_a_fetch_is_unpacked_by_the_two_names_we_replace() -> None:
    """Looked up in the module when a fetch comes in, so that setting them there is enough."""
    unpacks = inspect.getsource(fetcher.Fetcher._proc_fetch_request)
    assert "records = MemoryRecords(part_data[-1])" in unpacks
    assert "if records.has_next():" in unpacks
    assert "records.size_in_bytes()" in unpacks
    assert "partition_records = PartitionRecords(" in unpacks


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("__init__", ["self", "tp", "records", "aborted_transactions", "fetch_offset", "key_deserializer", "value_deserializer",
                      "check_crcs", "isolation_level"]),
        ("_unpack_records", ["self"]),
        ("_consume_aborted_up_to", ["self", "batch_offset"]),
        ("_contains_abort_marker", ["self", "next_batch"]),
    ],
)  # fmt: skip
def test_overridden_functions_have_the_signature_we_wrote_ours_for(name: str, expected: list[str]) -> None:
    original = _original_partition_records()
    assert list(inspect.signature(getattr(original, name)).parameters) == expected


def test_attributes_we_read_and_set_exist() -> None:
    source = inspect.getsource(_original_partition_records())
    for name in ("_tp", "_records", "_aborted_producers", "_check_crcs", "_isolation_level", "next_fetch_offset"):
        assert f"self.{name} = " in source
    assert fetcher.READ_COMMITTED == 1
    assert "self._partition_records.next_fetch_offset" in inspect.getsource(fetcher.FetchResult)


def test_the_library_reads_batches_and_codecs_as_we_call_them() -> None:
    assert {"has_next", "next_batch", "size_in_bytes"} <= set(dir(MemoryRecords))
    assert calc_crc32c(memoryview(b"123456789")) == 0xE3069283, "CRC-32C's check value"
    for name in ("gzip_decode", "snappy_decode", "lz4_decode", "zstd_decode"):
        assert next(iter(inspect.signature(getattr(codec, name)).parameters)) == "payload"


def _original_partition_records() -> Any:
    """The library's class, also when another test has installed ours."""
    return next(each for each in fetcher.PartitionRecords.__mro__ if each.__module__ == fetcher.__name__)
