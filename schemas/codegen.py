"""Generates records.py, the frozen dataclasses, from the .avsc files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.avro_schemas import load_all

RECORDS_FILE = Path(__file__).parent / "records.py"

_PRIMITIVES = {
    "string": "str", "bytes": "bytes", "int": "int", "long": "int", "double": "float", "float": "float", "boolean": "bool",
}  # fmt: skip

_HEADER = '''"""Generated from schemas/avro by `tapewire schemas generate`; change the .avsc files, not this one."""

# ruff: noqa: E501
from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Mapping, Self

from schemas.record import Record, filled_at_once, finite

_EMPTY_MAP: Mapping[str, Any] = MappingProxyType({})

'''


def generate() -> str:
    """Return the text of records.py for the .avsc files on disk."""
    types: dict[str, dict[str, Any]] = {}
    for schema in load_all().values():
        _collect(schema, schema["namespace"], types)
    enums = [s for s in types.values() if s["type"] == "enum"]
    records = _dependencies_first([s for s in types.values() if s["type"] == "record"], types)
    names = [s["name"] for s in enums + records]
    duplicates = {name for name in names if names.count(name) > 1}
    if duplicates:
        raise ValueError(f"two schemas share the name {', '.join(sorted(duplicates))}: names must be unique across domains")
    parts = [_HEADER]
    parts += [_enum(schema) for schema in sorted(enums, key=lambda s: str(s["name"]))]
    parts += [_record(schema, types) for schema in records]
    known = "".join(f'    "{_full_name(s)}": {s["name"]},\n' for s in records)
    parts.append(f"BY_FULL_NAME: Mapping[str, type[Record]] = {{\n{known}}}\n")
    return "\n".join(parts)


def write() -> bool:
    """Write records.py; return True if its text changed."""
    text = generate()
    if RECORDS_FILE.exists() and RECORDS_FILE.read_text() == text:
        return False
    RECORDS_FILE.write_text(text)
    return True


def _collect(node: Any, namespace: str, types: dict[str, dict[str, Any]]) -> None:
    if isinstance(node, list):
        for branch in node:
            _collect(branch, namespace, types)
    elif isinstance(node, dict):
        if node["type"] in ("record", "enum"):
            namespace = node.get("namespace", namespace)
            types[f"{namespace}.{node['name']}"] = {**node, "namespace": namespace}
        for field in node.get("fields", []):
            _collect(field["type"], namespace, types)
        for inner in ("items", "values"):
            if inner in node:
                _collect(node[inner], namespace, types)


def _full_name(schema: dict[str, Any]) -> str:
    return f"{schema['namespace']}.{schema['name']}"


def _lookup(name: str, namespace: str, types: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return types[name if name in types else f"{namespace}.{name}"]


def _references(node: Any, namespace: str, types: dict[str, dict[str, Any]]) -> set[str]:
    if isinstance(node, str):
        if node in _PRIMITIVES or node in ("null", "array", "map", "record", "enum"):
            return set()
        return {_full_name(_lookup(node, namespace, types))}
    if isinstance(node, list):
        return set().union(*(_references(branch, namespace, types) for branch in node))
    if node["type"] in ("record", "enum"):
        return {f"{node.get('namespace', namespace)}.{node['name']}"}
    return _references(node.get("items", node.get("values", node["type"])), namespace, types)


def _dependencies_first(records: list[dict[str, Any]], types: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    ordered: list[dict[str, Any]] = []

    def visit(schema: dict[str, Any]) -> None:
        if schema in ordered:
            return
        for field in schema["fields"]:
            for name in sorted(_references(field["type"], schema["namespace"], types)):
                if types[name]["type"] == "record" and types[name] is not schema:
                    visit(types[name])
        ordered.append(schema)

    for schema in sorted(records, key=_full_name):
        visit(schema)
    return ordered


def _enum(schema: dict[str, Any]) -> str:
    members = "".join(f'    {symbol} = "{symbol}"\n' for symbol in schema["symbols"])
    return f'class {schema["name"]}(StrEnum):\n    """{schema["doc"]}"""\n\n{members}\n'


def _record(schema: dict[str, Any], types: dict[str, dict[str, Any]]) -> str:
    namespace = schema["namespace"]
    doc = [f'    """{schema["doc"]}', "", "    Attributes", "    ----------"]
    required, optional, to_avro, from_avro = [], [], [], []
    for fld in schema["fields"]:
        name = fld["name"]
        annotation, writes, reads = _conversions(fld["type"], f"self.{name}", f'data["{name}"]', name, namespace, types)
        doc += [f"    {name}", f"        {fld['doc']}"]
        if "default" in fld:
            optional.append(f"    {name}: {annotation} = {_default(fld['default'], fld['type'], namespace, types)}")
        else:
            required.append(f"    {name}: {annotation}")
        to_avro.append(f'            "{name}": {writes},')
        from_avro.append(f"            {name}={reads},")
    doc.append('    """')
    return "\n".join(
        ["@filled_at_once", "@dataclass(frozen=True, slots=True, kw_only=True)", f"class {schema['name']}(Record):", *doc, "",
         f'    FULL_NAME: ClassVar[str] = "{_full_name(schema)}"', "", *required, *optional, "",
         "    def as_avro(self) -> dict[str, Any]:", "        return {", *to_avro, "        }", "",
         "    @classmethod", "    def from_avro(cls, data: Mapping[str, Any]) -> Self:", "        return cls(",
         *from_avro, "        )", "", ""]
    )  # fmt: skip


