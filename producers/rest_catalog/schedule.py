"""Which calls are due when on a New York day: pure, the same for the planner and for the poller.

Calls of one cadence and priority are spread evenly over it, so that the load is as flat as it can be. In a part of a day that lasts L seconds
a cadence of I seconds gives ceil(L / I) calls, one fewer to those that come late in the spread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, groupby

from infra.clock import MICROSECONDS
from infra.market_calendar import midnight_us, trading_day
from producers.rest_catalog.catalog import Catalog
from producers.rest_catalog.conditions import unmet
from producers.rest_catalog.endpoint import DAY_SECONDS, Endpoint, Phase, Priority
from producers.rest_catalog.sessions import Span, daily_at_us, interval, spans
from producers.rest_catalog.tokens import Query, queries

_DAILY_APART_US = 15 * MICROSECONDS
_RANKS = {priority: rank for rank, priority in enumerate(Priority)}


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked again and again: an endpoint for a symbol, with the parameters of this day.

    Attributes
    ----------
    variant
        Number of the expiry, where there is a call for each.
    """

    endpoint: Endpoint
    symbol: str | None
    variant: int
    query: Query

    @property
    def key(self) -> tuple[str, str | None, int]:
        """Tells lines apart, from one day to the next too."""
        return self.endpoint.id, self.symbol, self.variant


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a line, due at a moment."""

    line: Line
    due_us: int
    phase: Phase

    @property
    def priority(self) -> Priority:
        return self.line.endpoint.priority


def lines(catalog: Catalog, day: date) -> tuple[Line, ...]:
    """Return the lines of a day, most important first."""
    found = [
        Line(endpoint, symbol, variant, query)
        for endpoint in catalog.active
        for symbol in catalog.symbols_of(endpoint)
        for variant, query in enumerate(queries(endpoint.params, day))
    ]
    return tuple(sorted(found, key=lambda line: _RANKS[line.endpoint.priority]))


def calls_of_day(catalog: Catalog, day: date) -> tuple[Call, ...]:
    """Return all calls of a New York day, by time."""
    of_day = lines(catalog, day)
    calls: list[Call] = []
    for span in spans(day):
        paced = [((seconds, _RANKS[line.endpoint.priority]), line) for line in of_day if (seconds := interval(line.endpoint, span.phase))]
        for (seconds, _), group in groupby(sorted(paced, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
            together = [line for _, line in group]
            calls += _daily(together, span, day) if seconds >= DAY_SECONDS else _spread(together, span, seconds * MICROSECONDS)
    possible = (call for call in calls if unmet(call.line.endpoint.conditions, call.due_us) is None)
    return tuple(sorted(possible, key=lambda call: (call.due_us, _RANKS[call.priority])))


def day_after(moment_us: int) -> date:
    """Return the New York day after that of a moment."""
    return trading_day(moment_us) + timedelta(days=1)


def made_up(calls: Iterable[Call], now_us: int) -> tuple[Call, ...]:
    """Return what a process that starts now asks at once: the last call of each line that was due before."""
    last: dict[tuple[str, str | None, int], Call] = {}
    for call in calls:
        if call.due_us <= now_us:
            last[call.line.key] = call
    return tuple(last.values())


def _spread(together: Sequence[Line], span: Span, interval_us: int) -> list[Call]:
    """Return the calls of lines with the same interval in a part of a day."""
    # An entry with pages takes as much room as it can have requests.
    weights = [line.endpoint.rows.pages for line in together]
    calls: list[Call] = []
    for line, before in zip(together, accumulate(weights, initial=0), strict=False):
        first_us = span.start_us + before * interval_us // sum(weights)
        calls += [Call(line, due_us, span.phase) for due_us in range(first_us, span.end_us, interval_us)]
    return calls


def _daily(together: Sequence[Line], span: Span, day: date) -> list[Call]:
    """Return the daily calls that fall into a part of a day, the more there are the longer spread after their time."""
    calls: list[Call] = []
    for number, line in enumerate(together):
        at_us = daily_at_us(line.endpoint, day)
        due_us = at_us + number * min(_DAILY_APART_US, (midnight_us(day + timedelta(days=1)) - at_us) // len(together))
        if span.start_us <= due_us < span.end_us:
            calls.append(Call(line, due_us, span.phase))
    return calls
