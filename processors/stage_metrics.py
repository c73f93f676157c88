"""What a stage tells Prometheus: per batch and checkpoint as they happen, all else when the watch looks, four times a second."""

from __future__ import annotations

from collections.abc import Sequence

from infra.kafka.received import Place
from infra.metrics import listed
from processors.app import StageApp, partitions_of
from processors.batching import FetchedBatch
from processors.folding import Folding
from processors.state_table import StateTable


class StageMetrics:
    """The numbers of one worker.

    Parameters
    ----------
    unit
        Name of the stage's unit.
    app, folding, table
        Where they come from.
    """

    def __init__(self, unit: str, app: StageApp, folding: Folding, table: StateTable) -> None:
        self._unit = unit
        self._app = app
        self._folding = folding
        self._table = table
        self._batch_records = listed.BATCH_RECORDS.of(unit)
        self._step_seconds = listed.STEP_SECONDS.of(unit)
        self._commit_age = listed.COMMIT_AGE.of(unit)
        self._checkpoint_age = listed.CHECKPOINT_AGE.of(unit)
        self._committed: dict[Place, int] = {}
        self._rebalances = 0

    def folded(self, batches: Sequence[FetchedBatch], seconds: float, *, is_durable: bool) -> None:
        """Count what was folded at once, and the ticks it freed; a checkpoint may have been quick enough to make it durable already."""
        records = sum(len(batch.records) + sum(raw.count for raw in batch.raw) for batch in batches)
        if records:
            self._batch_records(records)
            self._step_seconds(seconds)
        if not is_durable:
            self._checkpoint_age.begin()

    def checkpointed(self, seconds: float) -> None:
        """Count a checkpoint."""
        listed.CHECKPOINT_SECONDS.seen(seconds, self._unit)
        if self._folding.has_news:
            self._checkpoint_age.mark()
        else:
            self._checkpoint_age.clear()

    def recovering(self) -> None:
        """Tell how much of the state was read."""
        listed.TABLE_BYTES.set(self._table.stored_bytes, self._unit)

    def look(self) -> int:
        """Tell what changes all the time; return how many records are in flight."""
        consumer = self._app.consumer
        listed.PARTITIONS.set(len(partitions_of(self._app)), self._unit)
        listed.TABLE_KEYS.set(self._folding.keys, self._unit)
        listed.TABLE_BYTES.set(self._table.stored_bytes, self._unit)
        listed.WAITING_TICKS.set(self._folding.waiting_ticks, self._unit)
        listed.HELD_BYTES.set(self._folding.held_bytes, self._unit)
        listed.REBALANCES.add(self._app.rebalances - self._rebalances, self._unit)
        self._rebalances = self._app.rebalances
        self._watch_commits(consumer.committed(), consumer.in_flight.reached())
        waiting: int = consumer.in_flight.waiting()
        return waiting

    def _watch_commits(self, committed: dict[Place, int], reached: dict[Place, int]) -> None:
        if all(offset <= committed.get(place, 0) for place, offset in reached.items()):
            self._commit_age.clear()
        elif committed != self._committed:
            self._commit_age.mark()
        else:
            self._commit_age.begin()
        self._committed = committed
