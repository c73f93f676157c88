"""Faust's Kafka transport, but batches go straight from the connection to the stage.

With `loop_consumer` and `batch_fetch` the only place that overrides private names of faust and aiokafka (both pinned;
tests/contract/test_faust_names.py fails when one of them changes). What it changes, and why:

- topics in ``app.batch_topics`` are fetched by `BatchFetch` and given to ``app.deliver`` as one `FetchedBatch` a partition:
  Faust spends 200 us on every event, and a millisecond on every fetch;
- their acknowledgement is a `Ticket` the stage marks done, so nothing that Faust does by itself can move a committed offset;
- the stage checkpoints before partitions are taken away;
- changelogs keep Faust's own path, and are fetched only while they are recovered from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka.consumer import fetcher as kafka_fetcher
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from infra.clock import monotonic_seconds
from infra.kafka.received import Place
from processors.batch_fetch import BatchFetch
from processors.in_flight import InFlight, Ticket
from processors.leader_fetch import Arrival
from processors.loop_consumer import LoopConsumer

if TYPE_CHECKING:
    from infra.columnar.record_batch import RawBatch

_CHANGELOG_SECONDS = 1.0
_TURN_BYTES = 64 * 1024  # fetched bytes after which other tasks get their turn; below it a whole fetch is folded at once


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
    """Delivers batches of the app's batch topics."""

    _thread: LoopConsumer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_flight = InFlight()
        self._batch_topics: frozenset[str] = self.app.batch_topics
        self._raw_topics: frozenset[str] = self.app.raw_topics
        # Asked for by this consumer alone: another stage of the process may want records of a topic that this one wants batches of.
        self._raw_batches_only: Callable[[bytes | None], bytes | None] | None = None
        if self._raw_topics:
            from infra.kafka.raw_batches import raw_batches_only  # numba is imported where columns are decoded

            self._raw_batches_only = raw_batches_only
        self._confirmed_at = 0.0
        self._fetch: BatchFetch | None = None
        self._partitions_changed = asyncio.Event()

    def _new_consumer_thread(self) -> LoopConsumer:
        return LoopConsumer(self, loop=self.loop, beacon=self.beacon)

    # -- acknowledgements

    def _new_offset(self, tp: TP) -> int | None:
        return self.in_flight.committable((tp.topic, tp.partition))

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
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self._thread.pause(assigned)  # the changelogs until they are recovered from, the inputs for good: `BatchFetch` fetches them
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        """Wait until every input has its position: the committed offset, or the beginning.

        Nothing to seek: aiokafka looks up the committed offsets of every new assignment by itself, and no input is fetched before
        its state is recovered. Faust's own seek races with its fetch: records were delivered twice or never.
        """
        await self._thread.positions_known(self._batch_topics)
        self._confirmed_at = monotonic_seconds()

    def stop_flow(self) -> None:
        super().stop_flow()
        if self._fetch is not None:
            self._fetch.close()

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        tps = set(tps)
        super().pause_partitions(tps)
        self._thread.pause(tp for tp in tps if tp.topic not in self._batch_topics)
        self._wake()

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        tps = set(tps)
        super().resume_partitions(tps)
        self._thread.resume(tp for tp in tps if tp.topic not in self._batch_topics)
        self._wake()

    async def verify_all_partitions_active(self) -> None:
        """Leave liveness to the stage's own watch: Faust's only logs."""

    def _wake(self) -> None:
        self._partitions_changed.set()
        if self._fetch is not None:
            self._fetch.wake()

    # -- delivery

    async def _drain_messages(self, fetcher: Any) -> None:
        self._fetch = BatchFetch(self._thread.kafka, self.app.conf.broker_client_id, self.app.fetch_pause_seconds)
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await self._drain_once(self._fetch)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise
        finally:
            self._fetch.close()

    async def _drain_once(self, fetch: BatchFetch) -> None:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
            return
        active = self._get_active_partitions()
        inputs = {tp for tp in active if tp.topic in self._batch_topics}
        if inputs:
            arrivals = await fetch.next(inputs, self.app.resting())
            is_small = sum(len(arrival.batches) for arrival in arrivals) <= _TURN_BYTES
            for group in [arrivals] if is_small else [[arrival] for arrival in arrivals]:
                if self.flow_active:
                    await self._deliver(group)
                else:
                    for arrival in group:
                        arrival.give_back()
        elif active:
            for place, records in (await self._getmany(active_partitions=active, timeout=_CHANGELOG_SECONDS)).items():
                await self._deliver_one_by_one(TP(place.topic, place.partition), records)
        else:
            self._partitions_changed.clear()
            await self.wait(self._partitions_changed)

    async def _deliver(self, arrivals: Sequence[Arrival]) -> None:
        """Give batches to the stage, which works on them before the next are fetched.

        A batch without records (markers of transactions, records that compaction removed) is given as well: ticks wait for offsets.
        """
        batches = []
        for arrival in arrivals:
            topic, partition = arrival.place
            is_raw = topic in self._raw_topics
            records = tuple(self._records(arrival, is_raw=is_raw))
            ticket = self.in_flight.begin((topic, partition), arrival.next_offset)
            batches.append(FetchedBatch(topic, partition, () if is_raw else records, ticket, records if is_raw else ()))
        await self.app.deliver(batches)
        if any(len(arrival.batches) > _TURN_BYTES for arrival in arrivals):
            await asyncio.sleep(0)

    def _records(self, arrival: Arrival, *, is_raw: bool) -> Iterable[Any]:
        wish = self._raw_batches_only if is_raw else None
        return kafka_fetcher.PartitionRecords(  # type: ignore[no-any-return]
            arrival.place, kafka_fetcher.MemoryRecords(bytes(arrival.batches)), arrival.aborted, arrival.offset, wish, None, True,
            kafka_fetcher.READ_COMMITTED,
        )  # fmt: skip

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


class BatchTransport(driver.Transport):  # type: ignore[misc]
    """The transport an app of ours uses."""

    Consumer = BatchConsumer
