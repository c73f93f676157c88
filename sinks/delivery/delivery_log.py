"""What was delivered, from the receipts: survives a restart, so follow-ups find their thread and nothing is told twice (DIS-16)."""

from __future__ import annotations

from collections.abc import Iterable

from infra.clock import MICROSECONDS
from schemas.record import Record
from schemas.records import DeliveryReceipt, ExpiredDelivery
from sinks.channels.channel import MessageReference, Thread
from sinks.delivery.delivery import Delivery, ThreadKey

REMEMBERED_SECONDS = 7 * 86_400
"""Longer than any setup lives and as long as the tier topics keep a record: no older delivery can come again."""


class DeliveryLog:
    """Delivered ids and open threads of one channel."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._sent_at: dict[str, int] = {}
        self._threads: dict[ThreadKey, tuple[int, Thread]] = {}
        self._newest_us = 0

    def replay(self, records: Iterable[Record]) -> None:
        """Take over receipts and expiries, oldest first."""
        for record in records:
            if isinstance(record, DeliveryReceipt) and record.channel == self._channel:
                self._take(record)
            elif isinstance(record, ExpiredDelivery) and record.channel == self._channel:
                self._remember(record.delivery_id, record.ts_event)

    def add(self, receipt: DeliveryReceipt) -> None:
        """Note a delivery of our own."""
        self._take(receipt)

    def close(self, delivery: Delivery, moment_us: int) -> None:
        """Note that a delivery is over without a message."""
        self._remember(delivery.delivery_id, moment_us)

    def is_done(self, delivery: Delivery) -> bool:
        return delivery.delivery_id in self._sent_at

    def thread(self, key: ThreadKey) -> Thread | None:
        """Return the thread that follow-ups of the setup go to, if it is open."""
        found = self._threads.get(key)
        return None if found is None else found[1]

    def _take(self, receipt: DeliveryReceipt) -> None:
        self._remember(receipt.delivery_id, receipt.ts_sent)
        key = ThreadKey(receipt.setup_id, receipt.subscriber_id, receipt.tier, receipt.address)
        if receipt.thread_id is not None and key not in self._threads:
            # The thread's first message is the parent of all that follow (BOX-13); Discord gives both one id.
            self._threads[key] = (receipt.ts_sent, Thread(receipt.thread_id, receipt.message_id))

    def _remember(self, delivery_id: str, moment_us: int) -> None:
        self._sent_at[delivery_id] = moment_us
        if moment_us > self._newest_us + 3_600 * MICROSECONDS:  # forgetting once an hour of market time is enough
            self._newest_us = moment_us
            oldest = moment_us - REMEMBERED_SECONDS * MICROSECONDS
            self._sent_at = {known: at for known, at in self._sent_at.items() if at >= oldest}
            self._threads = {key: entry for key, entry in self._threads.items() if entry[0] >= oldest}


def receipt_of(
    delivery: Delivery, channel: str, reference: MessageReference, thread: Thread | None, sent_us: int, headline: str
) -> DeliveryReceipt:
    """Return the proof of a delivery."""
    return DeliveryReceipt(
        delivery_id=delivery.delivery_id,
        alert_id=delivery.alert.alert_id,
        setup_id=delivery.alert.setup_id,
        sequence=delivery.alert.sequence,
        subscriber_id=delivery.subscription.subscriber_id,
        channel=channel,
        address=delivery.subscription.address,
        tier=delivery.tier,
        message_id=reference.message_id,
        thread_id=reference.thread_id if reference.thread_id or thread is None else thread.thread_id,
        not_before=delivery.alert.not_before,
        ts_sent=sent_us,
        lateness_ms=(sent_us - delivery.alert.not_before) // 1_000,
        headline=headline,
    )
