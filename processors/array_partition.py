"""One partition of a hot fold: rows in memory, pages to the changelog; no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.settings import Form
from processors.array_fold import ArrayFold, Rows, Values, output_columns, runner
from processors.array_pages import PAGE_ROWS, Page, page_key, page_number
from processors.key_state import Snapshot
from processors.partition_state import Emit, Packed, Refuse
from schemas.record import Record
from schemas.records import Tick

_SHIFT = PAGE_ROWS.bit_length() - 1
assert PAGE_ROWS == 1 << _SHIFT

EmitColumns = Callable[[str, int, Mapping[str, Any]], None]
"""``(logical topic, partition, columns)``."""


class ArrayPartition:
    """All keys of one partition as rows of an array.

    Parameters
    ----------
    partition
        Number of the partition.
    fold
        The stage's logic.
    form
        How it is run.
    kafka_topic
        Kafka name of its input.
    key
        Name of the key's field.
    emit
        Takes outputs as columns.
    recovered
        Key of each page the changelog knows, the page, and its offsets.
    """

    def __init__(
        self,
        partition: int,
        fold: ArrayFold,
        form: Form,
        kafka_topic: str,
        key: str,
        emit: EmitColumns,
        recovered: Iterable[tuple[str, Page, Mapping[str, int]]] = (),
    ) -> None:
        self.partition = partition
        self._fold = fold
        self._run = runner(fold, form)
        self._kafka_topic = kafka_topic
        self._key = key
        self._emit = emit
        self._keys: list[str] = []
        self._row_of_key: dict[str, int] = {}
        self._row_of_code = np.full(256, -1, np.int32)
        self._rows: Rows = np.zeros(0, fold.row_type)
        self._dirty = np.zeros(0, np.bool_)
        self._position = -1  # offset of the last record that was given to `fold`
        self._recovered_until = -1  # highest offset the changelog had
        self._outputs: Rows = np.zeros(0, fold.output_type)
        self._guard: npt.NDArray[np.int64] | None = None
        self._recover(recovered)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def dirty(self) -> bool:
        """Tell whether the changelog is behind."""
        return bool(self._dirty.any())

    def highest_offsets(self) -> Mapping[str, int]:
        """Return the highest offset folded into any row."""
        highest = max(self._position, self._recovered_until)
        return {self._kafka_topic: highest} if highest >= 0 else {}

    def fold_packed(self, kafka_topic: str, topic: str, packed: Packed, emit: Emit) -> int:
        """Fold records that are all acceptable; return how many were not folded before."""
        return self._fold_rows(packed.offsets, self._rows_of(packed.codes, packed.text), packed.values)

    def fold_record(self, kafka_topic: str, topic: str, offset: int, key: str, record: Record, emit: Emit) -> bool:
        """Fold one record; return False if it was folded before.

        Raises
        ------
        infra.errors.Permanent
            The fold refuses the record.
        """
        self._fold.check(record)
        values = tuple(np.array([value]) for value in self._fold.values_of(record))
        return bool(self._fold_rows(np.array([offset]), np.array([self._row_of(key)], np.int32), values))

    def fold_tick(self, offset: int, tick: Tick, emit: Emit, refuse: Refuse) -> Iterator[str]:
        """Refuse: a hot fold has no ticks."""
        raise AssertionError("a hot fold has no ticks")

    def snapshots(self) -> list[Snapshot[Page]]:
        """Copy the pages that changed since the last call."""
        taken = []
        for number in np.flatnonzero(self._dirty).tolist():
            first, last = number * PAGE_ROWS, min((number + 1) * PAGE_ROWS, len(self._keys))
            self._run.flush(self._rows, first, last)
            folded = np.full(last - first, self._position, np.int64)
            if self._guard is not None:
                np.maximum(folded, self._guard[first:last], out=folded)
            page = Page(self._keys[first:last], folded, self._rows[first:last].copy())
            taken.append(Snapshot(self.partition, page_key(number), page, {self._kafka_topic: int(folded.max())}))
        self._dirty[:] = False
        return taken

    def _fold_rows(self, offsets: npt.NDArray[np.int64], index: npt.NDArray[np.int32], values: Values) -> int:
        if self._guard is not None:
            index, values = self._without_repeats(offsets, index, values)
        if len(index):
            self._dirty[index >> _SHIFT] = True
            if len(self._outputs) < len(index):
                self._outputs = np.zeros(len(index), self._fold.output_type)
            written = self._run(self._rows[: len(self._keys)], index, values, self._outputs)
            if written:
                self._emit(self._fold.output, self.partition, output_columns(self._outputs[:written], self._key, self._keys))
        self._position = int(offsets[-1])
        return len(index)

    def _recover(self, recovered: Iterable[tuple[str, Page, Mapping[str, int]]]) -> None:
        guard: list[int] = []
        for number, page in sorted(((page_number(key), page) for key, page, _ in recovered), key=itemgetter(0)):
            # A page before it may be missing: the process died before it was written, and its keys come anew.
            missing = number * PAGE_ROWS - len(self._keys)
            self._keys.extend([""] * missing)
            guard.extend([-1] * missing)
            self._reserve(len(self._keys) + len(page.keys))
            for key, folded, row in zip(page.keys, page.folded.tolist(), page.rows, strict=True):
                known = self._row_of_key.get(key)
                if key and (known is None or guard[known] < folded):
                    self._row_of_key[key] = len(self._keys)
                self._rows[len(self._keys)] = row
                self._keys.append(key)
                guard.append(folded)
        if guard:
            self._guard = np.array(guard, np.int64)
            self._recovered_until = max(guard)

    def _rows_of(self, codes: npt.NDArray[np.int32], text: Callable[[int], str]) -> npt.NDArray[np.int32]:
        try:
            index = self._row_of_code[codes]
        except IndexError:  # codes that are new since
            grown = np.full(max(int(codes.max()) + 1, 2 * len(self._row_of_code)), -1, np.int32)
            grown[: len(self._row_of_code)] = self._row_of_code
            self._row_of_code = grown
            index = self._row_of_code[codes]
        if index.min() < 0:
            fresh, first_seen = np.unique(codes[index < 0], return_index=True)
            for code in fresh[np.argsort(first_seen)].tolist():
                self._row_of_code[code] = self._row_of(text(code))
            index = self._row_of_code[codes]
        return index

    def _row_of(self, key: str) -> int:
        row = self._row_of_key.get(key)
        if row is None:
            row = self._row_of_key[key] = len(self._keys)
            self._keys.append(key)
            self._reserve(len(self._keys))
            if self._guard is not None:
                self._guard = np.append(self._guard, np.int64(-1))  # nothing of a new key is folded, whatever its page says
        return row

    def _reserve(self, rows: int) -> None:
        if rows <= len(self._rows):
            return
        pages = -(-max(rows, 2 * len(self._rows)) // PAGE_ROWS)
        grown = np.zeros(pages * PAGE_ROWS, self._fold.row_type)
        grown[: len(self._rows)] = self._rows
        dirty = np.zeros(pages, np.bool_)
        dirty[: len(self._dirty)] = self._dirty
        self._rows, self._dirty = grown, dirty

    def _without_repeats(
        self, offsets: npt.NDArray[np.int64], index: npt.NDArray[np.int32], values: Values
    ) -> tuple[npt.NDArray[np.int32], Values]:
        """Leave out what a recovered page holds already; past the newest of them nothing can be a repeat."""
        assert self._guard is not None
        fresh = offsets > self._guard[index]
        if int(offsets[0]) > int(self._guard.max()):
            self._guard = None
        if fresh.all():
            return index, values
        return index[fresh], tuple(column[fresh] for column in values)


def pages(stored: Mapping[bytes, bytes], codec: Any) -> Iterator[tuple[str, Page, Mapping[str, int]]]:
    """Decode every page of a changelog partition."""
    for key, value in stored.items():
        if not key.startswith(b"\x00"):
            yield key.decode(), *codec.decode(value, stored)
