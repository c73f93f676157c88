"""Tradier's numbers: over REST as numbers, in the stream mostly as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.clock import MICROSECONDS
from producers.polygon.field import misfit
from producers.source import Stamps

_EARLIEST_MS = 946_684_800_000  # 2000-01-01: an earlier stamp has another unit


def numeric(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry with its numbers as numbers; a text that is none stays and is refused by its field."""
    return {key: _number(value) if type(value) is str else value for key, value in entry.items()}


def moment_us(entry: Mapping[str, Any], keys: tuple[str, ...], path: str, stamps: Stamps) -> int:
    """Return the newest of some stamps in milliseconds, in microseconds; refuse what is none or lies too far ahead.

    A side that has never been quoted has the stamp 0.
    """
    newest = max((value for value in map(entry.get, keys) if type(value) is int), default=None)
    if newest is None or newest < _EARLIEST_MS:
        raise misfit(f"{path}.{keys[0]}", "milliseconds since 1970", entry.get(keys[0]))
    found = newest * 1_000
    if found > stamps.latest_event_us:
        ahead = (found - stamps.latest_event_us) / MICROSECONDS
        raise misfit(f"{path}.{keys[0]}", f"a time not after the clock (this is {ahead:.0f} s beyond what is tolerated)", newest)
    return found


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
