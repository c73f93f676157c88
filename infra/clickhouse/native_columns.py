"""Decoded columns as columns of ClickHouse's Native format, without an object a value."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from clickhouse_connect.datatypes.base import ClickHouseType
from clickhouse_connect.datatypes.container import Array, Tuple
from clickhouse_connect.datatypes.registry import get_from_name

from infra.clickhouse.text_kernel import written_texts
from infra.columnar.columns import Column
from infra.columnar.decoder import Unsupported

Piece = bytes | npt.NDArray[Any]
Rows = slice | npt.NDArray[np.intp]
"""Which rows, in which order."""

_NUMBERS: Mapping[str, np.dtype[Any]] = {
    "Int32": np.dtype("<i4"), "Int64": np.dtype("<i8"), "Float32": np.dtype("<f4"), "Float64": np.dtype("<f8"),
    "Bool": np.dtype("u1"), "DateTime64": np.dtype("<i8"), "Date32": np.dtype("<i4"),
}  # fmt: skip
_OWN_DICTIONARY = 3 << 9  # of a LowCardinality column: its keys come with it
_FEW_TEXTS = 1 << 16
_INDEXES = (np.dtype("u1"), np.dtype("<u2"), np.dtype("<u4"))


class ValuesRefused(ValueError):
    """A value does not fit into its column's type; which one, the slow way tells."""


@dataclass(frozen=True, slots=True)
class ColumnWriter:
    """Writes one column of a table.

    Attributes
    ----------
    fields
        Names of the decoded fields that it is made of.
    dictionary
        Those of them that must be decoded as codes.
    write
        Gives the bytes, in pieces, of some rows of these fields; raises `ValuesRefused`.
    """

    fields: tuple[str, ...]
    dictionary: tuple[str, ...]
    write: Callable[[Sequence[Column], Rows], list[Piece]]


def column_writer(name: str, kind: str) -> ColumnWriter:
    """Return what writes the field ``name`` as a column of type ``kind``; raises `Unsupported`."""
    made = get_from_name(kind)
    if not isinstance(made, Array):
        return ColumnWriter((name,), (name,) if made.low_card else (), partial(_write_one, _writer_of(made)))
    item = made.element_type
    if item.low_card:
        raise Unsupported(f"expected no dictionary inside the array {name}")
    if not isinstance(item, Tuple):
        return ColumnWriter((name,), (), partial(_write_array, [_writer_of(item)]))
    if any(each.low_card for each in item.element_types):
        raise Unsupported(f"expected no dictionary inside the array {name}")
    fields = tuple(f"{name}.{element}" for element in item.element_names)
    return ColumnWriter(fields, (), partial(_write_array, [_writer_of(each) for each in item.element_types]))


def order_by_text(column: Column, first: int, stop: int) -> Rows:
    """Return the rows from ``first`` up to ``stop``, ordered by the texts of a dictionary column and else as they are."""
    dictionary = column.dictionary
    if dictionary is None or len(dictionary) > _FEW_TEXTS:
        return slice(first, stop)
    rank = np.empty(len(dictionary), np.uint16)  # numpy sorts 16 bits by counting
    rank[np.argsort([text.encode() for text in dictionary.texts()])] = np.arange(len(dictionary), dtype=np.uint16)
    return first + np.argsort(rank[column.values[first:stop]], kind="stable")


def one_text(text: str, rows: int) -> list[Piece]:
    """Return a LowCardinality(String) column that holds the same text ``rows`` times."""
    return [_low_cardinality([text], np.zeros(rows, _INDEXES[0]))]


def head(columns: int, rows: int) -> bytes:
    """Return the beginning of a block."""
    return _varint(columns) + _varint(rows)


def column_head(name: str, kind: str) -> bytes:
    """Return what stands before a column's bytes."""
    return _text(name) + _text(kind)


_Write = Callable[[Column], list[Piece]]


def _writer_of(kind: ClickHouseType) -> _Write:
    base = kind.base_type
    written: _Write
    if base == "String":
        written = _codes if kind.low_card else _texts
    elif base is not None and base in _NUMBERS and not kind.low_card:
        written = partial(_numbers, _NUMBERS[base])
    else:
        raise Unsupported(f"expected a number, a time or a text, found {kind.name}")
    if kind.nullable and not kind.low_card:
        return lambda column: [_nulls(column), *written(column)]
    return written


def _write_one(written: _Write, fields: Sequence[Column], rows: Rows) -> list[Piece]:
    (column,) = fields
    return written(_part(column, rows))


def _write_array(elements: Sequence[_Write], fields: Sequence[Column], rows: Rows) -> list[Piece]:
    borders = fields[0].offsets
    if borders is None:
        raise TypeError("expected the items of an array, found one value a row")
    starts, lengths = borders[:-1][rows], np.diff(borders)[rows]
    ends = np.cumsum(lengths)
    pieces: list[Piece] = [ends.astype("<u8")]
    total = int(ends[-1]) if len(ends) else 0
    items = np.repeat(starts - (ends - lengths), lengths) + np.arange(total)
    for written, column in zip(elements, fields, strict=True):
        pieces += written(_part(column, items))
    return pieces


def _part(column: Column, rows: Rows) -> Column:
    return replace(
        column,
        values=column.values[rows],
        valid=None if column.valid is None else column.valid[rows],
        lengths=None if column.lengths is None else column.lengths[rows],
    )


def _nulls(column: Column) -> Piece:
    return np.zeros(len(column.values), np.uint8) if column.valid is None else ~column.valid


def _numbers(kind: np.dtype[Any], column: Column) -> list[Piece]:
    values = column.values
    if kind.kind == "i" and kind.itemsize < values.itemsize and len(values):
        known = np.iinfo(kind)
        if values.min() < known.min or values.max() > known.max:
            raise ValuesRefused(f"expected numbers of {8 * kind.itemsize} bits, found larger ones")
    return [np.ascontiguousarray(values, kind)]


def _texts(column: Column) -> list[Piece]:
    if column.data is None or column.lengths is None:
        raise TypeError("expected texts, found a column of numbers")
    return [written_texts(column.data, column.values, column.lengths)]


def _codes(column: Column) -> list[Piece]:
    """Give the dictionary column only the keys that it uses: the decoder's own grows over its life."""
    codes, dictionary = column.values, column.dictionary
    if dictionary is None:
        raise TypeError("expected codes of a dictionary, found plain values")
    null = [""] if column.valid is not None else []
    present = codes if column.valid is None else codes[column.valid]
    used = np.zeros(len(dictionary), bool)
    used[present] = True
    keys = np.flatnonzero(used)
    place = np.cumsum(used, dtype=np.int64) - 1 + len(null)
    kind = next(kind for kind in _INDEXES if len(keys) + len(null) <= np.iinfo(kind).max + 1)
    if column.valid is None:
        indexes = place.astype(kind)[codes]
    else:
        indexes = np.zeros(len(codes), kind)
        indexes[column.valid] = place.astype(kind)[present]
    return [_low_cardinality([*null, *(dictionary.text(code) for code in keys.tolist())], indexes)]


def _low_cardinality(keys: Sequence[str], indexes: npt.NDArray[Any]) -> bytes:
    if not len(indexes):
        return b""
    flags = _OWN_DICTIONARY | _INDEXES.index(indexes.dtype)
    return b"".join(
        [struct.pack("<QQQ", 1, flags, len(keys)), *map(_text, keys), struct.pack("<Q", len(indexes)), indexes.tobytes()]
    )


def _text(text: str) -> bytes:
    written = text.encode()
    return _varint(len(written)) + written


def _varint(number: int) -> bytes:
    written = bytearray()
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])
