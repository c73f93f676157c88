"""Decides which call goes next: by priority, conditions, dependencies, breaker and budget. Pure: time is handed in, nothing is fetched here.

The poller runs it on market time, tests and rehearsals walk it through a virtual day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace

from infra.clock import MICROSECONDS
from infra.market_calendar import midnight_us, trading_day
from producers.rest_catalog.attempt import ATTEMPTS, Attempt, Skip
from producers.rest_catalog.catalog import Catalog, forbidden
from producers.rest_catalog.circuit_breaker import BreakerState, CircuitBreaker
from producers.rest_catalog.conditions import unmet
from producers.rest_catalog.endpoint import Phase, Priority
from producers.rest_catalog.latest import Key, Latest
from producers.rest_catalog.rate_budget import Limits, RateBudget, Verdict
from producers.rest_catalog.request_tally import RequestTally
from producers.rest_catalog.schedule import Call, calls_of_day, day_after, made_up
from producers.rest_catalog.wishes import Wishes
from schemas.records import FeedCommand

_FIRST_RETRY_SECONDS = 1
_LONGEST_RETRY_SECONDS = 30
_SHORTEST_WAIT_US = 50_000  # nothing that can be waited for without an event changes sooner


class Dispatcher:
    """The calls of one vendor.

    Parameters
    ----------
    catalog
        A catalogue that the planner has proved.
    now_us
        What was due earlier today is made up once.
    needs
        Calls of each priority in the plan's busiest minute; None keeps every share whole.
    on_skip
        Told of each call that is not made, and why, with details.
    """

    def __init__(
        self, catalog: Catalog, now_us: int, needs: Mapping[Priority, int] | None = None,
        on_skip: Callable[[Call, Skip, str], None] = lambda call, skip, why: None,
    ) -> None:  # fmt: skip
        self.latest = Latest()
        self.budget = RateBudget(Limits.of(catalog.vendor.budget), needs)
        self.tally = RequestTally(catalog.vendor.budget)
        self.wishes = Wishes()
        self._held: dict[Key, Attempt] = {}
        self._catalog = catalog
        self._on_skip = on_skip
        self._breakers: dict[str, CircuitBreaker] = {}
        self._probes: dict[str, Attempt] = {}
        self._waiting: dict[Priority, dict[Key, Attempt]] = {priority: {} for priority in Priority}
        self._on_the_way: dict[Key, Attempt] = {}
        self._calls: tuple[Call, ...] = ()
        self._next = 0
        self._day_ends_us = 0
        self._lay_out(now_us)
        for call in made_up(self._calls, now_us):
            self._enqueue(Attempt(call, made_up=True))

    def reload(self, catalog: Catalog, now_us: int, needs: Mapping[Priority, int] | None) -> None:
        """Go on with another catalogue: values, breakers and what is on its way stay; new lines are asked at once."""
        before = {call.line.key for call in self._calls}
        self._catalog = catalog
        changed = Limits.of(catalog.vendor.budget)
        if changed != self.budget.file_limits:
            self.budget.file_limits = changed
            self.budget.adopt(changed.per_minute)
        self.budget.needs = needs
        self.tally.budget = catalog.vendor.budget
        self._lay_out(now_us)
        known = {call.line.key: call.line for call in self._calls}
        waiting = [attempt for queue in self._waiting.values() for attempt in queue.values()]
        self._waiting = {priority: {} for priority in Priority}
        for attempt in waiting:
            if line := known.get(attempt.call.line.key):  # as the new file has it
                self._enqueue(replace(attempt, call=replace(attempt.call, line=line)))
        for call in made_up(self._calls, now_us):
            if call.line.key not in before:
                self._enqueue(Attempt(call, made_up=True))
        self.latest.keep_only(frozenset(catalog.endpoints))
        self._breakers = {name: breaker for name, breaker in self._breakers.items() if name in catalog.endpoints}

    def obey(self, feed: str, command: FeedCommand) -> bool:
        """Take in what people want of ``feed``; what a pause held back is asked once when it ends. Return whether it was about this feed."""
        if not self.wishes.take(feed, command):
            return False
        active = {endpoint.id: endpoint for endpoint in self._catalog.active}
        for key, attempt in list(self._held.items()):
            if self.wishes.paused_by(key[0]) is None:
                del self._held[key]
                if active.get(key[0]) == attempt.call.line.endpoint:
                    self._enqueue(attempt)
        return True

    def advance(self, now_us: int) -> None:
        """Put what has become due in line, a day after the other."""
        while True:
            end = bisect_right(self._calls, now_us, lo=self._next, key=lambda call: call.due_us)
            for call in self._calls[self._next : end]:
                if self.wishes.lets_pass(call.line.key):
                    self._enqueue(Attempt(call))
                else:
                    self._on_skip(call, Skip.THROTTLED, "people want fewer calls")
            self._next = end
            if now_us < self._day_ends_us:
                break
            self._lay_out(self._day_ends_us, from_start=True)
            self._probes.clear()  # they ask for the day before
        for name, attempt in list(self._probes.items()):
            if self.breaker(name).lets_through(now_us):
                del self._probes[name]
                self._again(attempt, now_us, attempt.number)

    def take(self, now_us: int) -> Attempt | None:
        """Return the next call to make now and count it; None when there is none."""
        nobody_waits = True
        for priority in Priority:
            for key, attempt in list(self._waiting[priority].items()):
                if attempt.not_before_us > now_us or key in self._on_the_way:
                    continue
                if priority is Priority.BACKGROUND and not nobody_waits:
                    return None
                refusal = self._refusal(attempt, now_us)
                if refusal is not None and refusal[0] is Skip.PARENT_STALE and self._parent_comes(attempt):
                    continue
                if refusal is not None:
                    self._drop(key, attempt, *refusal)
                    continue
                verdict = self.budget.take(priority, now_us)
                if verdict is Verdict.YES:
                    del self._waiting[priority][key]
                    self._goes(attempt, now_us)
                    return attempt
                if verdict is Verdict.PAUSED and attempt.call.line.endpoint.fallback:
                    self._drop(key, attempt, Skip.LIMITED, "the vendor wants us to wait")
                    continue
                if verdict in (Verdict.PAUSED, Verdict.BURST):
                    return None  # nobody else may go either, and who matters more goes first
                if priority is Priority.NICE and attempt.call.phase is Phase.REGULAR and not attempt.made_up:
                    self._drop(key, attempt, Skip.BUSY, "no room in the minute")
                    continue
                nobody_waits = False
                break
        return None

    def admit(self, call: Call, now_us: int) -> Attempt | str:
        """Let a call go that is not in the plan, another vendor's turn; or say why it may not go now."""
        attempt = Attempt(call)
        if call.line.key in self._on_the_way:
            return "it is being asked already"
        if refusal := self._refusal(attempt, now_us):
            return f"{refusal[0]}: {refusal[1]}"
        verdict = self.budget.take(call.priority, now_us)
        if verdict is not Verdict.YES:
            return f"no room in its budget: {verdict.name.lower()}"
        self._goes(attempt, now_us)
        return attempt

    def wake_us(self, now_us: int) -> int:
        """Return when to look again at the latest, unless a call ends before."""
        moments = [self._day_ends_us]
        if self._next < len(self._calls):
            moments.append(self._calls[self._next].due_us)
        waiting = [attempt.not_before_us for queue in self._waiting.values() for key, attempt in queue.items() if key not in self._on_the_way]
        next_us = self.budget.next_us(now_us)  # of what might go already and has no room; what is tried again has its own moment
        moments += [moment_us if moment_us > now_us else next_us for moment_us in waiting]
        moments += [moment_us for name in self._probes if (moment_us := self.breaker(name).probe_us) is not None]
        return max(now_us + _SHORTEST_WAIT_US, min(moments))

    def succeeded(self, attempt: Attempt) -> None:
        """Take note that a call was answered and its answer used."""
        self._on_the_way.pop(attempt.call.line.key, None)
        self.breaker(attempt.call.line.endpoint.id).succeeded()

    def failed(self, attempt: Attempt, now_us: int, reason: str, *, again: bool, wish_seconds: float | None = None) -> bool:
        """Take note that a call failed; it is tried again as its priority allows. Return True when its breaker opens."""
        self._on_the_way.pop(attempt.call.line.key, None)
        opened = self.breaker(attempt.call.line.endpoint.id).failed(now_us, reason)
        if again:
            self.try_again(attempt, now_us, wish_seconds)
        return opened

    def refused_by_plan(self, attempt: Attempt, now_us: int, reason: str) -> None:
        """Take note that the plan does not include the endpoint: left alone for as long as a breaker may be open."""
        self._on_the_way.pop(attempt.call.line.key, None)
        self.breaker(attempt.call.line.endpoint.id).open(now_us, reason, longest=True)

    def limited(self, attempt: Attempt, until_us: int, *, again: bool = True) -> None:
        """Take note that the vendor wants us to wait: nobody asks before, and the call comes again unless another vendor has its turn."""
        self._on_the_way.pop(attempt.call.line.key, None)
        self.breaker(attempt.call.line.endpoint.id).gave_up()
        self.budget.pause_until(until_us)
        if again:
            self._again(attempt, until_us, attempt.number)

    def try_again(self, attempt: Attempt, now_us: int, wish_seconds: float | None = None) -> None:
        """Put a call that failed in line again, as its priority allows."""
        if attempt.number < ATTEMPTS[attempt.call.priority]:
            seconds = min(_FIRST_RETRY_SECONDS * 2 ** (attempt.number - 1), _LONGEST_RETRY_SECONDS)
            self._again(attempt, now_us + round(max(seconds, wish_seconds or 0) * MICROSECONDS), attempt.number + 1)

    def breaker(self, endpoint: str) -> CircuitBreaker:
        """Return an endpoint's breaker."""
        if endpoint not in self._breakers:
            self._breakers[endpoint] = CircuitBreaker(self._catalog.vendor.breaker)
        return self._breakers[endpoint]

    def broken(self, now_us: int) -> dict[str, str]:
        """Return the endpoints whose breaker is not closed, with the reason."""
        return {name: one.reason for name, one in sorted(self._breakers.items()) if one.state(now_us) is not BreakerState.CLOSED}

    def complete_until_us(self, now_us: int) -> int:
        """Return the moment before which every call that was due is answered or given up."""
        waiting = [attempt for queue in self._waiting.values() for attempt in queue.values()]
        dues = [attempt.call.due_us for attempt in (*waiting, *self._on_the_way.values()) if not attempt.made_up]
        return min([now_us, *dues])

    def _lay_out(self, moment_us: int, *, from_start: bool = False) -> None:
        """Lay out the day of a moment, and skip what was due until then."""
        day = trading_day(moment_us)
        self._calls = calls_of_day(self._catalog, day)
        self._next = 0 if from_start else bisect_right(self._calls, moment_us, key=lambda call: call.due_us)
        self._day_ends_us = midnight_us(day_after(moment_us))

    def _enqueue(self, attempt: Attempt) -> None:
        queue, key = self._waiting[attempt.call.priority], attempt.call.line.key
        older = queue.pop(key, None)
        if older is not None and older.made_up:
            attempt = replace(attempt, made_up=True)  # there is still no value at all: not skipped when busy
        elif older is not None:
            self._on_skip(older.call, Skip.SUPERSEDED, "the next call is due")
        queue[key] = attempt

    def _again(self, attempt: Attempt, not_before_us: int, number: int) -> None:
        queue, key = self._waiting[attempt.call.priority], attempt.call.line.key
        if key not in queue and attempt.call.line.endpoint in self._catalog.active:
            queue[key] = replace(attempt, number=number, not_before_us=not_before_us)

    def _refusal(self, attempt: Attempt, now_us: int) -> tuple[Skip, str] | None:
        endpoint, symbol = attempt.call.line.endpoint, attempt.call.line.symbol
        if who := self.wishes.paused_by(endpoint.id):
            return Skip.PAUSED, f"by {who}"
        if why := forbidden(self._catalog.vendor, endpoint):
            return Skip.FORBIDDEN, why
        if why := self.tally.used_up(now_us):
            return Skip.USED_UP, why
        if why := unmet(endpoint.conditions, now_us):
            return Skip.CONDITION, why
        for parent in endpoint.depends_on:
            if not self.latest.is_fresh(parent, symbol, now_us):
                return Skip.PARENT_STALE, f"{parent} is not fresh"
        age_us = self.latest.age_us(attempt.call.line.key, now_us)
        if age_us is not None and age_us < endpoint.cache_seconds * MICROSECONDS:
            return Skip.CACHED, f"younger than {endpoint.cache_seconds} s"
        breaker = self.breaker(endpoint.id)
        return None if breaker.lets_through(now_us) else (Skip.BREAKER_OPEN, breaker.reason)

    def _goes(self, attempt: Attempt, now_us: int) -> None:
        self._on_the_way[attempt.call.line.key] = attempt
        self.tally.add(now_us)
        self.breaker(attempt.call.line.endpoint.id).began(now_us)

    def _parent_comes(self, attempt: Attempt) -> bool:
        """Tell whether a parent is about to be asked: then its child waits."""
        parents = attempt.call.line.endpoint.depends_on
        return any(key[0] in parents for queue in (self._on_the_way, *self._waiting.values()) for key in queue)

    def _drop(self, key: Key, attempt: Attempt, skip: Skip, why: str) -> None:
        del self._waiting[attempt.call.priority][key]
        if skip is Skip.PAUSED:
            self._held[key] = replace(attempt, made_up=True)  # a daily call would else be lost with a pause of a minute
        elif skip is Skip.BREAKER_OPEN:
            # Asked as soon as the breaker is half open: the next call that is due may be an hour away, or the whole night.
            self._probes[key[0]] = replace(attempt, made_up=True)
        self._on_skip(attempt.call, skip, why)
