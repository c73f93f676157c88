"""Release: moves waiting records to the topics that subscribers can read, when they are due and not before."""

from __future__ import annotations

from collections.abc import Sequence

from infra.clock import Clock
from infra.errors import Permanent
from infra.kafka.codecs import CodecSet
from infra.kafka.received import Received
from infra.kafka.transactional_loop import Forward, NotBefore, Outgoing, TransactionalLoop
from infra.logging_setup import logger
from infra.patience import until_answered
from infra.unit import UnitContext, unit
from schemas.records import BasicAlert, FreeAlert
from sinks.distribution import punctuality
from sinks.distribution.clock_guard import TOPIC as CLOCK_CHECKS
from sinks.distribution.clock_guard import ClockGuard
from sinks.distribution.due import due_at

NAME = "sink.release"
PUBLIC_TOPICS = {"delay.basic": "distribution.basic", "delay.free": "distribution.free"}
TIER_OF = {"delay.basic": "basic", "delay.free": "free"}
READS = tuple(PUBLIC_TOPICS)
log = logger(__name__)
WRITES = tuple(PUBLIC_TOPICS.values())


class Release:
    """The decision about the record at the head of a queue."""

    def __init__(self, clock: Clock, guard: ClockGuard) -> None:
        self._clock = clock
        self._guard = guard

    def step(self, received: Received) -> Forward | NotBefore:
        """Let the record go if it is due; else say when it will be."""
        alert = received.record
        if not isinstance(alert, (BasicAlert, FreeAlert)):
            raise Permanent(f"expected a waiting alert, found a {type(alert).__name__}")
        now_us = self._clock.now_us()  # before the guard looks: a step between the two must not pass for the truth
        self._guard.require()
        moment = due_at(alert.not_before, self._clock, self._guard.ahead_ms)
        if now_us < moment:
            return NotBefore(moment)
        return Forward((Outgoing(PUBLIC_TOPICS[received.topic.name], alert),))

    def forwarded(self, released: Sequence[Received]) -> None:
        """Look again, once they can be read: were they late, or even early?"""
        now_us = self._clock.now_us()
        for received in released:
            alert = received.record
            if isinstance(alert, (BasicAlert, FreeAlert)):
                tier = TIER_OF[received.topic.name]
                late_us = now_us - alert.not_before
                log.info("alert_released", unit=NAME, alert_id=alert.alert_id, setup_id=alert.setup_id, tier=tier, lateness_ms=late_us // 1_000)
                punctuality.note(NAME, tier, late_us, self._clock)


@unit(name=NAME, kind="sink", reads=READS, writes=(*WRITES, CLOCK_CHECKS), summary="Moves delayed alerts to their public topic when they are due.")
async def run(context: UnitContext) -> None:
    """Release until told to stop."""
    codecs = await until_answered(context, NAME, lambda: CodecSet.from_registry(context.settings.registry, (*READS, *WRITES, CLOCK_CHECKS)))
    guard = ClockGuard(context.settings, codecs, NAME, context.clock)
    release = Release(context.clock, guard)
    loop = TransactionalLoop(
        context, NAME, READS, WRITES, release.step, before_poll=guard.keep_current, forwarded=release.forwarded, codecs=codecs
    )
    await loop.run()
