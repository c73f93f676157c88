"""Fan-out: one setup event becomes what each tier may know, in one Kafka transaction with its offset."""

from __future__ import annotations

from infra.errors import Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.received import Received
from infra.kafka.topic_follower import TopicFollower
from infra.kafka.transactional_loop import Forward, Outgoing, TransactionalLoop
from infra.logging_setup import logger
from infra.patience import until_answered
from infra.unit import UnitContext, unit
from schemas.records import PremiumAlert, SetupEvent
from sinks.distribution.clock_guard import TOPIC as CLOCK_CHECKS
from sinks.distribution.clock_guard import ClockGuard
from sinks.distribution.recently_seen import RecentlySeen
from sinks.distribution.tiers import redact

NAME = "sink.fanout"
READS = ("setups.events",)
WRITES = ("distribution.premium", "delay.basic", "delay.free")
_TAIL_RECORDS = 20_000
log = logger(__name__)


class FanOut:
    """The decision about one event, and what it needs to know for it."""

    def __init__(self, context: UnitContext, codecs: CodecSet, guard: ClockGuard) -> None:
        self._context = context
        self._codecs = codecs
        self._guard = guard
        self._seen = RecentlySeen()
        self._recovered = False

    def before_poll(self) -> None:
        """Keep the clock comparison current; the first time also learn what was told already.

        That must come after the producer has started its transactions: only then is our predecessor's last one decided.
        """
        self._guard.keep_current()
        if self._recovered:
            return
        follower = TopicFollower(self._context.settings.kafka, self._codecs, "distribution.premium", tail=_TAIL_RECORDS)
        try:
            self._seen.told(record.event_id for record in follower.catch_up() if isinstance(record, PremiumAlert))
            self._recovered = True
        except Retryable as error:
            log.warning("told_events_unknown", unit=NAME, error=str(error))
        finally:
            follower.close()

    def step(self, received: Received) -> Forward:
        """Return the tiers' records of one event; a repeat leads to nothing."""
        event = received.record
        assert isinstance(event, SetupEvent)
        self._guard.require()
        if not self._recovered:
            raise Retryable("expected to know which events were told, found the broker silent")
        if self._seen.is_repeat(event.event_id, (*received.place, received.offset)):
            return Forward()
        alerts = redact(event, self._context.clock.now_us(), self._context.settings.tiers)
        outgoing = [Outgoing("distribution.premium", alerts.premium), Outgoing("delay.basic", alerts.basic)]
        if alerts.free is not None:
            outgoing.append(Outgoing("delay.free", alerts.free))
        log.info("setup_fanned_out", unit=NAME, setup_id=event.setup_id, event_id=event.event_id, state=event.state, topics=len(outgoing))
        return Forward(tuple(outgoing))


@unit(name=NAME, kind="sink", reads=READS, writes=(*WRITES, CLOCK_CHECKS), summary="Redacts setup events for each tier and queues the delayed ones.")
async def run(context: UnitContext) -> None:
    """Fan out until told to stop."""
    codecs = await until_answered(context, NAME, lambda: CodecSet.from_registry(context.settings.registry, (*READS, *WRITES, CLOCK_CHECKS)))
    fan_out = FanOut(context, codecs, ClockGuard(context.settings, codecs, NAME, context.clock))
    await TransactionalLoop(context, NAME, READS, WRITES, fan_out.step, before_poll=fan_out.before_poll, codecs=codecs).run()
