"""How a stage keeps its state: a stored state a key, or pages of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from infra.errors import Fatal
from infra.settings import Form, Settings
from processors.array_fold import ArrayFold, Values, runner
from processors.array_pages import PageCodec
from processors.array_partition import ArrayPartition, EmitColumns, pages
from processors.checkpoint import StateCodec
from processors.fold import ColumnFold, Fold
from processors.partition_fold import PartitionFold, recover
from processors.partition_state import PartitionState
from processors.stage_spec import StageSpec
from processors.table_codec import TableCodec
from schemas import catalog


class Packer(Protocol):
    """The part of a fold that turns columns into what it folds."""

    def columns_of(self, topic: str) -> Sequence[str]:
        """Return the fields it reads of a topic, without the key."""

    def pack(self, topic: str, columns: Any) -> Values:
        """Return an `infra.columnar.decoder.Columns` as the fold wants it, one or more arrays of its length."""

    def acceptable(self, topic: str, values: Values) -> npt.NDArray[np.bool_]:
        """Tell which records can be folded; the others go one by one through the fold's own refusal."""


class Storage(Protocol):
    """Makes partitions from what the changelog holds."""

    @property
    def codec(self) -> StateCodec:
        """Return what encodes states for a checkpoint."""

    @property
    def packer(self) -> Packer | None:
        """Return what turns columns into what the fold folds; None if it takes records only."""

    @property
    def writes_columns(self) -> bool:
        """Tell whether outputs come as columns."""

    def load(self, partition: int, stored: Mapping[bytes, bytes]) -> PartitionState:
        """Return the partition as the changelog has it."""

    def warm(self, values: Values) -> None:
        """Get ready for columns like these empty ones."""


class KeyedStorage:
    """States of a `Fold`."""

    writes_columns = False

    def __init__(self, spec: StageSpec, fold: Fold[Any]) -> None:
        self.codec = TableCodec(fold.state_type)
        self.packer: Packer | None = fold if isinstance(fold, ColumnFold) else None
        self._fold = fold
        self._ticks = None if spec.tick_topic is None else (catalog.topic(spec.tick_topic).kafka_name, spec.tick_topic)

    def load(self, partition: int, stored: Mapping[bytes, bytes]) -> PartitionState:
        """Return the partition as the changelog has it."""
        return PartitionFold(partition, self._fold, self._ticks, recover(stored, self.codec))

    def warm(self, values: Values) -> None:
        """Do nothing: a step in Python is as ready as it gets."""


class ArrayStorage:
    """Rows of an `ArrayFold`."""

    writes_columns = True

    def __init__(self, spec: StageSpec, fold: ArrayFold, form: Form, emit: EmitColumns) -> None:
        if spec.tick_topic is not None or spec.inputs != (fold.input,) or spec.outputs != (fold.output,):
            raise Fatal(f"{spec.unit}: expected {fold.input} alone to be folded into {fold.output} without ticks")
        self.codec = PageCodec(fold)
        self.packer: Packer | None = _Columns(fold)
        self._fold, self._form, self._emit = fold, form, emit
        self._entry = catalog.topic(fold.input)

    def load(self, partition: int, stored: Mapping[bytes, bytes]) -> PartitionState:
        """Return the partition as the changelog has it."""
        assert self._entry.key is not None
        return ArrayPartition(
            partition, self._fold, self._form, self._entry.kafka_name, self._entry.key, self._emit, pages(stored, self.codec)
        )  # fmt: skip

    def warm(self, values: Values) -> None:
        """Compile before there is traffic."""
        run = runner(self._fold, self._form)
        run(np.zeros(0, self._fold.row_type), np.zeros(0, np.int32), values, np.zeros(0, self._fold.output_type))


class _Columns:
    """A hot fold's columns are the fields it names, as they are."""

    def __init__(self, fold: ArrayFold) -> None:
        self._fold = fold

    def columns_of(self, topic: str) -> Sequence[str]:
        return self._fold.fields

    def pack(self, topic: str, columns: Any) -> Values:
        return self._fold.prepare(columns)

    def acceptable(self, topic: str, values: Values) -> npt.NDArray[np.bool_]:
        return self._fold.acceptable(values)


def storage_of(spec: StageSpec, fold: Fold[Any] | ArrayFold, settings: Settings, emit: EmitColumns) -> Storage:
    """Return the storage that fits the fold."""
    if isinstance(fold, ArrayFold):
        return ArrayStorage(spec, fold, settings.stage.form, emit)
    return KeyedStorage(spec, fold)
