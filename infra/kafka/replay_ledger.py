"""Remembers which dead letters were put back, so that each is put back once, whatever happens to the one who does it.

Protocol, a record of `ops.replays` each: note the intention with the end of the partition, put the records back and wait until the
broker has them, note where they are. Whoever finds an intention without an end looks behind its offset for the mark. The notes are
written by a transactional producer of one name, so that a second replay fences the first before that has put anything back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import KafkaException, Producer

from infra.errors import Fatal
from infra.kafka.codecs import CodecSet
from infra.kafka.failures import as_tapewire_error
from infra.kafka.producer import producer_configuration
from infra.kafka.whole_topic import read_whole
from infra.settings import Settings
from schemas import catalog
from schemas.records import Replay

TOPIC = "ops.replays"
_CALL_SECONDS = 30.0


class ReplayLedger:
    """The notes of one stack; the newest of a letter counts.

    Parameters
    ----------
    codecs
        Must hold ``ops.replays``.
    """

    def __init__(self, settings: Settings, codecs: CodecSet) -> None:
        self._settings = settings.kafka
        self._codec = codecs.of(TOPIC)
        self._producer = Producer(
            producer_configuration(settings.kafka, "tapewire dlq")
            | {"transactional.id": f"tapewire.{settings.stack.name}.dlq", "transaction.timeout.ms": 15_000, "delivery.timeout.ms": 14_000}
        )
        self._notes: dict[str, Replay] = {}

    def open(self) -> None:
        """Take over from whoever wrote before, and read what was noted: needed before `note`.

        Raises
        ------
        Retryable
            If the broker is away.
        """
        self._call("take over the ledger of replays", lambda: self._producer.init_transactions(_CALL_SECONDS))
        self.read()

    def read(self) -> None:
        """Read what was noted, without taking over."""
        for message in read_whole(self._settings, catalog.topic(TOPIC)):
            note: Replay = self._codec.decode(message.value() or b"")
            self._notes[note.dead_letter_id] = note

    def known(self, dead_letter_id: str) -> Replay | None:
        """Return the last note of a letter."""
        return self._notes.get(dead_letter_id)

    def note(self, notes: Iterable[Replay]) -> None:
        """Write notes, all or none.

        Raises
        ------
        Fatal
            If another replay has begun meanwhile.
        """
        written = list(notes)
        if not written:
            return
        self._call("begin a note", self._producer.begin_transaction)
        for note in written:
            self._producer.produce(catalog.topic(TOPIC).kafka_name, self._codec.encode(note), note.dead_letter_id.encode())
        self._call("note replays", lambda: self._producer.commit_transaction(_CALL_SECONDS))
        self._notes.update({note.dead_letter_id: note for note in written})

    def _call(self, what: str, call: Callable[[], Any]) -> None:
        try:
            call()
        except KafkaException as error:
            failure = as_tapewire_error(error.args[0], what)
            raise Fatal(f"another replay has begun: {failure}") if isinstance(failure, Fatal) else failure from error
