"""Parameter values that depend on the day (ING-30). The day is New York's, so a token changes at midnight there.

| token | becomes |
|---|---|
| `today` | the date |
| `last_session` | the newest date with a session, today included |
| `last_n_days:5` | the date five days ago |
| `next_n_days:30` | the date in thirty days |
| `next_session` | the next date with a session, after today |
| `today_ms`, `next_n_days_ms:5` | midnight in New York at the start of the date, as milliseconds since 1970 in UTC |
| `market_hours` | the session's regular hours, `09:30-16:00`, on a half-day `09:30-13:00`; nothing without a session |
| `monthly_expiry` | the next monthly expiration, today included: the third Friday, the day before when that is a holiday |
| `0-2` | the dates with a session from today to in two days, as days on which options expire |

An expiry range is a list. A parameter whose name ends with `[]` takes it whole; any other gets one call a date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import product

from infra.clock import to_microseconds
from infra.market_calendar import NEW_YORK, new_york, session_bounds

Query = tuple[tuple[str, str], ...]
_DAYS = re.compile(r"(last|next)_n_days:(\d{1,4})")
_MILLISECONDS = re.compile(r"today_ms|next_n_days_ms:(\d{1,4})")
_EXPIRIES = re.compile(r"(\d{1,3})-(\d{1,3})")


def queries(parameters: Mapping[str, str | bool | int | float], day: date) -> tuple[Query, ...]:
    """Return the parameters of each call that an entry means on a day; empty when a token has no value on it."""
    choices: list[list[Query]] = []
    for name, value in parameters.items():
        values = resolve(value, day)
        if name.endswith("[]"):
            choices.append([tuple((name, one) for one in values)] if values else [])
        else:
            choices.append([((name, one),) for one in values])
    return tuple(sum(parts, start=()) for parts in product(*choices))


def resolve(value: str | bool | int | float, day: date) -> tuple[str, ...]:
    """Return what a parameter's value means on a day: one text for most, several for an expiry range, none for what the day lacks."""
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if not isinstance(value, str):
        return (str(value),)
    if value == "today":
        return (day.isoformat(),)
    if value == "last_session":
        return (last_session(day).isoformat(),)
    if value == "next_session":
        return (next_session(day).isoformat(),)
    if found := _MILLISECONDS.fullmatch(value):
        midnight = datetime.combine(day + timedelta(days=int(found[1] or 0)), time(), NEW_YORK)
        return (str(to_microseconds(midnight) // 1_000),)
    if value == "market_hours":
        hours = market_hours(day)
        return () if hours is None else (hours,)
    if value == "monthly_expiry":
        return (monthly_expiry(day).isoformat(),)
    if found := _DAYS.fullmatch(value):
        days = timedelta(days=int(found[2]))
        return ((day - days if found[1] == "last" else day + days).isoformat(),)
    if found := _EXPIRIES.fullmatch(value):
        return tuple(one.isoformat() for one in expiries(day, int(found[1]), int(found[2])))
    return (value,)


def expiries(day: date, nearest: int, farthest: int) -> tuple[date, ...]:
    """Return the dates with a session from ``nearest`` to ``farthest`` days after a day."""
    dates = (day + timedelta(days=days) for days in range(nearest, farthest + 1))
    return tuple(one for one in dates if session_bounds(one) is not None)


def monthly_expiry(day: date) -> date:
    """Return the first monthly expiration on or after a day."""
    first = day.replace(day=1)
    third_friday = first + timedelta(days=(4 - first.weekday()) % 7 + 14)
    expiry = last_session(third_friday)
    return expiry if expiry >= day else monthly_expiry((first + timedelta(days=31)).replace(day=1))


def last_session(day: date) -> date:
    """Return the newest date with a session, the day itself included."""
    while session_bounds(day) is None:
        day -= timedelta(days=1)
    return day


def next_session(day: date) -> date:
    """Return the next date with a session, not the day itself."""
    day += timedelta(days=1)
    while session_bounds(day) is None:
        day += timedelta(days=1)
    return day


def market_hours(day: date) -> str | None:
    """Return the regular hours of a day in New York time, or None without a session."""
    bounds = session_bounds(day)
    if bounds is None:
        return None
    return f"{new_york(bounds.regular_open_us):%H:%M}-{new_york(bounds.regular_close_us):%H:%M}"
