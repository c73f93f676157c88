"""Encodes columns into framed Avro values, the same bytes as `schemas.codec.Codec.encode`."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from infra.columnar import encode_kernel as run
from infra.columnar.encoder_fields import EncodedField, Prepared, fields_of, prepare
from schemas.avro_schemas import resolved

_HEADER = struct.Struct(">bI")


class ColumnEncoder:
    """Encodes the rows of one topic.

    Parameters
    ----------
    schema
        Avro schema of the record.
    schema_id
        Id for the frame of the values.

    Attributes
    ----------
    fields
        In the order they are written.

    Raises
    ------
    Unsupported
        If the schema has a type that has no columns.
    """

    def __init__(self, schema: Mapping[str, Any], schema_id: int) -> None:
        self._header = np.frombuffer(_HEADER.pack(0, schema_id), np.uint8).copy()
        self.fields = fields_of(schema)
        self._names = frozenset(field.name for field in self.fields)

    @classmethod
    def for_schema(cls, record: str, schema_id: int) -> Self:
        """Make an encoder for a record by its full name."""
        return cls(resolved(record), schema_id)

    def encode(self, columns: Mapping[str, Any]) -> tuple[bytes, npt.NDArray[np.int64]]:
        """Encode the rows.

        Parameters
        ----------
        columns
            A field's values: an array, a list with None where null, or a `Column` of a decoder. Fields that are null by default may
            be left out. Enums are symbols, or an array of their places. An array's values are lists, or a `Column`.

        Returns
        -------
        buffer
            The values one after the other.
        ends
            Where each ends.

        Raises
        ------
        schemas.record.NonFiniteNumber
            If a number is NaN or infinite.
        ValueError, TypeError
            If a column is missing, unknown, of another length or of another type.
        """
        if strange := set(columns) - self._names:
            raise ValueError(f"expected columns {', '.join(sorted(self._names))}, found {', '.join(sorted(strange))}")
        given = [(field, prepare(field, columns[field.name])) for field in self.fields if field.name in columns]
        rows = _rows_of(given)
        by_name = {field.name: column for field, column in given}
        written = [(field, by_name[field.name] if field.name in by_name else _nulls(field, rows)) for field in self.fields]
        fields, wide, texts = _laid_out(written, rows)
        out = np.empty(_largest(written, rows, len(self._header)), np.uint8)
        ends = np.zeros(rows, np.int64)
        run.encode_rows(rows, fields, wide, wide.reshape(-1).view(np.uint8), texts, self._header, out, ends)
        return out[: ends[-1] if rows else 0].tobytes(), ends


def _rows_of(given: list[tuple[EncodedField, Prepared]]) -> int:
    counts = {field.name: len(column.values) if column.offsets is None else len(column.offsets) - 1 for field, column in given}
    if len(set(counts.values())) > 1:
        raise ValueError(f"expected columns of one length, found {counts}")
    return next(iter(counts.values()), 0)


def _nulls(field: EncodedField, rows: int) -> Prepared:
    if not field.may_miss:
        raise ValueError(f"expected a column {field.name}, found none")
    zeros = np.zeros(rows, np.int64)
    return Prepared(zeros, np.zeros(rows, np.bool_), lengths=zeros)


def _laid_out(written: list[tuple[EncodedField, Prepared]], rows: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Put all columns under each other, one a row, and all texts behind each other."""
    stacked: list[npt.NDArray[Any]] = []
    texts: list[bytes] = []
    text_bytes = 0
    fields = np.full((len(written), run.WIDTH), -1, np.int64)

    def put(values: npt.NDArray[Any] | None) -> int:
        if values is None:
            return -1
        stacked.append(values)
        return len(stacked) - 1

    for index, (field, column) in enumerate(written):
        values = column.values
        if column.lengths is not None:
            values = values + text_bytes
            texts.append(column.texts)
            text_bytes += len(column.texts)
        valid = column.valid
        if valid is None and field.null >= 0:
            valid = np.ones(len(values), np.bool_)
        fields[index] = (field.code, put(values), put(valid), put(column.lengths), put(column.offsets), field.null)
    wide = np.zeros((len(stacked), max((len(each) for each in stacked), default=0) or 1), np.int64)
    for index, each in enumerate(stacked):
        wide[index, : len(each)] = each
    return fields, wide, np.frombuffer(b"".join(texts) or b"\0", np.uint8)


def _largest(written: list[tuple[EncodedField, Prepared]], rows: int, header: int) -> int:
    size = header * rows
    for field, column in written:
        size += len(column.values) * field.largest
        if column.lengths is not None:
            size += int(column.lengths.sum())
        if column.offsets is not None:
            size += rows * (run.LARGEST_LONG + 1)
    return size