def _default(value: Any, schema: Any, namespace: str, types: dict[str, dict[str, Any]]) -> str:
    if value == []:
        return "()"
    if value == {}:
        return "field(default_factory=dict)"
    if schema == "bytes":
        return repr(value.encode("latin-1"))  # Avro writes the default of bytes as text, one character a byte
    if isinstance(schema, str) and schema not in _PRIMITIVES and isinstance(value, str):
        return f"{_lookup(schema, namespace, types)['name']}.{value}"
    return repr(value) if not isinstance(value, str) else json.dumps(value)


def _conversions(
    node: Any, get: str, raw: str, path: str, namespace: str, types: dict[str, dict[str, Any]]
) -> tuple[str, str, str]:
    """Return (annotation, expression that writes the field, expression that reads it)."""
    if isinstance(node, list):
        (inner,) = [branch for branch in node if branch != "null"]
        annotation, writes, reads = _conversions(inner, get, raw, path, namespace, types)
        is_record = not isinstance(inner, dict) and inner not in _PRIMITIVES and _lookup(inner, namespace, types)["type"] == "record"
        if is_record:  # the tagged form spares fastavro from validating the whole record to find its branch
            writes = f'("{_full_name(_lookup(inner, namespace, types))}", {writes})'
        wrapped_writes = writes if writes == get else f"None if {get} is None else {writes}"
        wrapped_reads = reads if reads == raw else f"None if {raw} is None else {reads}"
        return f"{annotation} | None", wrapped_writes, wrapped_reads
    if isinstance(node, dict):
        if node["type"] == "array":
            annotation, writes, reads = _conversions(node["items"], "item", "item", path, namespace, types)
            return (
                f"tuple[{annotation}, ...]",
                f"list({get})" if writes == "item" else f"[{writes} for item in {get}]",
                f"tuple({raw})" if reads == "item" else f"tuple([{reads} for item in {raw}])",
            )
        if node["type"] == "map":
            annotation, writes, reads = _conversions(node["values"], "value", "value", path, namespace, types)
            return (
                f"Mapping[str, {annotation}]",
                f"dict({get})" if writes == "value" else f"{{key: {writes} for key, value in {get}.items()}}",
                f"dict({raw})" if reads == "value" else f"{{key: {reads} for key, value in {raw}.items()}}",
            )
        if node["type"] in ("record", "enum"):
            return _conversions(f"{node.get('namespace', namespace)}.{node['name']}", get, raw, path, namespace, types)
        return _conversions(node["type"], get, raw, path, namespace, types)
    if node in ("double", "float"):
        return "float", f'finite({get}, "{path}")', f'finite({raw}, "{path}")'
    if node in _PRIMITIVES:
        return _PRIMITIVES[node], get, raw
    schema = _lookup(node, namespace, types)
    if schema["type"] == "enum":
        return schema["name"], get, f"{schema['name']}({raw})"
    return schema["name"], f"{get}.as_avro()", f"{schema['name']}.from_avro({raw})"
