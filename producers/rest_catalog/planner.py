"""Walks a catalogue through a virtual day and proves that it fits the budget, or says what does not and which cadence would (C-09). Pure.

What is proved: in no rolling minute are there more calls than ``stop_at``, nor of a priority more than its share; a day stays within the
vendor's day and month, a day without a session within its floor. Pages and expiries count in full, as if every answer needed all its pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from infra.errors import ConfigurationError
from infra.market_calendar import midnight_us, session_bounds
from producers.rest_catalog.catalog import Catalog
from producers.rest_catalog.endpoint import DAY_SECONDS, Endpoint, Phase, Priority, seconds_of
from producers.rest_catalog.rate_budget import MINUTE_US
from producers.rest_catalog.schedule import Call, calls_of_day, lines
from producers.rest_catalog.sessions import interval

HALF_HOUR_US = 30 * MINUTE_US
_LADDER = (1, 2, 3, 4, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1_200, 1_800, 3_600, 7_200, 14_400, DAY_SECONDS)
_FIRST_ROOM, _LEAST_ROOM = 0.9, 0.2
_LONGEST_MONTH_DAYS = 31


@dataclass(frozen=True, slots=True)
class PlannedEndpoint:
    """One endpoint's day.

    Attributes
    ----------
    calls
        By part of the day.
    requests
        Calls, and every page they can have.
    busiest_minute
        Most requests in a rolling minute.
    cost
        US dollars.
    """

    endpoint: Endpoint
    calls: Mapping[Phase, int]
    requests: int
    busiest_minute: int
    cost: Decimal

    @property
    def total(self) -> int:
        return sum(self.calls.values())


@dataclass(frozen=True, slots=True)
class HalfHour:
    """Requests of half an hour of the day."""

    start_us: int
    requests: int
    busiest_minute: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A virtual day of a catalogue."""

    catalog: Catalog
    day: date
    endpoints: tuple[PlannedEndpoint, ...]
    half_hours: tuple[HalfHour, ...]
    busiest_minute: int
    busiest_at_us: int | None
    busiest_by_priority: Mapping[Priority, int]

    @property
    def calls(self) -> int:
        return sum(one.total for one in self.endpoints)

    @property
    def requests(self) -> int:
        return sum(one.requests for one in self.endpoints)

    @property
    def cost(self) -> Decimal:
        return sum((one.cost for one in self.endpoints), Decimal(0))


@dataclass(frozen=True, slots=True)
class Excess:
    """A limit the plan breaks.

    Attributes
    ----------
    what
        The limit, for people.
    priorities
        Whose calls count towards it.
    """

    what: str
    found: int
    limit: int
    priorities: tuple[Priority, ...]


def plan_day(catalog: Catalog, day: date) -> Plan:
    """Return the day's calls, whether they fit or not."""
    calls = calls_of_day(catalog, day)
    requests = [(call.due_us, call.line.endpoint.rows.pages) for call in calls]
    busiest, at_us = busiest_minute(requests)
    by_endpoint: dict[str, list[Call]] = {endpoint.id: [] for endpoint in catalog.content.endpoints}
    for call in calls:
        by_endpoint[call.line.endpoint.id].append(call)
    return Plan(
        catalog,
        day,
        tuple(_planned(endpoint, by_endpoint[endpoint.id]) for endpoint in catalog.content.endpoints),
        _half_hours(requests, midnight_us(day)),
        busiest,
        at_us,
        {one: busiest_minute((c.due_us, c.line.endpoint.rows.pages) for c in calls if c.priority is one)[0] for one in Priority},
    )


def prove(catalog: Catalog, day: date) -> Plan:
    """Return the plan of a day that fits.

    Raises
    ------
    ConfigurationError
        Naming the limits that are broken, the endpoints that break them, and for each a cadence with which the file fits.
    """
    # Ten calls a second for a day would take a while to lay out only to be refused: rates tell enough.
    excesses = _Load(catalog, day).excesses({})
    plan = None if excesses else plan_day(catalog, day)
    if plan is not None:
        excesses = excesses_of(plan)
        if not excesses:
            return plan
    changes = proposal(catalog, day)
    named = "; ".join(f"{name}: {before} s -> {after} s" for name, (before, after) in changes.items())
    broken = "; ".join(f"{one.what}: expected at most {one.limit}, found {one.found}" for one in excesses)
    raise ConfigurationError(f"{catalog.name}: the schedule does not fit the budget. {broken}. A cadence that fits: {named or 'none found'}")


def excesses_of(plan: Plan) -> tuple[Excess, ...]:
    """Return the limits a plan breaks."""
    budget = plan.catalog.vendor.budget
    found = [Excess("calls in a minute", plan.busiest_minute, budget.stop_at, tuple(Priority))]
    for one in (Priority.CRITICAL, Priority.IMPORTANT, Priority.NICE):
        found.append(Excess(f"{one} calls in a minute", plan.busiest_by_priority[one], getattr(budget.shares, one), (one,)))
    if budget.per_day is not None:
        found.append(Excess("calls in a day", plan.requests, budget.per_day, tuple(Priority)))
    if budget.per_month is not None:
        found.append(Excess("calls in a month of such days", plan.requests * _LONGEST_MONTH_DAYS, budget.per_month, tuple(Priority)))
    if session_bounds(plan.day) is None:
        found.append(Excess("calls on a day without a session", plan.requests, budget.closed_day, tuple(Priority)))
    return tuple(one for one in found if one.found > one.limit)


