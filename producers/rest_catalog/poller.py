"""Runs a catalogue: takes the calls that are due, makes them at once as far as the budget allows, and judges what came of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Protocol

from infra.clock import MICROSECONDS, Clock
from infra.errors import Permanent, Retryable
from infra.logging_setup import logger
from infra.market_calendar import trading_day
from infra.metrics import listed
from producers.rest import Answer, RestClient
from producers.rest_catalog import condition, fetcher
from producers.rest_catalog.attempt import Attempt, Skip
from producers.rest_catalog.call_errors import DayUsedUp, Limited, NotInPlan
from producers.rest_catalog.catalog_file import Accepted, CatalogFile
from producers.rest_catalog.condition import Condition
from producers.rest_catalog.dispatcher import Dispatcher
from producers.rest_catalog.endpoint import Phase
from producers.rest_catalog.fetcher import Fetcher, until_room
from producers.rest_catalog.limit_headers import StatedLimits, stated
from producers.rest_catalog.neighbours import Neighbours
from producers.rest_catalog.rate_budget import Verdict
from producers.rest_catalog.schedule import Call, Line
from producers.rest_catalog.tokens import queries
from producers.source import Unlicensed
from schemas.records import FeedCommand, FeedCursor, FeedState

_LONGEST_PAUSE_SECONDS = 1.0
_FIRST_LIMIT_SECONDS = 5.0
_LONGEST_LIMIT_SECONDS = 60.0
_NO_KEY_SECONDS = 60.0
_DAY_USED_UP_SECONDS = 900.0
log = logger(__name__)


class Output(fetcher.Output, condition.Output, Protocol):
    """Where a poller publishes and says how it is; `producers.publisher.Publisher` is one."""

    def advance(self, watermark_us: int) -> None:
        """State that every call that was due before is answered or given up."""


_OTHERS_CAN_HELP = frozenset({Skip.BREAKER_OPEN, Skip.LIMITED, Skip.USED_UP, Skip.FORBIDDEN, Skip.BUSY})


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
    neighbours
        Vendors that can be asked instead; this one is among them while it runs.
    """

    def __init__(
        self, unit: str, file: CatalogFile, accepted: Accepted, client: RestClient, output: Output, clock: Clock,
        cursors: Mapping[str, FeedCursor] | None = None, neighbours: Neighbours | None = None,
    ) -> None:  # fmt: skip
        self._neighbours = neighbours or Neighbours()
        self._unit = unit
        self._file = file
        self._accepted = accepted
        self._output = output
        self._clock = clock
        self.dispatcher = Dispatcher(accepted.catalog, clock.now_us(), accepted.needs, self._skipped)
        self.fetcher = Fetcher(unit, client, output, clock, self._observe, self._room, cursors or {}, self._answered)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting_for_room = 0
        self._wake = asyncio.Event()
        self._limits_in_a_row = 0
        self._failures_in_a_row = 0
        self._condition = Condition(unit, output, clock.now_us())
        self._condition.show_breakers(accepted.catalog.endpoints)

    @property
    def under_way(self) -> int:
        """Calls that wait for the vendor; those whose next page waits for room in the budget are left out."""
        return len(self._tasks) - self._waiting_for_room

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; calls on their way are finished first (ING-27)."""
        woken = asyncio.create_task(_set_when(stop, self._wake))
        watching = asyncio.create_task(self._watch(stop))
        try:
            with self._neighbours.joined(self._accepted.catalog.vendor.name, self):
                while not stop.is_set():
                    self._wake.clear()
                    self._start_calls()
                    self._condition.tell(
                        self.dispatcher, self._accepted, self.fetcher.costs, self._clock.now_us(),
                        idle=not self._tasks, throttled=self._limits_in_a_row > 0,
                    )  # fmt: skip
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

    def obey(self, command: FeedCommand) -> bool:
        """Do what people want, at once; return whether it was about this feed."""
        if not self.dispatcher.obey(self._unit, command):
            return False
        self._wake.set()
        return True

    async def instead(self, entry: str, symbol: str | None) -> str | None:
        """Make another vendor's call, if the own budget and the entry's breaker allow it; return None when it was answered, else why not."""
        endpoint = next((one for one in self._accepted.catalog.active if one.id == entry), None)
        now_us = self._clock.now_us()
        if endpoint is None:
            return "it has no such entry, or it is switched off"
        asked = queries(endpoint.params, trading_day(now_us))
        if not asked:
            return "a parameter has no value today"
        attempt = self.dispatcher.admit(Call(Line(endpoint, symbol, 0, asked[0]), now_us, Phase.REGULAR), now_us)
        if isinstance(attempt, str):
            return attempt
        asking = asyncio.create_task(self._ask(attempt, again=False))
        self._tasks.add(asking)  # so that it is waited for when this vendor's feed ends
        trouble = await asking
        return None if trouble is None else str(trouble)

    async def _make(self, attempt: Attempt) -> None:
        """Make one call; when it fails, let others answer in this turn before it is tried again."""
        fallback = attempt.call.line.endpoint.fallback
        trouble = await self._ask(attempt, again=not fallback)
        if trouble is None or not fallback:
            return
        answered = await self._turn_to_others(attempt.call, str(trouble))
        if not answered and isinstance(trouble, Retryable):
            self.dispatcher.try_again(attempt, self._clock.now_us(), trouble.retry_after_seconds)
        self._wake.set()

    async def _ask(self, attempt: Attempt, *, again: bool) -> Retryable | Permanent | None:
        """Make one call and tell the dispatcher what came of it; return what went wrong."""
        line, endpoint = attempt.call.line, attempt.call.line.endpoint
        self._condition.tell_requests(self.dispatcher)
        try:
            payload = await self.fetcher.fetch(line, self._accepted.catalog.vendor)
        except Limited as error:
            self._limited(attempt, error, again)
            return error
        except NotInPlan as error:
            self.dispatcher.refused_by_plan(attempt, self._clock.now_us(), str(error))
            if not self._condition.answered:
                self._condition.down = (FeedState.UNLICENSED, str(error))  # until something that we may ask answers
            return error
        except Unlicensed as error:
            self._condition.down = (FeedState.UNLICENSED, str(error))
            self.dispatcher.limited(attempt, self._after(_NO_KEY_SECONDS), again=again)
            return error
        except (Retryable, Permanent) as error:
            self._failed(attempt, error, again)
            return error
        finally:
            self._wake.set()
        self._condition.works(endpoint.id)
        self._limits_in_a_row = self._failures_in_a_row = 0
        self.dispatcher.latest.put(line.key, payload, endpoint.ttl_seconds)
        self.dispatcher.succeeded(attempt)
        return None

    async def _turn_to_others(self, call: Call, why: str) -> bool:
        """Let another vendor answer a call; tell whether one did."""
        endpoint, symbol = call.line.endpoint, call.line.symbol
        outcome = await self._neighbours.ask(endpoint.fallback, symbol)
        by = outcome.vendor or "nobody"
        listed.REST_FALLBACKS.add(1, self._unit, endpoint.id, by)
        log.warning("rest_fallback", unit=self._unit, endpoint=endpoint.id, symbol=symbol, why=why, answered_by=by, others=list(outcome.reasons))
        if outcome.vendor is not None:
            self._condition.answered_by[endpoint.id] = outcome.vendor
        return outcome.vendor is not None

    def _limited(self, attempt: Attempt, error: Limited, again: bool) -> None:
        """Wait as long as the vendor wishes, or longer with each time it wishes nothing."""
        wish = _DAY_USED_UP_SECONDS if isinstance(error, DayUsedUp) else error.retry_after_seconds
        seconds = min(_FIRST_LIMIT_SECONDS * 2**self._limits_in_a_row, _LONGEST_LIMIT_SECONDS) if wish is None else wish
        self._limits_in_a_row = min(self._limits_in_a_row + 1, 10)
        self.dispatcher.limited(attempt, self._after(seconds), again=again)
        log.warning("rest_limited", unit=self._unit, endpoint=attempt.call.line.endpoint.id, seconds=seconds)

    def _failed(self, attempt: Attempt, error: Retryable | Permanent, again: bool) -> None:
        endpoint = attempt.call.line.endpoint.id
        passes = isinstance(error, Retryable)
        wish = error.retry_after_seconds if isinstance(error, Retryable) else None
        opened = self.dispatcher.failed(attempt, self._clock.now_us(), str(error), again=again and passes, wish_seconds=wish)
        log.warning("rest_call_failed", unit=self._unit, endpoint=endpoint, symbol=attempt.call.line.symbol, attempt=attempt.number, error=str(error))
        if opened:
            log.warning("rest_breaker_opened", unit=self._unit, endpoint=endpoint, error=str(error))
        self._failures_in_a_row += passes
        if self._failures_in_a_row >= self._accepted.catalog.vendor.breaker.failures:
            self._condition.down = (FeedState.DOWN, str(error))

    def _observe(self, answer: Answer) -> None:
        """Take the vendor's limits from an answer; they win over the file's."""
        self._condition.heard()
        limits: StatedLimits = stated(answer.headers, self._accepted.catalog.vendor.limit_headers)
        budget = self.dispatcher.budget
        if limits.per_minute is not None and limits.per_minute != budget.limits.per_minute:
            budget.adopt(limits.per_minute)
            log.info("rest_limit_adopted", unit=self._unit, per_minute=limits.per_minute, planned=self._accepted.plan.busiest_minute)
        self._condition.per_day = limits.per_day or self._condition.per_day
        # Somebody else with our key uses up the minute: what is left of it is not ours to take.
        head_room = budget.limits.per_minute - budget.limits.stop_at
        if limits.remaining is not None and limits.remaining < head_room and limits.reset_seconds is not None:
            budget.pause_until(self._after(limits.reset_seconds))
        if limits.day_used_up:
            budget.pause_until(self._after(_DAY_USED_UP_SECONDS))

    def _answered(self, line: Line) -> None:
        self.dispatcher.budget.answered(line.endpoint.priority, self._clock.now_us())

    async def _room(self, line: Line) -> None:
        """Wait until the budget has room for another page."""

        def ask() -> int | None:
            now_us = self._clock.now_us()
            budget = self.dispatcher.budget
            if budget.take(line.endpoint.priority, now_us) is not Verdict.YES:
                return max(budget.next_us(now_us), now_us + 1)
            self.dispatcher.tally.add(now_us)
            return None

        self._waiting_for_room += 1
        try:
            await until_room(ask, self._clock)
        finally:
            self._waiting_for_room -= 1

    async def _watch(self, stop: asyncio.Event) -> None:
        """Take a changed file within a second; a bad one is rejected and the one before stays (CFG-01)."""
        while not stop.is_set():
            await asyncio.sleep(self._file.look_every_seconds)
            outcome = await asyncio.to_thread(self._file.changed, self._clock.now_us())
            if isinstance(outcome, Accepted):
                self._accepted, self._condition.rejected = outcome, None
                self.dispatcher.reload(outcome.catalog, self._clock.now_us(), outcome.needs)
                self._condition.show_breakers(outcome.catalog.endpoints)
                log.info("rest_catalog_loaded", unit=self._unit, calls_a_day=outcome.plan.calls, busiest_minute=outcome.plan.busiest_minute)
                self._wake.set()
            elif outcome is not None:
                self._condition.rejected = str(outcome)
                log.warning("rest_catalog_rejected", unit=self._unit, error=str(outcome))

    def _skipped(self, call: Call, skip: Skip, why: str) -> None:
        endpoint = call.line.endpoint.id
        listed.REST_SKIPS.add(1, self._unit, endpoint, skip.value)
        log.info("rest_call_skipped", unit=self._unit, endpoint=endpoint, symbol=call.line.symbol, reason=skip.value, why=why)
        if call.line.endpoint.fallback and skip in _OTHERS_CAN_HELP:
            self._tasks.add(asyncio.create_task(self._turn_to_others(call, why)))

    def _after(self, seconds: float) -> int:
        return self._clock.now_us() + round(seconds * MICROSECONDS)


async def _set_when(event: asyncio.Event, other: asyncio.Event) -> None:
    await event.wait()
    other.set()

