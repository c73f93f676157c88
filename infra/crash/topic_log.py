"""What a topic holds, record by record: place, identity and a digest of the bytes; compared with what it should hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from confluent_kafka import Message

from infra.crash.findings import Findings
from infra.kafka.whole_topic import read_whole
from infra.settings import KafkaSettings
from schemas.catalog import Topic
from schemas.codec import HEADER_SIZE, Codec
from schemas.record import Record

NEVER_REPEATED = frozenset(
    {
        "market.trades", "market.quotes", "ops.ticks",  # their writers look at the topic's end before they go on
        "delay.basic", "delay.free", "distribution.premium", "distribution.basic", "distribution.free",  # transactions
    }
)  # fmt: skip
"""Topics in which no record may stand twice; in the others a restart may write equal bytes again."""
SAME_BYTES = frozenset(
    {
        "derived.bars", "derived.features", "derived.boxes", "derived.regimes", "derived.findings", "derived.position-states", "views",
        "derived.depth", "derived.book-metrics", "derived.flow-metrics", "derived.merged-flow", "derived.gamma-profiles", "derived.gamma-scores",
        "setups.events", "signals", "signals.refusals", "postures",
    }
)  # fmt: skip
"""Topics in which whatever has one identity has the same bytes, whoever wrote it after whichever crash."""


@dataclass(slots=True)
class TopicLog:
    """One topic, read to its end.

    Attributes
    ----------
    places
        (partition, offset) -> identity.
    digests
        Identity -> digest of the record's body.
    newest
        Row -> its highest version and the identity of that record; for topics whose rows have versions.
    first, appended_ms
        Identity -> its first record and when the broker took it; kept for topics that are small.
    """

    topic: Topic
    places: dict[tuple[int, int], bytes] = field(default_factory=dict)
    digests: dict[bytes, bytes] = field(default_factory=dict)
    newest: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    first: dict[bytes, Record] = field(default_factory=dict)
    appended_ms: dict[bytes, int] = field(default_factory=dict)

    def audit_repeats(self, findings: Findings) -> None:
        """Note records that stand twice where none may, and count the others."""
        repeats = len(self.places) - len(self.digests)
        findings.checked[self.topic.name] += len(self.digests)
        if repeats and self.topic.name in NEVER_REPEATED:
            findings.add("duplicate", f"{self.topic.name}: {repeats} of {len(self.places)} records stand there twice", repeats)
        elif repeats:
            findings.repeats[self.topic.name] += repeats

    def audit_content(self, findings: Findings, expected: Mapping[bytes, bytes], names: Mapping[bytes, str] | None = None) -> None:
        """Note what is missing, what nobody asked for, and what has other bytes than it should."""
        told = names or {}
        for identity in expected.keys() - self.digests.keys():
            findings.add("lost", f"{self.topic.name}: {told.get(identity, identity.hex())} is missing")
        for identity, digest in self.digests.items():
            wanted = expected.get(identity)
            if wanted is None:
                findings.add("wrong", f"{self.topic.name}: nobody expected {self.first.get(identity, identity.hex())}")
            elif wanted != digest:
                findings.add("wrong", f"{self.topic.name}: other bytes than expected: {self.first.get(identity, identity.hex())}")

    def audit_identities(self, findings: Findings, expected: Mapping[bytes, str], may_also: Iterable[bytes] = ()) -> None:
        """Note which of the expected records are missing and which others are there."""
        for identity in expected.keys() - self.digests.keys():
            findings.add("lost", f"{self.topic.name}: {expected[identity]} is missing")
        for identity in self.digests.keys() - expected.keys() - set(may_also):
            findings.add("wrong", f"{self.topic.name}: nobody expected {self.first.get(identity, identity.hex())}")


def identity_of(values: Iterable[Any]) -> bytes:
    """Return a short name of an identity that is the same in every process."""
    return blake2b("\x1f".join(map(str, values)).encode(), digest_size=12).digest()


def identity_in(topic: Topic, record: Record) -> bytes:
    """Return the identity of a record of ``topic``; its version, if any, is part of it."""
    return identity_of(getattr(record, name) for name in identity_fields(topic))


def identity_fields(topic: Topic) -> tuple[str, ...]:
    """Return the fields that name a record: a later version of a row is another record."""
    return (*topic.identity, *((topic.row_version,) if topic.row_version else ()))


def digest_of(body: bytes) -> bytes:
    """Return a digest of a record's bytes without their frame."""
    return blake2b(body, digest_size=16).digest()


def read_log(settings: KafkaSettings, codec: Codec[Any], topic: Topic, findings: Findings, *, keep: bool = False) -> TopicLog:
    """Read ``topic`` to its end; records of one identity with different bytes are noted where that must not be.

    Parameters
    ----------
    keep
        Keep the records too.
    """
    log = TopicLog(topic)
    for message, record in _records(settings, codec, topic, findings):
        place = (int(message.partition() or 0), int(message.offset() or 0))
        identity = _identity(topic, place, record)
        digest = digest_of((message.value() or b"")[HEADER_SIZE:])
        log.places[place] = identity
        known = log.digests.setdefault(identity, digest)
        if known != digest and topic.name in SAME_BYTES:
            findings.add("wrong", f"{topic.name}: two contents for {record}")
        if topic.row_version is not None:
            row = identity_of(getattr(record, name) for name in topic.identity)
            log.newest[row] = max(log.newest.get(row, (-1, b"")), (int(getattr(record, topic.row_version)), identity))
        if keep and identity not in log.first:
            log.first[identity] = record
            log.appended_ms[identity] = message.timestamp()[1]
    return log


def _identity(topic: Topic, place: tuple[int, int], record: Any) -> bytes:
    if topic.identity:
        return identity_in(topic, record)
    # Queues wait for one alert each; ticks are a row of moments in each partition.
    return identity_of((record.alert_id,) if hasattr(record, "alert_id") else (place[0], record.ts_event))


def _records(settings: KafkaSettings, codec: Codec[Any], topic: Topic, findings: Findings) -> Iterator[tuple[Message, Record]]:
    for message in read_whole(settings, topic):
        value = message.value()
        if value is None:
            continue  # a tombstone
        try:
            yield message, codec.decode(value)
        except ValueError as error:
            findings.add("wrong", f"{topic.name}/{message.partition()}@{message.offset()}: {error}")
