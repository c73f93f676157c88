"""Loads the .avsc files and resolves their references to each other."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

AVRO_FOLDER = Path(__file__).parent / "avro"
NAMESPACE = "tapewire"

type_or_schema = str | dict[str, Any] | list[Any]


@cache
def load_all() -> dict[str, dict[str, Any]]:
    """Read every .avsc file.

    Returns
    -------
    dict
        Full name (``tapewire.market.Trade``) to the schema as written in its file.

    Raises
    ------
    ValueError
        If a file's name or folder is not that of the schema inside.
    """
    schemas: dict[str, dict[str, Any]] = {}
    for path in sorted(AVRO_FOLDER.rglob("*.avsc")):
        schema = json.loads(path.read_text())
        full_name = f"{schema['namespace']}.{schema['name']}"
        expected = f"{NAMESPACE}.{path.parent.name}.{path.stem}"
        if full_name != expected:
            raise ValueError(f"{path}: expected the schema {expected}, found {full_name}")
        schemas[full_name] = schema
    return schemas


def full_name(short_name: str) -> str:
    """Give ``tapewire.market.Trade`` for ``market.Trade``."""
    return f"{NAMESPACE}.{short_name}"


@cache
def resolved(name: str) -> dict[str, Any]:
    """Return the schema ``name`` with every referenced type written out at its first use.

    This is the self-contained form a registry stores.
    """
    schemas = load_all()
    seen: set[str] = set()

    def expand(node: type_or_schema) -> type_or_schema:
        if isinstance(node, str):
            if node in schemas and node not in seen:
                return expand(schemas[node])
            return node
        if isinstance(node, list):
            return [expand(branch) for branch in node]
        if node["type"] in ("record", "enum", "fixed"):
            seen.add(f"{node.get('namespace', _namespace(name))}.{node['name']}")
        expanded = dict(node)
        if node["type"] == "record":
            expanded["fields"] = [{**field, "type": expand(field["type"])} for field in node["fields"]]
        elif node["type"] == "array":
            expanded["items"] = expand(node["items"])
        elif node["type"] == "map":
            expanded["values"] = expand(node["values"])
        return expanded

    if name not in schemas:
        raise KeyError(f"no schema {name}; known: {', '.join(sorted(schemas))}")
    schema = expand(schemas[name])
    assert isinstance(schema, dict)
    return schema


def _namespace(name: str) -> str:
    return name.rpartition(".")[0]


def without_logical_types(node: Any) -> Any:
    """Drop logical types, so that a decoder hands out plain integers: int microseconds are our time type."""
    if isinstance(node, list):
        return [without_logical_types(branch) for branch in node]
    if isinstance(node, dict):
        plain = {key: without_logical_types(value) for key, value in node.items() if key != "logicalType"}
        if set(plain) == {"type"} and isinstance(plain["type"], str):
            return plain["type"]
        return plain
    return node
