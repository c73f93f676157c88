"""Fan-out: one setup event becomes what each tier may know, in one Kafka transaction with its offset; the budgets of the day are kept here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.received import Received
from infra.kafka.topic_follower import TopicFollower
from infra.kafka.transactional_loop import Forward, Outgoing, TransactionalLoop
from infra.logging_setup import logger
from infra.metrics import listed
from infra.patience import until_answered
from infra.unit import UnitContext, unit
from schemas.record import Record
from schemas.records import AlertBudget, HeldAlert, PremiumAlert, SetupEvent
from sinks.distribution.alert_counts import BUDGETS, HELD, AlertCounts, limits_of
from sinks.distribution.clock_guard import TOPIC as CLOCK_CHECKS
from sinks.distribution.clock_guard import ClockGuard
from sinks.distribution.recently_seen import RecentlySeen
from sinks.distribution.tiers import redact

NAME = "sink.fanout"
READS = ("setups.events",)
WRITES = ("distribution.premium", "delay.basic", "delay.free", HELD)
_TAIL_RECORDS = 20_000
_BUDGETS_EVERY_SECONDS = 0.5
log = logger(__name__)


class FanOut:
    """The decision about one event, and what it needs to know for it."""

    def __init__(self, context: UnitContext, codecs: CodecSet, guard: ClockGuard) -> None:
        self._context = context
        self._codecs = codecs
        self._guard = guard
        self._seen = RecentlySeen()
        self._counts = AlertCounts(limits_of(context.settings.tiers))
        self._budgets: TopicFollower | None = None
        self._next_look = 0.0
        self._recovered = False

    def before_poll(self) -> None:
        """Keep the clock comparison and the budgets current; the first time also learn what was told and held already.

        That must come after the producer has started its transactions: only then is our predecessor's last one decided.
        """
        self._guard.keep_current()
        if monotonic_seconds() < self._next_look:
            return
        try:
            if not self._recovered:
                self._recover()
            for budget in self._wishes():
                self._counts.adjust(budget)
                wish = {"scope": budget.scope.value, "alerts_a_day": budget.alerts_a_day, "by": budget.asked_by}
                log.info("alert_budget", unit=NAME, **wish)
            self._recovered = True
        except Retryable as error:
            log.warning("told_events_unknown", unit=NAME, error=str(error))
        self._next_look = monotonic_seconds() + _BUDGETS_EVERY_SECONDS

    def close(self) -> None:
        """Let go of the connection."""
        if self._budgets is not None:
            self._budgets.close()

    def _recover(self) -> None:
        for held in self._tail(HELD):
            assert isinstance(held, HeldAlert)
            self._counts.was_held(held)
            self._seen.told([held.event_id])
        for alert in self._tail("distribution.premium"):
            assert isinstance(alert, PremiumAlert)
            self._counts.was_told(alert)
            self._seen.told([alert.event_id])

    def _tail(self, topic: str) -> list[Record]:
        follower = TopicFollower(self._context.settings.kafka, self._codecs, topic, tail=_TAIL_RECORDS)
        try:
            return follower.catch_up()
        finally:
            follower.close()

    def _wishes(self) -> Iterator[AlertBudget]:
        if self._budgets is None:
            self._budgets = TopicFollower(self._context.settings.kafka, self._codecs, BUDGETS)
        return (record for record in self._budgets.catch_up() if isinstance(record, AlertBudget))

    def step(self, received: Received) -> Forward:
        """Return the tiers' records of one event; a repeat leads to nothing."""
        event = received.record
        assert isinstance(event, SetupEvent)
        self._guard.require()
        if not self._recovered:
            raise Retryable("expected to know which events were told, found the broker silent")
        if self._seen.is_repeat(event.event_id, (*received.place, received.offset)):
            return Forward()
        now_us = self._context.clock.now_us()
        held = self._counts.fate_of(event, now_us).held
        if held is not None:
            return self._hold(event, held)
        alerts = redact(event, now_us, self._context.settings.tiers)
        outgoing = [Outgoing("distribution.premium", alerts.premium), Outgoing("delay.basic", alerts.basic)]
        if alerts.free is not None:
            outgoing.append(Outgoing("delay.free", alerts.free))
        log.info("setup_fanned_out", unit=NAME, setup_id=event.setup_id, event_id=event.event_id, state=event.state, topics=len(outgoing))
        return Forward(tuple(outgoing))

    def _hold(self, event: SetupEvent, held: HeldAlert) -> Forward:
        """Write down that a setup is held, with its first event; the others of it say nothing new."""
        if event.event_id != held.event_id:
            return Forward()
        log.info("setup_held", unit=NAME, setup_id=event.setup_id, symbol=event.symbol, scope=held.scope.value, number=held.number, limit=held.limit)
        listed.ALERTS_HELD.add(1, NAME, held.scope.lower())
        return Forward((Outgoing(HELD, held),))


@unit(
    name=NAME, kind="sink", reads=(*READS, BUDGETS, HELD), writes=(*WRITES, CLOCK_CHECKS),
    summary="Redacts setup events for each tier and queues the delayed ones; holds what is over the budgets of the day.",
)  # fmt: skip
async def run(context: UnitContext) -> None:
    """Fan out until told to stop."""
    codecs = await until_answered(context, NAME, lambda: CodecSet.from_registry(context.settings.registry, (*READS, BUDGETS, *WRITES, CLOCK_CHECKS)))
    fan_out = FanOut(context, codecs, ClockGuard(context.settings, codecs, NAME, context.clock))
    try:
        await TransactionalLoop(context, NAME, READS, WRITES, fan_out.step, before_poll=fan_out.before_poll, codecs=codecs).run()
    finally:
        await asyncio.to_thread(fan_out.close)
