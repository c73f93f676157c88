"""Sums of the running day and session, from closed seconds."""

from __future__ import annotations

from functools import lru_cache
from math import inf

from infra.market_calendar import session_at
from processors.calc.aggregate import Aggregate
from processors.calc.windows import SECOND_US, window_of
from schemas.records import DayTotals, Resolution, Session

_MINUTE_US = 60 * SECOND_US


@lru_cache(maxsize=65_536)
def _session_of_minute(minute: int) -> Session:
    return session_at(minute * _MINUTE_US)


def session_of(moment_us: int) -> Session:
    """Return the session at a moment; sessions change on the minute, so one look-up a minute is enough."""
    return _session_of_minute(moment_us // _MINUTE_US)


def add_second(day: DayTotals | None, second: Aggregate) -> DayTotals:
    """Put a closed second into the totals of its day; a new day or session starts its sums anew (BAR-04)."""
    start = window_of(Resolution.D1, second.start)[0]
    session = session_of(second.start)
    same_day = day is not None and day.day_start == start
    same_session = same_day and day is not None and day.session is session
    regular_open, regular_open_ts = (day.regular_open, day.regular_open_ts) if same_day and day else (None, 0)
    if second.priced and session is Session.REGULAR and (regular_open is None or second.first_ts < regular_open_ts):
        regular_open, regular_open_ts = second.open, second.first_ts
    return DayTotals(
        day_start=start,
        session=session,
        high=_highest(day.high if same_day and day else None, second),
        low=_lowest(day.low if same_day and day else None, second),
        volume=(day.volume if same_day and day else 0.0) + second.volume,
        regular_open=regular_open,
        regular_open_ts=regular_open_ts,
        session_notional=(day.session_notional if same_session and day else 0.0) + second.notional,
        session_volume=(day.session_volume if same_session and day else 0.0) + second.volume,
    )


def add_late(day: DayTotals | None, late: Aggregate) -> DayTotals | None:
    """Put late prints of one second into the totals they still belong to."""
    if day is None or window_of(Resolution.D1, late.start)[0] != day.day_start:
        return day
    if session_of(late.start) is day.session:
        return add_second(day, late)
    return DayTotals(
        day_start=day.day_start, session=day.session, high=_highest(day.high, late), low=_lowest(day.low, late),
        volume=day.volume + late.volume, regular_open=day.regular_open, regular_open_ts=day.regular_open_ts,
        session_notional=day.session_notional, session_volume=day.session_volume,
    )  # fmt: skip


def session_vwap(day: DayTotals | None) -> float | None:
    """Return the volume weighted price since the session began, US dollars."""
    return day.session_notional / day.session_volume if day and day.session_volume else None


def _highest(known: float | None, part: Aggregate) -> float | None:
    if part.high == -inf:
        return known
    return part.high if known is None else max(known, part.high)


def _lowest(known: float | None, part: Aggregate) -> float | None:
    if part.low == inf:
        return known
    return part.low if known is None else min(known, part.low)
