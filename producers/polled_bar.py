"""A bar as a vendor tells it over REST, numbers or texts: checked, and left out while its window is not over.

These vendors stand in for each other and for nobody's live stream: their bars are on ``market.bars``,
which no stage reads, with their name as ``source``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from infra.clock import MICROSECONDS, to_microseconds
from infra.errors import Permanent
from infra.market_calendar import NEW_YORK
from producers.source import Parsed, Stamps
from schemas.records import Bar, Resolution

TOPIC = "market.bars"
_MINUTE_US = 60 * MICROSECONDS
_DAY_ENDS = time(20)  # our own day bars end with the after-hours session too


def _no_truth_value(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("expected a number")
    return value


Number = Annotated[float, BeforeValidator(_no_truth_value), Field(allow_inf_nan=False)]
Price = Annotated[Number, Field(gt=0)]


class Numbers(BaseModel):
    """What every vendor tells of a bar: US dollars and shares."""

    model_config = ConfigDict(frozen=True)

    open: Price
    high: Price
    low: Price
    close: Price
    volume: Annotated[Number, Field(ge=0)]

    @model_validator(mode="after")
    def _low_is_lowest(self) -> Numbers:
        if not self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high:
            raise ValueError(f"expected low <= open, close <= high, found {self.low}, {self.open}, {self.close}, {self.high}")
        return self


def minute_window(start_us: int) -> tuple[int, int]:
    """Return the window of the minute that begins at a moment."""
    return start_us, start_us + _MINUTE_US


def day_window(day: date) -> tuple[int, int]:
    """Return the window of a New York day as our own day bars have it: from 20:00 the evening before to 20:00."""
    starts, ends = (datetime.combine(one, _DAY_ENDS, NEW_YORK) for one in (day - timedelta(days=1), day))
    return to_microseconds(starts), to_microseconds(ends)


def polled_bar(
    symbol: str, source: str, resolution: Resolution, window: tuple[int, int], told: Mapping[str, object], stamps: Stamps, path: str
) -> Parsed | None:
    """Return a bar as a record; None while its window is not over, because its numbers still change.

    Raises
    ------
    Permanent
        If a number is missing or impossible, with the path of its field.
    """
    starts, ends = window
    if ends > stamps.received_us:
        return None
    try:
        numbers = Numbers.model_validate(told)
    except ValidationError as error:
        raise misfit(path, error) from None
    bar = Bar(
        symbol=symbol,
        resolution=resolution,
        window_start=starts,
        window_end=ends,
        open=numbers.open,
        high=numbers.high,
        low=numbers.low,
        close=numbers.close,
        volume=numbers.volume,
        source=source,
        ts_event=ends,
        ts_received=stamps.received_us,
        ts_published=stamps.published_us,
    )
    return Parsed(TOPIC, bar)


def misfit(path: str, error: ValidationError) -> Permanent:
    """Return the first thing that does not fit, with its field's path."""
    issue = error.errors()[0]
    where = ".".join([path, *map(str, issue["loc"])]).strip(".")
    return Permanent(f"field {where}: {issue['msg'].lower()}, found {issue['input']!r:.80}", where)
