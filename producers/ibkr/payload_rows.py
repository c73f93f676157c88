"""The rows of a payload that one of Interactive Brokers' desks wrote, or that a file played back holds; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from infra.errors import Permanent


def rows_of(body: bytes, *names: str) -> tuple[str, Sequence[dict[str, Any]]]:
    """Return which of ``names`` the payload holds and its rows; one alone need not be in a list.

    Raises
    ------
    Permanent
        If the payload is no object with one of the names, or what it names are no objects.
    """
    try:
        payload = orjson.loads(body)
    except ValueError:
        raise Permanent(f"expected JSON, found {body[:80]!r}", "") from None
    if not isinstance(payload, dict):
        raise Permanent(f"expected an object, found {str(payload)[:80]}", "")
    for name in names:
        if name in payload:
            rows = payload[name] if isinstance(payload[name], list) else [payload[name]]
            for number, row in enumerate(rows):
                if not isinstance(row, dict):
                    raise Permanent(f"expected an object, found {str(row)[:80]}", f"{name}[{number}]")
            return name, rows
    raise Permanent(f"expected one of {', '.join(names)}, found {', '.join(map(str, payload))[:80] or 'nothing'}", "")
