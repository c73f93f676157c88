"""The producer, the codecs and the dead letters on a real broker and a real registry."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from concurrent.futures import Future

import pytest
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from infra.errors import Fatal, Permanent, Retryable
from infra.kafka.acknowledged_positions import AcknowledgedPositions
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.kafka.producer import RecordProducer
from infra.settings import KafkaSettings, RegistrySettings, Settings
from schemas import catalog
from schemas.codec import UndecodableRecord, UnknownWriterSchema
from schemas.records import RawPayload, Tick
from tests.support.acknowledgements import acknowledged_at
from tests.support.kafka_world import read_all

TICK = Tick(ts_event=1_586_957_400_000_000, barriers={"market.trades.v1": 7})


async def test_acknowledged_records_are_on_the_broker_and_their_positions_known(
    record_producer: RecordProducer, kafka_settings: Settings
) -> None:
    """SCH-01: Confluent wire format, ids of the registry, explicit partition, broker time."""
    before = {p: record_producer.positions.get(("ops.ticks.v1", p), 0) for p in range(4)}
    for partition in range(4):
        record_producer.send("ops.ticks", TICK, partition=partition)
    await record_producer.acknowledged()
    for partition in range(4):
        assert record_producer.positions["ops.ticks.v1", partition] > before[partition]
    messages = read_all(kafka_settings.kafka.bootstrap_servers, "ops.ticks.v1")
    newest = {message.partition(): message for message in messages}
    assert [record_producer.codecs.of("ops.ticks").decode(newest[p].value() or b"") for p in range(4)] == [TICK] * 4
    assert {m.timestamp()[0] for m in newest.values()} == {TIMESTAMP_LOG_APPEND_TIME}


async def test_a_record_acknowledged_without_its_offset_is_behind_the_partitions_end(
    record_producer: RecordProducer, kafka_settings: Settings
) -> None:
    """ING-10: an answer got lost and a later batch was accepted: a heartbeat's barrier must not fall short of the record."""
    for _ in range(3):
        record_producer.send("ops.ticks", TICK, partition=2)
    await record_producer.acknowledged()
    place, end = ("ops.ticks.v1", 2), record_producer.positions["ops.ticks.v1", 2]
    positions = AcknowledgedPositions(kafka_settings.kafka)
    positions.note(acknowledged_at(place, end - 3))
    assert (positions.unsettled, dict(positions.known)) == (False, {place: end - 2})
    positions.note(acknowledged_at(place, None))
    assert (positions.unsettled, dict(positions.known)) == (True, {place: end - 2})
    positions.settle()
    assert (positions.unsettled, dict(positions.known)) == (False, {place: end})
    positions.note(acknowledged_at(place, None))
    positions.note(acknowledged_at(place, end))
    assert (positions.unsettled, dict(positions.known)) == (False, {place: end + 1}), "the one after it says where both are"


async def test_what_is_acknowledged_on_a_new_topic_is_there(kafka_settings: Settings, codecs: CodecSet) -> None:
    """ING-10: a partition may refuse the first batch, its leader being new, and take the second: the first is no success then."""
    admin = AdminClient({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})
    refused = 0
    for number in range(4):
        name, partitions = f"new-{uuid.uuid4().hex}", 40
        producer = RecordProducer(kafka_settings, codecs, client_id=f"new-{number}")
        admin.create_topics([NewTopic(name, partitions, 1)])[name].result(30)
        sent: dict[bytes, Future[int | None]] = {}
        for batch in range(6):
            for partition in range(partitions):
                value = f"{partition}.{batch}".encode()
                sent[value] = producer.send_bytes(name, value, partition=partition)
            await asyncio.sleep(0.02)  # longer than records linger: each is a batch of its own
        acknowledged = {value for value, future in sent.items() if await until_told(future)}
        producer.close()
        there = values_in(kafka_settings, name, partitions)
        assert acknowledged <= there.keys()
        assert set(there.values()) == {1}
        refused += len(sent) - len(acknowledged)
        admin.delete_topics([name])[name].result(30)
    print(f"{refused} records were refused")


def values_in(settings: Settings, name: str, partitions: int) -> Counter[bytes | None]:
    """Count the values of a topic."""
    consumer = Consumer({"bootstrap.servers": settings.kafka.bootstrap_servers, "group.id": "values", "enable.partition.eof": True})
    consumer.assign([TopicPartition(name, partition, 0) for partition in range(partitions)])
    found: Counter[bytes | None] = Counter()
    ends = 0
    while ends < partitions:
        (message,) = consumer.consume(1, 30)
        if message.error() is None:
            found[message.value()] += 1
        else:
            assert message.error().code() == KafkaError._PARTITION_EOF
            ends += 1
    consumer.close()
    return found


async def until_told(future: Future[int | None]) -> bool:
    """Tell whether a record was acknowledged for certain."""
    try:
        await asyncio.wrap_future(future)
    except Retryable:
        return False
    return True


async def test_many_tasks_can_wait_for_acknowledgements_at_once(record_producer: RecordProducer) -> None:
    """A feed and its heartbeat share a producer; a cancelled waiter does not harm the other."""

    async def publish(count: int) -> None:
        for _ in range(count):
            record_producer.send("ops.ticks", TICK, partition=0)
        await record_producer.acknowledged()

    cancelled = asyncio.create_task(publish(50))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(*(publish(200) for _ in range(5)))
    await record_producer.acknowledged()


