"""Writes records as Avro without a detour: the function for a record is written out once, field by field, and compiled.

fastavro finds the branch of each nullable field by trying one after the other; an option trade has 24 of them, a market view 170.
What such a function looks like::

    def write(record):
        v0 = record.symbol
        v1 = record.size
        return join((text(v0), NULL if v1 is None else SHORT_TAKEN[v1] if 0 <= v1 < 4096 else TAKEN + whole(v1, 64)))
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from math import isfinite
from typing import Any

from schemas.record import NonFiniteNumber, Record

_BITS = {"long": 64, "int": 32}
_NULL, _TAKEN = b"\x00", b"\x02"  # which branch of a union follows
_BRANCHES = 2  # null and one type
_PAIR_BITS = 14  # two bytes of a varint at a time, from tables
_PAIRS = 1 << _PAIR_BITS
_GOING_ON = tuple(bytes((pair & 0x7F | 0x80, pair >> 7 | 0x80)) for pair in range(_PAIRS))
_ENDING = tuple(bytes((pair,)) if pair < 0x80 else bytes((pair & 0x7F | 0x80, pair >> 7)) for pair in range(_PAIRS))


def _whole(value: int, bits: int = 64) -> bytes:
    """Return a whole number as Avro's zigzag varint."""
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise ValueError(f"expected a whole number of {bits} bits, found {value}")
    rest = (value << 1) ^ (value >> 63)
    out = b""
    while rest >= _PAIRS:
        out += _GOING_ON[rest & (_PAIRS - 1)]
        rest >>= _PAIR_BITS
    return out + _ENDING[rest]


_SHORT = 4_096
_SHORT_ONES = tuple(_whole(number) for number in range(_SHORT))
_SHORT_TAKEN = tuple(_TAKEN + written for written in _SHORT_ONES)


def _text(value: str) -> bytes:
    encoded = value.encode()
    size = len(encoded)
    return (_SHORT_ONES[size] if size < _SHORT else _whole(size)) + encoded


def _bytes(value: bytes) -> bytes:
    return _whole(len(value)) + value


def _not_finite(path: str, value: float) -> bytes:
    raise NonFiniteNumber(f"field {path}: expected a finite number, found {value}")


_NAMES: Mapping[str, Any] = {
    "join": b"".join, "isfinite": isfinite, "not_finite": _not_finite, "text": _text, "bytes_": _bytes, "whole": _whole, "SHORT": _SHORT_ONES,
    "SHORT_TAKEN": _SHORT_TAKEN, "NULL": _NULL, "TAKEN": _TAKEN, "TRUE": b"\x01", "FALSE": b"\x00", "double": struct.Struct("<d").pack,
    "taken_double": struct.Struct("<cd").pack,
}  # fmt: skip
"""What the compiled functions name."""


def encoder_of(schema: Mapping[str, Any]) -> Callable[[Record], bytes]:
    """Return what writes the body of a record as `fastavro.schemaless_writer` would.

    The function raises `NonFiniteNumber` for NaN and infinity, and whatever a value of a wrong type leads to.

    Raises
    ------
    TypeError
        For a schema with types that no record of ours has: fixed, float, unions of anything but null and one other type.
    """
    functions = _Functions()
    write: Callable[[Record], bytes] = functions.names[functions.of_record(schema, schema["namespace"])]
    return write


