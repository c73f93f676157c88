"""Every topic's records as columns, whole and damaged, against the topic's own codec."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.columnar.decoder import ColumnDecoder
from schemas.avro_schemas import resolved
from schemas.catalog import topics
from schemas.codec import Codec, UndecodableRecord, UnknownWriterSchema
from schemas.records import BY_FULL_NAME
from tests.support.avro_columns import as_column, read
from tests.support.avro_worlds import Reference, damaged, inlined, paths_of, value_at, values_of
from tests.support.raw_batches import batch_of

SCHEMA_ID = 41


@pytest.mark.parametrize("record", sorted({topic.record for topic in topics().values()}))
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_columns_hold_what_the_codec_reads(record: str, data: st.DataObject) -> None:
    schema = inlined(resolved(record))
    codec: Codec[Any] = Codec(BY_FULL_NAME[record], SCHEMA_ID)
    reference = Reference(schema, SCHEMA_ID)
    paths = {path.name: path for path in paths_of(schema)}
    texts = [name for name, path in paths.items() if path.kind == "string"]
    whole = [reference.encode(value) for value in data.draw(st.lists(values_of(schema), min_size=1, max_size=3))]
    values = [each for value in whole for each in (value, data.draw(damaged(value, SCHEMA_ID)))]

    columns = ColumnDecoder.for_schema(record, SCHEMA_ID, tuple(paths), texts[::2]).decode([batch_of(values)])

    assert set(range(0, len(values), 2)) <= set(columns.offsets.tolist()), "a good record was refused"
    assert sorted(columns.offsets.tolist() + [bad.record.offset for bad in columns.bad]) == list(range(len(values)))
    for row, offset in enumerate(columns.offsets.tolist()):
        expected = codec.decode(values[offset]).as_avro()  # type: ignore[arg-type]
        for name, path in paths.items():
            assert read(columns.column(name), path, row) == as_column(value_at(expected, path), path), name


def test_the_codec_refuses_what_the_columns_leave_out() -> None:
    """So every record that is bad here reaches the dead letters with the codec's own words."""
    codec = Codec(BY_FULL_NAME["tapewire.market.HistoryTrade"], SCHEMA_ID)
    decoder = ColumnDecoder.for_schema("tapewire.market.HistoryTrade", SCHEMA_ID, ["price"])
    not_finite = bytes.fromhex("000000002908414243440202000000000000f07f0200")
    columns = decoder.decode([batch_of([not_finite, b"", b"\0\0\0\0\x2a\0", b"\0\0\0\0\x29" + b"\xff" * 11])])
    assert columns.count == 0
    for bad in columns.bad:
        with pytest.raises((UndecodableRecord, UnknownWriterSchema)):
            codec.decode(bad.record.value or b"")
