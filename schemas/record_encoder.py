"""Writes records as Avro without a detour: each field's writer is chosen once, not searched for in every record.

fastavro finds the branch of each nullable field by trying one after the other; an option trade has 24 of them, a market view 170.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from math import isfinite
from typing import Any

from schemas.record import NonFiniteNumber, Record

Writer = Callable[[Any], bytes]
_BITS = {"long": 64, "int": 32}
_DOUBLE, _NULLABLE_DOUBLE = struct.Struct("<d").pack, struct.Struct("<cd").pack
_NULL, _TAKEN = b"\x00", b"\x02"  # which branch of a union follows
_FEWEST = 2  # a run of nullable neighbours begins with two; a union is of null and one type
_PAIR_BITS = 14  # two bytes of a varint at a time, from tables
_PAIRS = 1 << _PAIR_BITS
_GOING_ON = tuple(bytes((pair & 0x7F | 0x80, pair >> 7 | 0x80)) for pair in range(_PAIRS))
_ENDING = tuple(bytes((pair,)) if pair < 0x80 else bytes((pair & 0x7F | 0x80, pair >> 7)) for pair in range(_PAIRS))


def _written(value: int, bits: int = 64) -> bytes:
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
_SHORT_ONES = tuple(_written(number) for number in range(_SHORT))
_SHORT_TAKEN = tuple(_TAKEN + written for written in _SHORT_ONES)


def _whole(bits: int) -> Writer:
    def write(value: int) -> bytes:
        return _SHORT_ONES[value] if 0 <= value < _SHORT else _written(value, bits)

    return write


def _nullable_whole(bits: int) -> Writer:
    def write(value: int | None) -> bytes:
        if value is None:
            return _NULL
        return _SHORT_TAKEN[value] if 0 <= value < _SHORT else _TAKEN + _written(value, bits)

    return write


def _text(value: str) -> bytes:
    encoded = value.encode()
    size = len(encoded)
    return (_SHORT_ONES[size] if size < _SHORT else _written(size)) + encoded


def _bytes(value: bytes) -> bytes:
    return _written(len(value)) + value


def _flag(value: bool) -> bytes:
    return b"\x01" if value else b"\x00"


def _double(path: str) -> Writer:
    def write(value: float) -> bytes:
        if not isfinite(value):
            raise _not_finite(path, value)
        return _DOUBLE(value)

    return write


def _nullable_double(path: str) -> Writer:
    def write(value: float | None) -> bytes:
        if value is None:
            return _NULL
        if not isfinite(value):
            raise _not_finite(path, value)
        return _NULLABLE_DOUBLE(_TAKEN, value)

    return write


def _not_finite(path: str, value: float) -> NonFiniteNumber:
    return NonFiniteNumber(f"field {path}: expected a finite number, found {value}")


def _nullable(write_value: Writer) -> Writer:
    def write(value: Any) -> bytes:
        return _NULL if value is None else _TAKEN + write_value(value)

    return write


def _many(write_value: Writer) -> Writer:
    def write(values: Sequence[Any]) -> bytes:
        if not values:
            return _NULL
        return _written(len(values)) + b"".join([write_value(value) for value in values]) + _NULL

    return write


def _map(write_value: Writer) -> Writer:
    def write(values: Mapping[str, Any]) -> bytes:
        if not values:
            return _NULL
        return _written(len(values)) + b"".join([_text(key) + write_value(value) for key, value in values.items()]) + _NULL

    return write


def _symbol(symbols: Iterable[str]) -> Writer:
    written = {symbol: _written(number) for number, symbol in enumerate(symbols)}
    return lambda symbol: written[symbol]


def _one_by_one(writers: Sequence[Writer]) -> Writer:
    def write(values: Sequence[Any]) -> bytes:
        return b"".join(map(operator.call, writers, values))

    return write


def _nullable_doubles(writers: Sequence[Writer]) -> Writer:
    """Return what writes neighbours that all are there and finite at once."""
    each, pack, taken = _one_by_one(writers), struct.Struct("<" + "Bd" * len(writers)).pack, _TAKEN * len(writers) * 2

    def write(values: Sequence[float | None]) -> bytes:
        if None in values or not isfinite(sum(values)):  # type: ignore[arg-type]
            return each(values)
        parts: list[Any] = list(taken)
        parts[1::2] = values
        return pack(*parts)

    return write


def _nullable_wholes(bits: int) -> Writer:
    def write(values: Sequence[int | None]) -> bytes:
        return b"".join(
            [_NULL if one is None else _SHORT_TAKEN[one] if 0 <= one < _SHORT else _TAKEN + _written(one, bits) for one in values]
        )

    return write


def encoder_of(schema: Mapping[str, Any]) -> Callable[[Record], bytes]:
    """Return what writes the body of a record as `fastavro.schemaless_writer` would.

    The function raises `NonFiniteNumber` for NaN and infinity, and whatever a value of a wrong type leads to.

    Raises
    ------
    TypeError
        For a schema with types that no record of ours has: fixed, float, unions of anything but null and one other type.
    """
    return _record(schema, schema["namespace"], {})


def _record(schema: Mapping[str, Any], namespace: str, known: dict[str, Writer]) -> Writer:
    fields = schema["fields"]
    names = [field["name"] for field in fields]
    writers = [_writer(field["type"], field["name"], namespace, known) for field in fields]
    if len(names) == 1:  # attrgetter gives no tuple for one name
        [name], [write_field] = names, writers
        return lambda record: write_field(getattr(record, name))
    take = operator.attrgetter(*names)
    pieces: list[tuple[slice, Writer]] = []
    for kind, run in groupby(range(len(fields)), key=lambda number: _nullable_kind(fields[number]["type"])):
        numbers = list(run)
        place = slice(numbers[0], numbers[-1] + 1)
        several = len(numbers) >= _FEWEST
        if several and kind == "double":
            pieces.append((place, _nullable_doubles(writers[place])))
        elif several and kind in _BITS:
            pieces.append((place, _nullable_wholes(_BITS[kind])))
        else:
            pieces.append((place, _one_by_one(writers[place])))

    def write(record: Any) -> bytes:
        values = take(record)
        return b"".join([write_piece(values[place]) for place, write_piece in pieces])

    return write


def _nullable_kind(node: Any) -> str:
    """Return the type of a nullable number, which has neighbours of its kind in many records; empty for any other node."""
    kind = _type_of(node[1]) if isinstance(node, list) and len(node) == _FEWEST else ""
    return kind if kind == "double" or kind in _BITS else ""


def _writer(node: Any, path: str, namespace: str, known: dict[str, Writer]) -> Writer:
    if isinstance(node, list):
        if len(node) != _FEWEST or node[0] != "null":
            raise TypeError(f"field {path}: expected a union of null and one other type, found {node}")
        kind = _type_of(node[1])
        if kind == "double":
            return _nullable_double(path)
        return _nullable_whole(_BITS[kind]) if kind in _BITS else _nullable(_writer(node[1], path, namespace, known))
    kind = _type_of(node)
    if kind in _BITS:
        return _whole(_BITS[kind])
    if kind == "array":
        return _many(_writer(node["items"], path, namespace, known))
    if kind == "map":
        return _map(_writer(node["values"], path, namespace, known))
    if kind in ("enum", "record"):
        own = node.get("namespace", namespace)
        return known.setdefault(f"{own}.{node['name']}", _symbol(node["symbols"]) if kind == "enum" else _record(node, own, known))
    simple: dict[str, Writer] = {"string": _text, "bytes": _bytes, "boolean": _flag, "double": _double(path)}
    found = simple.get(kind) or known.get(kind) or known.get(f"{namespace}.{kind}")
    if found is None:
        raise TypeError(f"field {path}: expected a type that records of ours have, found {kind}")
    return found


def _type_of(node: Any) -> str:
    """Return the type of a node that is a name or an object; a logical type counts as what it is written as."""
    return node if isinstance(node, str) else str(node["type"])
