"""Marks a dead letter's record that was put back on its topic: which letter it was, and who is to take it.

A topic has several readers, and only one of them refused the record. The others have used it already, some of them in sums that
know no identity any more; they pass over what is marked for another.
"""

from __future__ import annotations

from infra.tracing.traceparent import Headers, text_of

REPLAY_OF = "tapewire-replay-of"
"""Id of the dead letter."""
REPLAY_FOR = "tapewire-replay-for"
"""Unit that refused the record."""


def marks(dead_letter_id: str, stage: str) -> dict[str, str | bytes]:
    """Return the headers of a record that is put back."""
    return {REPLAY_OF: dead_letter_id.encode(), REPLAY_FOR: stage.encode()}


def replay_of(headers: Headers | None) -> str | None:
    """Return the id of the dead letter that a record was; None for an ordinary record."""
    return text_of(headers, REPLAY_OF)


def meant_for_another(headers: Headers | None, unit: str) -> bool:
    """Tell whether ``unit`` must pass over the record."""
    wanted = text_of(headers, REPLAY_FOR)
    return wanted is not None and wanted != unit
