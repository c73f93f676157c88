"""The payload models: every field checked, a renamed or wrong one named; and nothing a vendor could send does harm (ING-46, SCH-18)."""

from __future__ import annotations

import copy
import json
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from infra.errors import Permanent
from producers.rest_catalog.transforms import transforms
from producers.rest_catalog.unusual_whales import CATALOG
from producers.source import Parsed, Refused
from producers.unusual_whales import parse_raw_only
from producers.unusual_whales.models.endpoints import ENDPOINTS
from producers.unusual_whales.models.field_types import Day, Flag, Milliseconds, Number, PayloadModel, Text, Texts, Time, Whole
from producers.unusual_whales.models.websocket import MESSAGES
from producers.unusual_whales.parse_frame import parse_frame
from schemas import catalog
from schemas.codec import Codec
from tests.support.unusual_whales import STAMPS, WRONG, kind_of, payload, sample

TRANSFORMS = {name.removeprefix("uw_"): parse for name, parse in transforms().items() if name.startswith("uw_")}
# One answer has a field data of its own and no rows.
WITH_ROWS = sorted(name for name, endpoint in ENDPOINTS.items() if endpoint.model is not None and "data" not in endpoint.model.model_fields)


class Everything(PayloadModel):
    number: Number = None
    whole: Whole = None
    moment: Milliseconds = None
    day: Day = None
    time: Time = None
    text: Text = None
    texts: Texts = None
    flag: Flag = None


def model_of(name: str) -> type[PayloadModel]:
    model = ENDPOINTS[name].model
    assert model is not None
    return model


def answer(name: str, rows: list[Any], **parameters: str) -> list[Parsed | Refused]:
    return list(TRANSFORMS[name](payload(name, orjson.dumps({"data": rows}), **parameters), STAMPS, {}))


def required(model: type[PayloadModel]) -> list[str]:
    return [name for name, field in model.model_fields.items() if field.is_required()]


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("number", "1.50", 1.5), ("number", 2, 2.0), ("number", "-2.5e6", -2_500_000.0), ("number", "0", 0.0), ("number", "", None),
        ("whole", "7", 7), ("whole", 7.0, 7), ("whole", "7.0", 7), ("whole", None, None), ("moment", "1750431600000", 1_750_431_600_000),
        ("day", "", None), ("texts", [], []), ("flag", False, False), ("text", "", ""),
    ],
)  # fmt: skip
def test_what_a_field_takes(field: str, value: Any, read: Any) -> None:
    """Numbers come as text and as numbers, by channel; nothing is null, and null stays null."""
    assert getattr(Everything.model_validate({field: value}), field) == read


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", True), ("number", "NaN"), ("number", float("inf")), ("number", "1,5"), ("number", "9" * 40), ("number", "0x10"), ("number", " 1"),
        ("whole", 1.5), ("whole", True), ("whole", 10**30), ("whole", "1.5"), ("moment", 1_750_431_600), ("moment", 1_750_431_600_000_000),
        ("day", "2025-02-30"), ("day", "20250220"), ("day", 20250220), ("day", "0001-01-01"), ("time", "2025-02-20T10:00:00"), ("time", 5),
        ("text", 5), ("texts", "word"), ("texts", [1]), ("flag", "true"), ("flag", 1),
    ],
)  # fmt: skip
def test_what_a_field_refuses(field: str, value: Any) -> None:
    """A stamp of another unit, a time without its zone, a boolean as a number: each is refused at its field."""
    with pytest.raises(ValidationError) as refusal:
        Everything.model_validate({field: value})
    assert {error["loc"][0] for error in refusal.value.errors()} == {field}


def test_every_endpoint_has_a_transform() -> None:
    """SCH-12: named like its path."""
    assert parse_raw_only.WITH_RECORDS
    assert TRANSFORMS.keys() == ENDPOINTS.keys()
    assert len({endpoint.path for endpoint in ENDPOINTS.values()}) == len(ENDPOINTS) >= 84


def test_the_catalogue_names_the_topics_of_its_transforms() -> None:
    """ING-21, SCH-12: 49 paths, each with its model, its transform and the topics that one writes; one of them is asked in two ways."""
    entries = yaml.safe_load(CATALOG.read_text())["endpoints"]
    assert len({entry["path"] for entry in entries}) == 49
    for entry in entries:
        name = entry["transform"].removeprefix("uw_")
        assert entry["id"] == name or (entry["id"], name) == ("option_contracts_whole", "option_contracts")
        assert "/api" + entry["path"] == ENDPOINTS[name].path
        if name in WITH_ROWS:
            assert {item.topic for item in answer(name, [sample(model_of(name))])} <= set(entry["topics"]), name


@pytest.mark.parametrize("name", WITH_ROWS)
def test_a_row_of_the_model_is_parsed(name: str) -> None:
    found = answer(name, [sample(model_of(name))])
    assert [item.error for item in found if isinstance(item, Refused)] == []


