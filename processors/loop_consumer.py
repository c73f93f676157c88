"""Faust's handle on aiokafka's consumer, without the thread it is made for.

Faust runs aiokafka in a thread with an event loop of its own and passes every call across: two loops to wake, and two threads that
wait for each other's interpreter lock, for every fetch. Heartbeats go on in one loop because nothing in a stage holds it for long:
folds let others run every few hundred records.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.utils.futures import maybe_async

CHANGELOG_WAIT_MS = 100


class LoopConsumer(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Runs aiokafka's consumer in the loop of the worker."""

    def __init__(self, consumer: Any, *, loop: asyncio.AbstractEventLoop, **kwargs: Any) -> None:
        super().__init__(consumer, loop=loop, thread_loop=loop, **kwargs)

    async def start(self) -> None:
        self._thread_started.set()
        self._started.set()
        await self.on_start()

    async def stop(self) -> None:
        if self._started.is_set() and not self._stopped.is_set():
            self._stopped.set()
            await self.on_thread_stop()

    async def call_thread(self, fun: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        return await maybe_async(fun(*args, **kwargs))

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.consumer.on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await self.consumer.on_partitions_assigned(assigned, generation_id)

    async def on_thread_stop(self) -> None:
        if self._consumer is not None:
            # aiokafka lets a static member stay until its session ends; we stop for good, others shall take over now.
            self._consumer._coordinator._group_instance_id = None
        await super().on_thread_stop()

    @property
    def kafka(self) -> Any:
        """The `AIOKafkaConsumer`."""
        return self._ensure_consumer()

    def pause(self, partitions: Iterable[TP]) -> None:
        """Let aiokafka's own fetcher leave partitions out; Faust's pause only keeps what they give from the streams."""
        for tp in partitions:
            self.kafka.pause(TopicPartition(tp.topic, tp.partition))

    def resume(self, partitions: Iterable[TP]) -> None:
        for tp in partitions:
            self.kafka.resume(TopicPartition(tp.topic, tp.partition))

    async def positions_known(self, topics: Collection[str]) -> None:
        """Wait until aiokafka has found out where every partition of these topics goes on."""
        assignment = self.kafka._subscription.subscription.assignment
        states = [assignment.state_value(tp) for tp in assignment.tps if tp.topic in topics]
        await asyncio.gather(*(state.wait_for_position() for state in states))

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = CHANGELOG_WAIT_MS  # 1.5 s in Faust; what else is asked on that connection waits behind it
        return consumer