class _Functions:
    """The compiled functions of a record and of those in it.

    Attributes
    ----------
    names
        What they name, each other among it.
    """

    def __init__(self) -> None:
        self.names: dict[str, Any] = dict(_NAMES)
        self._types: dict[str, str] = {}  # full name of a record or enum met before -> expression that takes its value in place of {}

    def of_record(self, schema: Mapping[str, Any], namespace: str) -> str:
        """Compile a record's function and return its name."""
        fields = schema["fields"]
        loads = [f"    v{number} = record.{field['name']}\n" for number, field in enumerate(fields)]
        parts: list[str] = []
        for doubles, run in groupby(enumerate(fields), key=lambda numbered: _is_nullable_double(numbered[1]["type"])):
            numbered = list(run)
            each = [self._bytes_of(field["type"], f"v{number}", field["name"], namespace) for number, field in numbered]
            parts += [self._together([f"v{number}" for number, _ in numbered], each)] if doubles and len(each) > 1 else each
        name = f"record{len(self.names)}"
        source = f"def {name}(record):\n{''.join(loads)}    return join(({', '.join(parts)},))\n"
        exec(compile(source, f"<encoder of {schema['name']}>", "exec"), self.names)  # noqa: S102 - of our own schema: numbers and names of fields
        return name

    def _together(self, values: Sequence[str], each: Sequence[str]) -> str:
        """Return the expression of nullable doubles that stand side by side: written at once when all are there and finite."""
        name = f"doubles{len(values)}"
        self.names[name] = struct.Struct("<" + "cd" * len(values)).pack
        pairs = ", ".join(f"TAKEN, {value}" for value in values)
        return f"({name}({pairs}) if None not in ({', '.join(values)}) and isfinite({' + '.join(values)}) else join(({', '.join(each)},)))"

    def _bytes_of(self, node: Any, value: str, path: str, namespace: str) -> str:
        """Return the expression of a value's bytes; ``value`` is a name, for it stands in the expression more than once."""
        if isinstance(node, list):
            if len(node) != _BRANCHES or node[0] != "null":
                raise TypeError(f"field {path}: expected a union of null and one other type, found {node}")
            return f"(NULL if {value} is None else {self._taken(node[1], value, path, namespace)})"
        kind = _type_of(node)
        if kind in _BITS:
            return f"(SHORT[{value}] if 0 <= {value} < {_SHORT} else whole({value}, {_BITS[kind]}))"
        if kind == "double":
            return f"(double({value}) if isfinite({value}) else not_finite({path!r}, {value}))"
        if kind == "boolean":
            return f"(TRUE if {value} else FALSE)"
        if kind in ("string", "bytes"):
            return f"{'text' if kind == 'string' else 'bytes_'}({value})"
        if kind == "array":
            each = self._bytes_of(node["items"], "item", path, namespace)
            return f"(whole(len({value})) + join([{each} for item in {value}]) + NULL if {value} else NULL)"
        if kind == "map":
            each = self._bytes_of(node["values"], "item", path, namespace)
            return f"(whole(len({value})) + join([text(key) + {each} for key, item in {value}.items()]) + NULL if {value} else NULL)"
        if kind in ("record", "enum"):
            return self._named(node, node.get("namespace", namespace)).format(value)
        found = self._types.get(kind) or self._types.get(f"{namespace}.{kind}")
        if found is None:
            raise TypeError(f"field {path}: expected a type that records of ours have, found {kind}")
        return found.format(value)

    def _taken(self, node: Any, value: str, path: str, namespace: str) -> str:
        """Return the expression of a value of a union that is not null."""
        kind = _type_of(node)
        if kind == "double":
            return f"taken_double(TAKEN, {value}) if isfinite({value}) else not_finite({path!r}, {value})"
        if kind in _BITS:
            return f"SHORT_TAKEN[{value}] if 0 <= {value} < {_SHORT} else TAKEN + whole({value}, {_BITS[kind]})"
        return f"TAKEN + {self._bytes_of(node, value, path, namespace)}"

    def _named(self, node: Mapping[str, Any], namespace: str) -> str:
        if node["type"] == "record":
            expression = f"{self.of_record(node, namespace)}({{}})"
        else:
            name = f"enum{len(self.names)}"
            self.names[name] = {symbol: _whole(number) for number, symbol in enumerate(node["symbols"])}
            expression = f"{name}[{{}}]"
        self._types[f"{namespace}.{node['name']}"] = expression
        return expression


def _is_nullable_double(node: Any) -> bool:
    return isinstance(node, list) and len(node) == _BRANCHES and node[0] == "null" and _type_of(node[1]) == "double"


def _type_of(node: Any) -> str:
    """Return the type of a node that is a name or an object; a logical type counts as what it is written as."""
    return node if isinstance(node, str) else str(node["type"])
