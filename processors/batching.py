"""Faust's Kafka transport, but one event per fetched batch of a partition instead of one per record.

The only file that overrides private names of faust and aiokafka (both pinned; tests/contract/test_faust_names.py fails when one of
them changes). What it changes, and why:

- topics in ``app.batch_topics`` reach the agent as one `FetchedBatch` a fetch and partition: Faust spends 200 us on every event;
- their acknowledgement is a `Ticket` the stage marks done, so nothing that Faust does by itself (an exception, a skipped event, a
  stale event after a rebalance) can move a committed offset;
- the stage checkpoints before partitions are taken away;
- a fetch waits `FETCH_WAIT_MS`, not 1.5 s: a partition that misses a fetch waits for the next one;
- stopping leaves the group even as a static member, so that others take over at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka.errors import IllegalStateError
from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from infra.clock import monotonic_seconds
from processors.in_flight import InFlight, Place, Ticket

if TYPE_CHECKING:
    from infra.columnar.record_batch import RawBatch

FETCH_WAIT_MS = 100
_NO_PARTITION_SECONDS = 0.02
_GETMANY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class FetchedBatch:
    """Records of one partition, in offset order, undecoded.

    Attributes
    ----------
    topic
        Kafka name.
    records
        Consumer records; empty when the batch only says that nothing lies below ``ticket.next_offset`` any more.
    raw
        Whole record batches instead of records, for the topics that are fetched so.
    """

    topic: str
    partition: int
    records: tuple[Any, ...]
    ticket: Ticket
    raw: tuple[RawBatch, ...] = ()


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """Delivers batches of the app's batch topics; changelogs keep Faust's own path."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_flight = InFlight()
        self._batch_topics: frozenset[str] = self.app.batch_topics
        self._told: dict[Place, int] = {}  # next offset after what the stage was given
        self._must_seek = True
        self._confirmed_at = 0.0

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # -- acknowledgements

    def ack(self, message: Any) -> bool:
        return message.topic not in self._batch_topics and bool(super().ack(message))

    def _new_offset(self, tp: TP) -> int | None:
        if tp.topic in self._batch_topics:
            return self.in_flight.committable((tp.topic, tp.partition))
        return super()._new_offset(tp)  # type: ignore[no-any-return]

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterable[TP]:
        for topic, partition in self.in_flight.places():
            if topics is None or topic in topics or TP(topic, partition) in topics:
                yield TP(topic, partition)

    async def _commit_offsets(self, offsets: Any, start_new_transaction: bool = True) -> bool:
        committed = bool(await super()._commit_offsets(offsets, start_new_transaction))
        if committed:
            self._confirmed_at = monotonic_seconds()
        return committed

    async def commit_all(self) -> None:
        """Commit everything that is done, also when Faust's own commit is on its way with less."""
        await self.commit()
        await self.commit()

    def committed(self) -> dict[Place, int]:
        """Return the offset that was last committed of each partition of ours."""
        offsets = self._committed_offset.items()
        return {(tp.topic, tp.partition): offset for tp, offset in offsets if offset is not None and tp.topic in self._batch_topics}

    async def is_member(self) -> bool:
        """Tell whether the group still counts us in; asks it if it has been silent for long.

        A worker that was frozen longer than its session does not know that its partitions are somebody else's. Only the answer to
        a commit tells, and it must be asked before state is written.
        """
        if monotonic_seconds() - self._confirmed_at < self.app.conf.broker_session_timeout / 2:
            return True
        places = [place for place in self.in_flight.places() if self.in_flight.committable(place) is not None]
        if not places:
            return True  # nothing was ever done with these partitions: there is no older state to write
        await self.maybe_wait_for_commit_to_finish()
        for topic, partition in places:
            self._committed_offset[TP(topic, partition)] = None  # Faust does not send an offset twice otherwise
        await self.commit_all()
        confirmed: bool = monotonic_seconds() - self._confirmed_at < self.app.conf.broker_session_timeout / 2
        return confirmed

    # -- rebalance

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        self.stop_flow()
        await self.app.before_revoke({(tp.topic, tp.partition) for tp in revoked if tp.topic in self._batch_topics})
        for tp in revoked:
            self._told.pop((tp.topic, tp.partition), None)
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Go back to the committed offsets: at once for Faust's recovery, and once more when nothing is in the drain's hands."""
        self._must_seek = True
        await super().perform_seek()
        self._confirmed_at = monotonic_seconds()

    async def _seek_back(self) -> bool:
        """Begin again at the committed offsets; return False if a rebalance took the partitions in the middle of it.

        Faust seeks while a fetch may be under way, and clears the agent's queue afterwards: records fetched around that moment are
        delivered twice or never (its recovery races). Here no fetch is outstanding, what was handed over becomes void, and a
        partition without a commit goes to its beginning, where aiokafka would leave it wherever it is.
        """
        self._must_seek = False
        inputs = [tp for tp in self.assignment() if tp.topic in self._batch_topics]
        try:
            await super().perform_seek()
            never_committed = [tp for tp in inputs if self._read_offset[tp] is None]
            if never_committed:
                await self._thread.seek_to_beginning(*(TopicPartition(tp.topic, tp.partition) for tp in never_committed))
        except (IllegalStateError, AssertionError):  # aiokafka asserts that something is assigned
            self._must_seek = True
            return False
        self.in_flight.drop((tp.topic, tp.partition) for tp in inputs)
        self._told.clear()
        return True

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Leave liveness to the stage's own watch: Faust's only logs."""

    # -- delivery

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await self._drain_once()
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise

    async def _drain_once(self) -> None:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
            return
        active = self._get_active_partitions()
        if not active:
            await asyncio.sleep(_NO_PARTITION_SECONDS)
            return
        if self._must_seek and not await self._seek_back():
            await asyncio.sleep(_NO_PARTITION_SECONDS)
            return
        await self._tell_positions(active)
        fetched = await self._getmany(active_partitions=active, timeout=_GETMANY_SECONDS)
        if not fetched or self.should_stop:
            await asyncio.sleep(0)
            return
        generation = self.app.consumer_generation_id  # a fetch that began before a rebalance gives records of the new assignment
        for place, records in fetched.items():
            tp = TP(place.topic, place.partition)
            if tp.topic not in self._batch_topics:
                # Never dropped but by a rebalance, after which recovery seeks by itself: it would wait for them for ever.
                await self._deliver_one_by_one(tp, records)
            elif self._must_seek or not self.flow_active or self.app.consumer_generation_id != generation:
                self._must_seek = True
            else:
                await self._deliver_batch(tp, records)

    async def _deliver_batch(self, tp: TP, records: list[Any]) -> None:
        expected = self._read_offset[tp]
        if expected is not None and records and records[0].offset < expected:
            records = [record for record in records if record.offset >= expected]
        if records:
            await self._hand_over(tp, tuple(records), records[-1].offset + 1)

    async def _deliver_one_by_one(self, tp: TP, records: list[Any]) -> None:
        for count, record in enumerate(records):
            if count % 100 == 99:
                await asyncio.sleep(0)
            if not self.flow_active:
                return
            expected = self._read_offset[tp]
            if expected is None or record.offset >= expected:
                await self.wait_first(self.callback(self._to_message(tp, record)), self.suspend_flow.wait())
                self._read_offset[tp] = record.offset

    async def _tell_positions(self, active: set[TP]) -> None:
        """Tell the stage where it stands when no record does: at the start, and behind a gap at the end of a partition.

        No fetch is outstanding here and everything fetched is handed over, so what lies below the position does not exist.
        """
        if self._must_seek or self.app.rebalancing:
            return
        for tp in [tp for tp in active if tp.topic in self._batch_topics]:
            position = self._thread.position_of(tp)
            if position is not None and position > self._told.get((tp.topic, tp.partition), 0):
                await self._hand_over(tp, (), position)

    async def _hand_over(self, tp: TP, records: tuple[Any, ...], next_offset: int) -> None:
        ticket = self.in_flight.begin((tp.topic, tp.partition), next_offset)
        batch = FetchedBatch(tp.topic, tp.partition, records, ticket)
        message = ConsumerMessage(
            tp.topic, tp.partition, next_offset - 1, 0.0, 0, None, None, batch, None, 0, 0, tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip
        await self.wait_first(self.callback(message), self.suspend_flow.wait())
        self._read_offset[tp] = next_offset
        self._told[tp.topic, tp.partition] = next_offset


class BatchConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Runs aiokafka's consumer in its own thread and loop: heartbeats go on whatever a fold does."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def on_thread_stop(self) -> None:
        if self._consumer is not None:
            # aiokafka lets a static member stay until its session ends; we stop for good, others shall take over now.
            self._consumer._coordinator._group_instance_id = None
        await super().on_thread_stop()

    def position_of(self, tp: TP) -> int | None:
        """Return the offset that will be fetched next, read across threads: it only moves inside a call of getmany or a seek."""
        subscription = self._ensure_consumer()._subscription.subscription
        if subscription is None or subscription.assignment is None:
            return None
        state = subscription.assignment.state_value(TopicPartition(tp.topic, tp.partition))
        return state.position if state is not None and state.has_valid_position else None


class BatchTransport(driver.Transport):  # type: ignore[misc]
    """The transport an app of ours uses."""

    Consumer = BatchConsumer
