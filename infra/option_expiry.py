"""When options expire: at the close of the session of their date."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache

from infra.clock import to_microseconds
from infra.market_calendar import NEW_YORK, session_bounds

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=4_096)
def expires_us(expiry: int) -> int:
    """Return the moment contracts of a date (days since 1970-01-01) expire, UTC microseconds.

    The close of that day's session, earlier on half-days; 16:00 in New York where the calendar has no session (LEAN dates old monthly
    contracts to Saturday). Index contracts settled on the morning's opening prices are taken as open until the close.
    """
    day = date.fromordinal(expiry + EPOCH_ORDINAL)
    try:
        bounds = session_bounds(day)
    except ValueError:  # further ahead than any calendar
        bounds = None
    return to_microseconds(datetime.combine(day, time(16), NEW_YORK)) if bounds is None else bounds.regular_close_us
