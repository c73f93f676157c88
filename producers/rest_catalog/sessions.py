"""How often an endpoint is asked in each part of a New York day (ING-16 to ING-19): pure.

* Regular hours: as the file says. When the budget is short, important calls wait and nice ones are skipped; background calls at most
  once an hour, from what is left.
* Before the open, from 04:00: critical every five minutes, important every fifteen, the rest as the file says.
* After the close, four hours: everything half as often.
* Night, and days without a session: only what the file asks for by name.

Nothing is made quicker than in regular hours. A daily endpoint has its one call at its time of day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from infra.clock import to_microseconds
from infra.market_calendar import NEW_YORK, midnight_us, session_bounds
from producers.rest_catalog.endpoint import DAY_SECONDS, Endpoint, Phase, Priority, seconds_of

_LEAST_BEFORE_THE_OPEN = {Priority.CRITICAL: 300, Priority.IMPORTANT: 900}
_LEAST_OF_BACKGROUND = 3_600


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a day, ``[start_us, end_us)``."""

    phase: Phase
    start_us: int
    end_us: int


def spans(day: date) -> tuple[Span, ...]:
    """Return the parts of a New York day from midnight to midnight."""
    starts, ends = midnight_us(day), midnight_us(day + timedelta(days=1))
    bounds = session_bounds(day)
    if bounds is None:
        return (Span(Phase.WEEKEND, starts, ends),)
    return (
        Span(Phase.NIGHT, starts, bounds.pre_start_us),
        Span(Phase.PRE, bounds.pre_start_us, bounds.regular_open_us),
        Span(Phase.REGULAR, bounds.regular_open_us, bounds.regular_close_us),
        Span(Phase.AFTER, bounds.regular_close_us, bounds.after_end_us),
        Span(Phase.NIGHT, bounds.after_end_us, ends),
    )


def interval(endpoint: Endpoint, phase: Phase) -> int | None:
    """Return the seconds between two calls in a part of the day; None when there are none in it.

    A day or more means the daily call, which has its own time.
    """
    given = getattr(endpoint.cadence, phase)
    if given is not None and phase is not Phase.REGULAR:
        return seconds_of(given)
    regular = seconds_of(endpoint.cadence.regular)
    if regular is None or phase is Phase.WEEKEND:
        return None
    if regular >= DAY_SECONDS:
        return regular
    if phase is Phase.NIGHT:
        return None
    if phase is Phase.PRE:
        return max(regular, _LEAST_BEFORE_THE_OPEN.get(endpoint.priority, 0))
    if endpoint.priority is Priority.BACKGROUND:
        regular = max(regular, _LEAST_OF_BACKGROUND)
    return regular * 2 if phase is Phase.AFTER else regular


def daily_at_us(endpoint: Endpoint, day: date) -> int:
    """Return the moment of a daily endpoint's call."""
    return to_microseconds(datetime.combine(day, endpoint.at, NEW_YORK))
