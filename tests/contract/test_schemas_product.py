"""schemas/ as a product: examples, generated files, finite numbers, compatibility."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import fastavro
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.errors import Fatal
from infra.kafka.registry import SchemaRegistry
from infra.plugins import load_all
from infra.settings import RegistrySettings
from infra.unit import registered
from schemas import asyncapi, catalog, compat, golden_examples, integrity
from schemas.avro_schemas import resolved
from schemas.catalog import Topic
from schemas.codec import Codec, UndecodableRecord
from schemas.record import NonFiniteNumber, Record

TOPICS = [*catalog.topics().values(), catalog.dead_letter_topic(catalog.topic("market.trades"))]
EXAMPLES = [
    pytest.param(topic, record, id=f"{golden_examples.folder_of(topic).name}/{name}")
    for topic in TOPICS
    for name, record in golden_examples.load(topic).items()
]


@pytest.mark.parametrize(("topic", "record"), EXAMPLES)
def test_an_example_comes_back_from_the_codec_unchanged(topic: Topic, record: Record) -> None:
    """SCH-01"""
    codec = Codec(topic.record_type, 7)
    assert codec.decode(codec.encode(record)) == record


def test_schemas_are_one_source_of_truth() -> None:
    """Generated files match, no orphan schema, example or topic, every enum branch has an example, no reader breaks."""
    assert integrity.problems() == []


FAMILIES = {
    "liquidity": ("derived.book-metrics", "stage.microstructure", "grade"),
    "gamma_flip": ("derived.gamma-profiles", "stage.gamma", "flip_price"),
    "book_imbalance": ("derived.book-metrics", "stage.microstructure", "imbalance_3s"),
    "regime": ("derived.regimes", "stage.regime", "label"),
    "smart_divergence": ("derived.flow-metrics", "stage.flow", "divergence_score"),
    "flow_momentum": ("derived.flow-metrics", "stage.flow", "momentum_usd_per_minute"),
    "gamma_walls": ("derived.gamma-profiles", "stage.gamma", "call_wall"),
    "moc_pred": ("derived.flow-metrics", "stage.flow", "close_imbalance_usd"),
}


def test_every_family_of_analytics_has_a_documented_schema_and_an_owner() -> None:
    """SCH-13: family to topic, to the stage that writes it, and to documented fields that its examples fill; the page of topics lists them."""
    load_all("processors")
    found = {name: (topic.name, topic.producers[0], family.fields[0]) for name, (topic, family) in catalog.families().items()}
    assert found == FAMILIES
    page = (integrity.REFERENCE_FOLDER / "topics.md").read_text()
    for name, (topic, family) in catalog.families().items():
        assert topic.name in registered()[topic.producers[0]].writes
        docs = {field["name"]: field["doc"] for field in resolved(topic.record)["fields"]}
        assert all(docs[field] for field in family.fields)
        typical = golden_examples.load(topic)["typical"]
        assert all(getattr(typical, field) is not None for field in family.fields), f"{name}: its example does not show it"
        assert f"| {name} | [{topic.name}]" in page


def _places_of_numbers(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, float):
        return [path]
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):  # a union's tagged branch
        return _places_of_numbers(value[1], (*path, 1))
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in pairs for place in _places_of_numbers(inner, (*path, key))]


def _replaced(value: Any, path: tuple[Any, ...], number: float) -> Any:
    if not path:
        return number
    changed = list(value) if isinstance(value, tuple) else copy.copy(value)
    changed[path[0]] = _replaced(value[path[0]], path[1:], number)
    return tuple(changed) if isinstance(value, tuple) else changed


def _untagged(value: Any) -> Any:
    if isinstance(value, tuple):
        return _untagged(value[1])
    if isinstance(value, dict):
        return {key: _untagged(inner) for key, inner in value.items()}
    return [_untagged(inner) for inner in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), number=st.sampled_from([float("nan"), float("inf"), float("-inf")]))
def test_a_number_that_is_not_finite_is_neither_read_nor_written(data: st.DataObject, number: float) -> None:
    """SCH-05: in every record, at every place, also inside nested records and lists."""
    topic = data.draw(st.sampled_from(TOPICS))
    record = data.draw(st.sampled_from(list(golden_examples.load(topic).values())))
    plain = record.as_avro()
    places = _places_of_numbers(plain)
    if not places:
        return
    poisoned = _replaced(plain, data.draw(st.sampled_from(places)), number)
    with pytest.raises(NonFiniteNumber):
        topic.record_type.from_avro(_untagged(poisoned))
    codec = Codec(topic.record_type, 7)
    framed = bytearray(codec.encode(record))
    buffer = io.BytesIO()  # the writer of another process, which does not keep the rule
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(resolved(topic.record)), poisoned)
    with pytest.raises(UndecodableRecord):
        codec.decode(bytes(framed[:5]) + buffer.getvalue())


def _trade(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    schema = copy.deepcopy(resolved("tapewire.market.Trade"))
    change(schema)
    return schema


def test_compatibility_names_the_field_that_breaks_readers() -> None:
    """SCH-20: a new field without a default, a changed type and a lost enum value are refused, with the reason."""
    trade = resolved("tapewire.market.Trade")
    required = _trade(lambda schema: schema["fields"].append({"name": "tape", "type": "string"}))
    retyped = _trade(lambda schema: schema["fields"][7].update(type="string"))
    optional = _trade(lambda schema: schema["fields"].append({"name": "tape", "type": ["null", "string"], "default": None}))
    removed = _trade(lambda schema: schema["fields"].pop())
    assert any("tape" in reason for reason in compat.incompatibilities(required, trade))
    assert compat.incompatibilities(retyped, trade)
    assert compat.incompatibilities(optional, trade) == []
    assert compat.incompatibilities(removed, trade) == []
    heartbeat = copy.deepcopy(resolved("tapewire.ops.FeedHeartbeat"))
    state = next(field for field in heartbeat["fields"] if field["name"] == "state")["type"]
    state["symbols"].remove("DOWN")
    assert any("DOWN" in reason for reason in compat.incompatibilities(heartbeat, resolved("tapewire.ops.FeedHeartbeat")))


def test_a_release_freezes_every_topic_once(tmp_path: Path) -> None:
    assert len(compat.release(tmp_path)) == len(catalog.topics())
    assert compat.release(tmp_path) == []
    trades = catalog.topic("market.trades")
    (frozen,) = compat.released_versions(trades, tmp_path)
    assert compat.check(trades, tmp_path) == []
    wider = json.loads(frozen.read_text())
    next(field for field in wider["fields"] if field["name"] == "size")["type"] = "string"
    frozen.write_text(json.dumps(wider))
    assert compat.check(trades, tmp_path)[0].startswith("market.trades: the schema cannot read records of released version 1")


def test_the_registry_refuses_an_incompatible_change(registry_url: str) -> None:
    """SCH-20, by the real registry: the refusal reaches us as Fatal and names the field."""
    subject = f"refusal-{uuid4().hex}-value"
    broken = _trade(lambda schema: schema["fields"].append({"name": "tape", "type": "string"}))
    with SchemaRegistry(RegistrySettings(url=registry_url)) as registry:
        first = registry.register(subject, resolved("tapewire.market.Trade"))
        registry.set_compatibility(subject, "BACKWARD")
        assert registry.register(subject, resolved("tapewire.market.Trade")) == first
        with pytest.raises(Fatal, match="tape"):
            registry.register(subject, broken)


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = yaml.safe_load((integrity.REFERENCE_FOLDER / "asyncapi.yaml").read_text())
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == set(catalog.topics())
    assert asyncapi.document()["operations"].keys() == document["operations"].keys()

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for inner in node.values() for found in references(inner)]
        return [found for inner in node for found in references(inner)] if isinstance(node, list) else []

    found = references(document)
    assert found
    for reference in found:
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
