"""The unit of a channel: reads the public tier topics, finds who is entitled, delivers, commits what is done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from infra.clock import SystemClock, monotonic_seconds
from infra.errors import Fatal, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.consumer_loop import ConsumerLoop, RecordHandler
from infra.kafka.dead_letter import DeadLetters
from infra.kafka.producer import RecordProducer
from infra.kafka.received import Committed, Place, Received
from infra.kafka.topic_follower import TopicFollower
from infra.logging_setup import logger
from infra.patience import answer_of, until_answered
from infra.retry import Backoff
from infra.unit import UnitContext
from schemas.records import BasicAlert, FreeAlert, PremiumAlert, Subscription
from sinks.channels.channel import READS, TIER_TOPICS, WRITES, Channel
from sinks.delivery.attempts import Attempts
from sinks.delivery.delivery import TIER_OF, Delivery
from sinks.delivery.delivery_log import DeliveryLog
from sinks.delivery.lanes import Lanes
from sinks.delivery.offset_ledger import OffsetLedger
from sinks.distribution.entitlements import Entitlements

_OPEN_RECORDS = 500  # a partition with this much unfinished work is not read further
_SUBSCRIPTIONS_EVERY_SECONDS = 1.0
_GRACE_SECONDS = 8.0
_TAKE_OVER_MARGIN_MS = 5_000  # our clock and the broker's may differ; looking once too often is cheap
log = logger(__name__)


async def deliver(context: UnitContext, channel_type: type[Channel]) -> None:
    """Deliver through one channel until told to stop."""
    unit = f"sink.{channel_type.id}"
    reason = channel_type.off_because(context.settings)
    if reason is not None:
        log.warning("channel_off", unit=unit, reason=reason)
        context.health.report(unit, ready=True, detail=f"off: {reason}")
        await context.stop.wait()
        return
    codecs = await until_answered(context, unit, lambda: CodecSet.from_registry(context.settings.registry, dict.fromkeys((*READS, *WRITES))))
    channel = channel_type(context.settings, context.clock)
    producer = RecordProducer(context.settings, codecs, client_id=unit)
    try:
        if await _opened(context, unit, channel):
            await _deliver_through(context, unit, channel, codecs, producer)
    finally:
        await channel.close()
        await asyncio.to_thread(producer.close)


async def _opened(context: UnitContext, unit: str, channel: Channel) -> bool:
    """Open the channel, trying again while the platform is away; False when told to stop meanwhile."""
    backoff = Backoff()
    while not context.stop.is_set():
        try:
            await channel.open()
            return True
        except Retryable as error:
            wait = backoff.next_seconds(error.retry_after_seconds)
            context.health.report(unit, ready=False, detail=f"{channel.id} is away: {error}")
            log.warning("channel_away", unit=unit, seconds=wait, error=str(error))
            try:
                await asyncio.wait_for(context.stop.wait(), wait)
            except TimeoutError:
                continue
    return False


async def _deliver_through(context: UnitContext, unit: str, channel: Channel, codecs: CodecSet, producer: RecordProducer) -> None:
    entitlements = Entitlements(channel.id, channel.house_subscriptions(context.settings))
    log_book = DeliveryLog(channel.id)
    dead_letters = DeadLetters(producer, unit, context.settings, context.clock)
    attempts = Attempts(context, unit, channel, log_book, entitlements, producer, dead_letters)
    handler = _Handler(context, codecs, attempts, asyncio.get_running_loop())
    loop = ConsumerLoop(context, unit, tuple(TIER_TOPICS.values()), handler, codecs=codecs, own_commits=True, poll_seconds=0.05, traced=True)
    await loop.run()


class _Handler(RecordHandler):
    """Lives in the loop's thread; the lanes live in the event loop."""

    def __init__(self, context: UnitContext, codecs: CodecSet, attempts: Attempts, events: asyncio.AbstractEventLoop) -> None:
        settings = context.settings.kafka
        self._attempts = attempts
        self._events = events
        self._ledger = OffsetLedger()
        self._finished: list[tuple[Place, int]] = []
        self._failure: BaseException | None = None
        self._lanes = Lanes(attempts.complete, self._done, self._failed)
        self._subscriptions = TopicFollower(settings, codecs, "distribution.subscriptions")
        self._receipts = TopicFollower(settings, codecs, "distribution.receipts")
        self._expired = TopicFollower(settings, codecs, "distribution.expired")
        self._subscriptions_fresh = False
        self._next_refresh = 0.0
        self._reported = 0
        self._took_over_ms = 0
        self._paused: set[Place] = set()

    def assigned(self, loop: ConsumerLoop, committed: Mapping[Place, Committed]) -> None:
        """Learn what another process, or we before, delivered: its receipts come before its commits."""
        self._took_over_ms = SystemClock().now_us() // 1_000
        for follower in (self._receipts, self._expired):
            self._attempts.log_book.replay(answer_of(self._attempts.context, self._attempts.unit, follower.catch_up))

    def revoked(self, loop: ConsumerLoop, places: Sequence[Place], lost: bool) -> None:
        if not lost:
            self._commit(loop)
        for place in places:
            self._ledger.forget(place)
            self._paused.discard(place)

    def handle(self, loop: ConsumerLoop, received: Received) -> None:
        """Queue the alert for everybody entitled to it now (DIS-27)."""
        alert = received.record
        assert isinstance(alert, (PremiumAlert, BasicAlert, FreeAlert))
        if not self._subscriptions_fresh:
            self._refresh_subscriptions()
        entitled = self._attempts.entitlements.of(TIER_OF[type(alert)])
        self._ledger.begin(received.place, received.offset, len(entitled))
        for subscription in entitled:
            maybe_sent = received.appended_ms <= self._took_over_ms + _TAKE_OVER_MARGIN_MS
            delivery = Delivery(alert, subscription, received.place, received.offset, maybe_sent, received.trace)
            self._events.call_soon_threadsafe(self._lanes.add, delivery)
        if self._ledger.open_records(received.place) >= _OPEN_RECORDS and received.place not in self._paused:
            # A pause and not a hold: what follows at the next offset may be a transaction's mark.
            self._paused.add(received.place)
            loop.pause(received.place)

    def after_poll(self, loop: ConsumerLoop) -> None:
        if self._failure is not None:
            raise self._failure
        if monotonic_seconds() >= self._next_refresh:
            try:
                self._refresh_subscriptions()
            except Retryable as error:  # the next alert asks again and waits for the answer
                log.warning("subscriptions_unknown", error=str(error))
                self._next_refresh = monotonic_seconds() + _SUBSCRIPTIONS_EVERY_SECONDS
        # What is polled next may follow a change made after this very look: a poll that takes over partitions lasts seconds.
        self._subscriptions_fresh = False
        self._commit(loop)
        for place in [place for place in self._paused if self._ledger.open_records(place) < _OPEN_RECORDS // 2]:
            self._paused.discard(place)
            loop.resume(place)
        if self._attempts.sent > self._reported:
            loop.wrote(self._attempts.sent - self._reported)
            self._reported = self._attempts.sent

    def stopping(self, loop: ConsumerLoop) -> None:
        asyncio.run_coroutine_threadsafe(self._lanes.close(_GRACE_SECONDS), self._events).result(_GRACE_SECONDS + 5)
        self._commit(loop)
        for follower in (self._subscriptions, self._receipts, self._expired):
            follower.close()

    def _refresh_subscriptions(self) -> None:
        for record in self._subscriptions.catch_up():
            if isinstance(record, Subscription):
                self._attempts.entitlements.apply(record)
        self._subscriptions_fresh = True
        self._next_refresh = monotonic_seconds() + _SUBSCRIPTIONS_EVERY_SECONDS

    def _commit(self, loop: ConsumerLoop) -> None:
        while self._finished:
            self._ledger.finish(*self._finished.pop(0))
        for place, next_offset in self._ledger.take_commits().items():
            try:
                loop.commit(place, next_offset)
            except Retryable as error:  # receipts keep a repeat from being told; a later commit covers this one
                log.warning("commit_failed", topic=place[0], partition=place[1], error=str(error))

    def _done(self, delivery: Delivery) -> None:
        self._finished.append((delivery.place, delivery.offset))

    def _failed(self, error: BaseException) -> None:
        self._failure = error if isinstance(error, Fatal) else Fatal(f"expected deliveries to end in order, found {error!r}")
