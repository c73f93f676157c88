"""Random Avro records for property tests: schemas, values of them, damage, and fastavro's word on what a value is."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import fastavro
from hypothesis import strategies as st

from schemas.avro_schemas import without_logical_types

PRIMITIVES = ("boolean", "int", "long", "float", "double", "string", "bytes")
_INT = st.integers(-(2**31), 2**31 - 1)
_LONG = st.one_of(st.integers(-200, 200), st.integers(-(2**63), 2**63 - 1))
_FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
_DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
_SOMETIMES_NOT_FINITE = st.sampled_from([math.nan, math.inf, -math.inf])
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(), "boolean": st.booleans(), "int": _INT, "long": _LONG, "float": _FLOATS, "double": _DOUBLES,
    "string": st.text(max_size=12), "bytes": st.binary(max_size=12),
}  # fmt: skip


@dataclass(frozen=True)
class Path:
    """A field that can be a column: where it lies, and what it is."""

    name: str
    kind: str
    in_array: bool


@st.composite
def record_schemas(draw: st.DrawFn) -> dict[str, Any]:
    """Schemas of records with every type of Avro, nested."""
    names = iter(range(10_000))

    def record(depth: int) -> dict[str, Any]:
        count = draw(st.integers(1, 6 if depth == 0 else 3))
        fields = [{"name": f"f{next(names)}", "type": node(depth + 1)} for _ in range(count)]
        return {"type": "record", "name": f"R{next(names)}", "fields": fields}

    def node(depth: int) -> Any:
        kinds = ["primitive"] * 4 + ["enum", "fixed", "decimal", "fixed decimal", "union"]
        if depth < 4:
            kinds += ["nullable", "nullable", "array", "map", "record"]
        kind = draw(st.sampled_from(kinds))
        if kind == "primitive":
            return draw(st.sampled_from(PRIMITIVES))
        if kind == "enum":
            return {"type": "enum", "name": f"E{next(names)}", "symbols": [f"S{i}" for i in range(draw(st.integers(1, 70)))]}
        if kind == "fixed":
            return {"type": "fixed", "name": f"X{next(names)}", "size": draw(st.integers(0, 9))}
        if kind == "decimal":
            return {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 4}
        if kind == "fixed decimal":
            return {"type": "fixed", "name": f"X{next(names)}", "size": draw(st.integers(1, 12)), "logicalType": "decimal", "precision": 2}
        if kind == "union":
            return draw(st.lists(st.sampled_from(["null", *PRIMITIVES]), min_size=1, max_size=5, unique=True))
        if kind == "nullable":
            inner = node(depth + 1)
            if isinstance(inner, list):
                return inner
            return draw(st.permutations(["null", inner]))
        if kind == "array":
            return {"type": "array", "items": node(depth + 1)}
        if kind == "map":
            return {"type": "map", "values": node(depth + 1)}
        return record(depth)

    return record(0)


def inlined(schema: Any) -> Any:
    """Return a schema with every named type written out wherever it is used."""
    named: dict[str, Any] = {}
    parsed = fastavro.parse_schema(schema, named_schemas=named)

    def expand(node: Any) -> Any:
        if isinstance(node, list):
            return [expand(branch) for branch in node]
        if isinstance(node, str):
            return expand(named[node]) if node in named else node
        if node["type"] in ("record", "array", "map"):
            inner = {key: expand(node[key]) for key in ("items", "values") if key in node}
            fields = [{**field, "type": expand(field["type"])} for field in node.get("fields", ())]
            return {**node, **inner, **({"fields": fields} if fields else {})}
        return node

    return expand(parsed)


def values_of(schema: Any) -> st.SearchStrategy[Any]:
    """Values that fastavro can write as ``schema``."""
    if isinstance(schema, list):
        return st.one_of([values_of(branch) for branch in schema])
    if isinstance(schema, str):
        return _VALUES[schema]
    kind = schema["type"]
    if kind == "record":
        return st.fixed_dictionaries({field["name"]: values_of(field["type"]) for field in schema["fields"]})
    if kind == "array":
        return st.lists(values_of(schema["items"]), max_size=4)
    if kind == "map":
        return st.dictionaries(st.text(max_size=3), values_of(schema["values"]), max_size=3)
    if kind == "enum":
        return st.sampled_from(schema["symbols"])
    if kind == "fixed":
        return st.binary(min_size=schema["size"], max_size=schema["size"])
    if schema.get("logicalType") == "decimal":
        return st.integers(-(2**63), 2**63 - 1).map(lambda number: number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))
    return _VALUES[kind]


def paths_of(schema: Mapping[str, Any], prefix: str = "", *, in_array: bool = False, nullable: bool = False) -> Iterator[Path]:
    """Every field of a record that can be a column."""
    for field in schema["fields"]:
        yield from _paths(field["type"], f"{prefix}{field['name']}", in_array, nullable)


def _paths(schema: Any, name: str, in_array: bool, nullable: bool) -> Iterator[Path]:
    if isinstance(schema, list):
        inner = [branch for branch in schema if branch != "null"]
        if len(schema) == 2 and len(inner) == 1:
            yield from _paths(inner[0], name, in_array, True)
        return
    kind = schema["type"] if isinstance(schema, dict) else schema
    if kind == "record":
        yield from paths_of(schema, f"{name}.", in_array=in_array, nullable=nullable)
    elif kind == "array":
        if not in_array and not nullable:
            yield from _paths(schema["items"], name, True, False)
    elif kind not in ("map", "null"):
        decimal = isinstance(schema, dict) and schema.get("logicalType") == "decimal"
        yield Path(name, "decimal" if decimal else kind, in_array)


def value_at(value: Any, path: Path) -> Any:
    """What a decoded record holds at a path: the items of an array as a list."""
    for part in path.name.split("."):
        value = [_inner(item, part) for item in value] if isinstance(value, list) else _inner(value, part)
    return value


def _inner(value: Any, name: str) -> Any:
    if isinstance(value, tuple):  # (name, record): how a union's branch is told to fastavro's writer
        value = value[1]
    return None if value is None else value[name]


class Reference:
    """`schemas.codec.Codec` for any schema: its checks around the same fastavro calls."""

    def __init__(self, schema: Mapping[str, Any], schema_id: int) -> None:
        self.schema_id = schema_id
        self._schema = fastavro.parse_schema(without_logical_types(schema))

    def encode(self, value: Any) -> bytes:
        buffer = io.BytesIO()
        buffer.write(struct.pack(">bI", 0, self.schema_id))
        fastavro.schemaless_writer(buffer, self._schema, value)
        return buffer.getvalue()

    def decode(self, data: bytes | None) -> Any:
        """Return the value; raise `ValueError` where the codec refuses."""
        if data is None or len(data) < 5 or struct.unpack(">bI", data[:5]) != (0, self.schema_id):
            raise ValueError(data)
        buffer = io.BytesIO(data)
        buffer.seek(5)
        try:
            value = fastavro.schemaless_reader(buffer, self._schema, None)
        except Exception as error:  # whatever its C code meets in corrupt bytes
            raise ValueError(data) from error
        if buffer.tell() != len(data) or not _finite(value):
            raise ValueError(data)
        return value


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_finite(each) for each in value.values())
    return all(_finite(each) for each in value) if isinstance(value, list) else True


@st.composite
def damaged(draw: st.DrawFn, value: bytes, schema_id: int) -> bytes | None:
    """The bytes of a value after something happened to them; sometimes nothing did."""
    kind = draw(st.sampled_from(["flip", "flip", "byte", "byte", "cut", "longer", "insert", "remove", "id", "null", "short", "random"]))
    at = draw(st.integers(0, len(value) - 1))
    if kind == "flip":
        return value[:at] + bytes([value[at] ^ (1 << draw(st.integers(0, 7)))]) + value[at + 1 :]
    if kind == "byte":
        return value[:at] + bytes([draw(st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xC0, 0xED, 0xFF]))]) + value[at + 1 :]
    if kind == "cut":
        return value[:at]
    if kind == "longer":
        return value + draw(st.binary(min_size=1, max_size=9))
    if kind == "insert":
        return value[:at] + draw(st.binary(min_size=1, max_size=10)) + value[at:]
    if kind == "remove":
        return value[:at] + value[at + 1 :]
    if kind == "id":
        return struct.pack(">bI", 0, schema_id + 1) + value[5:]
    if kind == "random":
        return struct.pack(">bI", 0, schema_id) + draw(st.binary(max_size=30))
    return None if kind == "null" else value[: min(at, 4)]
