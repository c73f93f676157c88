"""Derives ClickHouse columns, tables and views from the records: types, and the values of a record in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from schemas.avro_schemas import load_all
from schemas.catalog import Topic

Convert = Callable[[Any], Any]

_PRIMITIVES = {
    "string": "String", "bytes": "String", "int": "Int32", "long": "Int64", "double": "Float64", "float": "Float32", "boolean": "Bool",
}  # fmt: skip
_LOGICAL = {"timestamp-micros": "DateTime64(6, 'UTC')", "timestamp-millis": "DateTime64(3, 'UTC')", "date": "Date32"}
_FEW_VALUES = frozenset({"symbol", "source", "channel", "stage", "feed"})  # strings with few different values


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    type
        ClickHouse type.
    comment
        The field's doc, with its unit.
    values
        Gives the column's values of a list of records; None for the columns of the record's place in Kafka.
    """

    name: str
    type: str
    comment: str
    values: Callable[[list[Any]], list[Any]] | None

    @property
    def definition(self) -> str:
        return f"`{self.name}` {self.type} COMMENT {_quoted(self.comment)}"


TOPIC, PARTITION, OFFSET = "_topic", "_partition", "_offset"
PLACE_COLUMNS = (
    Column(TOPIC, "LowCardinality(String)", "Kafka topic the row came from.", None),
    Column(PARTITION, "Int32", "Its partition.", None),
    Column(OFFSET, "Int64", "Its offset.", None),
)


@cache
def columns(topic: Topic) -> tuple[Column, ...]:
    """Return the columns of the topic's table: every field of its record, then its place in Kafka.

    Nested records become named tuples; of one that may be null every element may be null. Arrays and maps stay what they are.
    """
    schema = load_all()[topic.record]
    found = [_column(field, schema["namespace"]) for field in schema["fields"]]
    return (*found, *PLACE_COLUMNS)


def create_table(topic: Topic) -> str:
    """Return the statement that creates the topic's table; ``{deduplication_window}`` is left to the settings."""
    lines = ",\n".join(f"    {column.definition}" for column in columns(topic))
    key = ", ".join(f"`{name}`" for name in topic.identity)
    version = "" if topic.row_version is None else f"`{topic.row_version}`"
    types = {column.name: column.type for column in columns(topic)}
    nullable_key = any("Nullable" in types[name] for name in topic.identity)
    settings = "non_replicated_deduplication_window = {deduplication_window}" + (", allow_nullable_key = 1" if nullable_key else "")
    return (
        f"CREATE TABLE IF NOT EXISTS `{topic.table}` (\n{lines}\n)\n"
        f"ENGINE = ReplacingMergeTree({version})\nORDER BY ({key})\nSETTINGS {settings}\n"
        f"COMMENT {_quoted(topic.summary)}"
    )


def latest_view(topic: Topic) -> str:
    """Return the statement that (re)creates the view readers use: one row an identity, the newest."""
    return f"CREATE OR REPLACE VIEW `{topic.table}_latest` AS SELECT * FROM `{topic.table}` FINAL"  # noqa: S608, names of the catalogue


def _column(field: dict[str, Any], namespace: str) -> Column:
    name = field["name"]
    kind, convert = _kind(field["type"], namespace, name, nullable=False)
    get = attrgetter(name)

    def values(records: list[Any]) -> list[Any]:
        found = map(get, records)
        return list(found) if convert is None else [convert(value) for value in found]

    return Column(name, kind, field["doc"], values)


def _kind(node: Any, namespace: str, name: str, *, nullable: bool) -> tuple[str, Convert | None]:
    """Return the ClickHouse type of an Avro type, and what turns a field's value into the column's, if anything must."""
    if isinstance(node, list):
        (inner,) = [branch for branch in node if branch != "null"]
        return _kind(inner, namespace, name, nullable=True)
    if isinstance(node, dict):
        if node["type"] == "record":
            return _tuple(node, node.get("namespace", namespace), nullable=nullable)
        if node["type"] == "enum":
            return _few(nullable), None
        if node["type"] == "array":
            kind, convert = _kind(node["items"], namespace, name, nullable=False)
            return f"Array({kind})", _array(convert, nullable=nullable)
        if node["type"] == "map":
            kind, convert = _kind(node["values"], namespace, name, nullable=False)
            return f"Map(String, {kind})", _map(convert, nullable=nullable)
        kind = _LOGICAL.get(node.get("logicalType", ""), "") or _PRIMITIVES[node["type"]]
        return (f"Nullable({kind})" if nullable else kind), None
    if node in _PRIMITIVES:
        if node == "string" and name in _FEW_VALUES:
            return _few(nullable), None
        kind = _PRIMITIVES[node]
        return (f"Nullable({kind})" if nullable else kind), None
    named = _named_types()
    schema = named[node if node in named else f"{namespace}.{node}"]
    return _kind(schema, namespace, name, nullable=nullable)


@cache
def _named_types() -> dict[str, dict[str, Any]]:
    """Return every record and enum, also those written inside another's field, by full name."""
    found: dict[str, dict[str, Any]] = {}

    def collect(node: Any, namespace: str) -> None:
        if isinstance(node, list):
            for branch in node:
                collect(branch, namespace)
        elif isinstance(node, dict):
            namespace = node.get("namespace", namespace)
            if node["type"] in ("record", "enum"):
                found[f"{namespace}.{node['name']}"] = {**node, "namespace": namespace}
            for inner in (*(field["type"] for field in node.get("fields", ())), node.get("items"), node.get("values")):
                collect(inner, namespace)

    for schema in load_all().values():
        collect(schema, schema["namespace"])
    return found


def _few(nullable: bool) -> str:
    return "LowCardinality(Nullable(String))" if nullable else "LowCardinality(String)"


def _tuple(schema: dict[str, Any], namespace: str, *, nullable: bool) -> tuple[str, Convert]:
    names, kinds, converts = [], [], []
    for field in schema["fields"]:
        kind, convert = _kind(field["type"], namespace, field["name"], nullable=nullable)
        names.append(field["name"])
        kinds.append(f"{field['name']} {kind}")
        converts.append((attrgetter(field["name"]), convert))
    nothing = tuple(None if convert is None else convert(None) for _, convert in converts) if nullable else ()

    def convert_record(record: Any) -> tuple[Any, ...]:
        if record is None:
            return nothing
        return tuple([get(record) if convert is None else convert(get(record)) for get, convert in converts])

    return f"Tuple({', '.join(kinds)})", convert_record


def _array(convert: Convert | None, *, nullable: bool) -> Convert:
    def convert_array(items: Any) -> list[Any]:
        if nullable and items is None:
            return []
        return list(items) if convert is None else [convert(item) for item in items]

    return convert_array


def _map(convert: Convert | None, *, nullable: bool) -> Convert:
    def convert_map(entries: Any) -> dict[str, Any]:
        if nullable and entries is None:
            return {}
        return dict(entries) if convert is None else {key: convert(value) for key, value in entries.items()}

    return convert_map


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
