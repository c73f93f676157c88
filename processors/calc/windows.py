"""Where bar windows begin and end.

Windows of one second to one hour are aligned to the clock; New York's offset is whole hours, so UTC and New York agree on them.
A day runs from 20:00 to 20:00 New York, named after the date it ends on: after-hours trading ends at 20:00 and overnight
trading belongs to the next trading day, so no print falls between two days.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.records import Resolution

SECOND_US = 1_000_000
HOUR_US = 3_600 * SECOND_US
LENGTH_US = {
    Resolution.S1: SECOND_US,
    Resolution.M1: 60 * SECOND_US,
    Resolution.M2: 120 * SECOND_US,
    Resolution.M5: 300 * SECOND_US,
    Resolution.M15: 900 * SECOND_US,
    Resolution.H1: HOUR_US,
}
_NEW_YORK = ZoneInfo("America/New_York")
_DAY_ENDS = time(20, 0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def window_of(resolution: Resolution, moment_us: int) -> tuple[int, int]:
    """Return (start, end) of the window that holds the moment, int microseconds UTC, end excluded."""
    if resolution is Resolution.D1:
        return _day_of_hour(moment_us // HOUR_US)
    length = LENGTH_US[resolution]
    start = moment_us - moment_us % length
    return start, start + length


@lru_cache(maxsize=4096)
def _day_of_hour(hour: int) -> tuple[int, int]:
    local = (_EPOCH + timedelta(hours=hour)).astimezone(_NEW_YORK)
    last_day = local.date() + timedelta(days=1) if local.time() >= _DAY_ENDS else local.date()
    return _day_end(last_day - timedelta(days=1)), _day_end(last_day)


def _day_end(day: date) -> int:
    return round((datetime.combine(day, _DAY_ENDS, _NEW_YORK) - _EPOCH).total_seconds()) * SECOND_US
