"""The guard: one bad record is one dead letter, and its neighbours go on (F1, F21)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.errors import Fatal, Permanent, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.replay_headers import marks
from processors.guard import Guard
from schemas.codec import Codec, UnknownWriterSchema
from schemas.records import DeadLetter, Tick

TOPIC, KAFKA_TOPIC = "ops.ticks", "ops.ticks.v1"


@dataclass
class Raw:
    value: bytes | None
    offset: int = 0
    topic: str = KAFKA_TOPIC
    partition: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass
class Kept:
    """Dead letters in memory."""

    letters: list[dict[str, Any]] = field(default_factory=list)

    async def put(self, **letter: Any) -> None:
        self.letters.append(letter)


CODECS = CodecSet.offline([TOPIC])
GOOD = CODECS.of(TOPIC).encode(Tick(ts_event=5))


async def test_good_records_pass_and_bad_ones_are_put_aside_with_place_and_bytes() -> None:
    kept = Kept()
    guard = Guard(CODECS, kept)
    values = [GOOD, GOOD[:-1], GOOD + b"\x00", b"", None, b"\x01" + GOOD[1:], GOOD]
    found = [await guard.decode(TOPIC, Raw(value, offset)) for offset, value in enumerate(values)]
    assert [record is not None for record in found] == [True, False, False, False, False, False, True]
    assert [letter["offset"] for letter in kept.letters] == [1, 2, 3, 4, 5]
    assert [letter["value"] for letter in kept.letters] == values[1:6]
    assert guard.refused == 5


async def test_twenty_bad_in_a_row_are_our_fault() -> None:
    guard = Guard(CODECS, Kept())
    with pytest.raises(Fatal, match="in a row"):
        for offset in range(20):
            await guard.decode(TOPIC, Raw(b"no avro", offset))


async def test_more_than_five_percent_bad_are_our_fault() -> None:
    guard = Guard(CODECS, Kept())
    with pytest.raises(Fatal, match="last 1000"):
        for offset in range(1_200):
            if offset % 15 == 14:
                await guard.decode(TOPIC, Raw(b"no avro", offset))
            else:
                guard.used(1)


async def test_a_dead_letter_that_cannot_be_written_stops_everything() -> None:
    class Lost:
        async def put(self, **_: Any) -> None:
            raise Fatal("expected the broker to take a dead letter, found nothing")

    with pytest.raises(Fatal, match="dead letter"):
        await Guard(CODECS, Lost()).refuse(Raw(b"x"), Permanent("no"))


async def test_another_writers_schema_is_asked_for_off_the_loop_until_the_registry_answers() -> None:
    """F22: a registry that is away is waited for in place; the record is not bad."""
    asked: list[int] = []

    def look_up(schema_id: int) -> dict[str, Any]:
        asked.append(schema_id)
        if len(asked) < 3:
            raise Retryable("expected an answer from the registry, found none", retry_after_seconds=0.001)
        if schema_id == 404:
            raise UnknownWriterSchema("expected a schema id the registry knows, found 404")
        from schemas.avro_schemas import resolved

        return resolved(Tick.FULL_NAME)

    codecs = CodecSet({TOPIC: Codec(Tick, 1, look_up)}, Codec(DeadLetter, 2))
    kept = Kept()
    guard = Guard(codecs, kept)
    other = b"\x00" + (77).to_bytes(4, "big") + GOOD[5:]
    assert await guard.decode(TOPIC, Raw(other)) == Tick(ts_event=5)
    assert await guard.decode(TOPIC, Raw(other)) == Tick(ts_event=5)
    assert asked == [77, 77, 77]
    assert await guard.decode(TOPIC, Raw(b"\x00" + (404).to_bytes(4, "big") + GOOD[5:])) is None
    assert [type(letter["error"]) for letter in kept.letters] == [UnknownWriterSchema]


async def test_a_dead_letter_put_back_for_another_reader_is_passed_over() -> None:
    """This reader has folded the record at its first place; a second time it would count twice."""
    codecs = CodecSet.offline(["ops.ticks"])
    kept = Kept()
    guard = Guard(codecs, kept, unit="stage.market")
    good = codecs.of("ops.ticks").encode(Tick(ts_event=1))
    assert await guard.decode(TOPIC, Raw(good, headers=tuple(marks("letter", "sink.clickhouse").items()))) is None  # type: ignore[arg-type]
    assert await guard.decode(TOPIC, Raw(b"not avro", headers=tuple(marks("letter", "sink.clickhouse").items()))) is None  # type: ignore[arg-type]
    assert await guard.decode(TOPIC, Raw(good, headers=tuple(marks("letter", "stage.market").items()))) == Tick(ts_event=1)  # type: ignore[arg-type]
    assert await guard.decode(TOPIC, Raw(good, headers=(("traceparent", b"00-1"),))) == Tick(ts_event=1)
    assert guard.refused == 0 and kept.letters == []
