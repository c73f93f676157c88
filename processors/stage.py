"""Runs a fold on Kafka: one Faust worker inside the unit's own event loop.

The life of a batch: fetched by `batching`, decoded by `guard`, folded by `folding`, its outputs sent at once; every
``stage.checkpoint_ms`` `checkpoint` waits for the outputs, writes the changed states to the changelog and marks the batch done,
and Faust commits its offset. Whatever ends the process in between, the next owner of the partition repeats at most outputs that
everybody recognises by their ids.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from infra.clock import monotonic_seconds
from infra.errors import FATAL_EXIT_CODE, Fatal, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.kafka.producer import RecordProducer
from infra.kafka.received import Place
from infra.logging_setup import logger
from infra.retry import Backoff
from infra.unit import UnitContext
from processors.app import build_app, partitions_of
from processors.batching import FetchedBatch
from processors.checkpoint import Checkpointer
from processors.column_output import ColumnOutput
from processors.end_offsets import EndOffsets
from processors.fold import Output
from processors.folding import Folding
from processors.guard import Guard
from processors.partition_state import PartitionState
from processors.stage_metrics import StageMetrics
from processors.stage_spec import StageSpec
from processors.stage_traces import StageTraces
from processors.stage_watch import StageWatch
from processors.storage import storage_of
from processors.worker_slot import WorkerSlot
from schemas import catalog

LARGEST_UNACKNOWLEDGED = 20_000  # outputs sent since the last checkpoint before folding waits for one
_REVOKE_SECONDS = 5.0
_DECISIONS = frozenset({"signals", "setups.events"})  # rare, and what everybody asks for
log = logger(__name__)

if TYPE_CHECKING:
    from processors.column_input import ColumnInput


async def run_stage(spec: StageSpec, context: UnitContext) -> None:
    """Run a stage until the context says stop; then checkpoint, commit and leave the group.

    Anything unexpected ends the process at once without a commit: Faust would acknowledge what it could not do.
    """
    settings = context.settings
    ends = EndOffsets(settings.kafka)
    report = _reporter(spec, context)
    topics = {catalog.topic(name).kafka_name: catalog.topic(name).partitions for name in (*spec.reads, *spec.outputs)}
    topics[spec.changelog] = catalog.topic(spec.inputs[0]).partitions
    if await _until_it_answers(context, report, lambda: asyncio.to_thread(ends.check_topics, topics)) is _STOPPED:
        return
    codecs = await _until_it_answers(
        context, report, lambda: asyncio.to_thread(CodecSet.from_registry, settings.registry, (*spec.reads, *spec.outputs))
    )
    if codecs is _STOPPED:
        return
    with WorkerSlot(settings.stage.data_folder / spec.name) as slot:
        producer = RecordProducer(settings, codecs, client_id=f"{spec.unit}-{slot.number}")
        stage = Stage(spec, context, producer, slot, ends)
        try:
            await stage.run()
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            leave(spec.unit, error)
        producer.close()


class Stage:
    """One worker of a stage.

    Parameters
    ----------
    spec
        The stage.
    context
        Settings, market time, health and the signal to stop.
    producer
        For outputs and dead letters.
    slot
        Number and folder of this worker.
    ends
        Asks the broker for end offsets.
    """

    def __init__(
        self, spec: StageSpec, context: UnitContext, producer: RecordProducer, slot: WorkerSlot, ends: EndOffsets
    ) -> None:
        self._spec = spec
        self._context = context
        self._producer = producer
        self._storage = storage_of(spec, spec.build_fold(context.settings), context.settings, self._emit_columns)
        self._encoder = ColumnOutput(producer.codecs)
        self._app, self._table = build_app(spec, context.settings, slot.number, slot.folder)
        self._app.deliver = self._deliver
        self._app.before_revoke = self._before_revoke
        dead_letters = DeadLetters(producer, spec.unit, context.settings, context.clock)
        inputs = self._column_inputs()
        self._traces = StageTraces(context.tracer, spec.unit, until_tick=spec.tick_topic is not None) if context.tracer.on else None
        guard, keys = Guard(producer.codecs, dead_letters, unit=spec.unit), spec.keys(context.settings)
        self._folding = Folding(spec, guard, self._emit, self._load, inputs, self._traces, keys)
        self._checkpointer = Checkpointer(self._take, producer, self._table, self._storage.codec, self._is_member)
        self._app.resting = self._folding.full
        self._metrics = StageMetrics(spec.unit, self._app, self._folding, self._table)
        self._watch = StageWatch(spec, context, self._app, self._folding, ends, self._metrics)
        self._folds = asyncio.Lock()
        self._news = asyncio.Event()
        self._unacknowledged = 0
        self._records_out = 0
        self._draining = False
        self._failed: asyncio.Future[NoReturn] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Work until told to stop."""
        tasks: list[asyncio.Task[Any]] = []
        try:
            starting = asyncio.create_task(self._app.start(), name="start")
            stopping = asyncio.create_task(self._context.stop.wait(), name="stop")
            telling = asyncio.create_task(self._watch.until_started(), name="start told")
            tasks = [starting, stopping, telling]
            await asyncio.wait({starting, stopping, self._failed, telling}, return_when=asyncio.FIRST_COMPLETED)
            telling.cancel()
            if starting.done():
                starting.result()
            tasks += [
                asyncio.create_task(self._checkpoint_regularly(), name="checkpoints"),
                asyncio.create_task(self._watch.run(lambda: self._records_out), name="watch"),
            ]
            done, _ = await asyncio.wait({stopping, *tasks[3:], self._failed}, return_when=asyncio.FIRST_COMPLETED)
            for future in done:
                future.result()
            await self._drain()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # -- folding

    async def _deliver(self, batches: Sequence[FetchedBatch]) -> None:
        try:
            async with self._folds:
                if not self._draining:
                    began = monotonic_seconds()
                    await self._folding.fold(batches)
                    is_durable = not (self._folding.has_news or self._checkpointer.is_running)
                    self._metrics.folded(batches, monotonic_seconds() - began, is_durable=is_durable)
            self._news.set()
            if self._unacknowledged > LARGEST_UNACKNOWLEDGED:
                await self._checkpoint()
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._fail(error)
            await asyncio.Event().wait()  # the process ends; nothing else may be folded until then

    def _emit(self, output: Output) -> None:
        if output.topic not in self._spec.outputs:
            raise Fatal(f"{self._spec.unit}: expected an output to one of {', '.join(self._spec.outputs)}, found {output.topic}")
        self._producer.send(output.topic, output.record, headers=None if self._traces is None else self._traces.headers(output))
        self._unacknowledged += 1
        self._records_out += 1
        if output.topic in _DECISIONS:
            record: Any = output.record
            setup_id, signal_id = getattr(record, "setup_id", None), getattr(record, "signal_id", None)
            log.info("decision_sent", unit=self._spec.unit, topic=output.topic, symbol=record.symbol, setup_id=setup_id, signal_id=signal_id)

    def _emit_columns(self, topic: str, partition: int, columns: Mapping[str, Any]) -> None:
        key = catalog.topic(topic).key
        assert key is not None
        values = self._encoder.encode(topic, columns)
        self._producer.send_encoded(topic, partition, [text.encode() for text in columns[key]], values)
        self._unacknowledged += len(values)
        self._records_out += len(values)

    def _column_inputs(self) -> dict[str, ColumnInput]:
        """Make what decodes the raw inputs and encodes columns, compiled before there is traffic."""
        inputs: dict[str, ColumnInput] = {}
        for name in self._spec.raw_inputs if self._context.settings.stage.raw_batches else ():
            from processors.column_input import ColumnInput  # numba is imported where columns are decoded

            packer = self._storage.packer
            if packer is None:
                raise Fatal(f"{self._spec.unit}: expected a fold that takes columns, found one without step_columns")
            entry = catalog.topic(name)
            inputs[entry.kafka_name] = column_input = ColumnInput(entry, self._producer.codecs.of(name).schema_id, packer)
            values = column_input.nothing()
            if values is not None:
                self._storage.warm(values)
        if self._storage.writes_columns:
            for name in self._spec.outputs:
                self._encoder.prepare(name)
        return inputs

    def _load(self, partition: int) -> PartitionState:
        loaded = self._storage.load(partition, self._table.stored(partition))
        log.info("partition_loaded", stage=self._spec.name, partition=partition, keys=len(loaded))
        return loaded

    # -- checkpoints

    def _take(self) -> Any:
        self._unacknowledged = 0
        return self._folding.take()

    async def _is_member(self) -> bool:
        return bool(await self._app.consumer.is_member())

    async def _checkpoint(self) -> None:
        began = monotonic_seconds()
        if await self._checkpointer.run():
            self._metrics.checkpointed(monotonic_seconds() - began)

    async def _checkpoint_regularly(self) -> None:
        interval = self._spec.checkpoint_seconds(self._context.settings)
        while True:
            await self._news.wait()
            self._news.clear()
            if self._folding.has_news:
                await self._checkpoint()
            await asyncio.sleep(interval)

    async def _before_revoke(self, places: set[Place]) -> None:
        """Make durable what we can while the partitions are still ours, then forget them."""
        if not places:
            return
        async with self._folds:
            try:
                async with asyncio.timeout(_REVOKE_SECONDS):
                    await self._checkpoint()
                    await self._app.consumer.commit_all()
            except TimeoutError:
                log.warning("partitions_revoked_without_checkpoint", stage=self._spec.name, seconds=_REVOKE_SECONDS)
            except Exception as error:
                self._fail(error)
            self._app.consumer.in_flight.drop(places)
            self._folding.drop({partition for _, partition in places})
        self._watch.forget()
        log.info("partitions_revoked", stage=self._spec.name, partitions=sorted({partition for _, partition in places}))

    async def _drain(self) -> None:
        self._context.health.report(self._spec.unit, ready=False, detail="stopping: last checkpoint")
        async with self._folds:
            self._draining = True
            self._app.consumer.stop_flow()
            await self._checkpoint()
            if partitions_of(self._app):
                await self._app.consumer.commit_all()
        await self._app.stop()
        self._context.health.report(self._spec.unit, ready=False, detail="stopped")

    def _fail(self, error: BaseException) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)


def leave(unit: str, error: BaseException) -> NoReturn:
    """End the process without a commit."""
    log.error("unit_failed", unit=unit, error=repr(error), exc_info=error)
    os._exit(FATAL_EXIT_CODE)


_STOPPED = object()


async def _until_it_answers(context: UnitContext, report: Callable[[str], None], call: Callable[[], Awaitable[Any]]) -> Any:
    """Repeat a call until it does not raise `Retryable`, or the process is told to stop."""
    backoff = Backoff(cap_seconds=2.0)
    while not context.stop.is_set():
        try:
            return await call()
        except Retryable as error:
            report(str(error))
            await asyncio.sleep(backoff.next_seconds(error.retry_after_seconds))
    return _STOPPED


def _reporter(spec: StageSpec, context: UnitContext) -> Callable[[str], None]:
    return lambda detail: context.health.report(spec.unit, ready=False, detail=detail)