async def test_records_encoded_together_keep_their_order_and_are_acknowledged(
    record_producer: RecordProducer, kafka_settings: Settings
) -> None:
    """What a hot fold writes: several thousand at once, more than the producer's queue hands out in one request."""
    codec = record_producer.codecs.of("ops.ticks")
    before = len(read_all(kafka_settings.kafka.bootstrap_servers, "ops.ticks.v1"))
    values = [codec.encode(Tick(ts_event=number)) for number in range(5_000)]
    record_producer.send_encoded("ops.ticks", 2, [b"k"] * 5_000, values)
    record_producer.send_encoded("ops.ticks", 2, [], [])
    await record_producer.acknowledged()
    messages = read_all(kafka_settings.kafka.bootstrap_servers, "ops.ticks.v1")
    assert len(messages) == before + 5_000
    assert [message.value() for message in messages if message.partition() == 2][-5_000:] == values


async def test_records_encoded_together_fail_together(kafka_settings: Settings, codecs: CodecSet) -> None:
    producer = RecordProducer(kafka_settings, codecs, client_id="lost")
    with pytest.raises(Permanent):
        producer.send_encoded("ops.ticks", 0, [b"k", b"k"], [b"x", b"y" * 20_000_000])
    await producer.acknowledged()  # the first one went, the refused one is not waited for
    producer.close()


async def test_a_topic_nobody_created_is_fatal(kafka_settings: Settings, codecs: CodecSet) -> None:
    """A process whose topics are missing must not run on."""
    producer = RecordProducer(kafka_settings, codecs, client_id="lost")
    future = producer.send_bytes("no-such-topic.v1", b"x")
    with pytest.raises(Fatal, match="no-such-topic"):
        await asyncio.wrap_future(future)
    producer.close()


async def test_a_broker_that_is_away_is_retryable(kafka_settings: Settings, codecs: CodecSet) -> None:
    """Nothing listens on that port: the time-out ends the wait."""
    away = kafka_settings.model_copy(update={"kafka": KafkaSettings(bootstrap_servers="127.0.0.1:9", delivery_timeout_ms=1_500)})
    producer = RecordProducer(away, codecs, client_id="alone")
    producer.send("ops.ticks", TICK, partition=0)
    with pytest.raises(Retryable):
        await producer.acknowledged()
    producer.close()


def test_a_record_too_large_is_permanent(record_producer: RecordProducer) -> None:
    """The record is bad, not the broker."""
    payload = RawPayload(
        source="polygon", endpoint="/x", parameters={}, ts_received=1, ts_published=1, content_type="application/json",
        body=b"0" * 10_000_000,
    )  # fmt: skip
    with pytest.raises(Permanent):
        record_producer.send("raw.payloads", payload)


async def test_a_dead_letter_keeps_bytes_place_and_reason(record_producer: RecordProducer, kafka_settings: Settings) -> None:
    """A bad record is put aside whole, with a deterministic id."""
    letters = DeadLetters(record_producer, "stage.test", kafka_settings)
    for _ in range(2):
        await letters.put(
            topic="market.trades", value=b"\x07garbage", key=b"IBM", partition=2, offset=41,
            error=Permanent("expected a price above 0, found -3", field_path="[3].p"),
        )  # fmt: skip
    topic = catalog.topic("market.trades")
    found = [
        record_producer.codecs.dead_letters.decode(message.value() or b"")
        for message in read_all(kafka_settings.kafka.bootstrap_servers, topic.dead_letter_name)
    ]
    letter, again = [entry for entry in found if entry.stage == "stage.test"][-2:]
    assert (letter.value, letter.key, letter.topic, letter.partition, letter.offset) == (b"\x07garbage", b"IBM", topic.kafka_name, 2, 41)
    assert (letter.error, letter.reason, letter.field_path) == ("Permanent", "expected a price above 0, found -3", "[3].p")
    assert letter.dead_letter_id == again.dead_letter_id


async def test_a_dead_letter_that_cannot_be_written_is_fatal(kafka_settings: Settings, codecs: CodecSet) -> None:
    """Never a drop (DESIGN §8)."""
    away = kafka_settings.model_copy(update={"kafka": KafkaSettings(bootstrap_servers="127.0.0.1:9", delivery_timeout_ms=1_500)})
    producer = RecordProducer(away, codecs, client_id="alone")
    with pytest.raises(Fatal, match="dead letter"):
        await DeadLetters(producer, "stage.test", away).put(topic="views", value=b"x", error=UndecodableRecord("no"))
    producer.close()


def test_an_id_the_registry_does_not_know_is_told_from_a_registry_that_is_away(kafka_settings: Settings, codecs: CodecSet) -> None:
    """The first is a bad record; at the second we wait."""
    frame = b"\x00" + (987_654).to_bytes(4, "big") + b"\x00\x00"
    with pytest.raises(UnknownWriterSchema):
        codecs.of("ops.ticks").decode(frame)
    with pytest.raises(Retryable):
        CodecSet.from_registry(RegistrySettings(url="http://127.0.0.1:9/apis/ccompat/v7", timeout_seconds=2), ["ops.ticks"])


def test_all_processes_get_the_same_ids(kafka_settings: Settings, codecs: CodecSet) -> None:
    """Registering again finds what is there."""
    again = CodecSet.from_registry(kafka_settings.registry, ["derived.bars", "market.bars"])
    assert again.of("derived.bars").schema_id == codecs.of("derived.bars").schema_id
    assert again.dead_letters.schema_id == codecs.dead_letters.schema_id
