"""Sums of the running day and session, from closed seconds."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import inf

from infra.market_calendar import session_at
from processors.calc.aggregate import Aggregate
from processors.calc.price_spread import deviation, merged_squares
from processors.calc.windows import SECOND_US, window_of
from schemas.records import DayTotals, Resolution, Session

_MINUTE_US = 60 * SECOND_US


@lru_cache(maxsize=65_536)
def _session_of_minute(minute: int) -> Session:
    return session_at(minute * _MINUTE_US)


def session_of(moment_us: int) -> Session:
    """Return the session at a moment; sessions change on the minute, so one look-up a minute is enough."""
    return _session_of_minute(moment_us // _MINUTE_US)


def add_second(day: DayTotals | None, second: Aggregate, squares: float) -> DayTotals:
    """Put a closed second into the totals of its day; a new day or session starts its sums anew (BAR-04).

    Parameters
    ----------
    squares
        `processors.calc.price_spread.squares_of` its prints.

    Source: high, low and volume of a day by the tape's rules for prints (UTP and CTA plan specifications); VWAP is traded value / volume.
    """
    start = window_of(Resolution.D1, second.start)[0]
    session = session_of(second.start)
    same_day = day is not None and day.day_start == start
    same_session = same_day and day is not None and day.session is session
    regular_open, regular_open_ts = (day.regular_open, day.regular_open_ts) if same_day and day else (None, 0)
    if second.priced and session is Session.REGULAR and (regular_open is None or second.first_ts < regular_open_ts):
        regular_open, regular_open_ts = second.open, second.first_ts
    high, high_at = _highest(day.high, day.high_at, second) if same_day and day else _highest(None, 0, second)
    low, low_at = _lowest(day.low, day.low_at, second) if same_day and day else _lowest(None, 0, second)
    known_squares = day.session_squares if same_session and day else 0.0
    volume, notional = (day.session_volume, day.session_notional) if same_session and day else (0.0, 0.0)
    if known_squares is not None:
        known_squares = merged_squares(volume, notional, known_squares, second.volume, second.notional, squares)
    return DayTotals(
        day_start=start,
        session=session,
        high=high,
        low=low,
        volume=(day.volume if same_day and day else 0.0) + second.volume,
        regular_open=regular_open,
        regular_open_ts=regular_open_ts,
        session_notional=notional + second.notional,
        session_volume=volume + second.volume,
        high_at=high_at,
        low_at=low_at,
        session_squares=known_squares,
    )


def add_late(day: DayTotals | None, late: Aggregate, squares: float) -> DayTotals | None:
    """Put late prints of one second into the totals they still belong to."""
    if day is None or window_of(Resolution.D1, late.start)[0] != day.day_start:
        return day
    if session_of(late.start) is day.session:
        return add_second(day, late, squares)
    (high, high_at), (low, low_at) = _highest(day.high, day.high_at, late), _lowest(day.low, day.low_at, late)
    return replace(day, high=high, high_at=high_at, low=low, low_at=low_at, volume=day.volume + late.volume)


def session_vwap(day: DayTotals | None) -> float | None:
    """Return the volume weighted price since the session began, US dollars.

    Source: sum(price x size) / sum(size) of the prints that count in the volume.
    """
    return day.session_notional / day.session_volume if day and day.session_volume else None


def session_sigma(day: DayTotals | None) -> float | None:
    """Return the volume weighted standard deviation of the session's prices about its VWAP, US dollars (BAR-10)."""
    return deviation(day.session_squares, day.session_volume) if day else None


def _highest(known: float | None, known_at: int, part: Aggregate) -> tuple[float | None, int]:
    """Return the high and when it was first traded; of equal highs the earlier counts, whichever came first to us."""
    if part.high == -inf or (known is not None and part.high < known):
        return known, known_at
    return part.high, min(known_at, part.start) if part.high == known else part.start


def _lowest(known: float | None, known_at: int, part: Aggregate) -> tuple[float | None, int]:
    if part.low == inf or (known is not None and part.low > known):
        return known, known_at
    return part.low, min(known_at, part.start) if part.low == known else part.start
