"""Runs stages in memory over an iterable of records: the same folds in the same order as live, without a broker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from infra.clock import MICROSECONDS
from infra.errors import Permanent
from infra.settings import Settings
from processors.fold import Output
from processors.partition_fold import PartitionFold
from processors.stage_spec import StageSpec
from schemas import catalog
from schemas.record import Record
from schemas.records import Tick


class OfflineStages:
    """Stages one behind the other: what one writes the next ones read.

    Attributes
    ----------
    refused
        Records and ticks that a fold could not use; live they are dead letters.
    """

    def __init__(self, specs: Iterable[StageSpec], settings: Settings) -> None:
        self._stages: list[tuple[StageSpec, PartitionFold[Any]]] = []
        for spec in specs:
            tick_topic = None if spec.tick_topic is None else (spec.tick_topic, spec.tick_topic)
            self._stages.append((spec, PartitionFold(0, spec.build_fold(settings), tick_topic)))
        self._offsets = count()
        self.refused: list[tuple[str, Record, Permanent]] = []

    def feed(self, topic: str, record: Record) -> list[Output]:
        """Give one record or tick to the stages that read its topic; return all outputs, also those of the stages behind."""
        offset = next(self._offsets)
        outputs: list[Output] = []
        for spec, partition in self._stages:
            if topic not in spec.reads:
                continue
            own: list[Output] = []
            if isinstance(record, Tick) and topic == spec.tick_topic:
                for _ in partition.fold_tick(offset, record, own.append, lambda _, error: self.refused.append((topic, record, error))):
                    pass
            else:
                key = catalog.topic(topic).key_of(record)
                try:
                    partition.fold_record(topic, topic, offset, str(key), record, own.append)
                except Permanent as error:
                    self.refused.append((topic, record, error))
            for output in own:
                outputs.append(output)
                outputs += self.feed(output.topic, output.record)
        return outputs


def with_ticks(records: Iterable[tuple[str, Record]], start_us: int, end_us: int, tick_topic: str = "ops.ticks") -> Iterator[tuple[str, Record]]:
    """Put a tick for every second from ``start_us`` to ``end_us`` between records that ascend in ``ts_event``."""
    second = (start_us // MICROSECONDS + 1) * MICROSECONDS
    for topic, record in records:
        while second <= min(getattr(record, "ts_event"), end_us):  # noqa: B009 a Record as such has no time
            yield tick_topic, Tick(ts_event=second)
            second += MICROSECONDS
        yield topic, record
    while second <= end_us:
        yield tick_topic, Tick(ts_event=second)
        second += MICROSECONDS
