"""The writer of records against fastavro: equal bytes for whatever a record can hold, and the same refusals."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from functools import cache
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import catalog, golden_examples
from schemas.avro_schemas import resolved, without_logical_types
from schemas.record import NonFiniteNumber, Record
from schemas.record_encoder import encoder_of
from schemas.records import BarSeries, DayTotals, MarketHistory, MarketState, MarketView, OptionTrade, Resolution, Session

TOPICS = {topic.record: topic for topic in catalog.topics().values()}
RECORDS = sorted(TOPICS)
WHOLE = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-5_000, 5_000))
FIELDS: dict[str, dict[str, Any]] = {}
"""The type of each field, by the full name of every record, those in other records too."""
FEATURES = next(iter(golden_examples.load(catalog.topic("derived.features")).values()))
DAY = DayTotals(day_start=0, session=Session.REGULAR, volume=1.5)
VALUES: dict[type, st.SearchStrategy[Any]] = {
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=200),
    bool: st.booleans(),
    tuple: st.lists(st.text(max_size=20), max_size=5).map(tuple),
    bytes: st.binary(max_size=5_000),
}


@cache
def schema_of(name: str) -> Any:
    return fastavro.parse_schema(without_logical_types(resolved(name)))


@cache
def writer_of(name: str) -> Callable[[Record], bytes]:
    return encoder_of(resolved(name))


def by_fastavro(record: Record) -> bytes:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, schema_of(record.FULL_NAME), record.as_avro())
    return buffer.getvalue()


def by_us(record: Record) -> bytes:
    return writer_of(record.FULL_NAME)(record)


@pytest.mark.parametrize("name", RECORDS)
def test_every_example_has_the_same_bytes(name: str) -> None:
    """SCH-01"""
    examples = golden_examples.load(TOPICS[name])
    assert examples
    for record in examples.values():
        assert by_us(record) == by_fastavro(record)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_values_have_the_same_bytes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(RECORDS))
    record = data.draw(st.sampled_from(sorted(golden_examples.load(TOPICS[name]).items())))[1]
    other = drawn(data, record)
    assert by_us(other) == by_fastavro(other)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_states_have_the_same_bytes(data: st.DataObject) -> None:
    """A market state: records in records, lists of them, bytes, and what is not there."""
    series = tuple(
        BarSeries(resolution=resolution, bars=data.draw(st.binary(max_size=300)), features=data.draw(st.none() | st.just(FEATURES)))
        for resolution in data.draw(st.lists(st.sampled_from(Resolution), max_size=4))
    )
    history = MarketHistory(series=series, day=data.draw(st.none() | st.just(DAY)), last_price=data.draw(st.none() | st.floats(1, 1e6)))
    state = MarketState(symbol="BCRX", history=history, pending_prints=data.draw(st.binary(max_size=300)))
    assert by_us(state) == by_fastavro(state)


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


def test_a_number_that_is_not_finite_is_refused_deep_inside_too() -> None:
    view = golden_examples.load(catalog.topic("views"))["typical"]
    assert isinstance(view, MarketView) and view.features_1m is not None
    broken = dataclasses.replace(view, features_1m=dataclasses.replace(view.features_1m, close=float("nan")))
    with pytest.raises(NonFiniteNumber, match="close"):
        by_us(broken)


@pytest.mark.parametrize("kind", ["float", ["null", "int", "string"], {"type": "fixed", "name": "Four", "size": 4}])
def test_a_type_that_no_record_has_is_refused(kind: Any) -> None:
    schema = {"type": "record", "name": "Odd", "namespace": "test", "fields": [{"name": "odd", "type": kind}]}
    with pytest.raises(TypeError, match="odd"):
        encoder_of(schema)


def trade() -> OptionTrade:
    found = next(iter(golden_examples.load(catalog.topic("options.trades")).values()))
    assert isinstance(found, OptionTrade)
    return found


def note_fields(node: Any, namespace: str) -> None:
    """Fill `FIELDS` with the records in a schema."""
    if isinstance(node, list):
        for branch in node:
            note_fields(branch, namespace)
    elif isinstance(node, dict):
        own = node.get("namespace", namespace)
        if node["type"] == "record":
            FIELDS[f"{own}.{node['name']}"] = {field["name"]: field["type"] for field in node["fields"]}
        for inner in (*(field["type"] for field in node.get("fields", ())), node.get("items"), node.get("values")):
            note_fields(inner, own)


for name in RECORDS:
    note_fields(resolved(name), "")


def drawn(data: st.DataObject, record: Any) -> Any:
    """Return the record with other values: numbers, texts and flags, in the records in it too, and null where a field may be."""
    name = record.FULL_NAME
    nullable = {field for field, kind in FIELDS[name].items() if isinstance(kind, list)}
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        now = getattr(record, field.name)
        strategy = VALUES.get(type(now))
        if type(now) is int:
            strategy = WHOLE if _is_long(name, field.name) else st.integers(-(2**31), 2**31 - 1)
        if isinstance(now, Record):
            strategy = st.just(drawn(data, now))
        if isinstance(now, dict) and now and all(isinstance(value, float) for value in now.values()):
            strategy = st.dictionaries(st.text(max_size=10), VALUES[float], max_size=4)
        if type(now) is tuple and now and all(isinstance(item, Record) for item in now):
            strategy = st.just(tuple(drawn(data, item) for item in now))
        elif type(now) is tuple and (not now or not all(isinstance(item, str) for item in now)):
            strategy = None
        if field.name in nullable:
            strategy = st.none() if strategy is None else st.none() | strategy
        if strategy is not None:
            changed[field.name] = data.draw(strategy)
    return dataclasses.replace(record, **changed)


def _is_long(name: str, field: str) -> bool:
    return "long" in str(FIELDS[name][field])
