"""One of several equal processes works, the others stand by: who owns the one partition of a consumer group leads (IBK-37).

A lease, not a lock: leadership holds for one session time-out after the coordinator last acknowledged us, by our own clock, which goes on
while a process is stopped. So whoever was frozen knows that it leads no more before it does anything else.
"""

from __future__ import annotations

import asyncio

from confluent_kafka import Consumer, KafkaException, TopicPartition

from infra.clock import monotonic_seconds
from infra.kafka.client import client_configuration
from infra.logging_setup import logger
from infra.settings import KafkaSettings
from schemas import catalog

_TOPIC = "ops.heartbeats"  # any topic of one partition does: nothing of it is read
_RENEW_SHARE = 0.2
_MARGIN_SECONDS = 0.5  # what is on its way to the broker when the lease ends
_POLL_SECONDS = 0.1
log = logger(__name__)


class Leadership:
    """One process's part in the election.

    Parameters
    ----------
    name
        Of the work, e.g. the unit: its processes elect one.
    lease_seconds
        The others wait so long for a leader that is silent.

    Attributes
    ----------
    changed
        Set when leadership came or went.
    """

    def __init__(self, settings: KafkaSettings, name: str, lease_seconds: float) -> None:
        self._lease_seconds = lease_seconds
        self._name = name
        milliseconds = round(lease_seconds * 1_000)
        self._consumer = Consumer(
            client_configuration(settings)
            | {
                "group.id": f"{name}.leader",
                "client.id": name,
                "enable.auto.commit": False,
                "session.timeout.ms": milliseconds,
                "heartbeat.interval.ms": max(100, milliseconds // 5),
                "max.poll.interval.ms": max(1_000, milliseconds),
                # Who leads goes on leading when another process comes.
                "partition.assignment.strategy": "cooperative-sticky",
            }
        )
        self._place: TopicPartition | None = None
        self._acknowledged_at: float | None = None
        self._asked_at = 0.0
        self._was_held = False
        self.changed = asyncio.Event()

    @property
    def held(self) -> bool:
        """Whether this process leads, now."""
        at = self._acknowledged_at
        return self._place is not None and at is not None and monotonic_seconds() - at < self._lease_seconds - _MARGIN_SECONDS

    async def keep(self) -> None:
        """Stand for election and renew the lease, until cancelled."""
        self._consumer.subscribe(
            [catalog.topic(_TOPIC).kafka_name], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
        )
        turn: asyncio.Future[None] | None = None
        try:
            while True:
                turn = asyncio.ensure_future(asyncio.to_thread(self._turn))
                await asyncio.shield(turn)
                if self.held is not self._was_held:
                    self._was_held = self.held
                    self.changed.set()
        finally:
            if turn is not None:
                await asyncio.wait((turn,))  # a consumer must not be closed under a poll
            await asyncio.to_thread(self._consumer.close)  # leaves the group: the next one need not wait

    def _turn(self) -> None:
        self._consumer.poll(_POLL_SECONDS)
        now = monotonic_seconds()
        if self._place is None or now - self._asked_at < self._lease_seconds * _RENEW_SHARE:
            return
        self._asked_at = now
        try:
            self._consumer.commit(offsets=[self._place], asynchronous=False)
        except KafkaException as error:  # not a member any more, or nobody answers: the lease runs out by itself
            log.warning("lease_not_renewed", unit=self._name, error=str(error))
        else:
            self._acknowledged_at = now

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        if partitions:
            consumer.incremental_assign(partitions)
            consumer.pause(partitions)
            self._place = TopicPartition(partitions[0].topic, partitions[0].partition, 0)
            self._acknowledged_at, self._asked_at = None, 0.0  # leads once a commit of the new generation was taken

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        if partitions:
            self._place = self._acknowledged_at = None
