"""Records of one topic with the moment each is sent at, and the ticks and heartbeats that cover them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.flow import Flow, flow_of
from infra.clock import MICROSECONDS
from schemas import catalog
from schemas.codec import Codec
from schemas.record import Record
from schemas.records import FeedHeartbeat, FeedPosition, FeedState, Tick

TICK_AFTER_SECONDS = 0.02  # of its second's end: what it covers is on its way by then
_BEAT_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class TimedFlow:
    """Records in the order of sending.

    Attributes
    ----------
    due
        When each is sent, in seconds of market time after the tape's beginning; never falling.
    names
        What outputs call the record that made them; empty where no output is traced to this topic, None where none comes of a record.
    """

    flow: Flow
    due: NDArray[np.float64]
    names: Sequence[Hashable | None] = ()

    def __len__(self) -> int:
        return len(self.flow)

    def until(self, seconds: float) -> TimedFlow:
        """Return what is due before a moment."""
        return self.part(0, int(np.searchsorted(self.due, seconds, side="left")))

    def without(self, keys: Sequence[bytes]) -> TimedFlow:
        """Return the records of all other keys, without names."""
        kept = ~np.isin(self.flow.key_of, [code for code, key in enumerate(self.flow.keys) if key in keys])
        return TimedFlow(self.flow.where(kept), self.due[kept])

    def part(self, first: int, last: int) -> TimedFlow:
        """Return some of the records."""
        return TimedFlow(self.flow.part(first, last), self.due[first:last], self.names[first:last])

    def next_offsets(self, moments: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return how many records of each partition (columns) are due before each moment (rows): the next offset on a topic that was empty."""
        columns = [np.searchsorted(self.due[self.flow.partition == number], moments, side="left") for number in range(self.flow.partitions)]
        return np.stack(columns, axis=1)


def timed_flow(
    topic: str,
    codec: Codec[Any],
    records: Iterable[Any],
    start_us: int,
    names: Sequence[Hashable | None] = (),
    *,
    moments: Sequence[int] | None = None,
) -> TimedFlow:
    """Return records of a topic, each sent at its ``ts_event`` or at its moment, microseconds; they must be in that order."""
    entry = catalog.topic(topic)
    keys, values, stamps = list[bytes](), list[bytes](), list[int]()
    for record in records:  # each is gone before the next one is made
        keys.append((entry.key_of(record) or "").encode())
        values.append(codec.encode(record))
        stamps.append(0 if moments is not None else record.ts_event)
    due = (np.array(stamps if moments is None else moments, np.int64) - start_us) / MICROSECONDS
    return TimedFlow(flow_of(keys, values, entry.partitions), due, names)


def ticks_over(flows: Mapping[str, TimedFlow], codec: Codec[Tick], start_us: int, seconds: int) -> TimedFlow:
    """Return a tick a second and partition that covers what is due before it; outputs call it by partition and time."""
    partitions = catalog.topic("ops.ticks").partitions
    moments = np.arange(1, seconds + 1, dtype=np.float64)
    covered = {catalog.topic(name).kafka_name: flow.next_offsets(moments) for name, flow in flows.items()}
    values, names = [], list[Hashable | None]()
    for second in range(seconds):
        ts_event = start_us + (second + 1) * MICROSECONDS
        for partition in range(partitions):
            barriers = {name: int(offsets[second, partition]) for name, offsets in covered.items()}
            values.append(codec.encode(Tick(ts_event=ts_event, barriers=barriers)))
            names.append((partition, ts_event))
    places = list(range(partitions)) * seconds
    return TimedFlow(flow_of([b""] * len(values), values, partitions, places), np.repeat(moments, partitions) + TICK_AFTER_SECONDS, names)


def heartbeats_over(flows: Mapping[str, TimedFlow], feed: str, codec: Codec[FeedHeartbeat], start_us: int, seconds: int) -> TimedFlow:
    """Return the heartbeats of a feed that writes the topics: four a second, each as far as what was due before it."""
    moments = np.arange(0, seconds + _BEAT_SECONDS / 2, _BEAT_SECONDS)
    covered = {catalog.topic(name).kafka_name: flow.next_offsets(moments) for name, flow in flows.items()}
    records: list[Record] = []
    for row, moment in enumerate(moments.tolist()):
        ts_event = start_us + round(moment * MICROSECONDS)
        positions = tuple(
            FeedPosition(topic=name, partition=partition, next_offset=int(offset))
            for name, offsets in covered.items()
            for partition, offset in enumerate(offsets[row])
        )
        records.append(
            FeedHeartbeat(
                feed=feed, ts_event=ts_event, ts_published=ts_event, state=FeedState.LIVE, positions=positions,
                records_published=sum(position.next_offset for position in positions), reconnects=0,
            )
        )  # fmt: skip
    timed = timed_flow("ops.heartbeats", codec, records, start_us)
    return TimedFlow(timed.flow, timed.due + TICK_AFTER_SECONDS)
