"""The calls of a REST feed made again out of the payloads it stored: the records must be those on the topics, each once.

A topic's content is compared by its size and the sum of its values' digests: neither depends on the order of partitions, and a day has millions.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from infra.clock import ManualClock
from infra.kafka.codecs import CodecSet
from infra.kafka.whole_topic import read_whole
from infra.settings import KafkaSettings
from producers.rest import Answer
from producers.rest_catalog.endpoint import Vendor
from producers.rest_catalog.fetcher import Fetcher, no_room_needed
from producers.rest_catalog.schedule import Line
from producers.source import Payload, Refused
from schemas import catalog
from schemas.record import Record
from schemas.records import RawPayload

_RAW = "raw.payloads"
_DIGEST_BYTES = 16


@dataclass(slots=True)
class Content:
    """What a topic holds."""

    records: int = 0
    digest: int = 0

    def add(self, value: bytes) -> None:
        """Take in a message's value."""
        self.records += 1
        self.digest += int.from_bytes(blake2b(value, digest_size=_DIGEST_BYTES).digest())


def stored_payloads(kafka: KafkaSettings, codecs: CodecSet) -> list[Payload]:
    """Return the payloads on their topic, by the moment at which they came."""
    codec = codecs.of(_RAW)
    found = []
    for message in read_whole(kafka, catalog.topic(_RAW)):
        record = codec.decode(message.value() or b"")
        assert isinstance(record, RawPayload)
        found.append(Payload(record.endpoint, record.body, record.ts_received, record.parameters, record.content_type))
    return sorted(found, key=lambda payload: payload.received_us)


def contents(kafka: KafkaSettings, topics: Iterable[str]) -> dict[str, Content]:
    """Return what topics hold."""
    found = {topic: Content() for topic in topics}
    for topic, content in found.items():
        for message in read_whole(kafka, catalog.topic(topic)):
            content.add(message.value() or b"")
    return found


async def replayed(
    payloads: Sequence[Payload], calls: Iterable[Line], vendor: Vendor, unit: str, codecs: CodecSet, topics: Iterable[str]
) -> dict[str, Content]:
    """Make the calls again, one after the other, each answered out of the payloads; return the records by topic.

    Raises
    ------
    LookupError
        If an answer to a call is not among the payloads.
    """
    clock = ManualClock(0)
    output = _Collected(codecs, topics)
    fetcher = Fetcher(unit, _Stored(payloads, clock), output, clock, lambda _: None, no_room_needed)
    for line in calls:
        await fetcher.fetch(line, vendor)
    return output.contents


class _Stored:
    """Answers as the vendor did, at that moment."""

    def __init__(self, payloads: Iterable[Payload], clock: ManualClock) -> None:
        self._clock = clock
        self._payloads: defaultdict[tuple[str, tuple[tuple[str, str], ...]], deque[Payload]] = defaultdict(deque)
        for payload in payloads:
            self._payloads[payload.endpoint, tuple(sorted(payload.parameters.items()))].append(payload)

    async def ask(self, path: str, endpoint: str, query: Sequence[tuple[str, str]], parameters: Mapping[str, str]) -> Answer:
        waiting = self._payloads[endpoint, tuple(sorted(parameters.items()))]
        if not waiting:
            raise LookupError(f"expected the answer of {path} with {dict(parameters)} among the payloads, found none")
        payload = waiting.popleft()
        self._clock.microseconds = payload.received_us
        return Answer(200, {}, payload)


class _Collected:
    """Stands where Kafka is."""

    def __init__(self, codecs: CodecSet, topics: Iterable[str]) -> None:
        self._codecs = codecs
        self.contents = {topic: Content() for topic in topics}

    def raw(self, payload: Payload) -> None:
        """Keep nothing: it came from there."""

    def record(self, topic: str, record: Record) -> None:
        if topic in self.contents:
            self.contents[topic].add(self._codecs.of(topic).encode(record))

    def record_all(self, topic: str, records: Sequence[Record]) -> None:
        for record in records:
            self.record(topic, record)

    def parsed(self, records: int) -> None:
        """Count nothing."""

    async def refuse(self, refused: Refused) -> None:
        """Keep nothing: the dead letters are counted on their topics."""

    def when_acknowledged(self, call: Callable[[], None]) -> None:
        call()
