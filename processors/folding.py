"""Takes batches through the fold: decode, skip repeats, step, send; ticks wait for their barrier, held inputs for their tick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from infra.errors import Permanent
from infra.kafka.received import Place
from processors.batching import FetchedBatch
from processors.decoded_fetch import DecodedFetch
from processors.guard import FoldRefusal, Guard, RawRecord, RefusedTick
from processors.held_inputs import Held, HeldColumns, HeldRecord
from processors.in_flight import Ticket
from processors.key_state import Snapshot
from processors.partition_state import Emit, Packed, PartitionState
from processors.stage_spec import StageSpec
from processors.tick_barrier import HeldTick, TickBarrier
from schemas import catalog
from schemas.records import Tick

if TYPE_CHECKING:
    from processors.column_input import ColumnInput  # numba is imported where columns are decoded
    from processors.stage_traces import StageTraces

_TURN_RECORDS = 500  # records folded before other tasks get their turn
_MOST_HELD_BYTES = 4 * 1024 * 1024  # of a topic in a partition: when so much waits for a tick, the rest stays in Kafka
Load = Callable[[int], PartitionState]


class Folding:
    """State and progress of every partition this worker owns.

    Parameters
    ----------
    spec
        The stage.
    fold
        Its logic.
    guard
        Decodes; takes what cannot be used.
    emit
        Sends an output, without waiting for its acknowledgement.
    load
        Makes a partition from what the changelog holds; called when its first batch arrives.
    column_inputs
        Decodes the raw batches of a topic, by Kafka name.
    traces
        Carries traces from records to outputs; None while tracing is off.
    keys
        Keys of held records that are folded; None: all.
    """

    def __init__(
        self,
        spec: StageSpec,
        guard: Guard,
        emit: Emit,
        load: Load,
        column_inputs: Mapping[str, ColumnInput] | None = None,
        traces: StageTraces | None = None,
        keys: frozenset[bytes] | None = None,
    ) -> None:
        self._keys = keys
        self._traces = traces
        self._guard = guard
        self._column_inputs = column_inputs or {}
        self._load = load
        self._emit = emit
        self._topics = spec.kafka_inputs
        self._tick_topic = None if spec.tick_topic is None else catalog.topic(spec.tick_topic).kafka_name
        self._folded_topics = [name for name in self._topics if name != self._tick_topic]
        self._held_topics = [catalog.topic(name).kafka_name for name in spec.held_inputs]
        self._partitions: dict[int, PartitionState] = {}
        self._barriers: dict[int, TickBarrier] = {}
        self._finished: list[Ticket] = []
        self.records_in = 0
        self.ticks_applied = 0
        self.newest_event_us: int | None = None
        self.newest_tick_us: int | None = None

    @property
    def waiting_ticks(self) -> int:
        return sum(map(len, self._barriers.values()))

    @property
    def keys(self) -> int:
        return sum(map(len, self._partitions.values()))

    @property
    def has_news(self) -> bool:
        """Tell whether a checkpoint would do anything."""
        return bool(self._finished) or any(partition.dirty for partition in self._partitions.values())

    @property
    def held_bytes(self) -> int:
        """Return about how many bytes wait for ticks."""
        return sum(barrier.held_bytes for barrier in self._barriers.values())

    def idle(self) -> frozenset[Place]:
        """Return the places whose records, if there are any, wait for a tick that has not come, or for room."""
        return self._places(lambda barrier: barrier.idle_topics()) | self.full()

    def full(self) -> frozenset[Place]:
        """Return the places of which so much waits for ticks that no more should be fetched."""
        return self._places(lambda barrier: barrier.full_topics(_MOST_HELD_BYTES)) if self._held_topics else frozenset()

    def waits_for(self) -> Mapping[Place, int]:
        """Return what the oldest tick of each partition waits for."""
        return {(topic, p): offset for p, barrier in self._barriers.items() for topic, offset in barrier.missing().items()}

    async def fold(self, batches: Sequence[FetchedBatch]) -> None:
        """Fold batches of different partitions or topics, and every tick that they free.

        Raises
        ------
        Fatal
            From the guard.
        Exception
            From the fold: the process must end, so that nothing of it is acknowledged.
        """
        live = [batch for batch in batches if not batch.ticket.void]
        decoded = DecodedFetch(self._column_inputs, live)
        for batch in live:
            if batch.partition not in self._partitions:
                self._partitions[batch.partition] = self._load(batch.partition)
                self._barriers[batch.partition] = TickBarrier(self._folded_topics, self._held_topics)
            if batch.topic == self._tick_topic:
                await self._hold_ticks(batch)
            elif batch.topic in self._held_topics:
                held = self._held_columns(batch, decoded.items(batch)) if batch.raw else self._held_records(batch)
                self._barriers[batch.partition].hold_inputs(batch.topic, held, batch.ticket)
            else:
                if batch.raw:
                    await self._fold_columns(batch, decoded.items(batch))
                else:
                    await self._fold_records(batch)
                self._barriers[batch.partition].reached(batch.topic, batch.ticket.next_offset)
                self._finished.append(batch.ticket)
            await self._apply_due_ticks(batch.partition)

    def take(self) -> tuple[list[Snapshot[Any]], list[Ticket]]:
        """Hand over, in one go, what a checkpoint makes durable."""
        tickets, self._finished = self._finished, []
        snapshots = [snapshot for _, partition in sorted(self._partitions.items()) for snapshot in partition.snapshots()]
        return snapshots, [ticket for ticket in tickets if not ticket.void]

    def drop(self, partitions: set[int]) -> None:
        """Forget partitions that were taken away."""
        if self._traces is not None:
            self._traces.forget()
        for partition in partitions:
            self._partitions.pop(partition, None)
            self._barriers.pop(partition, None)
        self._finished = [ticket for ticket in self._finished if not ticket.void]

    def highest_offsets(self) -> dict[Place, int]:
        """Return the highest offset folded into any state, per topic and partition."""
        return {
            (topic, number): offset
            for number, partition in self._partitions.items()
            for topic, offset in partition.highest_offsets().items()
        }

    def _places(self, topics_of: Callable[[TickBarrier], Iterable[str]]) -> frozenset[Place]:
        return frozenset((topic, partition) for partition, barrier in self._barriers.items() for topic in topics_of(barrier))

    async def _fold_records(self, batch: FetchedBatch) -> None:
        for count, raw in enumerate(batch.records):
            if count % _TURN_RECORDS == _TURN_RECORDS - 1:
                await asyncio.sleep(0)
            if self._traces is not None:
                self._traces.folding(raw.key, raw.headers)
            await self._fold_record(batch.topic, batch.partition, raw)
            if self._traces is not None:
                self._traces.stepped()

    async def _fold_columns(self, batch: FetchedBatch, items: Iterable[Packed | RawRecord]) -> None:
        if self._traces is not None:
            self._traces.folding_raw(batch.raw)
        for item in items:
            if isinstance(item, Packed):
                await self._fold_packed(batch.topic, batch.partition, item)
            else:
                await self._fold_record(batch.topic, batch.partition, item)
        if self._traces is not None:
            self._traces.stepped()
        self._note_event(max(raw.append_ms for raw in batch.raw) * 1_000)  # the broker's clock: good enough to tell how far behind we are

    async def _fold_packed(self, kafka_name: str, partition: int, packed: Packed) -> None:
        count = len(packed.offsets)
        if count:
            self._partitions[partition].fold_packed(kafka_name, self._topics[kafka_name], packed, self._emit)
        self._guard.used(count)
        self.records_in += count
        if count >= _TURN_RECORDS:
            await asyncio.sleep(0)

    def _held_records(self, batch: FetchedBatch) -> Iterator[Held]:
        keys = self._keys
        return (HeldRecord(batch.topic, raw) for raw in batch.records if keys is None or raw.key in keys)

    def _held_columns(self, batch: FetchedBatch, items: Iterable[Packed | RawRecord]) -> Iterator[Held]:
        traced = () if self._traces is None else tuple(self._traces.traced_in(batch.raw))
        for item in items:
            if not isinstance(item, Packed):
                yield HeldRecord(batch.topic, item)
            elif len(item.offsets):
                first, last = item.offsets[0], item.offsets[-1]
                yield HeldColumns(batch.topic, item.kept(), [record for record in traced if first <= record.offset <= last])

    async def _fold_record(self, kafka_name: str, partition: int, raw: RawRecord) -> None:
        topic = self._topics[kafka_name]
        record = await self._guard.decode(topic, raw)
        if record is None:
            return
        key = catalog.topic(topic).key_of(record)
        assert key is not None, f"{topic} has no key: it cannot be folded by key"
        try:
            self._partitions[partition].fold_record(kafka_name, topic, raw.offset, key, record, self._emit)
        except Permanent as error:
            await self._guard.refuse(raw, error)
            return
        self._guard.used(1)
        self.records_in += 1
        event_us = getattr(record, "ts_event", None)
        if event_us is not None:
            self._note_event(event_us)

    def _note_event(self, event_us: int) -> None:
        if self.newest_event_us is None or event_us > self.newest_event_us:
            self.newest_event_us = event_us

    async def _hold_ticks(self, batch: FetchedBatch) -> None:
        assert self._tick_topic is not None
        barrier = self._barriers[batch.partition]
        held: list[tuple[int, Tick, bytes]] = []
        for raw in batch.records:
            tick = await self._guard.decode(self._topics[batch.topic], raw)
            if isinstance(tick, Tick):
                held.append((raw.offset, tick, raw.value or b""))
        if not held:
            self._finished.append(batch.ticket)  # nothing to apply: only dead letters, or a gap
        for count, (offset, tick, value) in enumerate(held, 1):
            barrier.hold(HeldTick(offset, tick, value, batch.ticket if count == len(held) else None))

    async def _fold_covered(self, partition: int) -> None:
        barrier = self._barriers[partition]
        for count, held in enumerate(barrier.take_covered()):
            if count % _TURN_RECORDS == _TURN_RECORDS - 1:
                await asyncio.sleep(0)
            if self._traces is not None:
                for raw in held.traced if isinstance(held, HeldColumns) else (held.raw,):
                    self._traces.folding(raw.key, raw.headers)
            if isinstance(held, HeldColumns):
                await self._fold_packed(held.topic, partition, held.packed)
            else:
                await self._fold_record(held.topic, partition, held.raw)
        self._finished.extend(barrier.take_finished())

    async def _apply_due_ticks(self, partition: int) -> None:
        if self._tick_topic is None:
            return
        fold, barrier = self._partitions[partition], self._barriers[partition]
        await self._fold_covered(partition)
        while (held := barrier.take_due()) is not None:
            refused: list[tuple[str, Permanent]] = []
            taken = fold.fold_tick(held.offset, held.tick, self._emit, lambda *refusal: refused.append(refusal))  # noqa: B023
            for keys, _ in enumerate(taken, 1):
                if self._traces is not None:
                    self._traces.stepped()
                if keys % _TURN_RECORDS == 0:
                    await asyncio.sleep(0)
            for key, error in refused:
                await self._guard.refuse(RefusedTick(self._tick_topic, partition, held.offset, held.value), FoldRefusal(key, error))
            self._guard.used(1)
            self.ticks_applied += 1
            if self.newest_tick_us is None or held.tick.ts_event > self.newest_tick_us:
                self.newest_tick_us = held.tick.ts_event
            if held.ticket is not None:
                self._finished.append(held.ticket)
            await asyncio.sleep(0)
            await self._fold_covered(partition)
