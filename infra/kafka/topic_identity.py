"""What tells a topic from one of the same name that was made later, or on another cluster."""

from __future__ import annotations

from collections.abc import Collection

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from infra.errors import Fatal
from infra.kafka.client import client_configuration
from infra.kafka.failures import as_tapewire_error
from infra.settings import KafkaSettings

_SECONDS = 15.0


def topic_ids(settings: KafkaSettings, kafka_names: Collection[str]) -> dict[str, str]:
    """Return the id the broker gave each topic when it was created. Blocks.

    Raises
    ------
    Fatal
        If a topic is missing, or the broker numbers no topics.
    Retryable
        If the broker does not answer.
    """
    admin = AdminClient(client_configuration(settings))
    found = {}
    for name, answer in admin.describe_topics(TopicCollection(list(kafka_names)), request_timeout=_SECONDS).items():
        try:
            described = answer.result(_SECONDS)
        except KafkaException as error:
            raise as_tapewire_error(error.args[0], f"find topic {name}") from error
        topic_id = str(described.topic_id)
        if not topic_id.strip("A="):  # zeros in base 64
            raise Fatal(f"expected an id of topic {name}, found none: the broker is older than Kafka 2.8")
        found[name] = topic_id
    return found
