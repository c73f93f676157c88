"""The fields of a record as the column encoder writes them, and their values as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import fastavro
import numpy as np
import numpy.typing as npt

from infra.columnar import encode_kernel as run
from infra.columnar.columns import Column
from infra.columnar.schema_program import Unsupported
from schemas.record import NonFiniteNumber

_CODES = {
    "int": run.LONG, "long": run.LONG, "enum": run.LONG, "double": run.DOUBLE, "float": run.FLOAT, "boolean": run.BOOLEAN,
    "string": run.TEXT, "bytes": run.TEXT, "fixed": run.FIXED,
}  # fmt: skip
_FIXED_SIZES = {"double": 8, "float": 4, "boolean": 1, "int": 10, "long": 10, "enum": 10}
_SMALLEST_INT, _LARGEST_INT = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class EncodedField:
    """A scalar, or an array of scalars, of the record.

    Attributes
    ----------
    null
        Index of null in its union, -1 if it cannot be null; of the items for an array.
    may_miss
        Null where no column is given.
    """

    name: str
    kind: str
    null: int = -1
    is_array: bool = False
    may_miss: bool = False
    symbols: tuple[str, ...] = ()
    size: int = 0

    @property
    def code(self) -> int:
        return _CODES[self.kind]

    @property
    def largest(self) -> int:
        """Bytes of a value without its text."""
        return 1 + _FIXED_SIZES.get(self.kind, run.LARGEST_LONG)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A field's column as 8-byte values; texts lie in ``texts`` at ``values`` with ``lengths``."""

    values: npt.NDArray[np.int64]
    valid: npt.NDArray[np.bool_] | None = None
    lengths: npt.NDArray[np.int64] | None = None
    offsets: npt.NDArray[np.int64] | None = None
    texts: bytes = b""


def fields_of(schema: Mapping[str, Any]) -> list[EncodedField]:
    """Return the fields of a record in the order they are written; those of nested records as ``outer.inner``.

    Raises
    ------
    Unsupported
        If a field is a map, an array of anything but scalars, a nullable array or record, or a union of several types.
    """
    named: dict[str, Any] = {}
    parsed: Any = fastavro.parse_schema(dict(schema), named_schemas=named)
    return list(_record_fields(parsed, "", named))


def _record_fields(record: Mapping[str, Any], prefix: str, named: Mapping[str, Any]) -> Sequence[EncodedField]:
    found: list[EncodedField] = []
    for each in record["fields"]:
        name = f"{prefix}{each['name']}"
        schema = _named(each["type"], named)
        if isinstance(schema, dict) and schema["type"] == "record":
            found += _record_fields(schema, f"{name}.", named)
        elif isinstance(schema, dict) and schema["type"] == "array":
            found.append(_scalar(name, _named(schema["items"], named), named, is_array=True))
        else:
            may_miss = "default" in each and each["default"] is None
            found.append(_scalar(name, schema, named, may_miss=may_miss))
    return found


def _scalar(name: str, schema: Any, named: Mapping[str, Any], *, is_array: bool = False, may_miss: bool = False) -> EncodedField:
    null = -1
    if isinstance(schema, list):
        nulls = [index for index, branch in enumerate(schema) if branch == "null"]
        if len(schema) != 2 or len(nulls) != 1:
            raise Unsupported(f"expected [null, X] as the type of {name}, found {schema}")
        null = nulls[0]
        schema = _named(schema[1 - null], named)
    details = schema if isinstance(schema, dict) else {"type": schema}
    kind = details["type"]
    if kind not in _CODES:
        raise Unsupported(f"expected a scalar as {name}, found {kind}")
    return EncodedField(name, kind, null, is_array, may_miss, tuple(details.get("symbols", ())), int(details.get("size", 0)))


def _named(schema: Any, named: Mapping[str, Any]) -> Any:
    return named[schema] if isinstance(schema, str) and schema in named else schema


