"""Runs a catalogue: takes the calls that are due, makes them at once as far as the budget allows, and judges what came of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from infra.clock import MICROSECONDS, Clock
from infra.errors import Permanent, Retryable
from infra.logging_setup import logger
from infra.metrics import listed
from producers.rest import Answer, RestClient
from producers.rest_catalog import fetcher
from producers.rest_catalog.catalog_file import Accepted, CatalogFile
from producers.rest_catalog.dispatcher import Attempt, Dispatcher, Skip
from producers.rest_catalog.fetcher import Fetcher, Limited, NotInPlan, until_room
from producers.rest_catalog.limit_headers import StatedLimits, stated
from producers.rest_catalog.rate_budget import Verdict
from producers.rest_catalog.schedule import Call, Line
from producers.source import Unlicensed
from schemas.records import FeedCursor, FeedFault, FeedFaultKind, FeedState

_LONGEST_PAUSE_SECONDS = 1.0
_FIRST_LIMIT_SECONDS = 5.0
_LONGEST_LIMIT_SECONDS = 60.0
_NO_KEY_SECONDS = 60.0
_DAY_USED_UP_SECONDS = 900.0
_SPEND_EVERY_US = 3_600 * MICROSECONDS
log = logger(__name__)


class Output(fetcher.Output, Protocol):
    """Where a poller publishes and says how it is; `producers.publisher.Publisher` is one."""

    def advance(self, watermark_us: int) -> None:
        """State that every call that was due before is answered or given up."""

    def report(self, state: FeedState, detail: str | None = None) -> None:
        """State the feed's condition."""

    def hold_against(self, faults: Sequence[FeedFault]) -> None:
        """State what is wrong although the vendor answers."""

    def spent(self, used: int, limit: int, breakers: Sequence[str]) -> None:
        """State how much of the budget is used, and which endpoints are left alone."""


