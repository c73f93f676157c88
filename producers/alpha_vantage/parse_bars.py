"""Alpha Vantage's time series as bars: texts under numbered names, New York time without an offset, the newest first (ING-07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from infra.clock import to_microseconds
from infra.errors import Permanent
from producers.json_answer import answer_of, asked_for
from producers.polled_bar import TOPIC, day_window, minute_window, polled_bar
from producers.rest_catalog.transforms import transform
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import Resolution

SOURCE = "alpha_vantage"
_NAMES = {"open": "1. open", "high": "2. high", "low": "3. low", "close": "4. close", "volume": "5. volume"}


@transform("alpha_vantage_minutes")
def minutes(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"Meta Data":{...,"6. Time Zone":"US/Eastern"},"Time Series (1min)":{"2017-12-18 14:56:00":{"1. open":"86.4900",...,"5. volume":"10494"}}}"""
    return _bars(payload, "Time Series (1min)", "6. Time Zone", Resolution.M1, stamps)


@transform("alpha_vantage_days")
def days(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"Meta Data":{"2. Symbol":"MSFT","5. Time Zone":"US/Eastern",...},"Time Series (Daily)":{"2018-10-05":{"1. open":"112.6300",...},...}}"""
    return _bars(payload, "Time Series (Daily)", "5. Time Zone", Resolution.D1, stamps)


def _bars(payload: Payload, series_name: str, zone_name: str, resolution: Resolution, stamps: Stamps) -> Sequence[Parsed | Refused]:
    answer = answer_of(payload)
    series = answer.get(series_name) if isinstance(answer, dict) else None
    if not isinstance(series, dict):
        raise Permanent(f"field {series_name}: expected an object, found {type(series).__name__}", series_name)
    zone = _zone(answer.get("Meta Data"), zone_name)
    symbol = asked_for(payload, "symbol")
    found: list[Parsed | Refused] = []
    for moment, told in reversed(series.items()):  # the oldest first
        path = f"{series_name}.{moment}"
        try:
            bar = polled_bar(symbol, SOURCE, resolution, _window(moment, zone, resolution, path), _plain(told, path), stamps, path)
        except Permanent as error:
            found.append(Refused(TOPIC, orjson.dumps({moment: told}), error))
            continue
        if bar is not None:
            found.append(bar)
    return found


def _zone(meta: Any, name: str) -> ZoneInfo:
    text = meta.get(name) if isinstance(meta, dict) else None
    try:
        return ZoneInfo(text or "")
    except (ValueError, TypeError, OSError, ZoneInfoNotFoundError) as error:
        raise Permanent(f"field Meta Data.{name}: expected a time zone, found {text!r:.40}", f"Meta Data.{name}") from error


def _window(moment: str, zone: ZoneInfo, resolution: Resolution, path: str) -> tuple[int, int]:
    try:
        if resolution is Resolution.D1:
            return day_window(date.fromisoformat(moment))
        return minute_window(to_microseconds(datetime.fromisoformat(moment).replace(tzinfo=zone)))
    except (ValueError, OverflowError) as error:
        raise Permanent(f"field {path}: expected a moment such as 2017-12-18 14:56:00, found {moment!r:.40}", path) from error


def _plain(told: Any, path: str) -> Mapping[str, object]:
    if not isinstance(told, dict):
        raise Permanent(f"field {path}: expected an object, found {type(told).__name__}", path)
    return {name: told.get(numbered) for name, numbered in _NAMES.items()}
