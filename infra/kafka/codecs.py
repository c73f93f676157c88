"""The codecs of a process, one a topic, with the ids the schema registry gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from infra.kafka.registry import SchemaRegistry
from infra.settings import RegistrySettings
from schemas import catalog
from schemas.avro_schemas import resolved
from schemas.catalog import Topic, UnknownTopic
from schemas.codec import Codec
from schemas.records import DeadLetter


class CodecSet:
    """Codecs by topic.

    Parameters
    ----------
    codecs
        Logical topic name to codec.
    dead_letters
        Codec of every dead-letter topic.
    """

    def __init__(self, codecs: Mapping[str, Codec[Any]], dead_letters: Codec[DeadLetter]) -> None:
        self._codecs = dict(codecs)
        self.dead_letters = dead_letters
        self._by_kafka_name: dict[str, Codec[Any]] = {}
        for name, codec in self._codecs.items():
            topic = catalog.topic(name)
            self._by_kafka_name[topic.kafka_name] = codec
            if topic.dead_letter:
                self._by_kafka_name[topic.dead_letter_name] = dead_letters

    @classmethod
    def from_registry(cls, settings: RegistrySettings, topic_names: Iterable[str]) -> Self:
        """Register or find the schema of each topic; later no call is made but for the id of another writer.

        Raises
        ------
        Fatal
            If the registry refuses one of our schemas.
        Retryable
            If the registry does not answer in time.
        """

        def writer_schema(schema_id: int) -> dict[str, Any]:
            with SchemaRegistry(settings) as registry:  # so rare that no connection is kept open for it
                return registry.schema(schema_id)

        with SchemaRegistry(settings) as registry:
            return cls._build(topic_names, lambda topic: registry.register(topic.subject, resolved(topic.record)), writer_schema)

    @classmethod
    def offline(cls, topic_names: Iterable[str]) -> Self:
        """Number the schemas without a registry: for tests and replays."""
        numbers: dict[str, int] = {}
        return cls._build(topic_names, lambda topic: numbers.setdefault(topic.record, len(numbers) + 1), None)

    @classmethod
    def _build(
        cls,
        topic_names: Iterable[str],
        schema_id: Callable[[Topic], int],
        writer_schema: Callable[[int], dict[str, Any]] | None,
    ) -> Self:
        topics = [catalog.topic(name) for name in dict.fromkeys(topic_names)]
        codecs = {topic.name: Codec(topic.record_type, schema_id(topic), writer_schema) for topic in topics}
        dead_letter_ids = [schema_id(catalog.dead_letter_topic(topic)) for topic in topics if topic.dead_letter]
        # Equal schemas get equal ids in every registry we know; a codec would look up a differing one by itself.
        dead_letters = Codec(DeadLetter, dead_letter_ids[0] if dead_letter_ids else 0, writer_schema)
        return cls(codecs, dead_letters)

    def of(self, topic_name: str) -> Codec[Any]:
        """Return the codec of the topic with this logical name."""
        try:
            return self._codecs[topic_name]
        except KeyError:
            raise UnknownTopic(f"no codec for {topic_name}; this process has {', '.join(self._codecs)}") from None

    def of_kafka_name(self, kafka_name: str) -> Codec[Any]:
        """Return the codec of the topic, dead-letter topics included, with this name on the broker."""
        try:
            return self._by_kafka_name[kafka_name]
        except KeyError:
            raise UnknownTopic(f"no codec for {kafka_name}; this process has {', '.join(self._by_kafka_name)}") from None
