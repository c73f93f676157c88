"""Fetching past aiokafka's fetcher, on a real broker: every committed record once and in order, whatever lies between them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Sequence

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer import fetcher as kafka_fetcher
from confluent_kafka import Producer
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient, NewTopic

from processors import leader_fetch
from processors.batch_fetch import BatchFetch
from processors.leader_fetch import Arrival


class Reader:
    """Reads a topic with an aiokafka consumer's positions and a `BatchFetch`."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, partitions: int) -> None:
        self.consumer = consumer
        self.places = {TopicPartition(topic, number) for number in range(partitions)}
        self.fetch = BatchFetch(consumer, "test", 0.002)
        self.values: dict[int, list[bytes]] = {number: [] for number in range(partitions)}
        self.reached = dict.fromkeys(range(partitions), 0)

    async def start(self, positions: Sequence[int] = ()) -> None:
        self.consumer.assign(self.places)
        self.consumer.pause(*self.places)
        for number, position in enumerate(positions):
            self.consumer.seek(TopicPartition(min(self.places).topic, number), position)
        for place in self.places:
            await self.consumer.position(place)

    async def read_to(self, *ends: int) -> None:
        async with asyncio.timeout(30):
            while any(self.reached[number] < end for number, end in enumerate(ends)):
                for arrival in await self.fetch.next(self.places):
                    self.take(arrival)

    def take(self, arrival: Arrival) -> None:
        number = arrival.place.partition
        assert arrival.offset >= self.reached[number]
        records = kafka_fetcher.PartitionRecords(
            arrival.place, kafka_fetcher.MemoryRecords(bytes(arrival.batches)), arrival.aborted, arrival.offset, None, None, True,
            kafka_fetcher.READ_COMMITTED,
        )  # fmt: skip
        for record in records:
            assert arrival.offset <= record.offset < arrival.next_offset
            self.values[number].append(record.value)
        self.reached[number] = arrival.next_offset


@pytest.fixture
def topic(kafka_bootstrap: str) -> str:
    name = f"batch-fetch-{uuid.uuid4()}"
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    admin.create_topics([NewTopic(name, 3, 1)])[name].result(20)
    return name


@pytest.fixture
async def reader(kafka_bootstrap: str, topic: str) -> AsyncIterator[Reader]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    reading = Reader(consumer, topic, 3)
    yield reading
    reading.fetch.close()
    await consumer.stop()


def produce(bootstrap: str, topic: str, values: Sequence[bytes], partition: int = 0, **settings: object) -> None:
    # One batch under way, for the order: a topic so new may refuse the first, and a broker that knows nothing of us takes the second.
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "enable.idempotence": True, "max.in.flight": 1, **settings})
    for value in values:
        producer.produce(topic, value, partition=partition)
    assert producer.flush(20) == 0


def numbered(first: int, last: int) -> list[bytes]:
    return [b"%d" % number for number in range(first, last)]


async def test_every_record_comes_once_and_in_order(kafka_bootstrap: str, topic: str, reader: Reader) -> None:
    """Small batches, large ones, compressed ones, and records that come while one waits."""
    await reader.start()
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(0, 500), 0)
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(0, 20_000), 1, **{"compression.type": "lz4"})
    await reader.read_to(500, 20_000)
    for number in range(20):
        await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(number, number + 1), 2)
        await reader.read_to(500, 20_000, number + 1)
    assert reader.values == {0: numbered(0, 500), 1: numbered(0, 20_000), 2: numbered(0, 20)}


