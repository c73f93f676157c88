"""Folds what a stage has read once more, in the order that the log tells, and returns what it must have written; no I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from infra.errors import Permanent
from infra.settings import Settings
from processors.array_fold import ArrayFold
from processors.fold import Output
from processors.partition_fold import PartitionFold
from processors.stage_spec import StageSpec
from schemas import catalog
from schemas.record import Record
from schemas.records import Tick

_COMPLETE_AT_TICKS = {"market.trades", "market.quotes"}
Logged = tuple[int, Record]  # offset, record


def can_be_replayed(spec: StageSpec, settings: Settings) -> bool:
    """Tell whether the log alone says what the stage folded before each output.

    A single input does, and ticks do for inputs that are held and for those of feeds whose heartbeats say what is complete. Other columns
    are folded when they come.
    """
    free = set(spec.inputs) - set(spec.held_inputs) - _COMPLETE_AT_TICKS
    ordered = len(spec.inputs) == 1 if spec.tick_topic is None else not free
    return ordered and not isinstance(spec.build_fold(settings), ArrayFold)


def replayed(
    spec: StageSpec, settings: Settings, partition: int, inputs: Mapping[str, Iterable[Logged]], ticks: Iterable[tuple[int, Tick]]
) -> Iterator[Output]:
    """Yield what one partition of a stage writes, in order.

    Before each tick everything is folded that it covers: first the inputs that are not held, topic by topic, then the held ones.
    What no tick covers is not folded, but by a stage without ticks.

    Parameters
    ----------
    inputs
        Records of the partition by logical topic, in the order of offsets.
    ticks
        Ticks of the partition; not asked for if the stage has none.
    """
    fold: Any = spec.build_fold(settings)
    own_ticks = None if spec.tick_topic is None else (catalog.topic(spec.tick_topic).kafka_name, spec.tick_topic)
    states: PartitionFold[Any] = PartitionFold(partition, fold, own_ticks)
    written: deque[Output] = deque()
    if spec.tick_topic is None:
        for topic in spec.inputs:
            for offset, record in inputs[topic]:
                _fold(states, topic, offset, record, written)
                yield from _drained(written)
        return
    queues = {topic: _Queue(inputs[topic]) for topic in _order(spec)}
    for offset, tick in ticks:
        for topic, queue in queues.items():
            end = tick.barriers.get(catalog.topic(topic).kafka_name)
            for at, record in queue.below(end):
                _fold(states, topic, at, record, written)
        for _ in states.fold_tick(offset, tick, written.append, lambda _key, _error: None):
            yield from _drained(written)
        yield from _drained(written)


def _order(spec: StageSpec) -> Sequence[str]:
    return (*(topic for topic in spec.inputs if topic not in spec.held_inputs), *spec.held_inputs)


def _fold(states: PartitionFold[Any], topic: str, offset: int, record: Record, written: deque[Output]) -> None:
    entry = catalog.topic(topic)
    key = entry.key_of(record)
    assert key is not None, f"{topic} has no key: it cannot be folded by key"
    try:
        states.fold_record(entry.kafka_name, topic, offset, key, record, written.append)
    except Permanent:
        return  # a dead letter


def _drained(written: deque[Output]) -> Iterator[Output]:
    while written:
        yield written.popleft()


class _Queue:
    """Records in the order of offsets, looked at one ahead."""

    def __init__(self, records: Iterable[Logged]) -> None:
        self._records = iter(records)
        self._next = next(self._records, None)

    def below(self, end: int | None) -> Iterator[Logged]:
        """Take the records below an offset; none of a topic that the tick says nothing of."""
        while self._next is not None and end is not None and self._next[0] < end:
            taken, self._next = self._next, next(self._records, None)
            yield taken
