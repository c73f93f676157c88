"""Offsets that hold no record must not hold up the ticks, and a worker that cannot go on must not look alive."""

from __future__ import annotations

import asyncio

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from infra.errors import FATAL_EXIT_CODE
from infra.settings import StageSettings
from schemas.records import Tick
from tests.support.kafka_world import wait_until
from tests.support.stage_world import StageWorld
from tests.support.toy_market import TRADES, ToyMarket, trade
from tests.support.toy_stage import BUG_PRICE, SECOND


async def test_expired_records_and_transaction_markers_do_not_hold_up_the_ticks(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """A barrier counts offsets; retention, compaction and transactions leave some without a record."""
    await toy_market.seconds(3)
    bootstrap = toy_world.settings.kafka.bootstrap_servers
    ends = [toy_market.producer.positions[TRADES, partition] for partition in range(4)]
    admin = AdminClient({"bootstrap.servers": bootstrap})
    expired = admin.delete_records([TopicPartition(TRADES, partition, end) for partition, end in enumerate(ends)])
    for future in expired.values():
        future.result(20)
    toy_market.expected.clear()
    toy_world.start_worker()
    await toy_market.seconds(2)
    await asyncio.to_thread(wait_until, toy_market.is_complete, "bars behind expired records", 60.0)

    codec = toy_market.producer.codecs.of("market.trades")
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "toy", "partitioner": "murmur2_random"})
    producer.init_transactions(20)
    producer.begin_transaction()
    for symbol in toy_market.symbols:
        producer.produce(TRADES, codec.encode(trade(symbol, toy_market.second * SECOND)), key=symbol.encode())
        toy_market.expected[symbol, toy_market.second] += 1
    producer.commit_transaction(20)
    toy_market.second += 1
    watermarks = [_end(bootstrap, partition) for partition in range(4)]
    for partition, end in enumerate(watermarks):
        tick = Tick(ts_event=toy_market.second * SECOND, barriers={TRADES: end})
        toy_market.producer.send("ops.ticks", tick, partition=partition)
    await toy_market.producer.acknowledged()
    await asyncio.to_thread(wait_until, toy_market.is_complete, "bars behind a transaction marker", 60.0)
    assert toy_market.bars() == toy_market.truth()


async def test_a_worker_that_stands_still_ends_itself(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """F13: there is work and no progress; the supervisor shall start a new process."""
    toy_world.settings = toy_world.settings.model_copy(
        update={"stage": StageSettings(checkpoint_ms=100, data_folder=toy_world.folder / "stages", stall_seconds=3)}
    )
    worker = toy_world.start_worker()
    await toy_market.seconds(1)
    await asyncio.to_thread(wait_until, toy_market.is_complete, "every bar", 60.0)
    toy_market.producer.send("ops.ticks", Tick(ts_event=toy_market.second * SECOND, barriers={TRADES: 1_000_000}), partition=0)
    await toy_market.producer.acknowledged()
    await asyncio.to_thread(wait_until, lambda: worker.poll() is not None, "the worker to give up", 60.0)
    assert worker.returncode == FATAL_EXIT_CODE


async def test_a_bug_in_the_fold_ends_the_worker_and_commits_nothing_of_the_batch(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """F1, F3: Faust acknowledges what an agent failed on and restarts it at the next event; here the record is still there."""
    worker = toy_world.start_worker()
    await toy_market.seconds(2)
    await asyncio.to_thread(wait_until, toy_market.is_complete, "every bar", 60.0)
    toy_market.producer.send("market.trades", trade("SYM1", toy_market.second * SECOND, price=BUG_PRICE))
    await toy_market.seconds(1)
    await asyncio.to_thread(wait_until, lambda: worker.poll() is not None, "the worker to end", 60.0)
    assert worker.returncode == FATAL_EXIT_CODE
    ends = [toy_market.producer.positions[TRADES, partition] for partition in range(4)]
    assert any(at < end for at, end in zip(toy_world.committed(TRADES), ends, strict=True))
    again = toy_world.start_worker()
    await asyncio.to_thread(wait_until, lambda: again.poll() is not None, "the next worker to meet the same record", 60.0)
    assert again.returncode == FATAL_EXIT_CODE


def _end(bootstrap: str, partition: int) -> int:
    from confluent_kafka import Consumer

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "ends"})
    try:
        return consumer.get_watermark_offsets(TopicPartition(TRADES, partition), timeout=20)[1]
    finally:
        consumer.close()