async def test_an_answer_of_megabytes_is_shared_fairly(
    kafka_bootstrap: str, topic: str, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an answer full of one partition's records the next request begins with another's."""
    monkeypatch.setattr(leader_fetch, "MOST_BYTES", 1024 * 1024)
    values = [bytes(50_000) + b"%d" % number for number in range(100)]
    for partition in range(3):
        await asyncio.to_thread(produce, kafka_bootstrap, topic, values, partition)
    await reader.start()
    first: list[int] = []
    async with asyncio.timeout(30):
        while len(set(first)) < 3:
            for arrival in await reader.fetch.next(reader.places):
                reader.take(arrival)
                first.append(arrival.place.partition)
    assert max(reader.reached.values()) < 100, "nobody had to wait until another partition was read to its end"
    await reader.read_to(100, 100, 100)
    assert reader.values == {0: values, 1: values, 2: values}


async def test_reading_begins_in_the_middle_of_a_batch_and_tells_what_lies_before(kafka_bootstrap: str, topic: str, reader: Reader) -> None:
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(0, 100))
    await reader.start([40, 0, 0])
    told = await reader.fetch.next(reader.places)
    assert [(arrival.place.partition, arrival.next_offset, len(arrival.batches)) for arrival in told] == [(0, 40, 0)]
    await reader.read_to(100)
    assert reader.values[0] == numbered(40, 100)


async def test_aborted_transactions_and_their_markers_are_passed_over(kafka_bootstrap: str, topic: str, reader: Reader) -> None:
    producer = Producer({"bootstrap.servers": kafka_bootstrap, "transactional.id": topic, "linger.ms": 5})
    await asyncio.to_thread(producer.init_transactions, 20)
    await reader.start()
    expected = []
    for number in range(6):
        producer.begin_transaction()
        for copy in range(10):
            producer.produce(topic, b"%d.%d" % (number, copy), partition=0)
            expected += [b"%d.%d" % (number, copy)] if number % 2 == 0 else []
        await asyncio.to_thread(producer.flush, 20)
        await asyncio.to_thread(producer.commit_transaction if number % 2 == 0 else producer.abort_transaction, 20)
    await reader.read_to(6 * 11)
    assert reader.values[0] == expected


async def test_what_is_given_back_comes_again(kafka_bootstrap: str, topic: str, reader: Reader) -> None:
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(0, 100))
    await reader.start()
    async with asyncio.timeout(30):
        while not (arrived := await reader.fetch.next(reader.places)):
            pass
    for arrival in arrived:
        arrival.give_back()
    reader.fetch.close()
    await reader.read_to(100)
    assert reader.values[0] == numbered(0, 100)


async def test_reading_goes_on_behind_records_that_expired(kafka_bootstrap: str, topic: str, reader: Reader) -> None:
    """The broker refuses a position that is no more; the beginning is next, and it is told."""
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(0, 100))
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    for deleted in admin.delete_records([Place(topic, 0, 60)]).values():
        deleted.result(20)
    await reader.start([10, 0, 0])
    await reader.read_to(100)
    assert reader.values[0] == numbered(60, 100)


async def test_a_place_that_rests_is_not_asked_for(kafka_bootstrap: str, topic: str, reader: Reader) -> None:
    """Nor are all of them, when all rest; then it goes on where it was."""
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(0, 100), 0)
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(0, 100), 1)
    await reader.start()
    resting = {TopicPartition(topic, 0)}
    async with asyncio.timeout(30):
        while reader.reached[1] < 100:
            for arrival in await reader.fetch.next(reader.places, resting):
                reader.take(arrival)
    assert reader.values == {0: [], 1: numbered(0, 100), 2: []}
    for _ in range(2):  # the request that is under way ends within half a second; then there is none
        assert await reader.fetch.next(reader.places, reader.places) == []
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(100, 200), 1)
    assert await reader.fetch.next(reader.places, reader.places) == []
    await reader.read_to(100, 200)
    assert reader.values == {0: numbered(0, 100), 1: numbered(0, 200), 2: []}


async def test_a_wait_ends_when_it_is_told_to(topic: str, reader: Reader) -> None:
    await reader.start()
    waiting = asyncio.create_task(reader.fetch.next(reader.places))
    await asyncio.sleep(0)
    reader.fetch.wake()
    assert await waiting == []
    waiting = asyncio.create_task(reader.fetch.next(reader.places))
    await asyncio.sleep(0)
    reader.fetch.close()
    assert await waiting == []


async def test_a_broker_that_is_gone_is_asked_again(kafka_bootstrap: str, topic: str, reader: Reader) -> None:
    """A connection that ends in the middle of a request costs nothing but time."""
    host, port = kafka_bootstrap.split(":")
    writers: list[asyncio.StreamWriter] = []

    async def pass_on(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        upstream_reading, upstream_writing = await asyncio.open_connection(host, int(port))
        writers.extend((writing, upstream_writing))

        async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                while data := await source.read(65_536):
                    target.write(data)
                    await target.drain()
            target.close()

        await asyncio.gather(copy(reading, upstream_writing), copy(upstream_reading, writing))

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    broker = reader.consumer._client.cluster.broker_metadata(1)
    reader.consumer._client.cluster._brokers[1] = type(broker)(broker.nodeId, "127.0.0.1", server.sockets[0].getsockname()[1], broker.rack)
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(0, 10))
    await reader.start()
    await reader.read_to(10)
    for writer in writers:
        writer.close()
    await asyncio.to_thread(produce, kafka_bootstrap, topic, numbered(10, 20))
    await reader.read_to(20)
    assert reader.values[0] == numbered(0, 20)
    server.close()
