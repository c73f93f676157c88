"""Twelve Data's time series as bars; it is asked for UTC (ING-07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import orjson

from infra.clock import to_microseconds
from infra.errors import Permanent
from producers.json_answer import answer_of, asked_for, list_at
from producers.polled_bar import TOPIC, day_window, minute_window, polled_bar
from producers.rest_catalog.transforms import transform
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import Resolution

SOURCE = "twelve_data"


@transform("twelve_data_minutes")
def minutes(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"meta":{"symbol":"AAPL"},"values":[{"datetime":"2021-08-26 15:59:00","open":"148.372",...,"volume":"2206"}],"status":"ok"}"""
    return _bars(payload, Resolution.M1, stamps)


@transform("twelve_data_days")
def days(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"meta":{"symbol":"AAPL","interval":"1day"},"values":[{"datetime":"2021-08-26","open":"148.35",...}],"status":"ok"}"""
    return _bars(payload, Resolution.D1, stamps)


def _bars(payload: Payload, resolution: Resolution, stamps: Stamps) -> Sequence[Parsed | Refused]:
    answer = answer_of(payload)
    if resolution is not Resolution.D1 and asked_for(payload, "timezone") != "UTC":
        raise Permanent(f"expected an answer in UTC, found one in {payload.parameters['timezone']}", "datetime")
    symbol = asked_for(payload, "symbol")
    found: list[Parsed | Refused] = []
    for place, row in reversed(list(enumerate(list_at(answer, "values")))):  # the oldest first
        path = f"values[{place}]"
        try:
            if not isinstance(row, dict):
                raise Permanent(f"field {path}: expected an object, found {row!r:.60}", path)
            bar = polled_bar(symbol, SOURCE, resolution, _window(row.get("datetime"), resolution, path), row, stamps, path)
        except Permanent as error:
            found.append(Refused(TOPIC, orjson.dumps(row), error))
            continue
        if bar is not None:
            found.append(bar)
    return found


def _window(text: object, resolution: Resolution, path: str) -> tuple[int, int]:
    try:
        if resolution is Resolution.D1:
            return day_window(date.fromisoformat(str(text)))
        return minute_window(to_microseconds(datetime.fromisoformat(str(text)).replace(tzinfo=UTC)))
    except (ValueError, OverflowError) as error:
        raise Permanent(f"field {path}.datetime: expected a moment such as 2021-08-26 15:59:00, found {text!r:.40}", f"{path}.datetime") from error
