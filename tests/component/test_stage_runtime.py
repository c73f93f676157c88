"""The stage runtime on a real broker: exact through crashes, rebalances, a dying broker and bad records (DESIGN §5)."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial

from infra.errors import Retryable
from processors.end_offsets import EndOffsets
from schemas import catalog
from schemas.records import DeadLetter
from tests.support.kafka_world import read_all, wait_until
from tests.support.stage_world import StageWorld
from tests.support.toy_market import TICKS, TRADES, ToyMarket, trade
from tests.support.toy_stage import POISON_PRICE, SECOND

KILL_POINTS = ("before-outputs-acknowledged", "outputs-acknowledged", "state-half-written", "state-written")


async def until(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait without holding up the loop that publishes."""
    await asyncio.to_thread(wait_until, condition, what, seconds)


async def test_bars_are_exact_and_a_stop_commits_everything_and_leaves(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """BAR-01: one worker, no disturbance; SIGTERM drains within seconds."""
    worker = toy_world.start_worker()
    await toy_market.seconds(10)
    await until(toy_market.is_complete, "every bar")
    assert toy_market.bars() == toy_market.truth()

    began = time.monotonic()
    assert toy_world.stop(worker) == 0
    assert time.monotonic() - began < 8
    assert toy_world.members() == 0
    ends = toy_market.producer.positions
    assert toy_world.committed(TRADES) == [ends[TRADES, partition] for partition in range(4)]
    assert toy_world.committed(TICKS) == [ends[TICKS, partition] for partition in range(4)]


async def test_a_bad_record_becomes_a_dead_letter_and_its_neighbours_go_on(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """F1, F21: truncated frames, unknown schema ids, empty messages and refusals of the fold, between good records."""
    worker = toy_world.start_worker()
    good = toy_market.producer.codecs.of("market.trades").encode(trade("SYM1", toy_market.second * SECOND))
    bad = [good[:-3], b"\x00" + (987_654).to_bytes(4, "big") + good[5:], b"not avro", good + b"\x00"]
    for number, value in enumerate(bad):
        await asyncio.wrap_future(toy_market.producer.send_bytes(TRADES, value, key=b"SYM1", partition=number % 4))
        await toy_market.seconds(1)
    toy_market.producer.send("market.trades", trade("SYM1", toy_market.second * SECOND, price=POISON_PRICE))
    await asyncio.wrap_future(toy_market.producer.send_bytes(TICKS, b"no tick", partition=0))
    await toy_market.seconds(2)
    await until(toy_market.is_complete, "every bar")
    assert toy_market.bars() == toy_market.truth()
    assert worker.poll() is None

    codec = toy_market.producer.codecs.dead_letters

    def letters(topic: str) -> list[DeadLetter]:
        name = catalog.topic(topic).dead_letter_name
        return [codec.decode(message.value() or b"") for message in read_all(toy_world.settings.kafka.bootstrap_servers, name)]

    refused = letters("market.trades")
    assert {letter.value for letter in refused} >= set(bad)
    assert len(refused) == len(bad) + 1
    assert [letter.field_path for letter in refused if letter.error == "Permanent"] == ["price"]
    assert {letter.error for letter in refused} == {"UndecodableRecord", "UnknownWriterSchema", "Permanent"}
    assert [letter.value for letter in letters("ops.ticks")] == [b"no tick"]


async def test_bars_are_exact_through_sigkill_between_outputs_state_and_offsets(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """F4, F5: whatever step of a checkpoint the worker dies in, the next one makes the same bars, and at once."""
    for point in KILL_POINTS:
        worker = toy_world.start_worker(KILL_AT=f"{point}:2")
        while worker.poll() is None:
            await toy_market.seconds(1)
        assert worker.returncode == -signal.SIGKILL, toy_world.log_of(len(toy_world.workers) - 1)[-3000:]
    await toy_market.seconds(2)
    toy_world.start_worker()
    await until(toy_market.is_complete, "every bar")
    assert toy_market.bars() == toy_market.truth()


async def test_bars_are_exact_through_random_kills_of_two_workers(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """Partitions move on join, kill and stop; state follows them."""
    chance = random.Random(11)
    workers: list[subprocess.Popen[bytes]] = [toy_world.start_worker(), toy_world.start_worker()]
    await until(lambda: all(map(toy_world.is_ready, workers)), "two workers", 90)
    for round_number in range(6):
        await toy_market.seconds(5)
        await asyncio.sleep(chance.random())
        victim = chance.randrange(2)
        if round_number == 3:
            await until(partial(toy_world.is_ready, workers[victim]), "the worker to be ready")
            assert toy_world.stop(workers[victim]) == 0
        else:
            toy_world.kill(workers[victim])
        await toy_market.seconds(chance.randrange(3))
        workers[victim] = toy_world.start_worker()
    await toy_market.seconds(3)
    await until(toy_market.is_complete, "every bar", 90)
    assert toy_market.bars() == toy_market.truth()


async def test_a_worker_frozen_beyond_its_session_writes_nothing_over_its_successor(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """A worker that wakes up after its partitions moved must not undo the new owner's state."""
    frozen = toy_world.start_worker()
    await toy_market.seconds(5)
    await until(lambda: toy_world.is_ready(frozen), "the first worker")
    frozen.send_signal(signal.SIGSTOP)
    await toy_market.seconds(3)
    other = toy_world.start_worker()
    await until(toy_market.is_complete, "the second worker to take over")
    frozen.send_signal(signal.SIGCONT)
    await toy_market.seconds(10)
    await until(toy_market.is_complete, "every bar")
    toy_world.kill(other)
    toy_world.start_worker()
    await toy_market.seconds(5)
    await until(toy_market.is_complete, "every bar after the second worker's death")
    assert toy_market.bars() == toy_market.truth()


def answers(ends: EndOffsets) -> bool:
    try:
        return set(ends.of([(TRADES, 0)])) == {(TRADES, 0)}
    except Retryable:
        return False


async def test_bars_are_exact_when_the_broker_is_killed_and_comes_back(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """F13: the worker goes on by itself, or ends itself for the supervisor to start it again; it never stands still."""
    worker = toy_world.start_worker()
    ends = EndOffsets(toy_world.settings.kafka)
    await until(partial(answers, ends), "end offsets")
    for _ in range(2):
        await toy_market.seconds(5)
        toy_world.kill_broker()
        await asyncio.to_thread(toy_world.start_broker)
        await toy_market.seconds(5)

        def goes_on() -> bool:
            nonlocal worker
            if worker.poll() is not None:
                worker = toy_world.start_worker()
            return toy_market.is_complete()

        await until(goes_on, "every bar after the broker came back", 90)
        await until(partial(answers, ends), "end offsets: without them a stall goes unseen")
    assert toy_market.bars() == toy_market.truth()