def proposal(catalog: Catalog, day: date) -> Mapping[str, tuple[int, int]]:
    """Return, by endpoint, the cadence in regular hours as it is and one with which the file fits; empty when nothing helps.

    Step by step the endpoint with the most requests among those over budget is made slower, background before critical at equal load.
    """
    load, room = _Load(catalog, day), _FIRST_ROOM
    slower: dict[str, int] = {}
    while room > _LEAST_ROOM:
        # The averages first: laying out whole days for every step would take minutes.
        while excesses := load.excesses(slower, room):
            if not load.slow(slower, excesses[-1].priorities):
                return {}
        excesses = excesses_of(plan_day(with_cadences(catalog, slower), day))
        if not excesses:
            break
        if not load.slow(slower, excesses[-1].priorities):
            return {}
        room *= _FIRST_ROOM  # a busiest minute may lie well above the average
    else:
        return {}
    before = {name: seconds_of(catalog.endpoints[name].cadence.regular) or DAY_SECONDS for name in slower}
    return {name: (before[name], seconds) for name, seconds in slower.items()}


def with_cadences(catalog: Catalog, seconds: Mapping[str, int]) -> Catalog:
    """Return a catalogue whose endpoints have other cadences; what they say of other parts of the day is at least as slow."""
    endpoints = tuple(_with_cadence(one, seconds[one.id]) if one.id in seconds else one for one in catalog.content.endpoints)
    return Catalog(catalog.name, catalog.content.model_copy(update={"endpoints": endpoints}), catalog.watched)


def busiest_minute(requests: Iterable[tuple[int, int]]) -> tuple[int, int | None]:
    """Return the most requests in any 60 seconds and when these begin; takes moments in order, each with its requests."""
    window: list[tuple[int, int]] = []
    most, at_us, inside, first = 0, None, 0, 0
    for moment_us, count in requests:
        window.append((moment_us, count))
        inside += count
        while window[first][0] <= moment_us - MINUTE_US:
            inside -= window[first][1]
            first += 1
        if inside > most:
            most, at_us = inside, window[first][0]
    return most, at_us


def _planned(endpoint: Endpoint, calls: Sequence[Call]) -> PlannedEndpoint:
    pages = endpoint.rows.pages
    busiest, _ = busiest_minute((call.due_us, pages) for call in calls)
    by_phase = Counter(call.phase for call in calls)
    return PlannedEndpoint(endpoint, {phase: by_phase[phase] for phase in Phase}, len(calls) * pages, busiest, len(calls) * pages * endpoint.cost)


def _half_hours(requests: Sequence[tuple[int, int]], starts_us: int) -> tuple[HalfHour, ...]:
    found: dict[int, list[tuple[int, int]]] = {}
    for request in requests:
        found.setdefault((request[0] - starts_us) // HALF_HOUR_US, []).append(request)
    return tuple(
        HalfHour(starts_us + number * HALF_HOUR_US, sum(count for _, count in inside), busiest_minute(inside)[0])
        for number, inside in sorted(found.items())
    )


class _Load:
    """Average requests a minute in the part of the day that has the most: cheap, and never more than the busiest minute."""

    def __init__(self, catalog: Catalog, day: date) -> None:
        phase = Phase.WEEKEND if session_bounds(day) is None else Phase.REGULAR
        self._budget = catalog.vendor.budget
        self._priorities = {one.id: one.priority for one in catalog.active}
        seconds = {one.id: interval(one, phase) for one in catalog.active}
        self._seconds = {name: one for name, one in seconds.items() if one is not None and one < DAY_SECONDS}
        self._requests: Counter[str] = Counter()
        for line in lines(catalog, day):
            if line.endpoint.id in self._seconds:
                self._requests[line.endpoint.id] += line.endpoint.rows.pages

    def excesses(self, slower: Mapping[str, int], room: float = 1.0) -> tuple[Excess, ...]:
        """Return the limits that the averages break when some endpoints are slower."""
        rates: dict[Priority, float] = dict.fromkeys(Priority, 0.0)
        for name in self._requests:
            rates[self._priorities[name]] += self._rate(name, slower)
        found = [Excess("calls in a minute", int(sum(rates.values())), self._budget.stop_at, tuple(Priority))]
        for one in (Priority.CRITICAL, Priority.IMPORTANT, Priority.NICE):
            found.append(Excess(f"{one} calls in a minute", int(rates[one]), getattr(self._budget.shares, one), (one,)))
        return tuple(one for one in found if one.found > one.limit * room)

    def slow(self, slower: dict[str, int], priorities: Sequence[Priority]) -> bool:
        """Make the endpoint with the highest rate a step slower; False when none can be."""
        ranks = {one: rank for rank, one in enumerate(Priority)}
        names = [name for name in self._requests if self._priorities[name] in priorities and self._interval(name, slower) < DAY_SECONDS]
        if not names:
            return False
        name = max(names, key=lambda one: (self._rate(one, slower), ranks[self._priorities[one]]))
        slower[name] = next(seconds for seconds in _LADDER if seconds > self._interval(name, slower))
        return True

    def _interval(self, name: str, slower: Mapping[str, int]) -> int:
        return max(self._seconds[name], slower.get(name, 0))

    def _rate(self, name: str, slower: Mapping[str, int]) -> float:
        return self._requests[name] * 60 / self._interval(name, slower)


def _with_cadence(endpoint: Endpoint, seconds: int) -> Endpoint:
    cadence = endpoint.cadence
    slower: dict[str, object] = {"regular": seconds}
    for phase in (Phase.PRE, Phase.AFTER, Phase.WEEKEND, Phase.NIGHT):
        given = getattr(cadence, phase)
        given_seconds = None if given is None else seconds_of(given)
        if given_seconds is not None:
            slower[phase] = max(given_seconds, seconds)
    changed = {"cadence": cadence.model_copy(update=slower), "ttl_seconds": max(endpoint.ttl_seconds, seconds)}
    return endpoint.model_copy(update=changed)
