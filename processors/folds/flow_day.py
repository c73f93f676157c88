"""The running day of a symbol's flow, and the window of its afternoon."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from infra.clock import MICROSECONDS
from infra.market_calendar import session_bounds, trading_day
from processors.folds.flow_rows import DAYS, DayNet, inserted
from schemas.records import FlowDay

MINUTE_US = 60 * MICROSECONDS
SESSIONS_KEPT = 5
_EPOCH = date(1970, 1, 1)


class Afternoon(NamedTuple):
    """The window watched before the close, and the close; microseconds UTC."""

    start: int
    end: int
    close: int


def day_of(moment_us: int) -> int:
    """Return the New York date of a moment, days since 1970-01-01."""
    return (trading_day(moment_us) - _EPOCH).days


@lru_cache(maxsize=64)
def afternoon(session_date: int) -> Afternoon | None:
    """Return the afternoon window: from two hours to half an hour before the close, 14:00 to 15:30 but for half-days; None on days without one."""
    bounds = session_bounds(_EPOCH + timedelta(days=session_date))
    if bounds is None:
        return None
    close = bounds.regular_close_us
    return Afternoon(close - 120 * MINUTE_US, close - 30 * MINUTE_US, close)


def new_day(session_date: int) -> FlowDay:
    """Return a day on which nothing has happened."""
    return FlowDay(session_date=session_date, calls=0.0, puts=0.0, net_calls=0.0, net_puts=0.0, unknown=0.0, trades=0)


def rolled(day: FlowDay | None, days: bytes, session_date: int) -> tuple[FlowDay, bytes]:
    """Return the day of a date and the complete sessions: the day before becomes one if options traded on it."""
    if day is not None and day.session_date >= session_date:
        return day, days
    if day is not None and day.trades:
        days = inserted(DAYS, days, DayNet(day.session_date, day.net_calls - day.net_puts), since=0, keep=SESSIONS_KEPT)
    return new_day(session_date), days
