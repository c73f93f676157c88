"""What a vendor's response headers say of our limits: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from producers.rest_catalog.endpoint import LimitHeaders


@dataclass(frozen=True, slots=True)
class StatedLimits:
    """The vendor's word; None where it says nothing."""

    per_minute: int | None = None
    remaining: int | None = None
    reset_seconds: float | None = None
    per_day: int | None = None
    day_used_up: bool = False


def stated(headers: Mapping[str, str], names: LimitHeaders) -> StatedLimits:
    """Read the headers; one that is no number counts as missing."""
    used, remaining = _number(headers, names.used), _number(headers, names.remaining)
    limit = _number(headers, names.limit)
    if limit is None and used is not None and remaining is not None:
        limit = used + remaining
    reset_ms = _number(headers, names.reset_ms)
    day_limit, day_used = _number(headers, names.day_limit), _number(headers, names.day_used)
    return StatedLimits(
        per_minute=limit or None,
        remaining=remaining,
        reset_seconds=None if reset_ms is None else reset_ms / 1_000,
        per_day=day_limit or None,
        day_used_up=bool(day_limit) and day_used is not None and day_limit is not None and day_used >= day_limit,
    )


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "") if name else ""
    return int(text) if text.isdecimal() else None
