"""Preparations of an answer's rows that an entry may name (ING-31): pure, rows in, rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from infra.clock import to_microseconds
from infra.errors import Permanent

Row = Mapping[str, Any]
RowStep = Callable[[Sequence[Row], Mapping[str, str]], list[Row]]


def flatten_nested(rows: Sequence[Row], options: Mapping[str, str]) -> list[Row]:
    """{"meta": {"date": "2024-11-21"}} becomes {"meta.date": "2024-11-21"}; option ``separator``, a dot by default."""
    separator = options.get("separator", ".")
    return [dict(_flat(row, "", separator)) for row in rows]


def parse_timestamps(rows: Sequence[Row], options: Mapping[str, str]) -> list[Row]:
    """{"time": "2026-03-06T14:30:00Z"} becomes {"time": 1772807400000000}, microseconds UTC; option ``fields``, with commas."""
    return [{name: _moment(value, f"[{number}].{name}") if name in _fields(options) else value for name, value in row.items()}
            for number, row in enumerate(rows)]  # fmt: skip


def calculate_deltas(rows: Sequence[Row], options: Mapping[str, str]) -> list[Row]:
    """Rows 5 and 8 get ``<field>_delta`` of null and 3; options ``fields``, and ``by``: a field whose values have a row of rows each."""
    last: dict[Any, Row] = {}
    found: list[Row] = []
    for row in rows:
        group = row.get(options.get("by", ""))
        before = last.get(group, {})
        found.append({**row, **{f"{name}_delta": _difference(before.get(name), row.get(name)) for name in _fields(options)}})
        last[group] = row
    return found


ROW_STEPS: Mapping[str, RowStep] = {
    "flatten_nested": flatten_nested, "parse_timestamps": parse_timestamps, "calculate_deltas": calculate_deltas,
}  # fmt: skip


def moment_us(value: Any) -> int | None:
    """Return a vendor's moment, ISO text with an offset or epoch seconds, milliseconds, microseconds, in microseconds; None if it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        for largest, factor in ((10**11, 1_000_000), (10**14, 1_000), (10**17, 1)):
            if 0 <= value < largest:
                return round(value * factor)
        return None
    try:
        return to_microseconds(datetime.fromisoformat(str(value)))
    except ValueError:
        return None


def _moment(value: Any, path: str) -> int | None:
    if value is None:
        return None
    found = moment_us(value)
    if found is None:
        raise Permanent(f"expected a moment with an offset, found {value!r:.60}", path)
    return found


def _flat(row: Row, prefix: str, separator: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in row.items():
        if isinstance(value, Mapping) and value:
            pairs += _flat(value, f"{prefix}{name}{separator}", separator)
        else:
            pairs.append((f"{prefix}{name}", value))
    return pairs


def _fields(options: Mapping[str, str]) -> list[str]:
    return [name.strip() for name in options.get("fields", "").split(",") if name.strip()]


def _difference(before: Any, after: Any) -> float | None:
    """Return how much a value grew; None when there is nothing to compare, never 0."""
    try:
        return float(after) - float(before)
    except (TypeError, ValueError):
        return None
