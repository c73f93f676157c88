"""Reads fields of vendor JSON with their exact type, naming the field, what was expected and what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from infra.errors import Permanent

_SHOWN_CHARACTERS = 80
_LARGEST_INT, LARGEST_LONG = 2**31 - 1, 2**63 - 1  # what the topics can hold
_YEARS = (1900, 2200)


def misfit(path: str, expected: str, found: Any) -> Permanent:
    """Return the error that says field ``path`` does not fit."""
    shown = repr(found)
    shown = shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS] + "…"
    return Permanent(f"field {path}: expected {expected}, found {shown}", path)


def text(entry: Mapping[str, Any], key: str, path: str) -> str:
    """Return a string that is not empty."""
    value = entry.get(key)
    if type(value) is str and value:
        return value
    raise misfit(f"{path}.{key}", "a string", value)


def whole(entry: Mapping[str, Any], key: str, path: str, least: int = 0) -> int:
    """Return an integer of at least ``least``; a boolean is none."""
    value = entry.get(key)
    if type(value) is int and least <= value <= LARGEST_LONG:
        return value
    raise misfit(f"{path}.{key}", f"an integer of at least {least}", value)


def positive(entry: Mapping[str, Any], key: str, path: str) -> float:
    """Return a finite number above 0."""
    value = entry.get(key)
    if (type(value) is float or type(value) is int) and 0 < value < math.inf:
        return float(value)
    raise misfit(f"{path}.{key}", "a finite number above 0", value)


def at_least_zero(entry: Mapping[str, Any], key: str, path: str, absent: float | None = None) -> float:
    """Return a finite number that is not negative; ``absent`` stands for a missing one."""
    value = entry.get(key, absent)
    if (type(value) is float or type(value) is int) and 0 <= value < math.inf:
        return float(value)
    raise misfit(f"{path}.{key}", "a finite number, not negative", value)


def optional_whole(entry: Mapping[str, Any], key: str, path: str, largest: int = _LARGEST_INT) -> int | None:
    """Return an integer, or None when the field is absent."""
    value = entry.get(key)
    if value is None or (type(value) is int and abs(value) <= largest):
        return value
    raise misfit(f"{path}.{key}", "an integer or nothing", value)


def codes(entry: Mapping[str, Any], key: str, path: str) -> tuple[int, ...]:
    """Return a list of integers; absent is empty, a single integer is a list of one."""
    value = entry.get(key)
    if value is None:
        return ()
    if type(value) is int and abs(value) <= _LARGEST_INT:
        return (value,)
    if type(value) is list and all(type(code) is int and abs(code) <= _LARGEST_INT for code in value):
        return tuple(value)
    raise misfit(f"{path}.{key}", "a list of integers", value)


def optional_number(entry: Mapping[str, Any], key: str, path: str) -> float | None:
    """Return a finite number, or None when the field is absent."""
    value = entry.get(key)
    if value is None:
        return None
    if (type(value) is float or type(value) is int) and math.isfinite(value):
        return float(value)
    raise misfit(f"{path}.{key}", "a finite number or nothing", value)


def optional_count(entry: Mapping[str, Any], key: str, path: str) -> int | None:
    """Return a whole number that is not negative, or None when the field is absent; the vendor writes some as 868.0."""
    value = optional_number(entry, key, path)
    if value is None or (0 <= value <= LARGEST_LONG and value == int(value)):
        return None if value is None else int(value)
    raise misfit(f"{path}.{key}", "a whole number, not negative, or nothing", entry[key])


def part(entry: Any, key: str, path: str) -> Mapping[str, Any]:
    """Return an object inside an object; absent is empty."""
    if type(entry) is not dict:
        raise misfit(path, "an object", entry)
    found = entry.get(key)
    if found is None:
        return {}
    if type(found) is dict:
        return found
    raise misfit(f"{path}.{key}", "an object or nothing", found)


def day(entry: Mapping[str, Any], key: str, path: str) -> date:
    """Return a date."""
    found = optional_day(entry, key, path)
    if found is None:
        raise misfit(f"{path}.{key}", "a date like 2025-05-16", None)
    return found


def optional_day(entry: Mapping[str, Any], key: str, path: str) -> date | None:
    """Return a date, or None when the field is absent or empty."""
    value = entry.get(key)
    if value is None or value == "":
        return None
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise misfit(f"{path}.{key}", "a date like 2025-05-16, or nothing", value) from None
    if not _YEARS[0] <= found.year < _YEARS[1]:
        raise misfit(f"{path}.{key}", f"a year from {_YEARS[0]} to {_YEARS[1]}", value)
    return found
