"""Watches a running stage: reports its condition, and ends it when it stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from infra.clock import MICROSECONDS, monotonic_seconds
from infra.errors import Fatal, Retryable
from infra.kafka.received import Place
from infra.logging_setup import logger
from infra.unit import UnitContext
from processors.app import StageApp, partitions_of
from processors.end_offsets import EndOffsets
from processors.folding import Folding
from processors.progress import Progress
from processors.stage_metrics import StageMetrics
from processors.stage_spec import StageSpec

_REPORT_SECONDS = 0.25
_JUDGE_SECONDS = 2.0
_SILENT_STALLS = 4  # a loop that cannot even report for so many times the limit of a stall hangs
log = logger(__name__)


class Stalled(Fatal):
    """There is work and it does not move: a new process must take over."""


class StageWatch:
    """Liveness is progress of offsets, not an open socket.

    Parameters
    ----------
    spec, context
        The stage and what it runs in.
    app
        Its Faust app.
    folding
        Its partitions.
    ends
        Asks the broker over a connection of its own.
    metrics
        Looked at with every report.
    """

    def __init__(
        self, spec: StageSpec, context: UnitContext, app: StageApp, folding: Folding, ends: EndOffsets, metrics: StageMetrics
    ) -> None:
        self._spec = spec
        self._context = context
        self._app = app
        self._folding = folding
        self._ends = ends
        self._metrics = metrics
        self._lag_records: int | None = None
        self._again_within = context.settings.stage.stall_seconds * _SILENT_STALLS
        self._progress = Progress(context.settings.stage.stall_seconds)
        self._reported_in = 0
        self._reported_out = 0
        self._behind = True

    def forget(self) -> None:
        """Begin anew after a rebalance."""
        self._progress.forget()
        self._behind = True

    async def until_started(self) -> None:
        """Say what a worker that starts is doing, for ever: Faust's start lasts until state is recovered."""
        while True:
            self._metrics.recovering()
            self._context.health.report(self._spec.unit, ready=False, detail=self._why_not_ready(), again_within=self._again_within)
            await asyncio.sleep(_REPORT_SECONDS)

    def _why_not_ready(self) -> str:
        return "recovering state" if self._app.in_recovery else "joining the group"

    async def run(self, records_out: Callable[[], int]) -> None:
        """Report every quarter of a second, judge every two, for ever.

        Raises
        ------
        Stalled
            If a partition has work and has not moved for ``stage.stall_seconds``, or Faust has crashed.
        Fatal
            If the stored state belongs to another broker's topics.
        """
        judge_at = 0.0
        while True:
            if self._app.crashed or self._app.consumer.crashed:
                raise Stalled(f"{self._spec.unit}: Faust crashed: {self._app.crash_reason or self._app.consumer.crash_reason!r}")
            if monotonic_seconds() >= judge_at:
                await self._judge()
                judge_at = monotonic_seconds() + _JUDGE_SECONDS
            self._report(records_out())
            await asyncio.sleep(_REPORT_SECONDS)

    def _ready(self) -> bool:
        return not self._app.rebalancing and not self._app.in_recovery and bool(partitions_of(self._app))

    def _report(self, records_out: int) -> None:
        ready = self._ready()
        owned = len({partition for _, partition in partitions_of(self._app)})
        records_in = self._folding.records_in + self._folding.ticks_applied
        self._context.health.report(
            self._spec.unit,
            ready=ready,
            detail=f"{owned} partitions" + (f", {self._folding.waiting_ticks} ticks wait" if self._folding.waiting_ticks else "")
            if ready
            else self._why_not_ready(),
            lag_seconds=self._lag_seconds(),
            lag_records=self._lag_records,
            in_flight=self._metrics.look(),
            records_in=records_in - self._reported_in,
            records_out=records_out - self._reported_out,
            again_within=self._again_within,
        )
        self._reported_in, self._reported_out = records_in, records_out

    def _lag_seconds(self) -> float | None:
        """Return how far market time has gone beyond what is folded; 0 at the end of the input without ticks."""
        newest = self._folding.newest_tick_us if self._spec.tick_topic is not None else self._folding.newest_event_us
        if newest is None:
            return None
        if self._spec.tick_topic is None and not self._behind:
            return 0.0
        return max(self._context.clock.now_us() - newest, 0) / MICROSECONDS

    async def _judge(self) -> None:
        done = self._done()
        highest = self._folding.highest_offsets()  # before the ends are asked for: both go on growing
        try:
            end = await asyncio.to_thread(self._ends.of, list(done))
        except Retryable as error:
            log.warning("broker_does_not_answer", stage=self._spec.name, error=str(error))
            self._progress.forget()
            return
        self._lag_records = sum(max(end.get(place, 0) - offset, 0) for place, offset in done.items())
        self._behind = any(offset < end.get(place, 0) for place, offset in done.items())
        for place, offset in highest.items():
            if place in end and offset >= end[place]:
                raise Fatal(
                    f"{self._spec.unit}: state of {place[0]}/{place[1]} goes up to offset {offset}, but the topic ends at {end[place]}: "
                    f"the topic was created anew; delete {self._spec.changelog} as well"
                )
        idle = self._folding.idle()
        workable = {place: offset for place, offset in end.items() if place not in idle}
        stalled = self._progress.observe(monotonic_seconds(), done, workable, self._folding.records_in + self._folding.ticks_applied)
        if stalled:
            where = ", ".join(f"{topic}/{partition} at {done[topic, partition]} of {end[topic, partition]}" for topic, partition in stalled)
            waits = ", ".join(f"{topic}/{p} up to {offset}" for (topic, p), offset in self._folding.waits_for().items())
            self._context.health.report(self._spec.unit, ready=False, alive=False, detail=f"stalled: {where}")
            raise Stalled(f"{self._spec.unit} stands still: {where}" + (f"; ticks wait for {waits}" if waits else ""))

    def _done(self) -> dict[Place, int]:
        """Return the committable offset of every partition owned; also while a rebalance goes on, which must end, too."""
        consumer: Any = self._app.consumer
        return {place: consumer.in_flight.committable(place) or 0 for place in partitions_of(self._app)}
