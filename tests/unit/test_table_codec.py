"""Stored state: what the changelog holds can be read after a crash, a new version, and a zombie's late write."""

from __future__ import annotations

import io
import json

import fastavro
import pytest

from infra.errors import Fatal
from processors.table_codec import SCHEMA_KEY_PREFIX, TableCodec, read_envelope, supersedes
from schemas.avro_schemas import resolved, without_logical_types
from schemas.records import RawPayload, StoredState, Tick

STATE = RawPayload(
    source="SYM1", endpoint="toy", parameters={"7": "3,4.5"}, ts_received=1, ts_published=2, content_type="", body=b"\x00"
)


def test_state_and_offsets_survive() -> None:
    codec = TableCodec(RawPayload)
    value = codec.encode(STATE, {"market.trades.v1": 41, "ops.ticks.v1": 7})
    assert codec.decode(value, {}) == (STATE, {"market.trades.v1": 41, "ops.ticks.v1": 7})
    assert read_envelope(value).state_type == "tapewire.raw.RawPayload"


def test_a_state_written_with_an_older_schema_is_read_with_the_schema_beside_it() -> None:
    """SCH-05: a field with a default is added; the changelog alone must be enough to recover."""
    codec = TableCodec(Tick)
    older = json.loads(codec.schema_text)
    older["fields"] = [field for field in older["fields"] if field["name"] != "barriers"]
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(older), {"ts_event": 5})
    value = _envelope(StoredState(version=1, state_type=Tick.FULL_NAME, fingerprint="older", offsets={}, body=body.getvalue()))
    assert codec.decode(value, {SCHEMA_KEY_PREFIX + b"older": json.dumps(older).encode()}) == (Tick(ts_event=5), {})


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (StoredState(version=1, state_type=Tick.FULL_NAME, fingerprint="gone", offsets={}, body=b""), "its schema gone"),
        (StoredState(version=2, state_type=Tick.FULL_NAME, fingerprint="x", offsets={}, body=b""), "expected version 1, found 2"),
        (StoredState(version=1, state_type="tapewire.market.Bar", fingerprint="x", offsets={}, body=b""), "found a tapewire.market.Bar"),
    ],
)
def test_a_state_that_cannot_be_read_is_fatal_and_never_an_empty_one(stored: StoredState, reason: str) -> None:
    with pytest.raises(Fatal, match=reason):
        TableCodec(Tick).decode(_envelope(stored), {})


def test_torn_bytes_are_fatal() -> None:
    codec = TableCodec(RawPayload)
    value = codec.encode(STATE, {})
    with pytest.raises(Fatal, match="stored state"):
        codec.decode(value[:-3], {})


def test_the_newer_state_wins_whatever_their_order_in_the_changelog() -> None:
    """A frozen worker that wakes up may write its old state behind the new owner's."""
    codec = TableCodec(RawPayload)
    old = codec.encode(STATE, {"t": 100, "q": 7})
    new = codec.encode(STATE, {"t": 200, "q": 7, "x": 0})
    assert supersedes(new, old)
    assert not supersedes(old, new)
    assert supersedes(old, None)
    assert supersedes(old, old)


def _envelope(stored: StoredState) -> bytes:
    buffer = io.BytesIO()
    schema = fastavro.parse_schema(without_logical_types(resolved(StoredState.FULL_NAME)))
    fastavro.schemaless_writer(buffer, schema, stored.as_avro())
    return buffer.getvalue()
