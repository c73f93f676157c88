"""Encodes outputs that come as columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from infra.kafka.codecs import CodecSet
from schemas import catalog
from schemas.codec import Codec
from schemas.record import Record

if TYPE_CHECKING:
    from infra.columnar.encoder_fields import EncodedField

_PLAIN = ("int", "long", "double", "string", "enum")


class ColumnOutput:
    """Columns of catalogue topics to framed Avro records.

    Parameters
    ----------
    codecs
        Of the topics that will be written.
    """

    def __init__(self, codecs: CodecSet) -> None:
        self._codecs = codecs
        self._topics: dict[str, _TopicOutput] = {}

    def prepare(self, topic: str) -> None:
        """Make the encoder of a topic, and compile what there is to compile, before there is traffic."""
        self._topics[topic] = _TopicOutput(topic, self._codecs.of(topic))

    def encode(self, topic: str, columns: Mapping[str, Any]) -> list[bytes]:
        """Return one value a row; lists, which are short, go row by row: columns of few rows take longer to lay out than to write.

        Raises
        ------
        schemas.record.NonFiniteNumber
            If a number is NaN or infinite.
        """
        return self._topics[topic].encode(columns)


class _TopicOutput:
    def __init__(self, topic: str, codec: Codec[Any]) -> None:
        from infra.columnar.encoder import ColumnEncoder  # numba is imported where columns are written

        self._columns = ColumnEncoder.for_schema(catalog.topic(topic).record, codec.schema_id)
        fields = self._columns.fields
        self._nullable = frozenset(field.name for field in fields if field.null >= 0)
        self._rows = RowRecords(codec.record_type, fields) if are_plain(fields) else None
        self._codec = codec

    def encode(self, columns: Mapping[str, Any]) -> list[bytes]:
        if self._rows is not None and all(isinstance(values, list) for values in columns.values()):
            return list(map(self._codec.encode, self._rows.of(columns)))
        given = {name: _with_nulls(values) if name in self._nullable else values for name, values in columns.items()}
        buffer, ends = self._columns.encode(given)
        return [buffer[begin:end] for begin, end in pairwise((0, *ends.tolist()))]


def are_plain(fields: Sequence[EncodedField]) -> bool:
    """Tell whether a record's fields are such that `RowRecords` makes it of columns."""
    return all(field.kind in _PLAIN and not field.is_array and "." not in field.name for field in fields)


class RowRecords:
    """Makes records of plain fields of columns that are short lists."""

    def __init__(self, record_type: type[Record], fields: Sequence[EncodedField]) -> None:
        self._record_type = record_type
        self._nulls = {field.name: None for field in fields if field.may_miss}
        self._conversions: dict[str, Callable[[Any], Any]] = {
            **{field.name: partial(_symbol, field.symbols) for field in fields if field.symbols},
            **{field.name: _null_if_nan for field in fields if field.kind == "double" and field.null >= 0},
        }

    def of(self, columns: Mapping[str, list[Any]]) -> list[Record]:
        """Return the record of each row; what no column says is null."""
        converted = {name: list(map(self._conversions[name], values)) for name, values in columns.items() if name in self._conversions}
        from_avro, names = self._record_type.from_avro, tuple(columns)
        rows = zip(*{**columns, **converted}.values(), strict=True)
        return [from_avro({**self._nulls, **dict(zip(names, row, strict=True))}) for row in rows]


def _symbol(symbols: tuple[str, ...], place: int | str | None) -> str | None:
    return symbols[place] if isinstance(place, int) else place


def _null_if_nan(value: float | None) -> float | None:
    return value if value == value else None  # NaN is not equal to itself


def _with_nulls(values: Any) -> Any:
    """Take NaN of a float column for null."""
    if isinstance(values, list) and any(isinstance(value, float) for value in values):
        values = np.array(values, np.float64)
    if not isinstance(values, np.ndarray) or values.dtype.kind != "f" or not np.isnan(values).any():
        return values
    from infra.columnar.columns import Column

    return Column(values=values, valid=~np.isnan(values))
