"""Reads columns back as the values of a record, for comparisons."""

from __future__ import annotations

from typing import Any

from infra.columnar.columns import Column
from tests.support.avro_worlds import Path


def read(column: Column, path: Path, row: int) -> Any:
    """One row of a column as the record would hold it."""
    if column.offsets is not None:
        return [_item(column, path, item) for item in range(int(column.offsets[row]), int(column.offsets[row + 1]))]
    return _item(column, path, row)


def _item(column: Column, path: Path, index: int) -> Any:
    if column.valid is not None and not column.valid[index]:
        return None
    if path.kind in ("string", "enum"):
        return column.text(index)
    if path.kind in ("bytes", "fixed"):
        return column.raw(index)
    return column.values[index].item()


def as_column(value: Any, path: Path) -> Any:
    """What a decimal's bytes say."""
    if path.kind == "decimal" and value is not None:
        if isinstance(value, list):
            return [as_column(item, path) for item in value]
        return int.from_bytes(value, "big", signed=True)
    return value
