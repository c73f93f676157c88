"""Trading sessions in New York: phases of the day, holidays, half-days, daylight saving (CAL-01)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from infra.clock import MICROSECONDS, to_datetime, to_microseconds
from infra.session_table import session_of
from schemas.records import Session

NEW_YORK = ZoneInfo("America/New_York")
PRE_MARKET_OPENS = time(4, 0)
AFTER_HOURS_US = 4 * 3_600 * MICROSECONDS
_EARLIEST_DAY = date(2005, 1, 1)
_DAY_US = 86_400 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class SessionBounds:
    """Borders of one trading day, int microseconds UTC; each phase includes its start and excludes its end."""

    pre_start_us: int
    regular_open_us: int
    regular_close_us: int
    after_end_us: int


@lru_cache(maxsize=4096)
def session_bounds(day: date) -> SessionBounds | None:
    """Return the borders of a New York trading day, or None if the exchange is closed on it.

    After-hours trading ends four hours after the regular close, so at 17:00 on a half-day.

    Raises
    ------
    ValueError
        If the day lies before 2005 or too far in the future for the exchange's published rules.
    """
    if day < _EARLIEST_DAY:
        raise ValueError(f"expected a day from {_EARLIEST_DAY} on, found {day}")
    session = session_of("XNYS", day)
    if session is None:
        return None
    opens_us, closes_us = session
    starts = datetime.combine(day, PRE_MARKET_OPENS, NEW_YORK)
    return SessionBounds(to_microseconds(starts), opens_us, closes_us, closes_us + AFTER_HOURS_US)


@lru_cache(maxsize=65_536)
def _day_of_hour(hour: int) -> date:
    # New York's offset is a whole number of hours, so a whole UTC hour lies in one New York day.
    return to_datetime(hour * 3_600 * MICROSECONDS).astimezone(NEW_YORK).date()


def trading_day(moment_us: int) -> date:
    """Return the New York date of a moment given in int microseconds UTC."""
    return _day_of_hour(moment_us // (3_600 * MICROSECONDS))


@lru_cache(maxsize=4096)
def midnight_us(day: date) -> int:
    """Return when a day begins in New York, int microseconds UTC."""
    return to_microseconds(datetime.combine(day, time(), NEW_YORK))


def session_at(moment_us: int) -> Session:
    """Return the phase of the New York trading day at a moment given in int microseconds UTC."""
    bounds = session_bounds(trading_day(moment_us))
    if bounds is None or moment_us < bounds.pre_start_us or moment_us >= bounds.after_end_us:
        return Session.CLOSED
    if moment_us < bounds.regular_open_us:
        return Session.PRE
    if moment_us < bounds.regular_close_us:
        return Session.REGULAR
    return Session.AFTER


def new_york(moment_us: int) -> datetime:
    """Return a moment as an aware datetime in New York, for people."""
    return to_datetime(moment_us).astimezone(NEW_YORK)
