"""Compiles a record's Avro schema into the decoder's program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import fastavro
import numpy as np
import numpy.typing as npt

from infra.columnar import opcodes as op
from infra.columnar import steps
from infra.columnar.steps import merged, step_of

MAX_DEPTH = 16


class Unsupported(ValueError):
    """The decoder cannot make columns of this schema or field; the codec can read it."""


class View(Enum):
    """How a slot's values lie in the pool."""

    WIDE = 8  # int64, or float64 of the same bits
    CODE = 4  # int32
    FLAG = 1  # uint8


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for one value a row, and ``extra`` more."""

    view: View
    level: int
    extra: int = 0


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that becomes a column.

    Attributes
    ----------
    kind
        ``long double boolean code text bytes``.
    slot, valid, lengths, offsets
        Indexes of slots; -1 for none.
    """

    name: str
    kind: str
    level: int
    slot: int
    valid: int = -1
    lengths: int = -1
    offsets: int = -1
    scale: int = 0
    dictionary: int = -1
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """What the kernel interprets; slots are not places yet."""

    instructions: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int64]
    targets: npt.NDArray[np.int64]
    slots: tuple[Slot, ...]
    leaves: tuple[Leaf, ...]
    levels: int
    dictionaries: tuple[str, ...]


OFFSETS_SLOT = 0  # of the pool: the records' Kafka offsets


