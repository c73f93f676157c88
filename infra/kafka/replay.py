"""Puts dead letters back on the topic they came from: the same bytes, key and partition, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from confluent_kafka import Consumer

from infra.clock import Clock
from infra.kafka.client import client_configuration
from infra.kafka.codecs import CodecSet
from infra.kafka.partition_bounds import partition_bounds
from infra.kafka.producer import RecordProducer
from infra.kafka.replay_headers import marks, replay_of
from infra.kafka.replay_ledger import ReplayLedger
from infra.kafka.whole_topic import read_whole
from infra.settings import Settings
from schemas import catalog
from schemas.records import DeadLetter, Replay

_AT_ONCE = 100
_ACKNOWLEDGED_SECONDS = 60.0
Outcome = Literal["replayed", "already", "impossible"]


@dataclass(frozen=True, slots=True)
class ReplayedLetter:
    """What became of one letter, in words too."""

    letter: DeadLetter
    outcome: Outcome
    text: str


def impossible_because(letter: DeadLetter) -> str | None:
    """Return why a letter cannot be put back, or None."""
    if letter.partition is None:
        return "a vendor's payload that never was a record; the feed fetches what it lacks by itself"
    if letter.value is None:
        return "it holds no value: put back it would delete its key"
    if letter.topic not in catalog.by_kafka_name() or letter.topic.endswith(catalog.DEAD_LETTER_SUFFIX):
        return f"the catalogue has no topic {letter.topic} to put it on"
    if letter.topic == catalog.topic("ops.ticks").kafka_name:
        return "a tick is a moment, and time does not step back"
    return None


class Replays:
    """Use it from one thread.

    Parameters
    ----------
    codecs
        Must hold ``ops.replays``.
    clock
        Market time, for the notes.
    """

    def __init__(self, settings: Settings, codecs: CodecSet, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._ledger = ReplayLedger(settings, codecs)
        self._producer = RecordProducer(settings, codecs, client_id="tapewire dlq replay")

    def close(self) -> None:
        self._producer.close()

    def preview(self, letters: Sequence[DeadLetter]) -> list[ReplayedLetter]:
        """Say what `put_back` would do; another replay may be under way."""
        self._ledger.read()
        done, wanted = self._sorted(letters)
        return done + [ReplayedLetter(letter, "replayed", f"on {letter.topic}/{letter.partition}") for letter in wanted]

    def put_back(self, letters: Sequence[DeadLetter]) -> list[ReplayedLetter]:
        """Put back what can be and was not yet.

        Raises
        ------
        Retryable
            If the broker is away: call again, nothing is put back twice.
        Fatal
            If another replay has begun.
        """
        self._ledger.open()
        done, wanted = self._sorted(letters)
        for first in range(0, len(wanted), _AT_ONCE):
            done += self._put_back(wanted[first : first + _AT_ONCE])
        return done

    def _sorted(self, letters: Sequence[DeadLetter]) -> tuple[list[ReplayedLetter], list[DeadLetter]]:
        """Return what is settled, and the letters to put back."""
        settled: list[ReplayedLetter] = []
        wanted: list[DeadLetter] = []
        for letter in letters:
            reason, note = impossible_because(letter), self._ledger.known(letter.dead_letter_id)
            if reason is not None:
                settled.append(ReplayedLetter(letter, "impossible", reason))
            elif note is not None and note.offset is not None:
                settled.append(ReplayedLetter(letter, "already", f"it is at {_place(note)}"))
            else:
                wanted.append(letter)
        return settled, wanted

    def _put_back(self, letters: Sequence[DeadLetter]) -> list[ReplayedLetter]:
        begun = {letter.dead_letter_id: note for letter in letters if (note := self._ledger.known(letter.dead_letter_id)) is not None}
        arrived = self._find(begun.values())
        new = [letter for letter in letters if letter.dead_letter_id not in arrived]
        ends = self._ends(new)
        intentions = {
            letter.dead_letter_id: Replay(
                dead_letter_id=letter.dead_letter_id, stage=letter.stage, topic=letter.topic, partition=letter.partition or 0,
                from_offset=ends[letter.topic, letter.partition or 0], offset=None, ts_published=self._clock.now_us(),
            )
            for letter in new
        }  # fmt: skip
        self._ledger.note(intentions.values())
        futures = {
            letter.dead_letter_id: self._producer.send_bytes(
                letter.topic, letter.value or b"", key=letter.key, partition=letter.partition, headers=marks(letter.dead_letter_id, letter.stage)
            )
            for letter in new
        }
        offsets = {one: future.result(_ACKNOWLEDGED_SECONDS) for one, future in futures.items()}
        arrived |= self._find(intentions[one] for one, offset in offsets.items() if offset is None)
        arrived |= {one: offset for one, offset in offsets.items() if offset is not None}
        ended = {one: replace(note, offset=arrived[one]) for one, note in {**begun, **intentions}.items()}
        self._ledger.note(ended.values())
        return [ReplayedLetter(letter, "replayed", f"it is at {_place(ended[letter.dead_letter_id])}") for letter in letters]

    def _find(self, intentions: Iterable[Replay]) -> dict[str, int]:
        """Return the offsets of letters that an earlier replay put back without living to note it."""
        found: dict[str, int] = {}
        for note in intentions:
            for message in read_whole(self._settings.kafka, catalog.by_kafka_name()[note.topic], starts={note.partition: note.from_offset}):
                if replay_of(message.headers()) == note.dead_letter_id:
                    found[note.dead_letter_id] = message.offset() or 0
        return found

    def _ends(self, letters: Sequence[DeadLetter]) -> dict[tuple[str, int], int]:
        consumer = Consumer({**client_configuration(self._settings.kafka), "group.id": "tapewire-dlq"})
        try:
            places = {(letter.topic, letter.partition or 0) for letter in letters}
            return {place: partition_bounds(consumer, *place)[1] for place in places}
        finally:
            consumer.close()


def _place(note: Replay) -> str:
    return f"{note.topic}/{note.partition}@{note.offset}"
