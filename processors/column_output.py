"""Encodes outputs that come as columns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from infra.kafka.codecs import CodecSet
from schemas import catalog

if TYPE_CHECKING:
    from infra.columnar.encoder import ColumnEncoder  # numba is imported where columns are written


class ColumnOutput:
    """Columns of catalogue topics to framed Avro records.

    Parameters
    ----------
    codecs
        Of the topics that will be written.
    """

    def __init__(self, codecs: CodecSet) -> None:
        self._codecs = codecs
        self._encoders: dict[str, ColumnEncoder] = {}

    def prepare(self, topic: str) -> None:
        """Make the encoder of a topic, and compile what there is to compile, before there is traffic."""
        from infra.columnar.encoder import ColumnEncoder

        self._encoders[topic] = ColumnEncoder.for_schema(catalog.topic(topic).record, self._codecs.of(topic).schema_id)

    def encode(self, topic: str, columns: Mapping[str, Any]) -> list[bytes]:
        """Return one value a row.

        Raises
        ------
        schemas.record.NonFiniteNumber
            If a number is NaN or infinite.
        """
        buffer, ends = self._encoders[topic].encode({name: _with_nulls(values) for name, values in columns.items()})
        return [buffer[begin:end] for begin, end in pairwise((0, *ends.tolist()))]


def _with_nulls(values: Any) -> Any:
    """Take NaN of a float column for null; where the schema has no null the encoder refuses it."""
    if not isinstance(values, np.ndarray) or values.dtype.kind != "f" or not np.isnan(values).any():
        return values
    from infra.columnar.columns import Column

    return Column(values=values, valid=~np.isnan(values))
