"""The header that carries a trace from record to record: W3C's traceparent, https://www.w3.org/TR/trace-context/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

HEADER = "traceparent"
_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED = 1

Headers = Mapping[str, str | bytes | None] | Iterable[tuple[str, str | bytes | None]]


class TraceParent(NamedTuple):
    """Where a span hangs: its trace, and the span above it."""

    trace_id: int
    span_id: int

    def __str__(self) -> str:
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{_SAMPLED:02x}"


def parse(text: str) -> TraceParent | None:
    """Return what a traceparent says; None for another form, or when its trace is not sampled."""
    found = _FORM.fullmatch(text)
    if found is None or not int(found[3], 16) & _SAMPLED:
        return None
    parent = TraceParent(int(found[1], 16), int(found[2], 16))
    return parent if parent.trace_id and parent.span_id else None


def of_headers(headers: Headers | None) -> TraceParent | None:
    """Return the sampled trace a record belongs to, if any."""
    text = text_of(headers, HEADER)
    return None if text is None else parse(text)


def text_of(headers: Headers | None, name: str) -> str | None:
    """Return what a record's header says; None without it."""
    for key, value in headers.items() if isinstance(headers, Mapping) else headers or ():
        if key == name and value is not None:
            return value if isinstance(value, str) else value.decode("ascii", "replace")
    return None
