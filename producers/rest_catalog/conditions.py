"""Whether an endpoint's conditions hold at a moment (ING-33): pure."""

from __future__ import annotations

from datetime import date

from infra.market_calendar import new_york, session_at, trading_day
from producers.rest_catalog.endpoint import Conditions
from producers.rest_catalog.tokens import market_hours
from schemas.records import Session

_STATES = {Session.REGULAR: "open", Session.PRE: "pre", Session.AFTER: "after", Session.CLOSED: "closed"}


def unmet(conditions: Conditions, moment_us: int) -> str | None:
    """Return which condition does not hold, or None when all do; a time range includes its start and excludes its end."""
    if conditions.market_state:
        state = _STATES[session_at(moment_us)]
        if state not in conditions.market_state:
            return f"market is {state}"
    if conditions.time_range is not None:
        hours = _hours(conditions.time_range, trading_day(moment_us))
        if hours is None:
            return "no session today"
        starts, _, ends = hours.partition("-")
        # Compared as text: HH:MM sorts like time. A range may reach over midnight.
        now = f"{new_york(moment_us):%H:%M}"
        inside = starts <= now < ends if starts <= ends else now >= starts or now < ends
        if not inside:
            return f"outside {hours}"
    return None


def _hours(time_range: str, day: date) -> str | None:
    return market_hours(day) if time_range == "market_hours" else time_range