@dataclass(slots=True)
class _Compiler:
    wanted: frozenset[str]
    texts_by_code: frozenset[str]
    named: Mapping[str, Any]
    code: list[list[int]] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    steps: list[list[int]] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=lambda: [Slot(View.WIDE, 0)])
    leaves: list[Leaf] = field(default_factory=list)
    levels: int = 1
    dictionaries: list[str] = field(default_factory=list)

    def emit(self, code: int, value: int = -1, valid: int = -1, level: int = 0, first: int = 0, second: int = 0) -> int:
        self.code.append([code, value, valid, level, first, second])
        return len(self.code) - 1

    def land(self, *jumps: int) -> None:
        """Make the jumps go to the next instruction."""
        for jump in jumps:
            self.code[jump][op.SECOND] = len(self.code)

    def slot(self, view: View, level: int, extra: int = 0) -> int:
        self.slots.append(Slot(view, level, extra))
        return len(self.slots) - 1

    def wants(self, path: str) -> bool:
        """Tell whether the field, or all of a record above it, was asked for."""
        parts = path.split(".")
        return any(".".join(parts[:length]) in self.wanted for length in range(1, len(parts) + 1))

    def wants_below(self, path: str) -> bool:
        return self.wants(path) or any(name.startswith(f"{path}.") for name in self.wanted)

    # -- schema nodes

    def node(self, schema: Any, place: _Place) -> None:
        if isinstance(schema, str) and schema in self.named:
            schema = self.named[schema]
        if isinstance(schema, list):
            self._union(schema, place)
            return
        kind = schema["type"] if isinstance(schema, dict) else schema
        if isinstance(kind, (dict, list)):
            self.node(kind, place)
        elif kind in ("record", "error"):
            self._record(schema, place)
        elif kind in ("array", "map"):
            self._items(schema, kind, place)
        elif kind != "null":
            self._scalar(schema, kind, place)

    def _record(self, schema: Mapping[str, Any], place: _Place) -> None:
        if schema["name"] in place.inside:
            raise Unsupported(f"expected no record inside itself, found {schema['name']}")
        for each in schema["fields"]:
            path = f"{place.path}.{each['name']}" if place.path else each["name"]
            first, known = len(self.code), len(self.steps)
            self.node(each["type"], place.within(path=path, inside=(*place.inside, schema["name"])))
            if place.is_plain and len(self.code) > first and len(self.steps) == known:
                self.steps.append(step_of(self.code, first))

    def _union(self, branches: Sequence[Any], place: _Place) -> None:
        nulls = [index for index, branch in enumerate(branches) if _is_null(branch)]
        if len(branches) != 2 or len(nulls) != 1:
            self._general_union(branches, place)
            return
        nullable = self.emit(op.NULLABLE, first=nulls[0])
        first_leaf = len(self.leaves)
        self.node(branches[1 - nulls[0]], place.within(nullable=True, is_plain=False))
        kept = self.leaves[first_leaf:]
        if not kept:
            self.land(nullable)
            return
        jump = self.emit(op.JUMP)
        self.land(nullable)
        for leaf in kept:
            self._fill(leaf, place.level)
        self.land(jump)

    def _fill(self, leaf: Leaf, level: int) -> None:
        view = self.slots[leaf.slot].view
        code = {View.WIDE: op.FILL_WIDE, View.CODE: op.FILL_CODE, View.FLAG: op.FILL_FLAG}[view]
        self.emit(code, leaf.slot, level=level)
        if leaf.lengths >= 0:
            self.emit(op.FILL_WIDE, leaf.lengths, level=level)
        self.emit(op.FILL_FLAG, leaf.valid, level=level)

    def _general_union(self, branches: Sequence[Any], place: _Place) -> None:
        if self.wants_below(place.path):
            raise Unsupported(f"expected [null, X] as the type of {place.path}, found {branches}")
        self.emit(op.UNION, first=len(branches), second=len(self.targets))
        listed = len(self.targets)
        self.targets += [0] * len(branches)
        jumps = []
        for index, branch in enumerate(branches):
            self.targets[listed + index] = len(self.code)
            self.node(branch, place.within(is_plain=False))
            jumps.append(self.emit(op.JUMP))
        self.land(*jumps)

    def _items(self, schema: Mapping[str, Any], kind: str, place: _Place) -> None:
        depth = place.depth
        if depth == MAX_DEPTH:
            raise Unsupported(f"expected at most {MAX_DEPTH} arrays inside each other at {place.path}")
        level, offsets = -1, -1
        if self.wants_below(place.path):
            if kind == "map" or place.level != 0 or place.nullable:
                raise Unsupported(f"expected no map, no array inside an array and none that may be null among the fields, found {place.path}")
            level = self.levels
            self.levels += 1
            offsets = self.slot(View.WIDE, 0, extra=1)
        block = self.emit(op.BLOCK, offsets, level, place.level, first=depth)
        if kind == "map":
            self.emit(op.SKIP_TEXT)
        self.node(
            schema["items" if kind == "array" else "values"],
            place.within(level=level if level >= 0 else place.level, offsets=offsets, nullable=False, depth=depth + 1, is_plain=False),
        )
        self.emit(op.ITEM_END, level=level, first=depth, second=block)
        self.land(block)

    def _scalar(self, schema: Any, kind: str, place: _Place) -> None:
        details = schema if isinstance(schema, dict) else {}
        size = int(details.get("size", 0))
        symbols = tuple(details.get("symbols", ()))
        if not self.wants(place.path):
            self.emit(_SKIP[kind], first=len(symbols) if kind == "enum" else size)
            return
        level = place.level
        valid = self.slot(View.FLAG, level) if place.nullable else -1
        common: dict[str, Any] = {"level": level, "valid": valid, "offsets": place.offsets}
        name = place.path
        if kind in ("bytes", "fixed") and details.get("logicalType") == "decimal":
            slot = self.slot(View.WIDE, level)
            self.emit(op.DECIMAL_BYTES if kind == "bytes" else op.DECIMAL_FIXED, slot, valid, level, first=size)
            self.leaves.append(Leaf(name, "long", slot=slot, scale=int(details.get("scale", 0)), **common))
        elif kind in ("bytes", "fixed") or (kind == "string" and name not in self.texts_by_code):
            slot, lengths = self.slot(View.WIDE, level), self.slot(View.WIDE, level)
            self.emit({"bytes": op.BYTES_SPAN, "fixed": op.FIXED_SPAN, "string": op.TEXT_SPAN}[kind], slot, valid, level, size, lengths)
            self.leaves.append(Leaf(name, "text" if kind == "string" else "bytes", slot=slot, lengths=lengths, **common))
        elif kind == "string":
            slot = self.slot(View.CODE, level)
            self.emit(op.TEXT_CODE, slot, valid, level, first=len(self.dictionaries))
            self.leaves.append(Leaf(name, "code", slot=slot, dictionary=len(self.dictionaries), **common))
            self.dictionaries.append(name)
        elif kind == "enum":
            slot = self.slot(View.CODE, level)
            self.emit(op.ENUM, slot, valid, level, first=len(symbols))
            self.leaves.append(Leaf(name, "code", slot=slot, symbols=symbols, **common))
        else:
            slot = self.slot(View.FLAG if kind == "boolean" else View.WIDE, level)
            self.emit(_STORE[kind], slot, valid, level)
            self.leaves.append(Leaf(name, {"int": "long", "float": "double"}.get(kind, kind), slot=slot, **common))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the schema the compiler stands."""

    path: str = ""
    inside: tuple[str, ...] = ()
    level: int = 0
    offsets: int = -1
    nullable: bool = False
    depth: int = 0
    is_plain: bool = True  # neither in a union nor in an array

    def within(self, **changes: Any) -> _Place:
        return _Place(**{**{name: getattr(self, name) for name in self.__dataclass_fields__}, **changes})


_STORE = {"long": op.LONG, "int": op.LONG, "double": op.DOUBLE, "float": op.FLOAT, "boolean": op.BOOLEAN}
_SKIP = {
    "long": op.SKIP_LONG, "int": op.SKIP_LONG, "double": op.SKIP_DOUBLE, "float": op.SKIP_FLOAT, "boolean": op.SKIP_BOOLEAN,
    "enum": op.SKIP_ENUM, "string": op.SKIP_TEXT, "bytes": op.SKIP_BYTES, "fixed": op.SKIP_FIXED,
}  # fmt: skip


def _is_null(branch: Any) -> bool:
    return branch == "null" or (isinstance(branch, dict) and branch.get("type") == "null")


def compile_schema(schema: Mapping[str, Any], fields: Sequence[str], dictionary: Sequence[str]) -> Program:
    """Compile the schema of a record.

    Parameters
    ----------
    fields
        Names of the fields that become columns: ``price``; ``box.high`` inside a record, ``bids.price`` inside an array of records; the
        name of a record or of an array of records stands for all in it.
    dictionary
        Those of them, all strings, that become codes.

    Raises
    ------
    Unsupported
        If the schema or one of the fields has a type that the decoder cannot do, or there is no such field.
    """
    named: dict[str, Any] = {}
    parsed: Any = fastavro.parse_schema(dict(schema), named_schemas=named)
    if not isinstance(parsed, dict) or parsed.get("type") != "record":
        raise Unsupported(f"expected the schema of a record, found {schema}")
    compiler = _Compiler(frozenset(fields), frozenset(dictionary), named)
    compiler.node(parsed, _Place())
    found = {leaf.name for leaf in compiler.leaves}
    for name in fields:
        if name not in found and not any(each.startswith(f"{name}.") for each in found):
            raise Unsupported(f"expected a field of {parsed['name']} that has a value, found {name}")
    if strange := set(dictionary) - set(compiler.dictionaries):
        raise Unsupported(f"expected strings among the fields asked for as dictionary fields, found {', '.join(sorted(strange))}")
    return Program(
        np.array(compiler.code, np.int64).reshape(-1, op.WIDTH), np.array(merged(compiler.steps), np.int64).reshape(-1, steps.WIDTH),
        np.array([*compiler.targets, 0], np.int64), tuple(compiler.slots), tuple(compiler.leaves),
        compiler.levels, tuple(compiler.dictionaries),
    )  # fmt: skip
