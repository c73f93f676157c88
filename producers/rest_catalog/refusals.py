"""Tells an answer that brings no data from one that does, where the status does not say so: pure.

Alpha Vantage and Twelve Data answer 200 when they count too many requests; taken for data, that would be a dead letter and a broken endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from producers.rest_catalog.endpoint import Meaning, RefusalSign

_LONGEST_REFUSAL_BYTES = 8_192  # data is longer, a refusal never: nobody parses an answer twice
_SHOWN_CHARACTERS = 200


def refusal(signs: Sequence[RefusalSign], status: int, body: bytes) -> tuple[Meaning, str] | None:
    """Return what a vendor says instead of data, and its words; None for data, and for what the usual statuses tell."""
    if not signs or len(body) > _LONGEST_REFUSAL_BYTES:
        return None
    text = body.decode(errors="replace")
    answer = _answer(body)
    for sign in signs:
        if sign.status is not None and sign.status != status:
            continue
        if not sign.field:
            if sign.contains.lower() in text.lower():
                return sign.means, text[:_SHOWN_CHARACTERS]
            continue
        found = _member(answer, sign.field)
        if found is None or (sign.value is not None and found != sign.value) or sign.contains.lower() not in str(found).lower():
            continue
        return sign.means, text[:_SHOWN_CHARACTERS]
    return None


def _answer(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _member(answer: Any, path: str) -> Any:
    """Return a member; a name with a dot in it is not reachable, and no vendor has one."""
    for name in path.split("."):
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer
