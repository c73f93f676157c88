"""Bars over REST: of one ticker at any length, of an option contract, and of every ticker for a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from infra.errors import Permanent
from infra.market_calendar import midnight_us
from producers.polygon import parse_rest
from producers.polygon.field import at_least_zero, misfit, optional_count, positive, text, whole
from producers.polygon.parse import SOURCE
from producers.polygon.row_transform import Answer, row_transform
from schemas.records import Bar, Resolution

_RESOLUTIONS: Mapping[tuple[str, str], Resolution] = {
    ("1", "second"): Resolution.S1, ("1", "minute"): Resolution.M1, ("2", "minute"): Resolution.M2, ("5", "minute"): Resolution.M5,
    ("15", "minute"): Resolution.M15, ("1", "hour"): Resolution.H1, ("1", "day"): Resolution.D1,
}  # fmt: skip
_OPTION = "O:"


@row_transform("aggregates", topic="market.bars")
def aggregate(row: Any, answer: Answer, path: str) -> Bar | None:
    """{"c":75.0875,"h":75.15,"l":73.7975,"n":1,"o":74.06,"t":1577941200000,"v":135647456,"vw":74.6099}

    The symbol is the one asked for, an option's without its ``O:``. A bar that is still growing is left out.
    """
    asked = answer.asked("multiplier"), answer.asked("timespan")
    if asked not in _RESOLUTIONS:
        raise Permanent(f"expected one of {sorted(_RESOLUTIONS)}, found {asked}", "timespan")
    resolution = _RESOLUTIONS[asked]
    symbol = answer.asked("ticker").removeprefix(_OPTION)
    if resolution is Resolution.D1:
        return _day(symbol, row, answer, path, None)
    bar = parse_rest.bar(symbol, row, resolution, answer.stamps, path)
    return bar if bar.window_end <= answer.stamps.received_us else None


@row_transform("grouped_daily", topic="market.bars")
def grouped(row: Any, answer: Answer, path: str) -> Bar | None:
    """{"T":"VSAT","c":34.24,"h":35.47,"l":34.21,"n":4966,"o":34.9,"t":1602705600000,"v":312583,"vw":34.4736}

    Here ``t`` is the *end* of regular trading, not the start of a window: the day is the one asked for.
    """
    if type(row) is not dict:
        raise misfit(path, "an object", row)
    return _day(text(row, "T", path), row, answer, path, date.fromisoformat(answer.asked("date")))


def _day(symbol: str, row: Any, answer: Answer, path: str, day: date | None) -> Bar | None:
    """Return a day's bar; its window goes from midnight to midnight in New York."""
    if type(row) is not dict:
        raise misfit(path, "an object", row)
    stated_us = whole(row, "t", path, least=1) * 1_000
    start_us = midnight_us(day) if day else stated_us
    end_us = midnight_us(day + timedelta(days=1)) if day else start_us + 86_400_000_000
    if not start_us <= stated_us < end_us:
        raise misfit(f"{path}.t", f"a moment of {day}", row["t"])
    if stated_us > answer.stamps.latest_event_us:
        raise misfit(f"{path}.t", "a time not after the clock", row["t"])
    low, high = positive(row, "l", path), positive(row, "h", path)
    if low > high:
        raise misfit(f"{path}.l", f"a low of at most the high {high}", low)
    return Bar(
        symbol=symbol, resolution=Resolution.D1, window_start=start_us, window_end=end_us,
        open=positive(row, "o", path), high=high, low=low, close=positive(row, "c", path), volume=at_least_zero(row, "v", path),
        vwap=positive(row, "vw", path) if "vw" in row else None, trade_count=optional_count(row, "n", path),
        source=SOURCE, ts_event=end_us if day is None else stated_us, ts_received=answer.stamps.received_us,
        ts_published=answer.stamps.published_us,
    )  # fmt: skip