def prepare(field: EncodedField, column: Any) -> Prepared:
    """Return a column, as a `Column`, an array or a list with None where null, as the kernel takes it.

    Raises
    ------
    NonFiniteNumber
        If a number is NaN or infinite.
    TypeError, ValueError
        If a value is not one of the field's type.
    """
    offsets = None
    if field.is_array:
        column, offsets = _flat(column)
    valid: npt.NDArray[np.bool_] | None = None
    if isinstance(column, Column):
        valid = column.valid
    elif not isinstance(column, np.ndarray):
        column = list(column)
        present = [value is not None for value in column]
        if not all(present):
            valid = np.array(present, np.bool_)
            column = [value for value in column if value is not None]
    if valid is not None and field.null < 0 and not valid.all():
        raise TypeError(f"field {field.name}: expected a value, found null")
    if isinstance(column, Column):
        prepared = _from_column(field, column)
    else:
        prepared = _texts(field, column) if field.kind in ("string", "bytes", "fixed") else Prepared(_numbers(field, column))
        if valid is not None:
            prepared = _spread(prepared, valid)
    _check_finite(field, prepared.values, valid)
    return Prepared(prepared.values, valid, prepared.lengths, offsets, prepared.texts)


def _flat(column: Any) -> tuple[Any, npt.NDArray[np.int64]]:
    if isinstance(column, Column):
        assert column.offsets is not None, "a column of an array's items says where each row's end"
        return column, column.offsets
    rows = list(column)
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    return [item for row in rows for item in row], offsets


def _from_column(field: EncodedField, column: Column) -> Prepared:
    if column.dictionary is not None and field.kind != "enum":
        texts = _texts(field, list(column.dictionary.texts()))
        assert texts.lengths is not None
        if not len(texts.values):
            return Prepared(np.zeros(len(column.values), np.int64), lengths=np.zeros(len(column.values), np.int64))
        return Prepared(texts.values[column.values], lengths=texts.lengths[column.values], texts=texts.texts)
    if column.lengths is not None:
        assert column.data is not None
        return Prepared(column.values, lengths=column.lengths, texts=column.data.tobytes())
    return Prepared(_numbers(field, column.values))


def _spread(prepared: Prepared, valid: npt.NDArray[np.bool_]) -> Prepared:
    """Put the values at their rows, 0 where null."""
    values = np.zeros(len(valid), np.int64)
    values[valid] = prepared.values
    if prepared.lengths is None:
        return Prepared(values)
    lengths = np.zeros(len(valid), np.int64)
    lengths[valid] = prepared.lengths
    return Prepared(values, lengths=lengths, texts=prepared.texts)


def _texts(field: EncodedField, values: Sequence[Any]) -> Prepared:
    encoded = [value.encode() if field.kind == "string" else bytes(value) for value in values]
    lengths = np.array([len(each) for each in encoded], np.int64)
    if field.kind == "fixed" and (lengths != field.size).any():
        raise ValueError(f"field {field.name}: expected {field.size} bytes, found {sorted(set(lengths.tolist()))}")
    starts = np.zeros(len(encoded), np.int64)
    np.cumsum(lengths[:-1], out=starts[1:])
    return Prepared(starts, lengths=lengths, texts=b"".join(encoded))


def _numbers(field: EncodedField, values: Any) -> npt.NDArray[np.int64]:
    if field.kind == "enum" and not isinstance(values, np.ndarray):
        values = [field.symbols.index(value) for value in values]
    array = np.asarray(values)
    allowed = {"double": "fiu", "float": "fiu", "boolean": "b"}.get(field.kind, "iu")
    if array.size and array.dtype.kind not in allowed:
        raise TypeError(f"field {field.name}: expected values of type {field.kind}, found {array.dtype}")
    if field.kind == "double":
        return np.ascontiguousarray(array, np.float64).view(np.int64)
    if field.kind == "float":
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(array, np.float32).view(np.uint32).astype(np.int64)
    if array.size and field.kind in ("int", "enum"):
        smallest, largest = (_SMALLEST_INT, _LARGEST_INT) if field.kind == "int" else (0, len(field.symbols) - 1)
        if array.min() < smallest or array.max() > largest:
            raise ValueError(f"field {field.name}: expected numbers from {smallest} to {largest}, found {array.min()} to {array.max()}")
    if array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        raise ValueError(f"field {field.name}: expected numbers of 64 bits, found {array.max()}")
    return np.ascontiguousarray(array).astype(np.int64, copy=False)


def _check_finite(field: EncodedField, values: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_] | None) -> None:
    if field.kind not in ("double", "float"):
        return
    numbers = values.view(np.float64) if field.kind == "double" else values.astype(np.uint32).view(np.float32)
    finite = np.isfinite(numbers)
    if valid is not None:
        finite = finite | ~valid
    if not finite.all():
        raise NonFiniteNumber(f"field {field.name}: expected a finite number, found {numbers[~finite][0]}")