class Poller:
    """One vendor's catalogue at work.

    Parameters
    ----------
    unit
        Name of the feed.
    file
        Watched for changes.
    accepted
        What `file` held when it was first read.
    cursors
        How far an earlier process read, by line.
    """

    def __init__(
        self, unit: str, file: CatalogFile, accepted: Accepted, client: RestClient, output: Output, clock: Clock,
        cursors: Mapping[str, FeedCursor] | None = None,
    ) -> None:  # fmt: skip
        self._unit = unit
        self._file = file
        self._accepted = accepted
        self._output = output
        self._clock = clock
        self.dispatcher = Dispatcher(accepted.catalog, clock.now_us(), accepted.needs, self._skipped)
        self.fetcher = Fetcher(unit, client, output, clock, self._observe, self._room, cursors or {})
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._limits_in_a_row = 0
        self._failures_in_a_row = 0
        self._per_day: int | None = None
        self._down: tuple[FeedState, str] | None = None
        self._rejected: str | None = None
        self._told: tuple[FeedState, str | None] | None = None
        self._answered = False
        self._broken: frozenset[str] = frozenset()
        self._spend_told_us = clock.now_us()
        self._age = listed.FEED_AGE.of(unit)
        self._age.begin()
        self._show_breakers()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; calls on their way are finished first (ING-27)."""
        woken = asyncio.create_task(_set_when(stop, self._wake))
        watching = asyncio.create_task(self._watch(stop))
        try:
            while not stop.is_set():
                self._wake.clear()
                self._start_calls()
                self._tell()
                await self._pause()
        finally:
            for task in (woken, watching):
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)
        self._raise_if_broken()
        self._output.advance(self.dispatcher.complete_until_us(self._clock.now_us()))

    def _start_calls(self) -> None:
        self._raise_if_broken()
        now_us = self._clock.now_us()
        self.dispatcher.advance(now_us)
        burst = self.dispatcher.budget.limits.burst
        while len(self._tasks) < burst and (attempt := self.dispatcher.take(now_us)) is not None:
            self._tasks.add(asyncio.create_task(self._make(attempt)))
        self._output.advance(self.dispatcher.complete_until_us(now_us))

    def _raise_if_broken(self) -> None:
        """Let what a call did not expect, e.g. a `Fatal`, end the feed."""
        done = {task for task in self._tasks if task.done()}
        self._tasks -= done
        for task in done:
            task.result()

    async def _pause(self) -> None:
        now_us = self._clock.now_us()
        until_us = self.dispatcher.wake_us(now_us)
        seconds = self._clock.real_seconds((until_us - now_us) / MICROSECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), min(max(seconds, 0.001), _LONGEST_PAUSE_SECONDS))

    async def _make(self, attempt: Attempt) -> None:
        """Make one call and tell the dispatcher what came of it."""
        line, endpoint = attempt.call.line, attempt.call.line.endpoint
        try:
            vendor = self._accepted.catalog.vendor
            payload = await self.fetcher.fetch(line, vendor.base_path, keeps=vendor.snapshots)
        except Limited as error:
            self._limited(attempt, error)
        except NotInPlan as error:
            self.dispatcher.refused_by_plan(attempt, self._clock.now_us(), str(error))
            if not self._answered:
                self._down = (FeedState.UNLICENSED, str(error))  # until something that we may ask answers
        except Unlicensed as error:
            self._down = (FeedState.UNLICENSED, str(error))
            self.dispatcher.limited(attempt, self._after(_NO_KEY_SECONDS))
        except (Retryable, Permanent) as error:
            self._failed(attempt, error)
        else:
            self._down, self._answered = None, True
            self._limits_in_a_row = self._failures_in_a_row = 0
            self.dispatcher.latest.put(line.key, payload, endpoint.ttl_seconds)
            self.dispatcher.succeeded(attempt)
        finally:
            self._wake.set()

    def _limited(self, attempt: Attempt, error: Limited) -> None:
        """Wait as long as the vendor wishes, or longer with each time it wishes nothing."""
        wish = error.retry_after_seconds
        seconds = min(_FIRST_LIMIT_SECONDS * 2**self._limits_in_a_row, _LONGEST_LIMIT_SECONDS) if wish is None else wish
        self._limits_in_a_row = min(self._limits_in_a_row + 1, 10)
        self.dispatcher.limited(attempt, self._after(seconds))
        log.warning("rest_limited", unit=self._unit, endpoint=attempt.call.line.endpoint.id, seconds=seconds)

    def _failed(self, attempt: Attempt, error: Retryable | Permanent) -> None:
        endpoint = attempt.call.line.endpoint.id
        again = isinstance(error, Retryable)
        wish = error.retry_after_seconds if isinstance(error, Retryable) else None
        opened = self.dispatcher.failed(attempt, self._clock.now_us(), str(error), again=again, wish_seconds=wish)
        log.warning("rest_call_failed", unit=self._unit, endpoint=endpoint, symbol=attempt.call.line.symbol, attempt=attempt.number, error=str(error))
        if opened:
            log.warning("rest_breaker_opened", unit=self._unit, endpoint=endpoint, error=str(error))
        self._failures_in_a_row += again
        if self._failures_in_a_row >= self._accepted.catalog.vendor.breaker.failures:
            self._down = (FeedState.DOWN, str(error))

    def _observe(self, answer: Answer) -> None:
        """Take the vendor's limits from an answer; they win over the file's."""
        self._age.mark()
        limits: StatedLimits = stated(answer.headers, self._accepted.catalog.vendor.limit_headers)
        budget = self.dispatcher.budget
        if limits.per_minute is not None and limits.per_minute != budget.limits.per_minute:
            budget.adopt(limits.per_minute)
            log.info("rest_limit_adopted", unit=self._unit, per_minute=limits.per_minute, planned=self._accepted.plan.busiest_minute)
        self._per_day = limits.per_day or self._per_day
        # Somebody else with our key uses up the minute: what is left of it is not ours to take.
        head_room = budget.limits.per_minute - budget.limits.stop_at
        if limits.remaining is not None and limits.remaining < head_room and limits.reset_seconds is not None:
            budget.pause_until(self._after(limits.reset_seconds))
        if limits.day_used_up:
            budget.pause_until(self._after(_DAY_USED_UP_SECONDS))

    async def _room(self, line: Line) -> None:
        """Wait until the budget has room for another page."""

        def ask() -> int | None:
            now_us = self._clock.now_us()
            budget = self.dispatcher.budget
            return None if budget.take(line.endpoint.priority, now_us) is Verdict.YES else max(budget.next_us(now_us), now_us + 1)

        await until_room(ask, self._clock)

    async def _watch(self, stop: asyncio.Event) -> None:
        """Take a changed file within a second; a bad one is rejected and the one before stays (CFG-01)."""
        while not stop.is_set():
            await asyncio.sleep(self._file.look_every_seconds)
            outcome = await asyncio.to_thread(self._file.changed, self._clock.now_us())
            if isinstance(outcome, Accepted):
                self._accepted, self._rejected = outcome, None
                self.dispatcher.reload(outcome.catalog, self._clock.now_us(), outcome.needs)
                self._show_breakers()
                log.info("rest_catalog_loaded", unit=self._unit, calls_a_day=outcome.plan.calls, busiest_minute=outcome.plan.busiest_minute)
                self._wake.set()
            elif outcome is not None:
                self._rejected = str(outcome)
                log.warning("rest_catalog_rejected", unit=self._unit, error=self._rejected)

    def _show_breakers(self) -> None:
        """Show every endpoint, so that an alert can tell a closed breaker from one that nobody looks at."""
        for endpoint in self._accepted.catalog.endpoints:
            listed.REST_BREAKER_OPEN.set(float(endpoint in self._broken), self._unit, endpoint)

    def _skipped(self, call: Call, skip: Skip, why: str) -> None:
        endpoint = call.line.endpoint.id
        listed.REST_SKIPS.add(1, self._unit, endpoint, skip.value)
        log.info("rest_call_skipped", unit=self._unit, endpoint=endpoint, symbol=call.line.symbol, reason=skip.value, why=why)

    def _tell(self) -> None:
        """Say how the feed is, when that has changed; and once an hour what it has cost."""
        now_us = self._clock.now_us()
        if not self._tasks:
            self._age.mark()  # who asks nothing, e.g. at night, cannot be answered: that is no silence of the vendor
        broken = self.dispatcher.broken(now_us)
        for endpoint in self._broken ^ frozenset(broken):
            listed.REST_BREAKER_OPEN.set(float(endpoint in broken), self._unit, endpoint)
        self._broken = frozenset(broken)
        used = self.dispatcher.budget.used(now_us)
        for priority, calls in used.items():
            listed.REST_BUDGET_USED.set(calls, self._unit, priority)
        self._output.spent(sum(used.values()), self.dispatcher.budget.limits.stop_at, sorted(broken))
        self._output.hold_against([*self._left_alone(broken), *self._throttled()])
        state, detail = self._down or (FeedState.LIVE if self._answered else FeedState.CONNECTING, self._detail(sorted(broken)))
        if (state, detail) != self._told:
            self._told = (state, detail)
            self._output.report(state, detail)
        if now_us - self._spend_told_us >= _SPEND_EVERY_US:
            self._spend_told_us = now_us
            calls = sum(spend.calls for spend in self.fetcher.costs.report())
            log.info("rest_spend", unit=self._unit, calls=calls, dollars=str(self.fetcher.costs.total))
            self.dispatcher.latest.sweep(now_us)

    def _left_alone(self, broken: Mapping[str, str]) -> Iterator[FeedFault]:
        for name, why in broken.items():
            topics = self._accepted.catalog.endpoints[name].topics
            yield _fault(FeedFaultKind.LEFT_ALONE, topics or ("raw.payloads",), f"endpoint {name} fails and is left alone: {why}")

    def _throttled(self) -> Iterator[FeedFault]:
        if self._limits_in_a_row:
            yield _fault(FeedFaultKind.THROTTLED, (), "the vendor wants us to wait (429)")

    def _detail(self, broken: Sequence[str]) -> str | None:
        """Return what is not as it should be, though the feed works."""
        said = [f"left alone: {', '.join(broken)}"] if broken else []
        budget, plan = self.dispatcher.budget, self._accepted.plan
        if plan.busiest_minute > budget.limits.stop_at:
            said.append(f"the vendor allows {budget.limits.per_minute} requests a minute, the schedule has {plan.busiest_minute} at its busiest")
        if self._per_day is not None and plan.requests > self._per_day:
            said.append(f"the vendor allows {self._per_day} requests a day, the schedule has up to {plan.requests}")
        if self._rejected is not None:
            said.append(f"changed catalogue rejected: {self._rejected}")
        return "; ".join(said) or None

    def _after(self, seconds: float) -> int:
        return self._clock.now_us() + round(seconds * MICROSECONDS)


def _fault(kind: FeedFaultKind, topics: Sequence[str], reason: str) -> FeedFault:
    return FeedFault(kind=kind, topics=tuple(topics), measured=None, tolerated=None, since=0, reason=reason)


async def _set_when(event: asyncio.Event, other: asyncio.Event) -> None:
    await event.wait()
    other.set()

