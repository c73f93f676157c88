"""Finds the rows in an answer and makes an answer of other rows: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from infra.errors import Permanent
from producers.source import Payload


def rows_of(payload: Payload, path: str) -> list[Any]:
    """Return the rows under ``path``, all of an answer that is a list itself when it is empty.

    Raises
    ------
    Permanent
        If the answer is no JSON, or there is no list at the path.
    """
    answer = _parsed(payload)
    for name in path.split(".") if path else ():
        answer = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(answer, list):
        raise Permanent(f"expected a list at {path or 'the top'}, found {type(answer).__name__}", path)
    return answer


def next_address(payload: Payload, member: str) -> str | None:
    """Return the address of the next page, None after the last."""
    answer = _parsed(payload)
    found = answer.get(member) if isinstance(answer, dict) else None
    return found if isinstance(found, str) and found else None


def with_rows(payload: Payload, path: str, rows: Sequence[Any]) -> Payload:
    """Return the same answer with other rows; everything else in it stays."""
    answer: Any = _parsed(payload)
    if not path:
        answer = list(rows)
    else:
        *parents, last = path.split(".")
        inner = answer
        for name in parents:
            inner = inner[name]
        inner[last] = list(rows)
    return replace(payload, body=orjson.dumps(answer))


def _parsed(payload: Payload) -> Any:
    try:
        return orjson.loads(payload.body)
    except orjson.JSONDecodeError as error:
        raise Permanent(f"expected JSON, found {payload.body[:60]!r}: {error}", "") from error
