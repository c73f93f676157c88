"""Folds what a stage has read once more, in the order that the log tells, and returns what it must have written; no I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from infra.errors import Permanent
from infra.settings import Form, Settings
from processors.array_fold import ArrayFold
from processors.array_partition import ArrayPartition
from processors.column_output import RowRecords
from processors.fold import Output
from processors.partition_fold import PartitionFold
from processors.partition_state import PartitionState
from processors.stage_spec import StageSpec
from schemas import catalog
from schemas.record import Record
from schemas.records import Tick

_COMPLETE_AT_TICKS = {"market.trades", "market.quotes"}
Logged = tuple[int, Record]  # offset, record

NOT_FOLDED: Mapping[str, str] = {
    "stage.reference": "it writes by the time of day",
    "stage.divergence": "it begins near the end of its topics and remembers nothing",
    "stage.macro_gauges": "it begins a little before the end of its topic, and joins keys of several partitions",
    "stage.symbol_events": "it copies records under other keys, each once by its id",
}
"""The units that are called stages and fold no partition, and why the log does not say what each wrote."""


def can_be_replayed(spec: StageSpec) -> bool:
    """Tell whether the log alone says what the stage folded before each output.

    A single input does, and ticks do for inputs that are held and for those of feeds whose heartbeats say what is complete.
    """
    if spec.tick_topic is None:
        return len(spec.inputs) == 1
    return not set(spec.inputs) - set(spec.held_inputs) - _COMPLETE_AT_TICKS


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
    written: deque[Output] = deque()
    states = _states(spec, settings, partition, written)
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


def _states(spec: StageSpec, settings: Settings, partition: int, written: deque[Output]) -> PartitionState:
    """Return the stage's empty partition; a hot fold is run record by record, too, and what it writes as columns becomes records."""
    fold = spec.build_fold(settings)
    if not isinstance(fold, ArrayFold):
        own_ticks = None if spec.tick_topic is None else (catalog.topic(spec.tick_topic).kafka_name, spec.tick_topic)
        return PartitionFold(partition, fold, own_ticks)
    from infra.columnar.encoder import ColumnEncoder  # numba is imported where there are columns

    source, target = catalog.topic(fold.input), catalog.topic(fold.output)
    rows = RowRecords(target.record_type, ColumnEncoder.for_schema(target.record, 0).fields)
    assert source.key is not None

    def emit(topic: str, _: int, columns: Mapping[str, Any]) -> None:
        written.extend(Output(topic, record) for record in rows.of(columns))

    return ArrayPartition(partition, fold, Form.RECORD, source.kafka_name, source.key, emit)


def _order(spec: StageSpec) -> Sequence[str]:
    return (*(topic for topic in spec.inputs if topic not in spec.held_inputs), *spec.held_inputs)


def _fold(states: PartitionState, topic: str, offset: int, record: Record, written: deque[Output]) -> None:
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
