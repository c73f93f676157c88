"""A hot fold: its state is one array row a key, and its logic is written for a record, for columns, or as a compiled kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from infra.settings import Form
from schemas.record import Record

Rows = npt.NDArray[np.void]
"""Structured array: one row a key, or one row an output."""
Index = npt.NDArray[np.int32]
Values = tuple[npt.NDArray[Any], ...]
FEW_OUTPUTS = 4  # up to so many cost less one by one than as columns
FoldRows = Callable[[Rows, Index, Values, Rows], int]
"""``(state rows, row of each record, its prepared columns, room for outputs) -> outputs written``; changes the state in place."""


@runtime_checkable
class ArrayFold(Protocol):
    """Logic of a stage with millions of records a second; one input topic, one output topic.

    Unlike a `processors.fold.Fold` it changes its state in place: the stage copies what changed when it takes a checkpoint.

    Attributes
    ----------
    input, output
        Logical topic names; both have a key of the same name and the same partition count.
    fields
        Fields of the input that the fold reads, without the key; those of nested records as ``bids.price``.
    row_type
        State of a key; a new key's row is all zeros.
    output_type
        One output; its first field is ``row`` (int32), the key's row, the others are fields of the output record. NaN is null.
    forms
        Those it is written in; a kernel for a stage that runs, a step for whom speed does not matter.
    """

    input: ClassVar[str]
    output: ClassVar[str]
    fields: ClassVar[Sequence[str]]
    row_type: ClassVar[np.dtype[np.void]]
    output_type: ClassVar[np.dtype[np.void]]
    forms: ClassVar[frozenset[Form]]

    def prepare(self, columns: Any) -> Values:
        """Turn `infra.columnar.columns.Columns` of the fields into those every form works on: what a column can compute no record has to."""

    def values_of(self, record: Record) -> tuple[Any, ...]:
        """Return what `prepare` makes of a single record."""

    def acceptable(self, values: Values) -> npt.NDArray[np.bool_]:
        """Tell which records can be folded, from prepared columns; `check` says of each other one why not."""

    def check(self, record: Record) -> None:
        """Refuse a record that is not acceptable.

        Raises
        ------
        infra.errors.Permanent
            With what was expected and what was found.
        """

    def open(self, row: np.void) -> Any:
        """Return the mutable state of a row that `step` works on."""

    def close(self, state: Any) -> tuple[Any, ...]:
        """Return the row of a state."""

    def step(self, state: Any, *values: Any) -> tuple[Any, ...] | None:
        """Fold one record into ``state``; return the output without its ``row``, if there is one."""

    def fold_columns(self, rows: Rows, index: Index, values: Values, outputs: Rows) -> int:
        """Fold many records at once."""

    def kernel(self) -> FoldRows:
        """Return the compiled form of `fold_columns`."""


class FoldByRecord:
    """Runs `ArrayFold.step` on records; keeps the states as Python objects and writes them to the rows when asked to."""

    def __init__(self, fold: ArrayFold) -> None:
        self._fold = fold
        self._states: list[Any] = []

    def __call__(self, rows: Rows, index: Index, values: Values, outputs: Rows) -> int:
        states, step = self._states, self._fold.step
        for number in range(len(states), len(rows)):
            states.append(self._fold.open(rows[number]))
        places = index.tolist()
        written: list[tuple[Any, ...]] = []
        # `map` passes the values on without unpacking them: a quarter of the time of a loop that does.
        stepped = map(step, map(states.__getitem__, places), *(column.tolist() for column in values))
        for number, output in enumerate(stepped):
            if output is not None:
                written.append((places[number], *output))
        outputs[: len(written)] = written
        return len(written)

    def flush(self, rows: Rows, first: int, last: int) -> None:
        """Write the states of rows ``first`` to ``last`` (excluded) into them."""
        for number in range(first, min(last, len(self._states))):
            rows[number] = self._fold.close(self._states[number])


class FoldInPlace:
    """Runs a form that works on the rows themselves."""

    def __init__(self, fold_rows: FoldRows) -> None:
        self._fold_rows = fold_rows

    def __call__(self, rows: Rows, index: Index, values: Values, outputs: Rows) -> int:
        return self._fold_rows(rows, index, values, outputs)

    def flush(self, rows: Rows, first: int, last: int) -> None:
        """Do nothing: the rows are the state."""


FormRunner = FoldByRecord | FoldInPlace


def runner(fold: ArrayFold, form: Form) -> FormRunner:
    """Return what folds a partition in a form, or in the fastest the fold has; a runner belongs to one partition."""
    if form not in fold.forms:
        form = next(known for known in (Form.KERNEL, Form.COLUMNS, Form.RECORD) if known in fold.forms)
    if form is Form.RECORD:
        return FoldByRecord(fold)
    return FoldInPlace(fold.kernel() if form is Form.KERNEL else fold.fold_columns)


def output_columns(outputs: Rows, key: str, texts: Sequence[str]) -> Mapping[str, Any]:
    """Return outputs as columns for the encoder, few of them as lists; ``texts`` are the keys by row."""
    names = outputs.dtype.names
    assert names is not None
    if len(outputs) <= FEW_OUTPUTS:
        few = dict(zip(names, map(list, zip(*outputs.tolist(), strict=True)), strict=True))
        return {key: [texts[row] for row in few.pop("row")], **few}
    columns: dict[str, Any] = {key: [texts[row] for row in outputs["row"].tolist()]}
    columns.update({name: np.ascontiguousarray(outputs[name]) for name in names if name != "row"})
    return columns
