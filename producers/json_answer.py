"""Reads a JSON answer of a polled vendor and finds its rows: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from infra.errors import Permanent
from producers.source import Payload

_SHOWN_BYTES = 60


def answer_of(payload: Payload) -> Any:
    """Return what an answer says; raises `Permanent` for what is no JSON."""
    try:
        return orjson.loads(payload.body)
    except orjson.JSONDecodeError as error:
        raise Permanent(f"expected JSON, found {payload.body[:_SHOWN_BYTES]!r}: {error}", "") from error


def list_at(answer: Any, path: str) -> list[Any]:
    """Return the list at a path, e.g. ``data.rows``, or at the top for an empty one; raises `Permanent` when there is none."""
    found = answer
    for name in path.split(".") if path else ():
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, list):
        raise Permanent(f"field {path or 'the top'}: expected a list, found {type(found).__name__}", path)
    return found


def asked_for(payload: Payload, name: str) -> str:
    """Return a parameter of the request, e.g. the symbol, which many answers do not repeat; raises `Permanent` without one."""
    found = payload.parameters.get(name)
    if not found:
        raise Permanent(f"expected {name} among the parameters of the request, found {sorted(payload.parameters)}", name)
    return found
