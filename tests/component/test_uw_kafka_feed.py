"""Unusual Whales' Kafka product on a real broker: its topics are read in our group, and a killed feed goes on where it was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from infra.kafka.codecs import CodecSet
from infra.settings import Settings
from infra.vendor_settings import UnusualWhalesSettings
from tests.support.feed_world import FeedWorld, empty_topics
from tests.support.kafka_world import wait_until
from tests.support.uw_kafka import TOPICS, as_message, spoken

WRITTEN = ("options.trades", "options.flow-alerts", "raw.payloads", "ops.heartbeats")
GROUP = "group-of-this-test"
UNIT = "feed.unusual_whales_stream"


def test_every_trade_is_there_once_though_the_feed_is_killed(kafka_settings: Settings, codecs: CodecSet, tmp_path: Path) -> None:
    """X-10: the vendor is told how far we are when our broker has the records, at an orderly end to the last; what comes again is known by its id."""
    empty_topics(kafka_settings, WRITTEN)
    servers = kafka_settings.kafka.bootstrap_servers
    admin = AdminClient({"bootstrap.servers": servers})
    for future in admin.create_topics([NewTopic(topic, 2, 1) for topic, _ in TOPICS.values()]).values():
        future.result(30)
    told = {
        "delivery": "kafka", "kafka_servers": servers, "kafka_group": GROUP, "kafka_security": "PLAINTEXT", "kafka_begin": "earliest",
        "silence_seconds": 8.0,
    }  # fmt: skip
    settings = kafka_settings.model_copy(update={"unusual_whales": UnusualWhalesSettings.model_validate(told)})
    world = FeedWorld(settings, codecs, tmp_path)
    sent = list(spoken(minutes=3))
    producer = Producer({"bootstrap.servers": servers})

    def send(part: list[tuple[str, dict[str, object]]]) -> None:
        for channel, payload in part:
            producer.produce(TOPICS[channel][0], as_message(channel, payload), key=str(payload["id"]))
        assert producer.flush(20) == 0

    def found() -> list[str]:
        return [record.trade_id for record in world.records("options.trades")]

    def alerts_found() -> list[str]:
        return sorted(str(record.vendor_alert_id) for record in world.records("options.flow-alerts"))

    trades = [payload["id"] for channel, payload in sent if channel == "option_trades"]
    alerts = sorted(str(payload["id"]) for channel, payload in sent if channel == "flow-alerts")
    half = len(sent) // 2
    try:
        send(sent[:half])
        world.start("feeds", "run", UNIT)
        wait_until(lambda: len(found()) > half // 3, "the first trades")
        world.kill("feeds")
        send(sent[half:])
        producer.produce("all-option-trades", b"\xff\xff")
        producer.flush(20)
        world.start("feeds", "run", UNIT)
        wait_until(lambda: set(found()) == set(trades), "all trades", 60)
        wait_until(lambda: alerts_found() == alerts, "all alerts")
        wait_until(lambda: len(world.dead_letters("options.trades")) == 1, "the message that is none")
        assert world.stop("feeds") == 0
    finally:
        for name in list(world.processes):
            world.kill(name)
    assert [trade for trade, count in Counter(found()).items() if count > 1] == []
    assert alerts_found() == alerts
    assert [letter.value for letter in world.dead_letters("options.trades")] == [b"\xff\xff"]
    assert {payload.content_type for payload in world.records("raw.payloads")} == {"application/x-protobuf; delimited=true"}
    vendor = Consumer({"bootstrap.servers": servers, "group.id": GROUP})
    places = [TopicPartition(topic, partition) for topic, _ in TOPICS.values() for partition in (0, 1)]
    for place in vendor.committed(places, timeout=20):
        _, end = vendor.get_watermark_offsets(place, timeout=20)
        assert max(place.offset, 0) == end, "told how far we are"
    vendor.close()
