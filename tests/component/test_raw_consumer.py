"""The ClickHouse sink's consumer on a real broker: what it is behind by is what it will be given."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from infra.kafka.raw_consumer import RawConsumer
from infra.settings import Settings


async def _nothing(_: Collection[object]) -> None:
    return None


async def test_aborted_records_at_the_end_are_not_waited_for(kafka_settings: Settings) -> None:
    """OPS-07: a unit that is done must not be taken for one that stands still, and killed, because a neighbour aborted a transaction."""
    kafka = kafka_settings.kafka
    name = f"raw.{uuid.uuid4().hex}.v1"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(30)
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "transactional.id": name})
    producer.init_transactions(30)
    for count, ends in ((3, producer.commit_transaction), (5, producer.abort_transaction)):
        producer.begin_transaction()
        for number in range(count):
            producer.produce(name, b"%d" % number, partition=0)
        assert producer.flush(30) == 0
        ends(30)
    consumer = RawConsumer(kafka, f"group.{name}", [name], on_assigned=lambda _: None, on_revoked=_nothing, partition_fetch_bytes=1_000_000)
    place, taken = (name, 0), 0
    await consumer.start()
    try:
        deadline = time.monotonic() + 60.0
        while taken < 3 or consumer.behind(place) > 1:  # one may be a mark
            assert time.monotonic() < deadline, f"{taken} taken, behind by {consumer.behind(place)}"
            for batches in (await consumer.poll(0.2)).values():
                taken += sum(batch.count for batch in batches)
        assert taken == 3
        assert consumer.positions[place] == 3, "what was given, to be committed"
        assert not consumer.really_behind(place)
    finally:
        await consumer.close()
