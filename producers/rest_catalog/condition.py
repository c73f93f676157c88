"""How a catalogue's feed is: its state, what is not as it should be, and the figures that go with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from infra.clock import MICROSECONDS
from infra.logging_setup import logger
from infra.metrics import listed
from producers.rest_catalog.catalog_file import Accepted
from producers.rest_catalog.costs import Costs
from producers.rest_catalog.dispatcher import Dispatcher
from producers.rest_catalog.planner import Plan
from schemas.records import FeedFault, FeedFaultKind, FeedState

_SPEND_EVERY_US = 3_600 * MICROSECONDS
log = logger(__name__)


class Output(Protocol):
    """Where a feed says how it is; `producers.publisher.Publisher` is one."""

    def report(self, state: FeedState, detail: str | None = None) -> None:
        """State the feed's condition."""

    def hold_against(self, faults: Sequence[FeedFault]) -> None:
        """State what is wrong although the vendor answers."""

    def spent(self, used: int, limit: int, breakers: Sequence[str]) -> None:
        """State how much of the budget is used, and which endpoints are left alone."""

    def requests(self, day: str, of_day: int, month: str, of_month: int) -> None:
        """State how many requests of the day and the month are gone, for the process after this one."""


class Condition:
    """One feed's condition.

    Attributes
    ----------
    down
        State and reason while the vendor does not answer at all.
    rejected
        Why a changed catalogue is not in use.
    answered
        Whether the vendor ever answered.
    answered_by
        By endpoint, the vendor that answers instead.
    per_day
        Requests a day that the vendor states; None when it states none.
    """

    def __init__(self, unit: str, output: Output, now_us: int) -> None:
        self.down: tuple[FeedState, str] | None = None
        self.rejected: str | None = None
        self.answered = False
        self.answered_by: dict[str, str] = {}
        self.per_day: int | None = None
        self._unit = unit
        self._output = output
        self._told: tuple[FeedState, str | None] | None = None
        self._told_requests = ("", 0)
        self._broken: frozenset[str] = frozenset()
        self._spend_told_us = now_us
        self._age = listed.FEED_AGE.of(unit)
        self._age.begin()

    def heard(self) -> None:
        """Take note that the vendor said something."""
        self._age.mark()

    def works(self, endpoint: str) -> None:
        """Take note that the vendor answered an endpoint's call itself."""
        self.down, self.answered = None, True
        self.answered_by.pop(endpoint, None)

    def show_breakers(self, endpoints: Iterable[str]) -> None:
        """Show every endpoint, so that an alert can tell a closed breaker from one that nobody looks at."""
        for endpoint in endpoints:
            listed.REST_BREAKER_OPEN.set(float(endpoint in self._broken), self._unit, endpoint)

    def tell_requests(self, dispatcher: Dispatcher) -> None:
        """Let the process after this one know what is used up, where the file states a limit of a day or a month."""
        tally = dispatcher.tally
        if tally.is_limited and (tally.day, tally.of_day) != self._told_requests:
            self._told_requests = (tally.day, tally.of_day)
            self._output.requests(tally.day, tally.of_day, tally.month, tally.of_month)

    def tell(self, dispatcher: Dispatcher, accepted: Accepted, costs: Costs, now_us: int, *, idle: bool, throttled: bool) -> None:
        """Say how the feed is, when that has changed; and once an hour what it has cost."""
        if idle:
            self._age.mark()  # who asks nothing, e.g. at night, cannot be answered: that is no silence of the vendor
        broken = dispatcher.broken(now_us)
        for endpoint in self._broken ^ frozenset(broken):
            listed.REST_BREAKER_OPEN.set(float(endpoint in broken), self._unit, endpoint)
        self._broken = frozenset(broken)
        used = dispatcher.budget.used(now_us)
        for priority, calls in used.items():
            listed.REST_BUDGET_USED.set(calls, self._unit, priority)
        self._output.spent(sum(used.values()), dispatcher.budget.limits.stop_at, sorted(broken))
        faults = [_left_alone(name, accepted.catalog.endpoints[name].topics, why) for name, why in broken.items()]
        self._output.hold_against([*faults, _fault(FeedFaultKind.THROTTLED, (), "the vendor wants us to wait (429)")] if throttled else faults)
        state, detail = FeedState.LIVE if self.answered else FeedState.CONNECTING, self._detail(dispatcher, accepted.plan, now_us)
        if self.down is not None:
            state, detail = self.down[0], "; ".join((self.down[1], *self._others()))
        if (state, detail) != self._told:
            self._told = (state, detail)
            self._output.report(state, detail)
        if now_us - self._spend_told_us >= _SPEND_EVERY_US:
            self._spend_told_us = now_us
            log.info("rest_spend", unit=self._unit, calls=sum(spend.calls for spend in costs.report()), dollars=str(costs.total))
            dispatcher.latest.sweep(now_us)

    def _others(self) -> list[str]:
        return [f"{endpoint} comes from {vendor}" for endpoint, vendor in sorted(self.answered_by.items())]

    def _detail(self, dispatcher: Dispatcher, plan: Plan, now_us: int) -> str | None:
        """Return what is not as it should be, though the feed works."""
        said = list(dispatcher.wishes.said())
        said += [f"left alone: {', '.join(sorted(self._broken))}"] if self._broken else []
        said += self._others()
        if (used_up := dispatcher.tally.used_up(now_us)) is not None:
            said.append(used_up)
        limits = dispatcher.budget.limits
        if plan.busiest_minute > limits.stop_at:
            said.append(f"the vendor allows {limits.per_minute} requests a minute, the schedule has {plan.busiest_minute} at its busiest")
        if self.per_day is not None and plan.requests > self.per_day:
            said.append(f"the vendor allows {self.per_day} requests a day, the schedule has up to {plan.requests}")
        if self.rejected is not None:
            said.append(f"changed catalogue rejected: {self.rejected}")
        return "; ".join(said) or None


def _left_alone(endpoint: str, topics: Sequence[str], why: str) -> FeedFault:
    return _fault(FeedFaultKind.LEFT_ALONE, topics or ("raw.payloads",), f"endpoint {endpoint} fails and is left alone: {why}")


def _fault(kind: FeedFaultKind, topics: Sequence[str], reason: str) -> FeedFault:
    return FeedFault(kind=kind, topics=tuple(topics), measured=None, tolerated=None, since=0, reason=reason)
