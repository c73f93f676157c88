"""Partitions move between workers under load: join, leave, kill, re-add. State follows, no bar is wrong, nobody waits for long.

How long each partition was silent is printed (`pytest -s`), from the broker's own time stamps of the bars.
"""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import pairwise

from confluent_kafka import Consumer, TopicPartition

from tests.support.group_view import PARTITIONS, GroupView
from tests.support.kafka_world import wait_until
from tests.support.stage_world import StageWorld
from tests.support.toy_market import BARS, TRADES, ToyMarket

GENEROUS_SECONDS = 5.0
STEADY_SECONDS = 2.0


class BarWatch:
    """Notes when the broker got each bar, by partition."""

    def __init__(self, bootstrap: str) -> None:
        self.times_ms: dict[int, list[int]] = {partition: [] for partition in PARTITIONS}
        self._consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bar-watch", "enable.auto.commit": False})
        self._consumer.assign([TopicPartition(BARS, partition, 0) for partition in PARTITIONS])
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="bar watch")
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.is_set():
            for message in self._consumer.consume(500, 0.05):
                if message.error() is None:
                    self.times_ms[message.partition() or 0].append(message.timestamp()[1])

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._consumer.close()

    def came_after(self, moment_ms: int) -> bool:
        """Tell whether every partition has given a bar after that moment."""
        return all(times and times[-1] > moment_ms for times in self.times_ms.values())

    def longest_silence(self, partition: int, since_ms: int) -> float:
        """Return the longest time without a bar between ``since_ms`` and the newest one, in seconds."""
        times = [since_ms, *(at for at in self.times_ms[partition] if at > since_ms)]
        return max((later - earlier for earlier, later in pairwise(times)), default=0) / 1_000


class Run:
    """Workers under load, and what was seen of them."""

    def __init__(self, world: StageWorld, market: ToyMarket, bars: BarWatch) -> None:
        self.world = world
        self.market = market
        self.bars = bars
        self.group = GroupView(world.settings.kafka.bootstrap_servers, "tapewire-market", TRADES)
        self.session_seconds = world.settings.kafka.session_timeout_ms / 1_000

    @asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """Publish some fifty seconds of the tape a second."""
        stop = threading.Event()

        async def publish() -> None:
            while not stop.is_set():
                await self.market.seconds(1)

        publishing = asyncio.create_task(publish())
        try:
            yield
        finally:
            stop.set()
            await publishing

    async def shared_by(self, workers: int) -> dict[str, frozenset[int]]:
        return await asyncio.to_thread(self.group.shared_by, workers)

    @asynccontextmanager
    async def disturbance(self, what: str, moved: frozenset[int]) -> AsyncIterator[None]:
        """Disturb the workers, wait until every partition gives bars again and goes on with it, and print how long each was silent."""
        since_ms = time.time_ns() // 1_000_000
        yield
        disturbed_ms = time.time_ns() // 1_000_000
        deadline = self.session_seconds + GENEROUS_SECONDS + STEADY_SECONDS
        await asyncio.to_thread(wait_until, partial(self._is_steady, disturbed_ms), f"every partition after: {what}", deadline)
        silences = {partition: self.bars.longest_silence(partition, since_ms) for partition in PARTITIONS}
        longest = [max((silences[partition] for partition in part), default=0.0) for part in (moved, PARTITIONS - moved)]
        print(f"{what}: silent for {longest[0]:.2f} s on partitions {sorted(moved)}, {longest[1]:.2f} s on the others")

    def _is_steady(self, disturbed_ms: int) -> bool:
        """Tell whether every partition has a bar of just now, and has had them for a while."""
        now_ms = time.time_ns() // 1_000_000
        begun_ms = now_ms - round(STEADY_SECONDS * 1_000)
        return (
            begun_ms > disturbed_ms
            and self.bars.came_after(now_ms - 500)
            and all(self.bars.longest_silence(partition, begun_ms) < 1.0 for partition in PARTITIONS)
        )


@contextmanager
def watched(world: StageWorld) -> Iterator[BarWatch]:
    bars = BarWatch(world.settings.kafka.bootstrap_servers)
    try:
        yield bars
    finally:
        bars.close()


async def test_state_follows_partitions_through_join_kill_leave_and_return(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """A worker joins, both are killed in turn and are back at once, one stops and comes back as planned, one is killed for good."""
    workers: dict[str, subprocess.Popen[bytes]] = {"stage.market-0": toy_world.start_worker()}
    nobody: frozenset[int] = frozenset()
    with watched(toy_world) as bars:
        run = Run(toy_world, toy_market, bars)
        async with run.load():
            async with run.disturbance("the first worker starts", PARTITIONS):
                await run.shared_by(1)
            async with run.disturbance("a second worker joins", nobody):
                workers["stage.market-1"] = toy_world.start_worker()
                await run.shared_by(2)
            for victim in ("stage.market-1", "stage.market-0"):
                owned = await run.shared_by(2)
                async with run.disturbance(f"{victim} is killed and back at once", owned[victim]):
                    toy_world.kill(workers[victim])
                    workers[victim] = toy_world.start_worker()
            owned = await run.shared_by(2)
            async with run.disturbance("a worker stops and is back at once, as planned", owned["stage.market-1"]):
                assert await asyncio.to_thread(toy_world.stop, workers["stage.market-1"]) == 0
                workers["stage.market-1"] = toy_world.start_worker()
                await run.shared_by(2)
            owned = await run.shared_by(2)
            async with run.disturbance(f"a worker is killed for good, session {run.session_seconds:g} s", owned["stage.market-1"]):
                toy_world.kill(workers["stage.market-1"])
                await run.shared_by(1)
        await asyncio.to_thread(wait_until, toy_market.is_complete, "every bar", 90)
    assert workers["stage.market-0"].poll() is None
    assert toy_market.bars() == toy_market.truth()
