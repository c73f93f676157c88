"""Yahoo's chart as bars: lists side by side, seconds since 1970 (ING-07).

It is asked for regular hours alone: outside them Yahoo's volume is always 0, and 0 is not what was traded. A silent minute is null in every list; the
newest entry may be the last price at its own second, which is no bar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from infra.clock import MICROSECONDS
from infra.errors import Permanent
from infra.market_calendar import trading_day
from producers.json_answer import answer_of, asked_for, list_at
from producers.polled_bar import TOPIC, day_window, minute_window, misfit, polled_bar
from producers.rest_catalog.transforms import transform
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import Resolution

SOURCE = "yahoo"
_NAMES = ("open", "high", "low", "close", "volume")
_FIRST_SECOND, _LAST_SECOND = 0, 4_102_444_800  # the year 2100: a larger stamp is milliseconds


class Quote(BaseModel):
    """``indicators.quote[0]``: a value or null for each stamp."""

    model_config = ConfigDict(frozen=True)

    open: tuple[Any, ...] = ()
    high: tuple[Any, ...] = ()
    low: tuple[Any, ...] = ()
    close: tuple[Any, ...] = ()
    volume: tuple[Any, ...] = ()


class Indicators(BaseModel):
    model_config = ConfigDict(frozen=True)

    quote: Annotated[tuple[Quote, ...], Field(min_length=1)]


class Chart(BaseModel):
    """``chart.result[0]``; a day without a trade has no stamps."""

    model_config = ConfigDict(frozen=True)

    timestamp: tuple[Annotated[int, Field(ge=_FIRST_SECOND, lt=_LAST_SECOND)], ...] = ()
    indicators: Indicators

    @model_validator(mode="after")
    def _lists_fit(self) -> Chart:
        quote = self.indicators.quote[0]
        for name in _NAMES:
            if len(getattr(quote, name)) != len(self.timestamp):
                raise ValueError(f"expected as many entries of {name} as stamps, {len(self.timestamp)}, found {len(getattr(quote, name))}")
        return self


@transform("yahoo_minutes")
def minutes(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"chart":{"result":[{"meta":{"symbol":"SPY",...},"timestamp":[1795012200,...],"indicators":{"quote":[{"open":[620.5,null],"high":[...],"low":[...],"close":[...],"volume":[...]}]}}],"error":null}}"""
    return _bars(payload, Resolution.M1, stamps)


@transform("yahoo_days")
def days(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """The same shape; the stamp of a day is its opening bell."""
    return _bars(payload, Resolution.D1, stamps)


def _bars(payload: Payload, resolution: Resolution, stamps: Stamps) -> Sequence[Parsed | Refused]:
    results = list_at(answer_of(payload), "chart.result")
    try:
        chart = Chart.model_validate(results[0] if results else None)
    except ValidationError as error:
        raise misfit("chart.result[0]", error) from None
    symbol, quote = asked_for(payload, "ticker"), chart.indicators.quote[0]
    found: list[Parsed | Refused] = []
    for place, second in enumerate(chart.timestamp):
        told = {name: getattr(quote, name)[place] for name in _NAMES}
        if all(value is None for value in told.values()) or (resolution is Resolution.M1 and second % 60):
            continue
        path = f"chart.result[0].indicators.quote[0][{place}]"
        try:
            bar = polled_bar(symbol, SOURCE, resolution, _window(second, resolution), told, stamps, path)
        except Permanent as error:
            found.append(Refused(TOPIC, orjson.dumps({"timestamp": second, **told}), error))
            continue
        if bar is not None:
            found.append(bar)
    return found


def _window(second: int, resolution: Resolution) -> tuple[int, int]:
    if resolution is Resolution.D1:
        return day_window(trading_day(second * MICROSECONDS))
    return minute_window(second * MICROSECONDS)
