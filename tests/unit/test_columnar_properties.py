"""Columns of random schemas and values, whole and damaged, against fastavro: nothing is accepted that the codec refuses or reads otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.columnar.decoder import ColumnDecoder, Unsupported
from tests.support.avro_columns import as_column, read
from tests.support.avro_worlds import Path, Reference, damaged, paths_of, record_schemas, value_at, values_of
from tests.support.raw_batches import batch_of

SCHEMA_ID = 260
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@settings(QUICK, max_examples=250)
@given(data=st.data(), schema=record_schemas())
def test_rows_are_what_fastavro_reads_and_nothing_else_is_accepted(data: st.DataObject, schema: dict[str, Any]) -> None:
    reference = Reference(schema, SCHEMA_ID)
    paths = {path.name: path for path in paths_of(schema)}
    asked = sorted(data.draw(st.sets(st.sampled_from(sorted(paths)))) if paths else [])
    strings = [name for name in asked if paths[name].kind == "string"]
    by_code = sorted(data.draw(st.sets(st.sampled_from(strings)))) if strings else []
    whole = [reference.encode(value) for value in data.draw(st.lists(values_of(schema), min_size=1, max_size=5))]
    records: list[bytes | None] = []
    untouched = set()
    for value in whole:
        for _ in range(data.draw(st.integers(0, 3))):
            records.append(data.draw(damaged(value, SCHEMA_ID)))
        untouched.add(len(records))
        records.append(value)

    columns = ColumnDecoder.for_avro(schema, SCHEMA_ID, asked, by_code).decode([batch_of(records, base_offset=50)])

    accepted = [offset - 50 for offset in columns.offsets.tolist()]
    refused = [bad.record.offset - 50 for bad in columns.bad]
    assert sorted(accepted + refused) == list(range(len(records)))
    assert accepted == sorted(accepted)
    assert [bad.record.value for bad in columns.bad] == [records[index] for index in refused]
    for row, index in enumerate(accepted):
        expected = reference.decode(records[index])
        for name in asked:
            assert read(columns.column(name), paths[name], row) == as_column(value_at(expected, paths[name]), paths[name]), name
    for index in untouched & set(refused):
        assert _may_be_refused(records[index], schema, reference, paths), "a good record was refused"


def _may_be_refused(record: bytes | None, schema: dict[str, Any], reference: Reference, paths: dict[str, Path]) -> bool:
    """Decimals without or of more than 8 bytes, and arrays of items without bytes: their number says nothing of the record's length."""
    value = reference.decode(record)
    return "'size': 0" in str(schema) or any(path.kind == "decimal" and _is_empty_or_wide(value_at(value, path)) for path in paths.values())


def _is_empty_or_wide(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_empty_or_wide(item) for item in value)
    return value is not None and not (value and -(2**63) <= int.from_bytes(value, "big", signed=True) < 2**63)


def test_what_cannot_be_a_column_is_said() -> None:
    schema = {
        "type": "record", "name": "R",
        "fields": [
            {"name": "general", "type": ["null", "long", "string"]}, {"name": "map", "type": {"type": "map", "values": "long"}},
            {"name": "deep", "type": {"type": "array", "items": {"type": "array", "items": "long"}}}, {"name": "good", "type": "long"},
            {"name": "maybe", "type": ["null", {"type": "array", "items": "long"}]},
        ],
    }  # fmt: skip
    for name in ("general", "map", "deep", "maybe", "missing", "good.inner"):
        with pytest.raises(Unsupported, match=name):
            ColumnDecoder.for_avro(schema, 1, [name])
    with pytest.raises(Unsupported, match="good"):
        ColumnDecoder.for_avro(schema, 1, ["good"], dictionary=["good"])
    itself = {"type": "record", "name": "Tree", "fields": [{"name": "left", "type": ["null", "Tree"]}, {"name": "value", "type": "long"}]}
    with pytest.raises(Unsupported, match="Tree"):
        ColumnDecoder.for_avro(itself, 1, ["value"])
