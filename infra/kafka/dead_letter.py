"""Puts records that cannot be used aside, whole, and stops when there are too many of them."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from hashlib import sha256

from infra.clock import Clock
from infra.errors import Fatal, Permanent, TapewireError
from infra.kafka.producer import RecordProducer
from infra.logging_setup import logger
from infra.metrics import listed
from infra.settings import Settings, clock_of
from schemas import catalog
from schemas.catalog import Topic
from schemas.ids import deterministic_id
from schemas.records import DeadLetter

LARGEST_RUN = 20
WINDOW_RECORDS = 1_000
LARGEST_SHARE = 0.05
log = logger(__name__)


class DeadLetters:
    """Writes dead letters to the dead-letter topic of the record's topic.

    Parameters
    ----------
    producer
        Its codecs must hold the topics concerned.
    stage
        Unit that refuses the records.
    settings
        Settings of the process.
    clock
        Market time; the one of the settings by default.
    """

    def __init__(self, producer: RecordProducer, stage: str, settings: Settings, clock: Clock | None = None) -> None:
        self._producer = producer
        self.stage = stage
        self._version = settings.stack.version
        self._clock = clock_of(settings) if clock is None else clock
        self._timeout_seconds = settings.kafka.delivery_timeout_ms / 1_000 + 5

    async def put(
        self,
        *,
        topic: str,
        value: bytes | None,
        error: Exception,
        key: bytes | None = None,
        partition: int | None = None,
        offset: int | None = None,
        about: str = "",
    ) -> None:
        """Write one dead letter and wait until the broker has it.

        Parameters
        ----------
        topic
            Logical name or Kafka name of the topic it came from or was meant for.
        value, key
            Bytes as received.
        error
            Why it cannot be used.
        partition, offset
            Its place, if it came from Kafka.
        about
            What tells this letter from another one of the same record and stage, e.g. a subscriber.

        Raises
        ------
        Fatal
            If the broker does not take it: the record must not get lost.
        """
        future = self._send(topic, value, error, key, partition, offset, about)
        try:
            await asyncio.wait_for(asyncio.wrap_future(future), self._timeout_seconds)
        except (TapewireError, TimeoutError) as failure:
            raise _lost(topic, failure) from failure

    def put_blocking(
        self,
        *,
        topic: str,
        value: bytes | None,
        error: Exception,
        key: bytes | None = None,
        partition: int | None = None,
        offset: int | None = None,
    ) -> None:
        """Do the same as `put` from a thread without an event loop."""
        future = self._send(topic, value, error, key, partition, offset)
        try:
            future.result(self._timeout_seconds)
        except (TapewireError, TimeoutError) as failure:
            raise _lost(topic, failure) from failure

    def _send(
        self, topic: str, value: bytes | None, error: Exception, key: bytes | None, partition: int | None, offset: int | None, about: str = ""
    ) -> Future[int | None]:
        source = _topic(topic)
        if partition is not None and offset is not None:
            identity = deterministic_id("dead-letter", self.stage, source.kafka_name, partition, offset, *filter(None, [about]))
        else:
            identity = deterministic_id("dead-letter", self.stage, source.kafka_name, sha256(value or b"").hexdigest())
        letter = DeadLetter(
            dead_letter_id=identity,
            stage=self.stage,
            version=self._version,
            topic=source.kafka_name,
            partition=partition,
            offset=offset,
            key=key,
            value=value,
            error=type(error).__name__,
            reason=str(error),
            field_path=error.field_path if isinstance(error, Permanent) else None,
            ts_published=self._clock.now_us(),
        )
        listed.DEAD_LETTERS.add(1, self.stage, source.name)
        log.warning(
            "dead_letter", unit=self.stage, topic=source.kafka_name, partition=partition, offset=offset, dead_letter_id=identity, error=str(error)
        )
        try:
            return self._producer.send_bytes(source.dead_letter_name, self._producer.codecs.dead_letters.encode(letter))
        except TapewireError as failure:
            raise _lost(topic, failure) from failure


class DeadLetterLimits:
    """Counts bad records and says when it is not the records but we who are wrong.

    A bad deployment makes every record look bad; routing them all aside would empty the topics.
    """

    def __init__(
        self, largest_run: int = LARGEST_RUN, window_records: int = WINDOW_RECORDS, largest_share: float = LARGEST_SHARE
    ) -> None:
        self._largest_run = largest_run
        self._window_records = window_records
        self._largest_bad = int(window_records * largest_share)
        self._seen = 0
        self._run = 0
        self._bad: deque[int] = deque()  # ordinals of the bad ones among the last window_records

    def good(self, records: int = 1) -> None:
        """Count records that were used."""
        if records > 0:
            self._seen += records
            self._run = 0

    def bad(self) -> None:
        """Count a record that was put aside.

        Raises
        ------
        Fatal
            After 20 in a row, or more than 5 % of the last 1,000.
        """
        self._seen += 1
        self._run += 1
        self._bad.append(self._seen)
        while self._bad[0] <= self._seen - self._window_records:
            self._bad.popleft()
        if self._run >= self._largest_run:
            raise Fatal(f"expected fewer than {self._largest_run} bad records in a row, found {self._run}")
        if len(self._bad) > self._largest_bad:
            raise Fatal(
                f"expected at most {self._largest_bad} bad records among the last {self._window_records}, "
                f"found {len(self._bad)}"
            )


def _topic(name: str) -> Topic:
    return catalog.by_kafka_name().get(name) or catalog.topic(name)


def _lost(topic: str, failure: Exception) -> Fatal:
    return Fatal(f"expected the broker to take a dead letter of {topic}, found {failure!r}")
