"""Folds the records and ticks of one partition over the states of its keys; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Generic

import numpy as np

from infra.errors import Permanent
from processors.fold import ColumnFold, Fold, StateT
from processors.key_state import KeyState, Snapshot
from processors.partition_state import Emit, Packed, Refuse
from schemas.record import Record
from schemas.records import Tick


class PartitionFold(Generic[StateT]):
    """All keys of one partition.

    Parameters
    ----------
    partition
        Number of the partition; equal for all topics of the stage.
    fold
        The stage's logic.
    tick_topic
        Kafka name and logical name of the topic of ticks, if the stage has one.
    recovered
        State and folded offsets of each key the changelog knows.
    """

    def __init__(
        self,
        partition: int,
        fold: Fold[StateT],
        tick_topic: tuple[str, str] | None,
        recovered: Iterable[tuple[str, StateT, dict[str, int]]] = (),
    ) -> None:
        self.partition = partition
        self._fold = fold
        self._tick_topic = tick_topic
        self._keys: dict[str, KeyState[StateT]] = {}
        self._order: list[str] = []
        self._is_sorted = False  # put in order when a tick needs it: a new key among a million must not move the others
        self._highest: dict[str, int] = {}
        for key, state, offsets in recovered:
            self._add(key, KeyState(state, offsets))
            for topic, offset in offsets.items():
                self._note(topic, offset)
        self._last_tick: int | None = None
        self._dirty: dict[str, KeyState[StateT]] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def dirty(self) -> bool:
        """Tell whether the changelog is behind."""
        return bool(self._dirty)

    def highest_offsets(self) -> Mapping[str, int]:
        """Return, per Kafka topic, the highest offset folded into any key."""
        return dict(self._highest)

    def fold_record(self, kafka_topic: str, topic: str, offset: int, key: str, record: Record, emit: Emit) -> bool:
        """Fold one record into its key; return False if it was folded before.

        Raises
        ------
        infra.errors.Permanent
            The fold refuses the record; the key's state is as before.
        """
        entry = self._keys.get(key)
        if entry is None:
            state, outputs = self._fold.step(self._fold.initial(key), topic, record)
            entry = self._add(key, KeyState(state))
            changed = True
        elif entry.has_seen(kafka_topic, offset):
            return False
        else:
            state, outputs = self._fold.step(entry.state, topic, record)
            changed = state is not entry.state or bool(outputs)
        self._advance(key, entry, state, kafka_topic, offset, changed)
        for output in outputs:
            emit(output)
        return True

    def fold_packed(self, kafka_topic: str, topic: str, packed: Packed, emit: Emit) -> int:
        """Fold records that are all acceptable, each key's at once; return how many were not folded before."""
        fold = self._fold
        assert isinstance(fold, ColumnFold)
        order = np.argsort(packed.codes, kind="stable")
        codes, offsets = packed.codes[order], packed.offsets[order]
        values = tuple(column[order] for column in packed.values)
        cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
        folded = 0
        for first, last in pairwise(cuts):
            key = packed.text(int(codes[first]))
            entry = self._keys.get(key)
            if entry is None:
                entry = self._add(key, KeyState(fold.initial(key)))
            else:
                first += int(np.searchsorted(offsets[first:last], entry.offsets.get(kafka_topic, -1), side="right"))
                if first == last:
                    continue
            state, outputs = fold.step_columns(entry.state, topic, tuple(column[first:last] for column in values))
            self._advance(key, entry, state, kafka_topic, int(offsets[last - 1]), state is not entry.state or bool(outputs))
            folded += last - first
            for output in outputs:
                emit(output)
        return folded

    def fold_tick(self, offset: int, tick: Tick, emit: Emit, refuse: Refuse) -> Iterator[str]:
        """Offer one tick to every key in sorted order, so that a replay gives the outputs in the same order.

        Yields each key that took it: a caller with an event loop can let others run. A key whose fold refuses the tick is handed to
        ``refuse`` and keeps its state.
        """
        assert self._tick_topic is not None
        kafka_topic, topic = self._tick_topic
        if not self._is_sorted:
            self._order.sort()
            self._is_sorted = True
        keys, wants_tick = self._keys, self._fold.wants_tick
        for key in tuple(self._order):
            entry = keys[key]
            if offset <= entry.offsets.get(kafka_topic, -1) or not wants_tick(entry.state, tick):  # `has_seen`, ten thousand times a second
                continue
            try:
                state, outputs = self._fold.step(entry.state, topic, tick)
            except Permanent as error:
                refuse(key, error)
                continue
            self._advance(key, entry, state, kafka_topic, offset, state is not entry.state or bool(outputs))
            for output in outputs:
                emit(output)
            yield key
        self._last_tick = offset if self._last_tick is None else max(self._last_tick, offset)

    def snapshots(self) -> list[Snapshot[StateT]]:
        """Take what changed since the last call; states are immutable, so the fold may go on while they are written."""
        taken = []
        for key in sorted(self._dirty):
            entry = self._dirty[key]
            entry.dirty = False
            if self._tick_topic is not None and self._last_tick is not None:
                # Ticks that a key did not want are not to be offered to it again, when its state is further on.
                seen = entry.offsets.get(self._tick_topic[0], -1)
                entry.offsets[self._tick_topic[0]] = max(seen, self._last_tick)
                self._note(self._tick_topic[0], self._last_tick)
            taken.append(Snapshot(self.partition, key, entry.state, dict(entry.offsets)))
        self._dirty.clear()
        return taken

    def _add(self, key: str, entry: KeyState[StateT]) -> KeyState[StateT]:
        self._keys[key] = entry
        self._order.append(key)
        self._is_sorted = False
        return entry

    def _note(self, topic: str, offset: int) -> None:
        if offset > self._highest.get(topic, -1):
            self._highest[topic] = offset

    def _advance(self, key: str, entry: KeyState[StateT], state: StateT, topic: str, offset: int, changed: bool) -> None:
        entry.state = state
        entry.offsets[topic] = offset
        self._note(topic, offset)
        if changed and not entry.dirty:
            entry.dirty = True
            self._dirty[key] = entry


def recover(stored: Mapping[bytes, bytes], codec: Any) -> Iterator[tuple[str, Any, dict[str, int]]]:
    """Decode every state of a changelog partition; a `TableCodec` knows how."""
    for key, value in stored.items():
        if not key.startswith(b"\x00"):
            yield key.decode(), *codec.decode(value, stored)
