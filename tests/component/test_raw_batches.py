"""Raw record batches of a real broker: every compression, transactions, starts in the middle, compacted gaps."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient, NewTopic

from infra.columnar.decoder import ColumnDecoder
from infra.columnar.record_batch import RawBatch, records_of
from infra.kafka.raw_batches import install, raw_batches_only
from schemas.codec import Codec
from schemas.records import HistoryTrade
from tests.support.kafka_world import read_all

SCHEMA_ID = 5
DEADLINE_SECONDS = 60.0
CODEC = Codec(HistoryTrade, SCHEMA_ID)
Make = Callable[..., str]


def trade(number: int) -> HistoryTrade:
    return HistoryTrade(
        symbol=f"S{number % 10}", ts_event_ns=1_586_966_400_000_000_000 + number, sequence=number, price=10 + number / 64, size=100,
        conditions=None,
    )  # fmt: skip


@pytest.fixture
def make_topic(kafka_bootstrap: str) -> Iterator[Make]:
    """Create topics of one partition whose batches stay raw."""
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    made: list[str] = []

    def make(**config: str) -> str:
        name = f"raw.{uuid.uuid4().hex}.v1"
        admin.create_topics([NewTopic(name, 1, 1, config=config)])[name].result(30)
        install()
        made.append(name)
        return name

    yield make
    for future in admin.delete_topics(made).values():
        future.result(30)


def produce(bootstrap: str, topic: str, numbers: range, **config: str | int) -> None:
    # One batch under way: a new topic refuses its first while its leadership is new, and the second would come before it.
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "max.in.flight": 1, **config})
    for number in numbers:
        producer.produce(topic, CODEC.encode(trade(number)), key=f"S{number % 10}", partition=0)
        producer.poll(0)
    assert producer.flush(30) == 0


async def fetched(bootstrap: str, topic: str, end: int, *, start: int = 0, committed_only: bool = False) -> list[RawBatch]:
    """Read raw batches with a plain consumer until its position is ``end``."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=100, key_deserializer=raw_batches_only,
        isolation_level="read_committed" if committed_only else "read_uncommitted",
    )  # fmt: skip
    partition = TopicPartition(topic, 0)
    found: list[RawBatch] = []
    await consumer.start()
    try:
        consumer.assign([partition])
        consumer.seek(partition, start)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while await consumer.position(partition) < end:
            assert time.monotonic() < deadline, f"waited for offset {end}"
            for batches in (await consumer.getmany(partition, timeout_ms=200)).values():
                found += batches
    finally:
        await consumer.stop()
    assert all(isinstance(batch, RawBatch) for batch in found)
    return found


def end_of(bootstrap: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "ends"})
    try:
        return int(consumer.get_watermark_offsets(Place(topic, 0), timeout=20)[1])
    finally:
        consumer.close()


def numbers_in(batches: list[RawBatch]) -> list[tuple[int, int]]:
    """(offset, sequence) of every row; nothing may be refused, and the slow walk must find the same records."""
    decoder = ColumnDecoder.for_schema(HistoryTrade.FULL_NAME, SCHEMA_ID, ["symbol", "sequence", "price"], ["symbol"])
    columns = decoder.decode(batches)
    assert columns.bad == ()
    assert [record.offset for batch in batches for record in records_of(batch)] == columns.offsets.tolist()
    sequences = columns.column("sequence").values.tolist()
    assert columns.column("price").values.tolist() == [trade(number).price for number in sequences]
    assert [columns.column("symbol").text(row) for row in range(columns.count)] == [trade(number).symbol for number in sequences]
    return list(zip(columns.offsets.tolist(), sequences, strict=True))


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("per_batch", [7, 10_000])
def test_every_compression_in_small_and_large_producer_batches(kafka_bootstrap: str, make_topic: Make, compression: str, per_batch: int) -> None:
    topic = make_topic(**{"compression.type": "producer"})
    produce(kafka_bootstrap, topic, range(3_000), **{"compression.type": compression, "batch.num.messages": per_batch})
    batches = asyncio.run(fetched(kafka_bootstrap, topic, 3_000))
    assert numbers_in(batches) == [(number, number) for number in range(3_000)]
    assert max(batch.count for batch in batches) <= per_batch


def test_a_start_in_the_middle_of_a_batch(kafka_bootstrap: str, make_topic: Make) -> None:
    topic = make_topic()
    produce(kafka_bootstrap, topic, range(1_000), **{"compression.type": "lz4", "linger.ms": 500})
    batches = asyncio.run(fetched(kafka_bootstrap, topic, 1_000, start=321))
    assert batches[0].base_offset < 321 <= batches[0].next_offset
    assert numbers_in(batches) == [(number, number) for number in range(321, 1_000)]


@pytest.mark.parametrize("committed_only", [True, False])
def test_aborted_transactions_and_markers(kafka_bootstrap: str, make_topic: Make, committed_only: bool) -> None:
    topic = make_topic()
    producer = Producer({"bootstrap.servers": kafka_bootstrap, "transactional.id": uuid.uuid4().hex, "linger.ms": 5})
    producer.init_transactions(30)
    expected, offset = [], 0
    for begin in range(0, 600, 100):
        commits = begin % 200 == 0
        producer.begin_transaction()
        for number in range(begin, begin + 100):
            producer.produce(topic, CODEC.encode(trade(number)), partition=0)
        assert producer.flush(30) == 0
        if commits:
            producer.commit_transaction(30)
        else:
            producer.abort_transaction(30)
        if commits or not committed_only:
            expected += [(offset + index, begin + index) for index in range(100)]
        offset += 101  # the marker has an offset too
    batches = asyncio.run(fetched(kafka_bootstrap, topic, offset, committed_only=committed_only))
    assert numbers_in(batches) == expected


def test_what_compaction_left(kafka_bootstrap: str, make_topic: Make) -> None:
    """Batches keep their offsets though records are gone."""
    topic = make_topic(**{"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.001", "max.compaction.lag.ms": "100"})
    produce(kafka_bootstrap, topic, range(500), **{"compression.type": "zstd"})
    deadline = time.monotonic() + DEADLINE_SECONDS
    extra = 500
    while len(left := read_all(kafka_bootstrap, topic)) > extra - 400:
        assert time.monotonic() < deadline, "waited for a compaction"
        produce(kafka_bootstrap, topic, range(extra, extra + 1))  # a new segment lets the old ones be compacted
        extra += 1
    end = end_of(kafka_bootstrap, topic)
    expected = [(message.offset(), CODEC.decode(message.value() or b"").sequence) for message in left]
    found = numbers_in(asyncio.run(fetched(kafka_bootstrap, topic, end)))
    assert set(found) <= set(expected), "it may be compacted once more between the two readings"
    assert found[-1] == expected[-1]
    assert len(found) < end
