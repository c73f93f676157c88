"""Runs a feed: connects, back-fills what was missed, follows the stream, and begins again when the connection ends.

The order that loses and repeats nothing: subscribe first, so that live frames wait in the socket's buffer; fetch what lies
between the watermark and now; publish what is missing of it in time order; then go on with the waiting frames. Whatever comes
twice is told by its sequence. A killed process's successor reads the last heartbeat and does the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from infra.clock import MICROSECONDS, monotonic_seconds, sleep_until
from infra.errors import Permanent, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.kafka.leadership import Leadership
from infra.kafka.producer import RecordProducer
from infra.logging_setup import logger
from infra.market_calendar import session_at
from infra.metrics import listed
from infra.patience import until_answered
from infra.retry import Backoff
from infra.unit import UnitContext
from producers.capture import capture_of
from producers.deduplicator import DEDUPLICATED_TOPICS
from producers.feed_limits import FeedLimits
from producers.feed_session import FeedSession
from producers.led import LedSource, run_led
from producers.publisher import Publisher
from producers.resume import read_resume
from producers.source import ALWAYS_WRITTEN, FeedSpec, Poll, Source, Unlicensed
from producers.truth_limits import TruthLimits
from producers.truth_meter import TruthMeter
from schemas.records import FeedState, Session

_PATIENCE_SECONDS = 60.0  # beyond the longest wait for the broker: a feed that is silent for longer hangs
log = logger(__name__)


async def run_feed(spec: FeedSpec, context: UnitContext) -> None:
    """Run one feed until told to stop; a feed that cannot run (no key) stays up, says why, and publishes nothing."""
    source = spec.build(context.settings, context.clock)
    lease_seconds = spec.limits(context.settings).lease_seconds
    if source.unavailable is not None:
        log.warning("feed_unavailable", feed=spec.name, reason=source.unavailable)
        context.health.report(spec.name, ready=True, detail=source.unavailable)
        await context.stop.wait()
    elif not lease_seconds:
        await _run(spec, source, context, lambda: True)
    else:
        await source.close()

        async def lead(own: UnitContext, leadership: Leadership) -> None:
            # Built anew each time: numbers that rise over restarts begin at the moment of taking over.
            await _run(spec, LedSource(spec.build(own.settings, own.clock), leadership), own, lambda: leadership.held)

        await run_led(spec.name, context, lease_seconds, lead)


async def _run(spec: FeedSpec, source: Source, context: UnitContext, leads: Callable[[], bool]) -> None:
    async with opened(spec, source, context) as session:
        await run_session(spec, source, session, context, leads)


async def run_session(
    spec: FeedSpec, source: Source, session: FeedSession, context: UnitContext, leads: Callable[[], bool] = lambda: True
) -> None:
    """Do everything a feed does at once, until told to stop: heartbeats, connection, gaps, polls."""
    work = [
        asyncio.create_task(session.publisher.run_heartbeats(context.stop), name="heartbeats"),
        asyncio.create_task(keep_connected(spec, source, session, context), name="connection"),
        asyncio.create_task(session.mend_gaps(), name="gaps"),
        *(asyncio.create_task(_keep_polling(spec, poll, session, context), name=poll.name) for poll in source.polls()),
    ]
    stopped = asyncio.create_task(context.stop.wait(), name="stop")
    try:
        await asyncio.wait([*work, stopped], return_when=asyncio.FIRST_COMPLETED)
        if context.stop.is_set() and leads():
            await session.end_of_following()  # a vendor may want to be told how far we are
    finally:
        for task in (*work, stopped):
            task.cancel()
        outcomes = await asyncio.gather(*work, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    if leads():  # else a successor has told already how far it is
        await session.publisher.heartbeat()


@contextlib.asynccontextmanager
async def opened(spec: FeedSpec, source: Source, context: UnitContext) -> AsyncIterator[FeedSession]:
    """Set up what the feed publishes with, at the place where an earlier process ended; close it with everything delivered."""
    settings, limits, began_us = context.settings, spec.limits(context.settings), context.clock.now_us()
    topics = (*spec.writes, *ALWAYS_WRITTEN)
    deduplicated = tuple(name for name in spec.writes if name in DEDUPLICATED_TOPICS)
    codecs = await until_answered(context, spec.name, lambda: CodecSet.from_registry(settings.registry, topics))
    resume = await until_answered(
        context, spec.name, lambda: read_resume(settings, codecs, spec.name, deduplicated, spec.watermarked)
    )
    producer = RecordProducer(settings, codecs, client_id=spec.name)
    capture = capture_of(spec.name, settings, limits.capture_path)
    try:
        publisher = Publisher(
            spec.name,
            producer,
            DeadLetters(producer, spec.name, settings, context.clock),
            context.clock,
            context.health,
            spec.watermarked,
            resume.positions,
            settings.kafka.delivery_timeout_ms / 1_000 + _PATIENCE_SECONDS,
            truth=await _truth_meter(spec, limits, context),
            mode=settings.stack.mode,
            licence=spec.licence,
            delay_seconds=limits.delay_seconds,
        )
        # A feed that never ran begins some minutes in the past, so that indicators warm up on real prints.
        first_us = began_us - round(limits.first_start_minutes * 60 * MICROSECONDS)
        publisher.advance(first_us if resume.watermark_us is None else resume.watermark_us)
        yield FeedSession(spec, source, context, publisher, resume.published, capture)
    finally:
        await source.close()
        if capture is not None:
            capture.close()
        await asyncio.to_thread(producer.close)


async def _truth_meter(spec: FeedSpec, limits: FeedLimits, context: UnitContext) -> TruthMeter:
    clock = context.clock
    if limits.speaks_within_seconds is not None:
        await asyncio.to_thread(session_at, clock.now_us())  # loads the exchange's calendar: a second in which the loop would stand still
    market_second = clock.real_seconds(1.0)
    bounds = TruthLimits(context.settings.truth, limits.speaks_within_seconds, 1_000 / market_second if market_second else 1_000.0)
    return TruthMeter(spec.watermarked, bounds, lambda now_us: session_at(now_us) is Session.REGULAR)


async def keep_connected(spec: FeedSpec, source: Source, session: FeedSession, context: UnitContext) -> None:
    """Connect, back-fill and follow, again and again; waits longer after each failure in a row."""
    backoff = Backoff(cap_seconds=spec.limits(context.settings).backoff_cap_seconds)
    publisher = session.publisher
    while not context.stop.is_set():
        publisher.report(FeedState.CONNECTING)
        live_since = None
        try:
            async with source.connect() as stream:
                publisher.report(FeedState.BACKFILLING)
                recovered = await session.catch_up()
                log.info("feed_live", feed=spec.name, recovered=recovered)
                publisher.report(FeedState.LIVE, session.detail(stream))
                live_since = monotonic_seconds()
                await session.follow(stream)
        except (Retryable, Permanent) as error:  # half an answer of the history is no reason to end: the next attempt asks again
            # A connection that ends at once is a failure too: only one that held makes the next wait short again.
            if live_since is not None and monotonic_seconds() - live_since > backoff.cap_seconds:
                backoff.succeeded()
            publisher.reconnects += 1
            publisher.gaps += live_since is not None
            listed.FEED_RECONNECTS.add(1, spec.name)
            unlicensed = isinstance(error, Unlicensed)
            publisher.report(FeedState.UNLICENSED if unlicensed else FeedState.DOWN, str(error))
            delay = backoff.cap_seconds if unlicensed else backoff.next_seconds(error.retry_after_seconds if isinstance(error, Retryable) else None)
            log.warning("feed_down", feed=spec.name, error=str(error), retry_in_seconds=round(delay, 2))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(context.stop.wait(), delay)


async def _keep_polling(spec: FeedSpec, poll: Poll, session: FeedSession, context: UnitContext) -> None:
    """Fetch and publish at a fixed interval of market time; a failure waits for the next turn."""
    while not context.stop.is_set():
        next_us = context.clock.now_us() + round(poll.interval_market_seconds * MICROSECONDS)
        try:
            async for payload in poll.fetch():
                await session.publish(payload)
        except (Retryable, Permanent) as error:
            log.warning("poll_failed", feed=spec.name, poll=poll.name, error=str(error))
        await sleep_until(context.clock, next_us)
