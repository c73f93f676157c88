"""Golden examples: realistic records of every topic, as JSON files that people can read and every contract test uses.

A field with a default may be left out. Bytes are written as text, one character a byte (the Avro JSON convention).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.avro_schemas import NAMESPACE, resolved
from schemas.catalog import Topic
from schemas.record import Record

EXAMPLES_FOLDER = Path(__file__).parent / "examples"
DEAD_LETTERS_FOLDER = "dead-letters"
REQUIRED_NAMES = ("typical", "minimal")


class UnusableExample(ValueError):
    """An example that is not a record of its topic; names the file and the field."""


def folder_of(topic: Topic) -> Path:
    """Return where the examples of ``topic`` are; all dead-letter topics share one folder."""
    return EXAMPLES_FOLDER / (DEAD_LETTERS_FOLDER if topic.table == "dead_letters" else topic.name)


def load(topic: Topic) -> dict[str, Record]:
    """Return the examples of ``topic`` by file name without ending.

    Raises
    ------
    UnusableExample
        If a file does not fit the topic's schema.
    """
    return {path.stem: read(path, topic.record_type) for path in sorted(folder_of(topic).glob("*.json"))}


def read(path: Path, record_type: type[Record]) -> Record:
    """Return the record written in the file ``path``."""
    try:
        schema = resolved(record_type.FULL_NAME)
        plain = _fill(schema, json.loads(path.read_text()), _named_types(schema), "")
        return record_type.from_avro(plain)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableExample(f"{path}: {error}") from error


def _named_types(node: Any) -> dict[str, Any]:
    """Return every record and enum written out in ``node``, by short and by full name."""
    if isinstance(node, list):
        return {name: schema for branch in node for name, schema in _named_types(branch).items()}
    if not isinstance(node, dict):
        return {}
    found: dict[str, Any] = {}
    if node["type"] in ("record", "enum"):
        found = {node["name"]: node, f"{node.get('namespace', NAMESPACE)}.{node['name']}": node}
    inner = [field["type"] for field in node.get("fields", [])] + [node.get("items"), node.get("values"), node["type"]]
    return found | _named_types(inner)


def _fill(schema: Any, value: Any, named: dict[str, Any], at: str) -> Any:
    """Return ``value`` as a decoder would hand it out: defaults filled in, bytes as bytes, types checked."""
    if isinstance(schema, list):
        if value is None and "null" in schema:
            return None
        (inner,) = [branch for branch in schema if branch != "null"]
        return _fill(inner, value, named, at)
    if isinstance(schema, str):
        schema = named.get(schema, schema)
    kind = schema["type"] if isinstance(schema, Mapping) else schema
    match kind:
        case "record":
            return _fill_record(schema, value, named, at)
        case "enum":
            return _expect(value in schema["symbols"], value, f"one of {', '.join(schema['symbols'])}", at)
        case "array":
            return [_fill(schema["items"], item, named, f"{at}[{index}]") for index, item in enumerate(value)]
        case "map":
            return {key: _fill(schema["values"], item, named, f"{at}[{key}]") for key, item in value.items()}
        case "bytes":
            return _expect(isinstance(value, str), value, "text for bytes", at).encode("latin-1")
        case "string":
            return _expect(isinstance(value, str), value, "text", at)
        case "boolean":
            return _expect(isinstance(value, bool), value, "true or false", at)
        case "int" | "long":
            return _expect(isinstance(value, int) and not isinstance(value, bool), value, "a whole number", at)
        case "double" | "float":
            return _expect(isinstance(value, float), value, "a number with a decimal point", at)
    raise ValueError(f"{at}: no rule for the Avro type {kind!r}")


def _fill_record(schema: Mapping[str, Any], value: Any, named: dict[str, Any], at: str) -> dict[str, Any]:
    _expect(isinstance(value, dict), value, f"a {schema['name']}", at)
    unknown = set(value) - {field["name"] for field in schema["fields"]}
    if unknown:
        raise ValueError(f"{at or schema['name']}: unknown field {', '.join(sorted(unknown))}")
    filled = {}
    for field in schema["fields"]:
        name = field["name"]
        if name not in value and "default" not in field:
            raise ValueError(f"{at or schema['name']}: expected the field {name}, found none")
        filled[name] = _fill(field["type"], value.get(name, field.get("default")), named, f"{at}.{name}".lstrip("."))
    return filled


def _expect(holds: bool, value: Any, expected: str, at: str) -> Any:
    if not holds:
        raise ValueError(f"{at}: expected {expected}, found {value!r}")
    return value
