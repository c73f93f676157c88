"""Alpaca's times: RFC 3339 in UTC with up to nine decimals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from infra.clock import MICROSECONDS, to_datetime, to_microseconds
from producers.polygon.field import misfit
from producers.source import Stamps

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_EARLIEST_YEAR = 2000  # an earlier time is another field


def moment_ns(entry: Mapping[str, Any], key: str, path: str, stamps: Stamps) -> int:
    """Read a time as nanoseconds since the epoch; refuse what is none, or lies too far ahead of the clock."""
    text = entry.get(key)
    match = _MOMENT.fullmatch(text) if type(text) is str else None
    second_us = None if match is None else _second_us(match[1])
    if match is None or second_us is None:
        raise misfit(f"{path}.{key}", "a UTC time like 2021-02-22T15:51:44.208Z", text)
    found = second_us * 1_000 + int((match[2] or "").ljust(9, "0"))
    if found // 1_000 > stamps.latest_event_us:
        ahead = (found // 1_000 - stamps.latest_event_us) / MICROSECONDS
        raise misfit(f"{path}.{key}", f"a time not after the clock (this is {ahead:.0f} s beyond what is tolerated)", text)
    return found


def written(moment_us: int) -> str:
    """Return a moment as the vendor's REST interface takes it."""
    return to_datetime(moment_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=1_024)
def _second_us(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
    return to_microseconds(moment) if moment.year >= _EARLIEST_YEAR else None
