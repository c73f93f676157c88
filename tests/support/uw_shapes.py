"""Compares JSON with the shapes Unusual Whales publishes: names of fields and kinds of values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?%?$")


def leaves(body: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value with its path, as the extracted specification writes it: ``data[].strike``."""
    if isinstance(body, dict) and body:
        for key, value in body.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(body, list) and body and isinstance(body[0], (dict, list)):
        for entry in body:
            yield from leaves(entry, path + "[]")
    else:
        yield path, body


def fits(kind: str, value: Any) -> bool:
    """Tell whether a value is of the kind: s string, sn numeric string, n number, i integer, b boolean, d date, t moment."""
    if value is None:
        return True
    if kind.endswith("[]"):
        return isinstance(value, list)
    checks = {
        "s": lambda: isinstance(value, str),
        "sn": lambda: isinstance(value, str) and _NUMBER.match(value) is not None,
        "n": lambda: isinstance(value, (int, float)) and not isinstance(value, bool),
        "i": lambda: isinstance(value, int) and not isinstance(value, bool),
        "b": lambda: isinstance(value, bool),
        "d": lambda: isinstance(value, str) and _DATE.match(value) is not None,
        "t": lambda: isinstance(value, str) and _MOMENT.match(value) is not None,
        "o": lambda: isinstance(value, dict),
    }
    return checks[kind]() if kind in checks else True


def kind_of(value: Any) -> str:
    """Return the kind of a sample's value."""
    if isinstance(value, bool):
        return "b"
    if isinstance(value, int):
        return "i"
    if isinstance(value, float):
        return "n"
    if isinstance(value, list):
        return "s[]"
    if isinstance(value, dict):
        return "o"
    if value is None:
        return "?"
    return next(kind for kind in ("sn", "d", "t", "s") if fits(kind, value))
