"""A member of a consumer group, on one event loop, that hands over record batches as they are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalGenerationError, KafkaError, RebalanceInProgressError, UnknownMemberIdError
from aiokafka.structs import OffsetAndMetadata

from infra.clock import SystemClock
from infra.columnar.record_batch import RawBatch
from infra.errors import Fatal, Retryable, TapewireError
from infra.kafka.raw_batches import install, raw_batches_only
from infra.kafka.received import Committed, Place
from infra.logging_setup import logger
from infra.settings import KafkaSettings

_FETCH_WAIT_MS = 100
_LATELY_MS = 5_000
_COMMIT_SECONDS = 15.0
_NOT_A_MEMBER = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)
log = logger(__name__)

OnAssigned = Callable[[Mapping[Place, Committed]], None]
OnRevoked = Callable[[Collection[Place]], Awaitable[None]]


class RawConsumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads the partitions its group gives it, committed records only.

    Parameters
    ----------
    settings
        Broker and time-outs.
    group
        Consumer group.
    kafka_names
        Topics, as the broker calls them; they must exist.
    on_assigned
        Called with what the group committed for each new partition, before its first record.
    on_revoked
        Awaited before the partitions go away: until it returns the group waits, and commits are still taken.
    partition_fetch_bytes
        A fetch brings up to so many bytes of each partition.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        group: str,
        kafka_names: Sequence[str],
        *,
        on_assigned: OnAssigned,
        on_revoked: OnRevoked,
        partition_fetch_bytes: int,
    ) -> None:
        self._settings = settings
        self._group = group
        self._kafka_names = list(kafka_names)
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._partition_fetch_bytes = partition_fetch_bytes
        self._consumer: Any = None
        self._positions: dict[Place, int | None] = {}
        self._committed: dict[Place, int] = {}
        self._held: set[Place] = set()
        self._too_early: dict[Place, int] = {}  # first offset of what came before its partition was ours by our own books
        self._failure: TapewireError | None = None
        self.joined = False

    # -- what it knows

    @property
    def positions(self) -> Mapping[Place, int | None]:
        """Next offset to be read of each assigned partition; None until the first record of a fresh group."""
        return self._positions

    @property
    def committed(self) -> Mapping[Place, int]:
        """Next offset that is committed, of each assigned partition that has one."""
        return self._committed

    @property
    def held(self) -> Collection[Place]:
        """Partitions that are not read for now."""
        return self._held

    def uncommitted(self) -> int:
        """Return how many records were read and are not committed."""
        known = ((self._committed.get(place), position) for place, position in self._positions.items())
        return sum(position - committed for committed, position in known if committed is not None and position is not None)

    def behind(self, place: Place) -> int:
        """Return how many records of ``place`` the broker is known to have that were not read."""
        position = self._positions.get(place)
        partition = TopicPartition(*place)
        if position is None or partition not in self._consumer.assignment():
            return 0
        end = self._consumer.last_stable_offset(partition) or self._consumer.highwater(partition)
        # The library's position is past the records of aborted transactions and the marks, which nobody is given.
        state = self._consumer._subscription.subscription.assignment.state_value(partition)
        past = state.position if state is not None and state.has_valid_position else 0
        return max((end or 0) - max(position, past), 0)

    def really_behind(self, place: Place) -> bool:
        """Return whether ``place`` has records that were not read, by what the broker said lately; Retryable if it said nothing."""
        partition = TopicPartition(*place)
        asked_ms = self._consumer.last_poll_timestamp(partition) if partition in self._consumer.assignment() else None
        if asked_ms is None or SystemClock().now_us() // 1_000 - asked_ms > _LATELY_MS:
            raise Retryable(f"expected to know the end of {place[0]}/{place[1]}, found no answer of the broker")
        return self.behind(place) > 1

    # -- what it does

    async def start(self) -> None:
        """Join the group.

        Raises
        ------
        Retryable
            If the broker is away.
        Fatal
            If a topic is missing.
        """
        settings = self._settings
        install()
        consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers,
            group_id=self._group,
            client_id=self._group,
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=settings.heartbeat_interval_ms,
            max_poll_interval_ms=max(120_000, settings.session_timeout_ms),
            partition_assignment_strategy=[RangePartitionAssignor],
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            key_deserializer=raw_batches_only,
            max_partition_fetch_bytes=self._partition_fetch_bytes,
        )
        try:
            await consumer.start()
            missing = sorted(set(self._kafka_names) - await consumer.topics())
            if missing:
                raise Fatal(f"expected topics {', '.join(missing)}, found them missing: run tapewire topics apply")
        except BaseException as error:
            await consumer.stop()
            if isinstance(error, KafkaError):
                raise _tapewire_error(error, "reach the broker") from error
            raise
        self._consumer = consumer
        consumer.subscribe(self._kafka_names, listener=self)

    async def close(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def poll(self, seconds: float) -> dict[Place, list[RawBatch]]:
        """Return what has come, each partition's in offset order, as soon as there is something.

        Raises
        ------
        Retryable
            If the broker has trouble that passes.
        Fatal
            If it refuses us, or a partition begins anew.
        """
        if self._failure is not None:
            raise self._failure
        try:
            fetched = await self._consumer.getmany(timeout_ms=int(seconds * 1_000))
        except KafkaError as error:
            raise _tapewire_error(error, "read") from error
        found: dict[Place, list[RawBatch]] = {}
        for partition, batches in fetched.items():
            place: Place = (partition.topic, partition.partition)
            if place in self._positions:
                self._advance(place, batches)
                found[place] = batches
            else:
                self._too_early.setdefault(place, _first_offset(batches[0]))
        return found

    def pause(self, places: Iterable[Place]) -> None:
        """Stop reading ``places`` for now."""
        for place in places:
            if place in self._positions:
                self._held.add(place)
                self._consumer.pause(TopicPartition(*place))

    def resume(self, places: Iterable[Place]) -> None:
        """Go on reading."""
        for place in places:
            if place in self._held:
                self._held.discard(place)
                self._consumer.resume(TopicPartition(*place))

    async def commit(self, offsets: Mapping[Place, tuple[int, str]]) -> None:
        """Commit offsets with their metadata, in one request, tried once.

        The library's own `commit` repeats a request that got no answer, by then perhaps as a member of a later generation that does
        not own the partition any more: the broker would take it, over what the new owner has written.

        Raises
        ------
        Retryable
            If the broker is away, or we are no member now.
        """
        try:
            await asyncio.wait_for(self._commit(offsets), _COMMIT_SECONDS)
        except TimeoutError as error:
            raise Retryable(f"expected to commit within {_COMMIT_SECONDS:.0f} s, found no answer") from error
        except _NOT_A_MEMBER as error:
            raise Retryable(f"expected to commit, found {error!r}") from error
        except KafkaError as error:
            raise _tapewire_error(error, "commit") from error
        self._committed.update({place: offset for place, (offset, _) in offsets.items()})

    async def _commit(self, offsets: Mapping[Place, tuple[int, str]]) -> None:
        coordinator = self._consumer._coordinator
        await coordinator.ensure_coordinator_known()
        # From here to the request's making nothing else runs, so the generation is the one that owns the partitions.
        if coordinator.generation < 0 or any(place not in self._positions for place in offsets):
            raise Retryable("expected to be a member of the group that owns the partitions, found otherwise")
        wanted = {TopicPartition(*place): OffsetAndMetadata(offset, metadata) for place, (offset, metadata) in offsets.items()}
        await coordinator._do_commit_offsets(None, wanted)

    # -- the group's word

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Called by the library; the group waits for it."""
        try:
            await self._on_revoked([(partition.topic, partition.partition) for partition in revoked])
        except Exception as error:  # the library would log it and go on
            self._fail(error)
        self.joined = False
        for books in (self._positions, self._committed, self._too_early):
            books.clear()
        self._held.clear()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Called by the library when the partitions are ours; it may have begun to read them."""
        try:
            known = await self._consumer._coordinator.fetch_committed_offsets(list(assigned))
            found: dict[Place, Committed] = {}
            for partition in assigned:
                place: Place = (partition.topic, partition.partition)
                entry = known.get(partition)
                found[place] = Committed(None) if entry is None else Committed(entry.offset, entry.metadata or "")
                start = self._too_early.pop(place, None) if entry is None else entry.offset
                if start is not None:
                    self._consumer.seek(partition, start)
            self._positions.update({place: entry.next_offset for place, entry in found.items()})
            self._committed.update({place: entry.next_offset for place, entry in found.items() if entry.next_offset is not None})
            self._on_assigned(found)
            self.joined = True
        except Exception as error:  # the library would log it and go on
            self._fail(error)

    def _advance(self, place: Place, batches: Sequence[RawBatch]) -> None:
        position, first = self._positions[place], _first_offset(batches[0])
        if position is not None and first < position:
            raise Fatal(f"expected {place[0]}/{place[1]} to go on at offset {position}, found {first}: was the topic made anew?")
        self._committed.setdefault(place, first)  # a fresh group: nothing before its first record is ours
        self._positions[place] = batches[-1].next_offset

    def _fail(self, error: Exception) -> None:
        log.error("rebalance_failed", error=repr(error))
        self._failure = error if isinstance(error, TapewireError) else Fatal(f"expected to take part in a rebalance, found {error!r}")


def _first_offset(batch: RawBatch) -> int:
    return max(batch.base_offset, batch.min_offset)


def _tapewire_error(error: KafkaError, what: str) -> TapewireError:
    message = f"expected to {what}, found {error!r}"
    return Retryable(message) if error.retriable else Fatal(message)
