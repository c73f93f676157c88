"""When bad records stop a process."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from infra.errors import Fatal, Permanent, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetterLimits
from infra.kafka.failures import as_tapewire_error
from infra.kafka.topics import wanted_topics
from schemas import catalog
from schemas.catalog import UnknownTopic


def test_twenty_in_a_row_are_fatal_and_a_good_one_ends_the_row() -> None:
    """DESIGN §8."""
    limits = DeadLetterLimits()
    for _ in range(19):
        limits.bad()
    limits.good()
    for _ in range(19):
        limits.bad()
    with pytest.raises(Fatal, match="20"):
        limits.bad()


def test_more_than_five_percent_of_the_last_thousand_are_fatal() -> None:
    """Old ones leave the window."""
    limits = DeadLetterLimits()
    for _ in range(50):
        limits.bad()
        limits.good(19)
    limits.good(1_000)
    for _ in range(50):
        limits.good(9)
        limits.bad()
    limits.good()
    with pytest.raises(Fatal, match="50"):
        limits.bad()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (KafkaError._TIMED_OUT, Retryable),
        (KafkaError._TRANSPORT, Retryable),
        (KafkaError.REBALANCE_IN_PROGRESS, Retryable),
        (KafkaError.ILLEGAL_GENERATION, Retryable),
        (KafkaError.MSG_SIZE_TOO_LARGE, Permanent),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, Fatal),
        (KafkaError._FENCED, Fatal),
    ],
)
def test_a_kafka_error_is_a_decision(code: int, kind: type[Exception]) -> None:
    assert type(as_tapewire_error(KafkaError(code), "send")) is kind


def test_the_broker_gets_every_topic_its_dead_letters_and_the_changelogs() -> None:
    """Compacted alone for changelogs; the broker's own clock on every data topic."""
    wanted = wanted_topics()
    for topic in catalog.topics().values():
        assert wanted[topic.kafka_name].settings["message.timestamp.type"] == "LogAppendTime"
        assert wanted[topic.kafka_name].settings["cleanup.policy"] == topic.cleanup
        assert (topic.dead_letter_name in wanted) == topic.dead_letter
    for changelog in catalog.changelogs():
        assert wanted[changelog.name].settings["cleanup.policy"] == "compact"
        assert wanted[changelog.name].partitions == catalog.topic("market.trades").partitions


def test_dead_letters_of_every_topic_share_a_codec_and_a_table() -> None:
    codecs = CodecSet.offline(["market.trades", "views"])
    assert codecs.of_kafka_name("views.v1.dlq") is codecs.dead_letters is codecs.of_kafka_name("market.trades.v1.dlq")
    letters = catalog.dead_letter_topic(catalog.topic("views"))
    assert (letters.table, letters.dead_letter_name) == ("dead_letters", letters.kafka_name)
    with pytest.raises(UnknownTopic, match="signals"):
        codecs.of("signals")
