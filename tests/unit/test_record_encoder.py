"""The writer of flat records against fastavro: equal bytes for whatever a record can hold, and the same refusals."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import catalog, golden_examples
from schemas.avro_schemas import resolved, without_logical_types
from schemas.record import NonFiniteNumber, Record
from schemas.record_encoder import encoder_of
from schemas.records import OptionTrade

TOPICS = {topic.record: topic for topic in catalog.topics().values()}
FLAT = sorted(name for name in TOPICS if encoder_of(resolved(name)) is not None)
WHOLE = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-5_000, 5_000))
VALUES: dict[type, st.SearchStrategy[Any]] = {
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=200),
    bool: st.booleans(),
    tuple: st.lists(st.text(max_size=20), max_size=5).map(tuple),
    bytes: st.binary(max_size=5_000),
}


def by_fastavro(record: Record) -> bytes:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(without_logical_types(resolved(record.FULL_NAME))), record.as_avro())
    return buffer.getvalue()


def by_us(record: Record) -> bytes:
    encode = encoder_of(resolved(record.FULL_NAME))
    assert encode is not None
    return encode(record)


@pytest.mark.parametrize("name", FLAT)
def test_every_example_has_the_same_bytes(name: str) -> None:
    """SCH-01"""
    examples = golden_examples.load(TOPICS[name])
    assert examples
    for record in examples.values():
        assert by_us(record) == by_fastavro(record)


def test_the_busy_topics_are_written_without_a_detour() -> None:
    busy = ("market.trades", "market.quotes", "options.trades", "options.contracts")
    assert {catalog.topic(name).record for name in busy} <= set(FLAT)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_values_have_the_same_bytes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FLAT))
    record = data.draw(st.sampled_from(sorted(golden_examples.load(TOPICS[name]).items())))[1]
    nullable = {field["name"] for field in resolved(name)["fields"] if isinstance(field["type"], list)}
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(record):  # type: ignore[arg-type]
        now = getattr(record, field.name)
        strategy = VALUES.get(type(now))
        if type(now) is int:
            strategy = WHOLE if _is_long(name, field.name) else st.integers(-(2**31), 2**31 - 1)
        if type(now) is tuple and (not now or not all(isinstance(item, str) for item in now)):
            strategy = None
        if field.name in nullable:
            strategy = st.none() if strategy is None else st.none() | strategy
        if strategy is not None:
            changed[field.name] = data.draw(strategy)
    other = dataclasses.replace(record, **changed)  # type: ignore[type-var]
    assert by_us(other) == by_fastavro(other)


@pytest.mark.parametrize(("field", "value"), [("gamma", float("nan")), ("price", float("inf"))])
def test_a_number_that_is_not_finite_is_refused_by_its_name(field: str, value: float) -> None:
    """SCH-05"""
    with pytest.raises(NonFiniteNumber, match=field):
        by_us(dataclasses.replace(trade(), **{field: value}))


@pytest.mark.parametrize(
    ("field", "value"), [("size", 2**63), ("volume", -(2**63) - 1), ("size", 1.5), ("volume", 9e15), ("symbol", 7), ("expiry", 2**31), ("price", "x")]
)
def test_a_value_that_has_no_place_in_its_field_is_refused(field: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError, OverflowError, NonFiniteNumber)):
        by_us(dataclasses.replace(trade(), **{field: value}))


def test_a_record_with_records_in_it_is_left_to_fastavro() -> None:
    assert encoder_of(resolved("tapewire.decisions.MarketView")) is None


def trade() -> OptionTrade:
    found = next(iter(golden_examples.load(catalog.topic("options.trades")).values()))
    assert isinstance(found, OptionTrade)
    return found


def _is_long(name: str, field: str) -> bool:
    kind = next(entry["type"] for entry in resolved(name)["fields"] if entry["name"] == field)
    return "long" in str(kind)
