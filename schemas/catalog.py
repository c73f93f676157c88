"""The topic catalogue: topics.yaml as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.avro_schemas import full_name, load_all
from schemas.record import Record
from schemas.records import BY_FULL_NAME

CATALOG_FILE = Path(__file__).parent / "topics.yaml"
DEAD_LETTER_SUFFIX = ".dlq"


@dataclass(frozen=True, slots=True)
class Family:
    """A family of analytics (SCH-13): what a reader asks for by name, and the fields of a topic's record that answer."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: what flows in it, in which order, for how long.

    Attributes
    ----------
    name
        Logical name, e.g. ``market.trades``.
    kafka_name
        Name on the broker, e.g. ``market.trades.v1``.
    record
        Full Avro name of its record.
    key
        Field of the record that is the key; None for keyless topics.
    identity
        Natural key of a row in ClickHouse; empty when the topic is not stored.
    row_version
        Field that decides which of two rows with one identity is newer; None when they are equal by construction.
    internal
        Not for readers outside.
    bulk
        Nobody waits for its rows in ClickHouse: they may gather longer into fewer, larger blocks.
    covered
        Ticks say how far it had come when they were made: stages that hold its records until then fold them in an order that the log
        tells.
    families
        Analytics that readers know by a name; its one producer owns them.
    """

    name: str
    version: int
    record: str
    key: str | None
    partitions: int
    replication: int
    retention_hours: int
    cleanup: str
    compression: str
    compatibility: str
    dead_letter: bool
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    summary: str
    identity: tuple[str, ...] = ()
    row_version: str | None = None
    internal: bool = False
    bulk: bool = False
    covered: bool = False
    families: tuple[Family, ...] = ()

    @property
    def kafka_name(self) -> str:
        return f"{self.name}.v{self.version}"

    @property
    def dead_letter_name(self) -> str:
        return f"{self.kafka_name}{DEAD_LETTER_SUFFIX}"

    @property
    def subject(self) -> str:
        """Subject in the schema registry (topic name strategy)."""
        return f"{self.kafka_name}-value"

    @property
    def table(self) -> str:
        """ClickHouse table, e.g. ``market_trades``."""
        return self.name.replace(".", "_").replace("-", "_")

    @property
    def record_type(self) -> type[Record]:
        return BY_FULL_NAME[self.record]

    def key_of(self, record: Record) -> str | None:
        """Return the record's key."""
        return None if self.key is None else str(getattr(record, self.key))


@dataclass(frozen=True, slots=True)
class Changelog:
    """The topic in which a stage keeps the state of its table; compacted, as many partitions as its inputs."""

    name: str
    partitions: int
    replication: int
    summary: str


class UnknownTopic(KeyError):
    """A topic that the catalogue does not declare."""


@cache
def topics() -> dict[str, Topic]:
    """Return every topic by logical name, dead-letter topics excluded.

    Raises
    ------
    ValueError
        If an entry has an unknown field, record, key or identity.
    """
    document = _document()
    return {name: _topic(name, {**document["defaults"], **entry}) for name, entry in document["topics"].items()}


def topic(name: str) -> Topic:
    """Return the topic with the logical name ``name``."""
    try:
        return topics()[name]
    except KeyError:
        raise UnknownTopic(f"no topic {name}; known: {', '.join(topics())}") from None


@cache
def families() -> dict[str, tuple[Topic, Family]]:
    """Return every family of analytics by name, with the topic that answers.

    Raises
    ------
    ValueError
        If two topics claim one.
    """
    claimed = [(topic, family) for topic in topics().values() for family in topic.families]
    found = {family.name: (topic, family) for topic, family in claimed}
    if len(found) < len(claimed):
        raise ValueError(f"expected each family on one topic, found {', '.join(family.name for _, family in claimed)}")
    return found


@cache
def by_kafka_name() -> dict[str, Topic]:
    """Return every topic, dead-letter topics included, by its name on the broker."""
    named = {entry.kafka_name: entry for entry in topics().values()}
    return named | {entry.dead_letter_name: dead_letter_topic(entry) for entry in topics().values() if entry.dead_letter}


@cache
def changelogs() -> tuple[Changelog, ...]:
    """Return the changelog topics of the stages."""
    document = _document()
    shared = {key: document["defaults"][key] for key in ("partitions", "replication")}
    return tuple(Changelog(name=name, **{**shared, **entry}) for name, entry in document["changelogs"].items())


def dead_letter_topic(source: Topic) -> Topic:
    """Return the topic that takes what ``source``'s readers could not use."""
    document = _document()
    name, _, version = source.kafka_name.rpartition(".v")
    return _DeadLetterTopic(
        name=name, version=int(version), record=full_name(document["dead_letter_record"]), key=None, partitions=1,
        replication=source.replication, retention_hours=720, cleanup="delete", compression="zstd",
        compatibility="BACKWARD", dead_letter=False, producers=source.consumers, consumers=("tapewire dlq",),
        summary=f"What readers of {source.name} could not use.", identity=tuple(document["dead_letter_identity"]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _DeadLetterTopic(Topic):
    @property
    def kafka_name(self) -> str:
        return f"{self.name}.v{self.version}{DEAD_LETTER_SUFFIX}"

    @property
    def dead_letter_name(self) -> str:
        return self.kafka_name  # what cannot be read there stays there, wrapped

    @property
    def table(self) -> str:
        return "dead_letters"


@cache
def _document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(CATALOG_FILE.read_text())
    return loaded


def _topic(name: str, entry: dict[str, Any]) -> Topic:
    record = full_name(entry.pop("record"))
    schema = load_all().get(record)
    if schema is None:
        raise ValueError(f"topic {name}: expected a record from schemas/avro, found {record}")
    unknown = set(entry) - set(Topic.__dataclass_fields__)
    if unknown:
        raise ValueError(f"topic {name}: unknown keys {', '.join(sorted(unknown))}")
    fields = {field["name"] for field in schema["fields"]}
    for used in (*([entry["key"]] if entry["key"] else []), *entry.get("identity", ()), *filter(None, [entry.get("row_version")])):
        if used not in fields:
            raise ValueError(f"topic {name}: expected a field of {record}, found {used}")
    entry["families"] = tuple(Family(family, tuple(answers)) for family, answers in entry.get("families", {}).items())
    for family in entry["families"]:
        if not family.fields or not set(family.fields) <= fields or len(entry["producers"]) != 1:
            raise ValueError(f"topic {name}: expected family {family.name} to name fields of {record}, and one producer, found {family.fields}")
    for listed in ("producers", "consumers", "identity"):
        entry[listed] = tuple(entry.get(listed, ()))
    return Topic(name=name, record=record, **entry)
