"""Makes the broker's topics those of the catalogue: shows the difference, and applies it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from infra.clock import monotonic_seconds
from infra.errors import Fatal, Retryable
from infra.kafka.failures import as_tapewire_error
from schemas import catalog
from schemas.catalog import Changelog, Topic

_TIMEOUT_SECONDS = 30.0
_LARGEST_RECORD_BYTES = 8 * 1024 * 1024  # REST payloads are kept whole
_LARGEST_DEAD_LETTER_BYTES = 9 * 1024 * 1024  # it carries such a record

Kind = Literal["missing", "leader", "partitions", "setting", "unknown"]


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic as the broker should have it."""

    name: str
    partitions: int
    replication: int
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicDifference:
    """One way in which the broker differs from the catalogue.

    Attributes
    ----------
    kind
        ``leader``: a partition nobody leads yet, seen by `apply` alone. ``unknown``: the broker has a topic of ours (``….v<n>``,
        ``….dlq``) that the catalogue does not; never deleted by `apply`.
    setting
        Name of the broker setting, for kind ``setting``.
    """

    topic: str
    kind: Kind
    expected: str
    found: str
    setting: str = ""

    def __str__(self) -> str:
        what = f"{self.kind} {self.setting}".strip()
        return f"{self.topic}: {what}: expected {self.expected}, found {self.found}"


def wanted_topics(
    topics: Iterable[Topic] | None = None, changelogs: Iterable[Changelog] | None = None
) -> dict[str, WantedTopic]:
    """Return every topic the broker must have, by name: data topics, their dead letters, the stages' changelogs."""
    wanted: list[WantedTopic] = []
    for topic in catalog.topics().values() if topics is None else topics:
        wanted.append(_data_topic(topic, _LARGEST_RECORD_BYTES))
        if topic.dead_letter:
            wanted.append(_data_topic(catalog.dead_letter_topic(topic), _LARGEST_DEAD_LETTER_BYTES))
    for changelog in catalog.changelogs() if changelogs is None else changelogs:
        wanted.append(_changelog(changelog))
    return {entry.name: entry for entry in wanted}


def diff(admin: AdminClient, wanted: Mapping[str, WantedTopic] | None = None) -> list[TopicDifference]:
    """Compare the broker with the catalogue.

    Raises
    ------
    Retryable, Fatal
        If the broker does not answer or refuses.
    """
    expected = wanted_topics() if wanted is None else wanted
    found = _existing(admin)
    settings = _settings(admin, [name for name in expected if name in found])
    differences: list[TopicDifference] = []
    for name, topic in expected.items():
        if name not in found:
            differences.append(TopicDifference(name, "missing", f"{topic.partitions} partitions", "no topic"))
            continue
        if found[name] != topic.partitions:
            differences.append(TopicDifference(name, "partitions", str(topic.partitions), str(found[name])))
        for setting, value in topic.settings.items():
            actual = settings[name].get(setting, "")
            if actual != value:
                differences.append(TopicDifference(name, "setting", value, actual, setting))
    if wanted is None:
        for name in sorted(set(found) - set(expected)):
            if _looks_like_ours(name):
                differences.append(TopicDifference(name, "unknown", "no topic", f"{found[name]} partitions"))
    return differences


def apply(admin: AdminClient, wanted: Mapping[str, WantedTopic] | None = None) -> list[TopicDifference]:
    """Create what is missing and correct settings; return what was changed. Safe to repeat.

    A keyed topic's partitions are never added: keys would move to other partitions, and a symbol's state with them.

    Raises
    ------
    Fatal
        If a topic has another number of partitions than the catalogue says, or the broker refuses.
    Retryable
        If the broker does not answer.
    """
    expected = wanted_topics() if wanted is None else wanted
    changes = [difference for difference in diff(admin, wanted) if difference.kind != "unknown"]
    wrong = [str(difference) for difference in changes if difference.kind == "partitions"]
    if wrong:
        raise Fatal("partitions of keyed topics cannot change in place: " + "; ".join(wrong))
    missing = [expected[difference.topic] for difference in changes if difference.kind == "missing"]
    _create(admin, missing)
    _alter(admin, [difference for difference in changes if difference.kind == "setting"])
    if changes:
        _wait_until_visible(admin, expected)
    return changes


