"""When each class of instrument trades (C-17): stocks 04:00 to 20:00 in New York, futures almost round the clock, crypto always.

Futures follow CME Globex: from 18:00 of the evening before to 17:00, with an hour's pause that exchange_calendars leaves out, and
13:00 on its short days, all New York time. A product with other holidays (grains, metals) needs a calendar of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from infra.clock import MICROSECONDS, to_microseconds
from infra.market_calendar import NEW_YORK, session_bounds, trading_day
from infra.session_table import session_of

_GLOBEX_PAUSES = time(17, 0)
_REGULAR_CLOSE = time(16, 0)
_FIRST_YEAR = 2005
_DAY_US = 86_400 * MICROSECONDS
_LONGEST_CLOSURE_DAYS = 10


class InstrumentClass(StrEnum):
    """What trades by one calendar."""

    STOCK = "stock"
    OPTION = "option"
    FUTURE = "future"
    CRYPTO = "crypto"


@dataclass(frozen=True, slots=True)
class TradingHours:
    """One stretch of trading, int microseconds UTC; the start belongs to it, the end does not."""

    start_us: int
    end_us: int


def hours_of(kind: InstrumentClass, day: date) -> TradingHours | None:
    """Return when ``kind`` trades in the session named after the New York date ``day``, or None without one.

    A session of futures begins on the evening before its date. Crypto's is the UTC day.

    Raises
    ------
    ValueError
        If the day lies before 2005 or too far in the future for the exchange's published rules.
    """
    match kind:
        case InstrumentClass.CRYPTO:
            start_us = (day - date(1970, 1, 1)).days * _DAY_US
            return TradingHours(start_us, start_us + _DAY_US)
        case InstrumentClass.FUTURE:
            return _globex(day)
        case InstrumentClass.OPTION:
            bounds = session_bounds(day)
            return None if bounds is None else TradingHours(bounds.regular_open_us, bounds.regular_close_us)
        case InstrumentClass.STOCK:
            bounds = session_bounds(day)
            return None if bounds is None else TradingHours(bounds.pre_start_us, bounds.after_end_us)


def is_trading(kind: InstrumentClass, moment_us: int) -> bool:
    """Return whether ``kind`` trades at a moment given in int microseconds UTC."""
    if kind is InstrumentClass.CRYPTO:
        return True
    today = trading_day(moment_us)
    return any(_holds(hours_of(kind, day), moment_us) for day in (today, today + timedelta(days=1)))


def next_start_us(kind: InstrumentClass, moment_us: int) -> int:
    """Return when ``kind`` begins to trade next; ``moment_us`` itself while it trades.

    Raises
    ------
    ValueError
        If it does not trade within ten days, which no calendar of ours knows.
    """
    if is_trading(kind, moment_us):
        return moment_us
    today = trading_day(moment_us)
    for ahead in range(_LONGEST_CLOSURE_DAYS + 1):
        hours = hours_of(kind, today + timedelta(days=ahead))
        if hours is not None and hours.start_us > moment_us:
            return hours.start_us
    raise ValueError(f"expected {kind.value} to trade within {_LONGEST_CLOSURE_DAYS} days of {today}, found no session")


def is_half_day(day: date) -> bool:
    """Return whether New York's regular session of ``day`` ends before 16:00; False on a day without one."""
    bounds = session_bounds(day)
    return bounds is not None and bounds.regular_close_us < to_microseconds(datetime.combine(day, _REGULAR_CLOSE, NEW_YORK))


def _holds(hours: TradingHours | None, moment_us: int) -> bool:
    return hours is not None and hours.start_us <= moment_us < hours.end_us


@lru_cache(maxsize=4096)
def _globex(day: date) -> TradingHours | None:
    if day.year < _FIRST_YEAR:
        raise ValueError(f"expected a day from {_FIRST_YEAR} on, found {day}")
    session = session_of("CMES", day)
    if session is None:
        return None
    opens_us, closes_us = session
    return TradingHours(opens_us, min(closes_us, to_microseconds(datetime.combine(day, _GLOBEX_PAUSES, NEW_YORK))))
