"""Rows as one block of ClickHouse's Native format: what is inserted whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.insert import InsertContext
from clickhouse_connect.driver.transform import NativeTransform

from infra.clickhouse.failures import RowsRefused


@dataclass(frozen=True, slots=True)
class NativeBlock:
    """Rows of one insert.

    Attributes
    ----------
    columns
        Names, in the order of the data.
    rows
        How many.
    data
        The block, names and types of its columns included.
    """

    table: str
    columns: tuple[str, ...]
    rows: int
    data: bytes | bytearray


def block_of_values(table: str, columns: Mapping[str, str], values: Sequence[Sequence[Any]]) -> NativeBlock:
    """Return the block of Python values.

    Parameters
    ----------
    columns
        Column name to ClickHouse type.
    values
        Values of each column, in the order of ``columns``.

    Raises
    ------
    RowsRefused
        If a value is none of its column's type.
    """
    rows = len(values[0]) if values else 0
    context = InsertContext(
        table=table,
        column_names=list(columns),
        column_types=[get_from_name(kind) for kind in columns.values()],
        data=list(values),
        column_oriented=True,
        block_size=max(rows, 1),  # one block, so one part: all of it or nothing
    )
    reasons: list[Exception] = []
    written = b"".join(NativeTransform.build_insert(context, reasons.append))
    if reasons:
        raise RowsRefused(f"expected values that {table} can hold, found {reasons[0]!r}") from reasons[0]
    return NativeBlock(table, tuple(columns), rows, written.partition(b"FORMAT Native\n")[2])