def _wait_until_visible(admin: AdminClient, wanted: Mapping[str, WantedTopic]) -> None:
    """Brokers answer before they have heard of a change themselves; whoever starts next must find it done.

    That includes the leaders: what is sent to a partition whose leader has yet to take it up comes late, or fails.
    """
    deadline = monotonic_seconds() + _TIMEOUT_SECONDS
    while left := [*diff(admin, wanted), *_without_leader(admin, wanted)]:
        if monotonic_seconds() > deadline:
            raise Retryable("expected the broker to show the changes, found " + "; ".join(map(str, left)))
        time.sleep(0.05)


def _without_leader(admin: AdminClient, wanted: Mapping[str, WantedTopic]) -> list[TopicDifference]:
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    places = [TopicPartition(name, partition) for name, topic in wanted.items() for partition in range(topic.partitions)]
    left = []
    for place, answer in admin.list_offsets(dict.fromkeys(places, latest), request_timeout=_TIMEOUT_SECONDS).items():
        try:
            answer.result(_TIMEOUT_SECONDS + 5)
        except KafkaException as error:
            left.append(TopicDifference(place.topic, "leader", f"one of partition {place.partition}", error.args[0].name()))
    return left


def _data_topic(topic: Topic, largest_record_bytes: int) -> WantedTopic:
    settings = {
        "cleanup.policy": topic.cleanup,
        "compression.type": topic.compression,
        "max.message.bytes": str(largest_record_bytes),
        # Event-time stamps would let time-based retention delete a replayed tape of 2020 while it is being read.
        "message.timestamp.type": "LogAppendTime",
        "retention.ms": str(topic.retention_hours * 3_600_000),
    }
    return WantedTopic(topic.kafka_name, topic.partitions, topic.replication, settings)


def _changelog(changelog: Changelog) -> WantedTopic:
    settings = {
        "cleanup.policy": "compact",  # alone: a deleted state would come back as an empty one
        "max.message.bytes": str(_LARGEST_RECORD_BYTES),
        "min.cleanable.dirty.ratio": "0.1",  # snapshots replace each other every 250 ms: keep recovery short
        "segment.bytes": str(64 * 1024 * 1024),
        "segment.ms": "600000",
    }
    return WantedTopic(changelog.name, changelog.partitions, changelog.replication, settings)


def _looks_like_ours(name: str) -> bool:
    base = name.removesuffix(catalog.DEAD_LETTER_SUFFIX)
    _, separator, version = base.rpartition(".v")
    return bool(separator) and version.isdigit()


def _existing(admin: AdminClient) -> dict[str, int]:
    try:
        metadata = admin.list_topics(timeout=_TIMEOUT_SECONDS)
    except KafkaException as error:
        raise as_tapewire_error(error.args[0], "list the broker's topics") from error
    return {name: len(topic.partitions) for name, topic in metadata.topics.items() if topic.error is None}


def _settings(admin: AdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    futures = admin.describe_configs(resources, request_timeout=_TIMEOUT_SECONDS)
    return {
        resource.name: {name: str(entry.value) for name, entry in _result(future, f"describe {resource.name}").items()}
        for resource, future in futures.items()
    }


def _create(admin: AdminClient, missing: list[WantedTopic]) -> None:
    if not missing:
        return
    topics = [
        NewTopic(topic.name, topic.partitions, topic.replication, config=dict(topic.settings)) for topic in missing
    ]
    for name, future in admin.create_topics(topics, request_timeout=_TIMEOUT_SECONDS).items():
        try:
            future.result(_TIMEOUT_SECONDS + 5)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # another process was faster
                raise as_tapewire_error(error.args[0], f"create {name}") from error


def _alter(admin: AdminClient, differences: list[TopicDifference]) -> None:
    by_topic: dict[str, list[ConfigEntry]] = {}
    for difference in differences:
        entry = ConfigEntry(
            difference.setting, difference.expected, incremental_operation=AlterConfigOpType.SET
        )
        by_topic.setdefault(difference.topic, []).append(entry)
    resources = [
        ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries) for name, entries in by_topic.items()
    ]
    if resources:
        for resource, future in admin.incremental_alter_configs(resources, request_timeout=_TIMEOUT_SECONDS).items():
            _result(future, f"change the settings of {resource.name}")


def _result(future: Future[Any], what: str) -> Any:
    try:
        return future.result(_TIMEOUT_SECONDS + 5)
    except KafkaException as error:
        raise as_tapewire_error(error.args[0], what) from error
