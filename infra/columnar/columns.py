"""Decoded records as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.columnar.dictionary import Dictionary
from infra.columnar.record_batch import RawBatch, RawRecord, records_of


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One field of all rows.

    Attributes
    ----------
    values
        int64 of int, long and decimal (scaled by ``10 ** scale``), float64 of float and double, bool, int32 codes of enums and
        dictionary fields, int64 starts in `data` of other text and bytes. 0 where null.
    valid
        False where null; None for a field that cannot be.
    lengths
        Of text and bytes that begin at `values`.
    data
        What `values` and `lengths` point into.
    dictionary
        Texts of the codes.
    offsets
        For a field of an array's items: those of row ``i`` are ``values[offsets[i] : offsets[i + 1]]``.
    """

    values: npt.NDArray[Any]
    valid: npt.NDArray[np.bool_] | None = None
    lengths: npt.NDArray[np.int64] | None = None
    data: npt.NDArray[np.uint8] | None = None
    dictionary: Dictionary | None = None
    offsets: npt.NDArray[np.int64] | None = None
    scale: int = 0

    def text(self, index: int) -> str | None:
        """Return the text of a value, None where null; ``index`` is that of an item for an array's field."""
        if self.valid is not None and not self.valid[index]:
            return None
        if self.dictionary is not None:
            return self.dictionary.text(int(self.values[index]))
        return self._bytes(index).decode()

    def raw(self, index: int) -> bytes | None:
        """Return the bytes of a value, None where null."""
        return None if self.valid is not None and not self.valid[index] else self._bytes(index)

    def _bytes(self, index: int) -> bytes:
        if self.data is None or self.lengths is None:
            raise TypeError("expected a column of text or bytes, found one of numbers")
        start = int(self.values[index])
        return self.data[start : start + int(self.lengths[index])].tobytes()


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that is no row, and why."""

    record: RawRecord
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Rows of one or more batches.

    Attributes
    ----------
    count
        Number of rows.
    offsets
        Kafka offset of each, rising strictly.
    append_ms
        Largest timestamp of the batches, 0 if there are none.
    bad
        Records that are no rows: take each through the codec by itself. In the order of their offsets.
    with_headers
        Rows whose record has headers.
    batches
        Where the rows come from.
    batch_ends
        Number of rows up to the end of each batch.
    """

    count: int
    offsets: npt.NDArray[np.int64]
    append_ms: int
    bad: tuple[BadRecord, ...]
    with_headers: npt.NDArray[np.int64]
    batches: tuple[RawBatch, ...]
    batch_ends: npt.NDArray[np.int64]
    by_name: Mapping[str, Column] = field(repr=False)

    def column(self, name: str) -> Column:
        """Return a field's column; raises `KeyError` if the decoder was not asked for it."""
        return self.by_name[name]

    @property
    def names(self) -> Sequence[str]:
        return tuple(self.by_name)

    def append_ms_of_rows(self) -> npt.NDArray[np.int64]:
        """Return the largest timestamp of each row's batch."""
        times = np.array([batch.append_ms for batch in self.batches], np.int64)
        return np.repeat(times, np.diff(self.batch_ends, prepend=0))

    def raw_record(self, row: int) -> RawRecord:
        """Return a row's record as it was fetched: for dead letters and tracing, not for every row."""
        batch = self.batches[int(np.searchsorted(self.batch_ends, row, side="right"))]
        offset = int(self.offsets[row])
        return next(record for record in records_of(batch) if record.offset == offset)
