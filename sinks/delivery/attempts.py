"""Brings one delivery to its end: sent with a receipt, expired, or put aside; waits in place until one of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from infra.clock import monotonic_seconds, sleep_until
from infra.errors import Permanent, Retryable
from infra.kafka.dead_letter import DeadLetterLimits, DeadLetters
from infra.kafka.producer import RecordProducer
from infra.kill_point import kill_point
from infra.logging_setup import logger
from infra.metrics import listed
from infra.retry import Backoff
from infra.tracing.traceparent import TraceParent
from infra.tracing.tracer import Span, identifiers
from infra.unit import UnitContext
from schemas import catalog
from schemas.records import BasicAlert, ExpiredDelivery, FreeAlert, SetupState
from sinks.channels.channel import Channel
from sinks.delivery.delivery import Delivery
from sinks.delivery.delivery_log import DeliveryLog, receipt_of
from sinks.distribution import punctuality
from sinks.distribution.entitlements import Entitlements
from sinks.distribution.redaction_linter import violations_of_basic, violations_of_free
from sinks.messages.message import Message
from sinks.messages.render import render
from sinks.messages.wording import Edition

log = logger(__name__)


@dataclass(slots=True)
class Attempts:
    """What delivering needs; one per channel, used from the event loop."""

    context: UnitContext
    unit: str
    channel: Channel
    log_book: DeliveryLog
    entitlements: Entitlements
    producer: RecordProducer
    dead_letters: DeadLetters
    sent: int = 0
    # Only the row counts: with few subscribers one wrong address is a large share of all, and theirs alone.
    limits: DeadLetterLimits = field(default_factory=lambda: DeadLetterLimits(largest_share=1.0))

    async def complete(self, delivery: Delivery) -> None:
        """Bring ``delivery`` to its end.

        Raises
        ------
        Fatal
            If going on would do harm, or nobody takes anything any more; nothing of this record is committed then.
        """
        if self.log_book.is_done(delivery):
            return
        span = None if delivery.trace is None else self._span(delivery, delivery.trace)
        await sleep_until(self.context.clock, delivery.alert.not_before)
        backoff = Backoff()
        while True:
            hindrance = self._hindrance(delivery)
            if hindrance:
                await self._expire(delivery, hindrance)
                return
            try:
                await self._send(delivery, span)
                return
            except Permanent as error:
                await self._put_aside(delivery, error)
                return
            except Retryable as error:
                wait = backoff.next_seconds(error.retry_after_seconds)
                log.warning("delivery_waits", unit=self.unit, delivery_id=delivery.delivery_id, seconds=wait, error=str(error))
                await asyncio.sleep(wait)

    def _hindrance(self, delivery: Delivery) -> str | None:
        """Return why the delivery is of no use any more."""
        if self.context.clock.now_us() > delivery.alert.expires_at:
            return f"{self.channel.id} could not be reached before the alert was of no use any more"
        current = self.entitlements.current(delivery.subscription.subscriber_id)
        if current is None or current.tier is not delivery.tier or current.address != delivery.subscription.address:
            return "the subscription changed while the delivery waited"
        return None

    def _span(self, delivery: Delivery, trace: TraceParent) -> Span:
        return self.context.tracer.start(
            self.unit, trace, delivery_id=delivery.delivery_id, tier=delivery.tier.value, offset=delivery.offset, **identifiers(delivery.alert)
        )

    async def _send(self, delivery: Delivery, span: Span | None) -> None:
        settings = self.context.settings
        thread = self.log_book.thread(delivery.thread_key)
        edition = Edition(delivery.delivery_id, thread is None, settings.stack.mode, settings.tiers.invitation_url)
        message = render(delivery.alert, edition)
        refuse_leaks(delivery, message, settings.tiers.invitation_url)
        began = monotonic_seconds()
        reference = await self.channel.send(
            delivery.subscription.address,
            message,
            delivery_id=delivery.delivery_id,
            not_before=delivery.alert.not_before,
            thread=thread,
            maybe_sent=delivery.maybe_sent,
        )
        sent_us = self.context.clock.now_us()
        listed.CHANNEL_SECONDS.seen(monotonic_seconds() - began, self.unit)
        punctuality.note(self.unit, delivery.tier, sent_us - delivery.alert.not_before, self.context.clock)
        kill_point("delivery.sent")
        receipt = receipt_of(delivery, self.channel.id, reference, thread, sent_us, message.headline)
        self.producer.send("distribution.receipts", receipt)
        await self.producer.acknowledged()
        kill_point("delivery.receipt")
        self.log_book.add(receipt)
        self.sent += 1
        if span is not None:
            span.note(message_id=reference.message_id, lateness_ms=receipt.lateness_ms)
            span.end()
        log.info(
            "delivery_sent",
            unit=self.unit,
            delivery_id=delivery.delivery_id,
            alert_id=delivery.alert.alert_id,
            setup_id=delivery.alert.setup_id,
            tier=delivery.tier,
            lateness_ms=receipt.lateness_ms,
        )
        self.limits.good()
        listed.DELIVERIES.add(1, self.unit, delivery.tier.lower(), "sent")
        if delivery.alert.state is SetupState.RESOLVED:
            log.info("thread_complete", unit=self.unit, setup_id=delivery.alert.setup_id, tier=delivery.tier)

    async def _expire(self, delivery: Delivery, reason: str) -> None:
        now = self.context.clock.now_us()
        expired = ExpiredDelivery(
            delivery_id=delivery.delivery_id,
            alert_id=delivery.alert.alert_id,
            setup_id=delivery.alert.setup_id,
            subscriber_id=delivery.subscription.subscriber_id,
            channel=self.channel.id,
            tier=delivery.tier,
            not_before=delivery.alert.not_before,
            expires_at=delivery.alert.expires_at,
            ts_event=now,
            reason=reason,
        )
        self.producer.send("distribution.expired", expired)
        await self.producer.acknowledged()
        self.log_book.close(delivery, now)
        listed.DELIVERIES.add(1, self.unit, delivery.tier.lower(), "expired")
        log.warning("delivery_expired", unit=self.unit, delivery_id=delivery.delivery_id, reason=reason)

    async def _put_aside(self, delivery: Delivery, error: Permanent) -> None:
        """Put the alert aside for this subscriber alone; it stays undelivered, so that a replay reaches whom it did not reach."""
        topic, subscriber = delivery.place[0], delivery.subscription.subscriber_id
        await self.dead_letters.put(
            topic=topic,
            value=self.producer.codecs.of_kafka_name(topic).encode(delivery.alert),
            error=Permanent(f"for {subscriber}: {error}", error.field_path),
            key=str(catalog.by_kafka_name()[topic].key_of(delivery.alert)).encode(),
            partition=delivery.place[1],
            offset=delivery.offset,
            about=subscriber,
        )
        self.limits.bad()
        listed.DELIVERIES.add(1, self.unit, delivery.tier.lower(), "refused")
        log.error("delivery_refused", unit=self.unit, delivery_id=delivery.delivery_id, error=str(error))


def refuse_leaks(delivery: Delivery, message: Message, invitation_url: str) -> None:
    """Raise Permanent if the text holds what its tier must not read: the last look before it leaves."""
    match delivery.alert:
        case FreeAlert() as alert:
            found = violations_of_free(message.text, alert, invitation_url)
        case BasicAlert() as alert:
            found = violations_of_basic(message.text, alert, invitation_url)
        case _:
            return
    if found:
        raise Permanent(f"expected a {delivery.tier.lower()} text without paid content, found {', '.join(found[:5])}")
