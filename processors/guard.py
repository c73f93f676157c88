"""Stands between the broker's bytes and the fold: what cannot be used goes to the dead letters, acknowledged, and the rest goes on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from infra.errors import Permanent, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetterLimits
from infra.kafka.replay_headers import meant_for_another
from infra.retry import Backoff
from infra.tracing.traceparent import Headers
from schemas.codec import HEADER_SIZE, Codec, UndecodableRecord
from schemas.record import Record


class RawRecord(Protocol):
    """The part of a consumer record that we use."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class DeadLetterWriter(Protocol):
    """What the guard needs of `infra.kafka.dead_letter.DeadLetters`."""

    async def put(
        self, *, topic: str, value: bytes | None, error: Exception, key: bytes | None, partition: int | None, offset: int | None
    ) -> None: ...


class Guard:
    """Decodes records and puts bad ones aside.

    In Faust an exception in an agent acknowledges the record it could not use, and a decoding error is an exception thrown into the
    stream: both lose records. So nothing but `Fatal` leaves here.

    Parameters
    ----------
    unit
        Whose records these are: a dead letter that was put back for another is passed over.
    """

    def __init__(
        self, codecs: CodecSet, dead_letters: DeadLetterWriter, limits: DeadLetterLimits | None = None, unit: str | None = None
    ) -> None:
        self._codecs = codecs
        self._dead_letters = dead_letters
        self._limits = limits or DeadLetterLimits()
        self._unit = unit
        self._known_ids: dict[str, set[int]] = {}
        self.refused = 0

    async def decode(self, topic: str, raw: RawRecord) -> Record | None:
        """Return the record, or None if it is now a dead letter, or was one of another reader and was put back for that.

        Raises
        ------
        Fatal
            If too many records are bad, or the dead letter cannot be written.
        """
        codec = self._codecs.of(topic)
        if raw.headers and self._unit is not None and meant_for_another(raw.headers, self._unit):
            return None
        try:
            if raw.value is None:
                raise UndecodableRecord("expected a record, found an empty message")
            if self._writer_is_known(topic, codec, raw.value):
                record: Record = codec.decode(raw.value)
                return record
            return await self._decode_of_other_writer(topic, codec, raw.value)
        except UndecodableRecord as error:
            await self.refuse(raw, error)
            return None

    async def refuse(self, raw: RawRecord, error: Exception) -> None:
        """Put a record aside and wait until the broker has it.

        Raises
        ------
        Fatal
            If too many records are bad, or the dead letter cannot be written.
        """
        self.refused += 1
        await self._dead_letters.put(
            topic=raw.topic, value=raw.value, error=error, key=raw.key, partition=raw.partition, offset=raw.offset
        )
        self._limits.bad()

    def used(self, records: int) -> None:
        """Count records that were good."""
        self._limits.good(records)

    def _writer_is_known(self, topic: str, codec: Codec[Any], value: bytes) -> bool:
        schema_id = int.from_bytes(value[1:HEADER_SIZE], "big")
        return schema_id == codec.schema_id or schema_id in self._known_ids.get(topic, ()) or len(value) < HEADER_SIZE or value[0] != 0

    async def _decode_of_other_writer(self, topic: str, codec: Codec[Any], value: bytes) -> Record:
        """Decode off the loop: the codec may have to ask the registry, and a stage waits for it in place."""
        backoff = Backoff()
        while True:
            try:
                record: Record = await asyncio.to_thread(codec.decode, value)
            except Retryable as error:
                await asyncio.sleep(backoff.next_seconds(error.retry_after_seconds))
                continue
            self._known_ids.setdefault(topic, set()).add(int.from_bytes(value[1:HEADER_SIZE], "big"))
            return record


class FoldRefusal(Permanent):
    """A fold refused a tick for one key."""

    def __init__(self, key: str, error: Permanent) -> None:
        super().__init__(f"key {key}: {error}", error.field_path)


@dataclass(frozen=True, slots=True)
class RefusedTick:
    """A tick that a fold refused, as the guard wants to see it."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
