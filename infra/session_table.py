"""Openings and closings of an exchange as `exchange_calendars` tells them, kept on disk.

The library brings pandas: 80 MB and 0.8 s of processor time, in every process that asks for a session. What it says of ten years fits into a
small file, which the first process writes and the others read; a new version of the library makes a new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

from infra.clock import to_microseconds
from infra.whole_file import write_whole

FOLDER = Path(".tapewire") / "calendars"  # below the working directory, as the compiled kernels are
_YEARS = 10

SessionTable = Mapping[str, tuple[int, int]]
"""ISO day to opening and closing, int microseconds UTC; a day without session is missing."""


def session_of(exchange: str, day: date) -> tuple[int, int] | None:
    """Return opening and closing of an exchange's session of a day; None without one. Raises as `sessions_of_decade` does."""
    return sessions_of_decade(exchange, day.year - day.year % _YEARS).get(day.isoformat())


@cache
def sessions_of_decade(exchange: str, first_year: int) -> SessionTable:
    """Return the sessions of the ten years from ``first_year`` on.

    Parameters
    ----------
    exchange
        Code of the library, e.g. XNYS.

    Raises
    ------
    ValueError
        If the exchange's published rules do not reach that far.
    """
    path = FOLDER / f"{exchange}-{first_year}-{version('exchange_calendars')}.json"
    try:
        return {day: (opens, closes) for day, (opens, closes) in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, AttributeError, TypeError):  # not there yet, or damaged
        table = _computed(exchange, first_year)
        with suppress(OSError):  # where it cannot be written, every process computes its own
            write_whole(path, json.dumps(table))
        return table


def _computed(exchange: str, first_year: int) -> SessionTable:
    import exchange_calendars

    # From the month before: a calendar refuses days before its first session, which is not the first of January.
    calendar = exchange_calendars.get_calendar(exchange, start=date(first_year - 1, 12, 1), end=date(first_year + _YEARS, 12, 31))
    days = calendar.sessions_in_range(date(first_year, 1, 1).isoformat(), date(first_year + _YEARS - 1, 12, 31).isoformat())
    schedule = calendar.schedule.loc[days]
    return {
        day.date().isoformat(): (to_microseconds(opens.to_pydatetime()), to_microseconds(closes.to_pydatetime()))
        for day, opens, closes in zip(schedule.index, schedule["open"], schedule["close"], strict=True)
    }
