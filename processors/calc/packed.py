"""Rows of numbers as one bytes object.

Fold state is written to the changelog several times a second: a ring of bars as bytes costs a copy, as an Avro array of records it
costs milliseconds. Each layout's fields are those of its NamedTuple.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, get_type_hints

import numpy as np

RowT = TypeVar("RowT", bound=tuple[Any, ...])


class Layout(Generic[RowT]):
    """Packs rows of one NamedTuple type, little endian: int as 64 bits signed, float as binary64.

    Parameters
    ----------
    row_type
        NamedTuple of int and float fields.
    """

    def __init__(self, row_type: type[RowT]) -> None:
        kinds = get_type_hints(row_type)
        codes = "".join({int: "q", float: "d"}[kinds[name]] for name in row_type._fields)  # type: ignore[attr-defined]
        self._struct = struct.Struct("<" + codes)
        self._make: Callable[[Iterable[Any]], RowT] = row_type._make  # type: ignore[attr-defined]
        self.row_size = self._struct.size
        self.dtype = np.dtype([(name, "<i8" if kinds[name] is int else "<f8") for name in row_type._fields])  # type: ignore[attr-defined]

    def pack(self, *values: float) -> bytes:
        """Return one row as bytes."""
        return self._struct.pack(*values)

    def pack_all(self, rows: Iterable[RowT]) -> bytes:
        """Return all rows as bytes."""
        pack = self._struct.pack
        return b"".join([pack(*row) for row in rows])

    def unpack(self, data: bytes) -> list[RowT]:
        """Return all rows in ``data``."""
        return [self._make(values) for values in self._struct.iter_unpack(data)]

    def first(self, data: bytes) -> RowT:
        """Return the oldest row of a non-empty ``data``."""
        return self._make(self._struct.unpack_from(data))

    def last(self, data: bytes) -> RowT:
        """Return the newest row of a non-empty ``data``."""
        return self._make(self._struct.unpack_from(data, len(data) - self.row_size))

    def part(self, data: bytes, limit: int) -> tuple[bytes, bytes]:
        """Return the rows whose first field, an int, is below ``limit``, and the others, both in their order.

        Works on columns: when a worker catches up, thousands of rows wait and each tick takes a few of them.
        """
        if not data:
            return b"", b""
        rows = np.frombuffer(data, np.dtype((np.void, self.row_size)))
        below = np.frombuffer(data, "<i8")[:: self.row_size // 8] < limit
        if not below.any():
            return b"", data
        if below.all():
            return data, b""
        return rows[below].tobytes(), rows[~below].tobytes()
