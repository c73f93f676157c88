"""Finds the rows in an answer and makes an answer of other rows: pure. An answer is read once, some are half a megabyte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from infra.errors import Permanent
from producers.source import Payload


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """An answer and what is in it.

    Attributes
    ----------
    value
        Of its JSON.
    path
        Where the rows are: names with dots between them; empty for an answer that is a list itself.
    rows
        All of them.
    """

    payload: Payload
    value: Any
    path: str
    rows: list[Any]

    def next_address(self, member: str) -> str | None:
        """Return the address of the next page, None after the last."""
        found = self.value.get(member) if isinstance(self.value, dict) else None
        return found if isinstance(found, str) and found else None

    def with_rows(self, rows: Sequence[Any]) -> Payload:
        """Return the same answer with other rows; everything else in it stays."""
        inner: Any = list(rows)
        names = self.path.split(".") if self.path else []
        for depth in reversed(range(len(names))):
            holder = self.value
            for name in names[:depth]:
                holder = holder[name]
            inner = {**holder, names[depth]: inner}
        return replace(self.payload, body=orjson.dumps(inner))


def read_answer(payload: Payload, path: str) -> ReadAnswer:
    """Read an answer that has rows under ``path``.

    Raises
    ------
    Permanent
        If the answer is no JSON, or there is no list at the path.
    """
    try:
        value: Any = orjson.loads(payload.body)
    except orjson.JSONDecodeError as error:
        raise Permanent(f"expected JSON, found {payload.body[:60]!r}: {error}", "") from error
    rows = value
    for name in path.split(".") if path else ():
        rows = rows.get(name) if isinstance(rows, dict) else None
    if not isinstance(rows, list):
        raise Permanent(f"expected a list at {path or 'the top'}, found {type(rows).__name__}", path)
    return ReadAnswer(payload, value, path, rows)