@pytest.mark.parametrize("name", WITH_ROWS)
def test_each_renamed_or_wrong_field_of_a_row_is_named(name: str) -> None:
    """SCH-18: a field that is gone and one of another type; the row before it goes on."""
    model = model_of(name)
    good = sample(model)
    for field in required(model):
        renamed = {(f"{key}_2" if key == field else key): value for key, value in good.items()}
        refused = [item for item in answer(name, [good, renamed]) if isinstance(item, Refused)]
        assert [item.error.field_path for item in refused] == [f"data[1].{field}"]
    for field in model.model_fields:
        if kind_of(model, field) not in ("any", "row"):
            refused = [item for item in answer(name, [good, {**good, field: WRONG}]) if isinstance(item, Refused)]
            assert [item.error.field_path for item in refused] == [f"data[1].{field}"]


@pytest.mark.parametrize("channel", sorted(MESSAGES))
def test_each_renamed_or_wrong_field_of_a_message_is_named(channel: str) -> None:
    model = MESSAGES[channel]
    good = sample(model)
    assert not [item for item in parse_frame(orjson.dumps([channel, good]), STAMPS) if isinstance(item, Refused)]
    for field in model.model_fields:
        if kind_of(model, field) in ("any", "row"):
            continue
        without = {key: value for key, value in good.items() if key != field}
        changed = [{**good, field: WRONG}, *([without] if model.model_fields[field].is_required() else [])]
        for message in changed:
            (item,) = parse_frame(orjson.dumps([channel, message]), STAMPS)
            assert isinstance(item, Refused) and item.error.field_path == f"[1].{field}"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["", "-1", "1e300", "2025-06-20", "9" * 30]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in pairs for place in places(inner, (*path, key)))]


def mutated(data: st.DataObject, value: Any) -> bytes:
    """Return JSON with a few places changed or removed, or its bytes cut or flipped."""
    value = copy.deepcopy(value)
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from([place for place in places(value) if place] or [(None,)]))
        if last is None:
            break
        holder = value
        for key in above:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[last] = data.draw(json_values)
        else:
            del holder[last]
    body = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str) if _plain(value) else _written(value)
    if data.draw(st.integers(0, 3)) == 0:
        start = data.draw(st.integers(0, len(body)))
        body = body[:start] + data.draw(st.binary(max_size=4)) + body[start + data.draw(st.integers(0, 4)) :]
    return body


def _plain(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()


def assert_usable(found: list[Any]) -> None:
    for item in found:
        if isinstance(item, Parsed):
            topic = catalog.topic(item.topic)
            codec = Codec(topic.record_type, 1)
            assert codec.decode(codec.encode(item.record)) == item.record
            assert item.record.as_avro()["ts_received"] == STAMPS.received_us
        elif isinstance(item, Refused):
            assert item.topic in catalog.topics() and item.error.field_path is not None


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_answer_does_harm(data: st.DataObject) -> None:
    """Whatever comes is records that can be written, or is refused with its place."""
    name = data.draw(st.sampled_from(sorted(ENDPOINTS)))
    model = ENDPOINTS[name].model
    rows = ["XYZ250620C00100000"] * 2 if model is None else [sample(model), sample(model)]
    try:
        found = TRANSFORMS[name](payload(name, mutated(data, {"data": rows, "date": "2025-06-20"})), STAMPS, {})
    except Permanent as error:
        assert error.field_path is not None
    else:
        assert_usable(list(found))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_frame_does_harm(data: st.DataObject) -> None:
    channel = data.draw(st.sampled_from(sorted(MESSAGES)))
    assert_usable(parse_frame(mutated(data, [channel, sample(MESSAGES[channel])]), STAMPS))


ODD = (
    "NaN", "-Infinity", "1e400", '"1e400"', "1E2", "-0", "-0.0", "1.0", "1.5", "01", "1_0", '"1_0"', '" 1 "', '"1 "', "true", "null", '""',
    '"\\ud800"', '"\\u0000"', '"\\ud83d\\udc0b"', '"inf"', "9223372036854775808", "-9223372036854775809", "1" * 400, "0.1", "1e-400", "4.9e-324",
    "[]", "{}", "[null]", '["a",1]', '["ask_side","ask_side"]', "1750431600000.0", '"1750431600000"',
    '"2025-06-20T00:00:00Z"', '{"response":{},"status":"ok"}',
)  # fmt: skip


@pytest.mark.parametrize("field", sorted(MESSAGES["option_trades"].model_fields))
def test_odd_values_of_a_trade_do_no_harm(field: str) -> None:
    """Also a field that comes twice, one nobody knows, and a frame with more in it: one trade, one refusal or one answer to a join each."""
    good = orjson.dumps(["option_trades", sample(MESSAGES["option_trades"])])
    name = f'"{field}":'.encode()
    written = name + orjson.dumps(sample(MESSAGES["option_trades"])[field])
    assert written in good
    frames = [good + b" ", good + b"]", good[:-1] + b",1]", good[:-1] + b",{}]", b" " + good, good[:-1], good.replace(b"{", b"[", 1)]
    for odd in ODD:
        frames += (
            good.replace(written, name + odd.encode()), good.replace(written, written + b"," + name + odd.encode()),
            good.replace(written, name + odd.encode() + b"," + written), good.replace(written, written + b',"unheard_of":' + odd.encode()),
        )  # fmt: skip
    for frame in frames:
        found = list(parse_frame(frame, STAMPS))
        assert len(found) == 1
        assert_usable(found)
