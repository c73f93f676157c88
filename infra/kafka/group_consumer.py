"""A member of a consumer group: assignment, positions, partitions held back, commits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaError, KafkaException, Message, TopicPartition

from infra.errors import Fatal
from infra.kafka.client import client_configuration
from infra.kafka.failures import as_tapewire_error
from infra.kafka.partition_bounds import partition_bounds
from infra.kafka.received import Committed, Place
from infra.logging_setup import logger
from infra.settings import KafkaSettings
from schemas import catalog

_CALL_SECONDS = 15.0
_END_SECONDS = 5.0
log = logger(__name__)

OnAssigned = Callable[[Mapping[Place, Committed]], None]
OnRevoked = Callable[[Sequence[Place], bool], None]


def consumer_configuration(settings: KafkaSettings, group: str, client_id: str, *, read_committed: bool) -> dict[str, Any]:
    """Return what every consumer of ours is configured with."""
    return client_configuration(settings) | {
        "group.id": group,
        "client.id": client_id,
        "session.timeout.ms": settings.session_timeout_ms,
        "heartbeat.interval.ms": settings.heartbeat_interval_ms,
        "max.poll.interval.ms": max(120_000, settings.session_timeout_ms),
        # Eager: whoever owns a partition after a rebalance starts from what is committed, with nothing carried over.
        "partition.assignment.strategy": "range",
        "isolation.level": "read_committed" if read_committed else "read_uncommitted",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,  # the only way to know the end behind marks and aborted records of transactions
        "fetch.wait.max.ms": 100,
        "queued.min.messages": 20_000,
        "queued.max.messages.kbytes": 16_384,  # what is fetched ahead stays bounded
    }


@dataclass(frozen=True, slots=True)
class _Hold:
    offset: int | None  # of a record that was read and put back; None for a pause
    ready: Callable[[], bool]


class GroupConsumer:
    """Reads the partitions its group gives it.

    Parameters
    ----------
    settings
        Broker and time-outs.
    group
        Consumer group, usually the unit's name.
    kafka_names
        Topics, as the broker calls them.
    on_assigned
        Called with what the group committed for each new partition, before its first record.
    on_revoked
        Called with the partitions that go away, and whether they are lost already (then nothing can be committed).
    """

    def __init__(
        self,
        settings: KafkaSettings,
        group: str,
        kafka_names: Sequence[str],
        *,
        read_committed: bool,
        on_assigned: OnAssigned,
        on_revoked: OnRevoked,
    ) -> None:
        self._consumer = Consumer(consumer_configuration(settings, group, group, read_committed=read_committed))
        self._group = group
        self._kafka_names = list(kafka_names)
        known = catalog.by_kafka_name()
        self._compacted = {name for name in kafka_names if name in known and known[name].cleanup == "compact"}
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._positions: dict[Place, int | None] = {}
        self._holds: dict[Place, _Hold] = {}
        self._first_after_hold: dict[Place, int] = {}
        self._ends: dict[Place, int] = {}  # where a partition was seen to end
        self._committed: dict[Place, int] = {}
        self.joined = False

    @property
    def positions(self) -> Mapping[Place, int | None]:
        """Next offset to be read of each assigned partition; None until the first record of a fresh group."""
        return self._positions

    @property
    def committed(self) -> Mapping[Place, int]:
        """Next offset that is committed, of each assigned partition that has one."""
        return self._committed

    def uncommitted(self) -> int:
        """Return how many records were read and are not committed."""
        known = ((self._committed.get(place), position) for place, position in self._positions.items())
        return sum(position - committed for committed, position in known if committed is not None and position is not None)

    @property
    def held(self) -> Collection[Place]:
        return self._holds.keys()

    def subscribe(self) -> None:
        self._consumer.subscribe(self._kafka_names, on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)

    def poll(self, largest: int, timeout_seconds: float) -> list[Message]:
        """Return up to ``largest`` messages, as soon as there is one, each partition's in offset order.

        Raises
        ------
        Fatal
            If the broker refuses us, or a record we know of is missing.
        """
        self._release_ready()
        first = self._call("read", lambda: self._consumer.poll(timeout_seconds))
        if first is None:
            return []
        messages = [first]
        if largest > 1:
            messages += self._call("read", lambda: self._consumer.consume(largest - 1, timeout=0))
        return [message for message in messages if self._is_next(message)]

    def advance(self, message: Message) -> None:
        """Count ``message`` as read."""
        place, offset = _place(message), _offset(message)
        self._positions[place] = offset + 1
        self._committed.setdefault(place, offset)  # a fresh group: nothing before its first record is ours

    def hold(self, place: Place, offset: int, ready: Callable[[], bool]) -> None:
        """Put the record at ``offset`` back: read nothing of ``place`` until ``ready()``, then read it again.

        Pause first, then seek: a seek before a pause was seen to be forgotten.
        """
        if place not in self._positions:
            return
        self._holds[place] = _Hold(offset, ready)
        self._positions[place] = offset
        self._ends.pop(place, None)
        self._call("pause", lambda: self._consumer.pause([TopicPartition(*place)]))
        self._call("seek", lambda: self._consumer.seek(TopicPartition(*place, offset)))

    def pause(self, places: Iterable[Place]) -> None:
        """Stop fetching from ``places``; polling goes on for the others, and for the group."""
        for place in places:
            if place in self._holds or place not in self._positions:
                continue
            self._holds[place] = _Hold(None, lambda: False)
            self._call("pause", lambda place=place: self._consumer.pause([TopicPartition(*place)]))
            position = self._positions[place]
            if position is not None:  # what was fetched ahead is thrown away
                self._call("seek", lambda at=TopicPartition(*place, position): self._consumer.seek(at))

    def resume(self, places: Iterable[Place]) -> None:
        """Go on reading partitions that were held."""
        for place in places:
            hold = self._holds.pop(place, None)
            if hold is not None:
                if hold.offset is not None:
                    self._first_after_hold[place] = hold.offset
                self._call("resume", lambda place=place: self._consumer.resume([TopicPartition(*place)]))

    def commit(self, place: Place, next_offset: int, metadata: str = "") -> None:
        """Commit, and wait for the broker's answer.

        Raises
        ------
        Retryable
            If the broker is away, or the partition went to another member.
        """
        self.commit_all([TopicPartition(*place, next_offset, metadata)])

    def commit_all(self, offsets: list[TopicPartition]) -> None:
        """Commit several partitions in one request."""
        for answer in self._call("commit", lambda: self._consumer.commit(offsets=offsets, asynchronous=False)) or []:
            if answer.error is not None:
                raise as_tapewire_error(answer.error, f"commit {answer.topic}/{answer.partition}")
        self.note_committed({(at.topic, at.partition): at.offset for at in offsets})

    def note_committed(self, offsets: Mapping[Place, int]) -> None:
        """Take note of offsets that a transaction has committed."""
        self._committed.update({place: offset for place, offset in offsets.items() if place in self._positions})

    def behind(self, place: Place) -> int:
        """Return how many records of ``place`` the broker is known to have that were not read."""
        position = self._positions.get(place)
        if position is None:
            return 0
        watermarks = self._consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
        return max((watermarks[1] if watermarks else 0) - max(position, self._ends.get(place, 0)), 0)

    def really_behind(self, place: Place) -> bool:
        """Ask the broker whether ``place`` has records that were not read; blocks for some seconds at most.

        Raises
        ------
        Retryable
            If the broker does not answer.
        """
        _, end = partition_bounds(self._consumer, *place, timeout_seconds=_END_SECONDS)
        return end > max(self._positions.get(place) or 0, self._ends.get(place, 0)) + 1

    def group_metadata(self) -> Any:
        """Return what a transactional producer needs to commit for this member."""
        return self._consumer.consumer_group_metadata()

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def abandon(self) -> None:
        """Leave without telling the handler: after an error nothing more may be committed."""
        self._on_assigned, self._on_revoked = (lambda _: None), (lambda _, __: None)
        self._consumer.close()

    def _is_next(self, message: Message) -> bool:
        error = message.error()
        if error is not None and error.code() == KafkaError._PARTITION_EOF:
            if _place(message) in self._positions and _place(message) not in self._holds:
                self._ends[_place(message)] = _offset(message)
            return False
        if error is not None:
            failure = as_tapewire_error(error, "read")
            if isinstance(failure, Fatal):
                raise failure
            log.warning("consumer_error", error=str(failure))
            return False
        place, offset = _place(message), _offset(message)
        if place not in self._positions or place in self._holds:
            return False  # fetched before the partition was revoked or held
        position = self._positions[place]
        if position is not None and offset < position:
            return False
        expected = self._first_after_hold.pop(place, offset)
        if offset != expected and place[0] not in self._compacted:
            raise Fatal(f"expected {place[0]}/{place[1]} to go on at offset {expected}, found {offset}")
        return True

    def _release_ready(self) -> None:
        self.resume([place for place, hold in self._holds.items() if hold.ready()])

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        committed = self._call("read committed offsets", lambda: consumer.committed(partitions, timeout=_CALL_SECONDS))
        found: dict[Place, Committed] = {}
        for partition in committed:
            if partition.error is not None:
                raise as_tapewire_error(partition.error, "read committed offsets")
            known = partition.offset >= 0
            found[partition.topic, partition.partition] = Committed(
                partition.offset if known else None, (partition.metadata or "") if known else ""
            )
        self._forget(found)
        self._positions.update({place: entry.next_offset for place, entry in found.items()})
        self._committed.update({place: entry.next_offset for place, entry in found.items() if entry.next_offset is not None})
        consumer.assign([TopicPartition(p.topic, p.partition, p.offset if p.offset >= 0 else OFFSET_INVALID) for p in committed])
        consumer.resume(partitions)  # pauses survive a rebalance in librdkafka
        self.joined = True
        log.info("partitions_assigned", group=self._group, partitions=_by_topic(found))
        self._on_assigned(found)

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._gone(partitions, lost=False)

    def _lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._gone(partitions, lost=True)

    def _gone(self, partitions: list[TopicPartition], *, lost: bool) -> None:
        places = [(p.topic, p.partition) for p in partitions]
        self._on_revoked(places, lost)
        log.info("partitions_revoked", group=self._group, partitions=_by_topic(places), lost=lost)
        self._forget(places)
        self.joined = bool(self._positions)

    def _forget(self, places: Iterable[Place]) -> None:
        for place in places:
            self._positions.pop(place, None)
            self._holds.pop(place, None)
            self._first_after_hold.pop(place, None)
            self._ends.pop(place, None)
            self._committed.pop(place, None)

    def _call(self, what: str, call: Callable[..., Any]) -> Any:
        try:
            return call()
        except KafkaException as error:
            raise as_tapewire_error(error.args[0], what) from error


def _by_topic(places: Iterable[Place]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for topic, partition in sorted(places):
        found.setdefault(topic, []).append(partition)
    return found


def _place(message: Message) -> Place:
    topic, partition = message.topic(), message.partition()
    assert topic is not None and partition is not None
    return topic, partition


def _offset(message: Message) -> int:
    offset = message.offset()
    assert offset is not None
    return offset
