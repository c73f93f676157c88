"""The loop of a sink: poll, decode, hand over, commit; bad records aside, failures wait in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import Message, TopicPartition

from infra.clock import monotonic_seconds
from infra.errors import Permanent, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetterLimits, DeadLetters
from infra.kafka.group_consumer import GroupConsumer
from infra.kafka.intake import Intake
from infra.kafka.producer import RecordProducer
from infra.kafka.progress import Progress
from infra.kafka.received import Committed, Place, Received
from infra.kafka.worker_thread import run_in_thread
from infra.logging_setup import logger
from infra.patience import answer_of
from infra.retry import Backoff
from infra.unit import UnitContext
from schemas import catalog

log = logger(__name__)


class RecordHandler:
    """What a sink does with records; override what it needs. All calls come from the loop's thread."""

    def assigned(self, loop: ConsumerLoop, committed: Mapping[Place, Committed]) -> None:
        """Take over partitions, before the first record of any of them."""

    def revoked(self, loop: ConsumerLoop, places: Sequence[Place], lost: bool) -> None:
        """Let partitions go; commit what is done unless they are ``lost``."""

    def handle(self, loop: ConsumerLoop, received: Received) -> None:
        """Do one record's work.

        Raises
        ------
        Permanent
            The record goes to the dead letters.
        Retryable
            The partition waits, then the record comes again; other partitions go on.
        Fatal
            The process ends without a commit.
        """
        raise NotImplementedError

    def after_poll(self, loop: ConsumerLoop) -> None:
        """Do what time demands; called after every poll, several times a second."""

    def stopping(self, loop: ConsumerLoop) -> None:
        """Finish what is begun: the loop ends after this."""


class ConsumerLoop:
    """Feeds a handler from a consumer group.

    Parameters
    ----------
    context
        Context of the unit.
    unit
        Its name: also the consumer group's and the dead letters' stage.
    topics
        Logical names of the topics to read.
    handler
        What to do.
    codecs
        Codecs of all these topics; from the registry by default.
    group
        Consumer group, where it is not the unit's name.
    own_commits
        The handler commits (`commit`); else everything handled is committed after each poll.
    read_committed
        Skip records of open and aborted transactions: needed for delay.* and distribution.*.
    dead_letters_of
        Logical names of topics whose dead letters are read as well.
    largest_poll
        Records between two commits.
    poll_seconds
        Longest wait for a record, real seconds; `RecordHandler.after_poll` follows.
    new_limits
        Makes the limits of bad records of one partition.
    traced
        Tell the handler the trace a record belongs to, while tracing is on.
    """

    def __init__(
        self,
        context: UnitContext,
        unit: str,
        topics: Sequence[str],
        handler: RecordHandler,
        *,
        codecs: CodecSet | None = None,
        group: str | None = None,
        own_commits: bool = False,
        read_committed: bool = True,
        dead_letters_of: Sequence[str] = (),
        largest_poll: int = 500,
        poll_seconds: float = 0.1,
        new_limits: Callable[[], DeadLetterLimits] = DeadLetterLimits,
        traced: bool = False,
    ) -> None:
        self._context = context
        self._unit = unit
        self._topic_names = [*topics, *dead_letters_of]
        self._handler = handler
        self._codecs = codecs
        self._own_commits = own_commits
        self._largest_poll = largest_poll
        self._poll_seconds = poll_seconds
        self._new_limits = new_limits
        self._traced = traced and context.tracer.on
        self._stopped = False
        self._dirty: set[Place] = set()
        self._backoffs: dict[Place, Backoff] = {}
        names = [catalog.topic(name).kafka_name for name in topics]
        names += [catalog.topic(name).dead_letter_name for name in dead_letters_of]
        self._consumer = GroupConsumer(
            context.settings.kafka,
            group or unit,
            names,
            read_committed=read_committed,
            on_assigned=self._assigned,
            on_revoked=self._revoked,
        )
        self._progress = Progress(context, unit)

    async def run(self) -> None:
        """Work until the unit is told to stop."""
        await run_in_thread(self._unit, self.work, self.stop)

    def stop(self) -> None:
        """End the loop after the current round."""
        self._stopped = True

    @property
    def unit(self) -> str:
        return self._unit

    @property
    def stopping(self) -> bool:
        return self._stopped or self._context.stop.is_set()

    def work(self) -> None:
        """Do the same as `run` in the calling thread."""
        registry = self._context.settings.registry
        codecs = self._codecs or answer_of(self._context, self._unit, lambda: CodecSet.from_registry(registry, self._topic_names))
        producer = RecordProducer(self._context.settings, codecs, client_id=f"{self._unit}.dead-letters")
        dead_letters = DeadLetters(producer, self._unit, self._context.settings, self._context.clock)
        intake = Intake(codecs, dead_letters, self._new_limits, traced=self._traced)
        try:
            self._consumer.subscribe()
            while not self.stopping:
                messages = self._consumer.poll(self._largest_poll, self._poll_seconds)
                began = monotonic_seconds()
                for message in messages:
                    self._take(message, intake)
                if messages:
                    self._progress.worked(len(messages), monotonic_seconds() - began)
                self._handler.after_poll(self)
                self._commit_handled()
                self._progress.report(self._consumer)
            self._handler.stopping(self)
            self._commit_handled()
        except BaseException:
            self._consumer.abandon()
            raise
        else:
            self._consumer.close()
        finally:
            producer.close()

    # -- what handlers use

    def commit(self, place: Place, next_offset: int, metadata: str = "") -> None:
        """Commit one partition and wait for the answer; Retryable if the broker is away."""
        self._consumer.commit(place, next_offset, metadata)

    def commit_all(self, offsets: list[TopicPartition]) -> None:
        """Commit several partitions in one request."""
        self._consumer.commit_all(offsets)

    def pause(self, place: Place) -> None:
        """Stop reading ``place`` for now; its next record comes after `resume`."""
        self._consumer.pause([place])

    def resume(self, place: Place) -> None:
        self._consumer.resume([place])

    def hold(self, place: Place, offset: int, ready: Callable[[], bool]) -> None:
        """Put the record at ``offset`` back and read on from it once ``ready()``."""
        self._consumer.hold(place, offset, ready)

    def position(self, place: Place) -> int | None:
        """Return the next offset to be read, bad records counted as read."""
        return self._consumer.positions.get(place)

    def wrote(self, records: int) -> None:
        """Count records written, for the unit's health."""
        self._progress.wrote(records)

    def trouble(self, what: str | None) -> None:
        """Say what keeps the unit from its work, for its health; None when it is over."""
        self._progress.trouble = what

    # -- one record

    def _take(self, message: Message, intake: Intake) -> None:
        place: Place = (str(message.topic()), int(message.partition() or 0))
        if place in self._consumer.held or place not in self._consumer.positions:
            return  # put back by an earlier record of this poll
        self._consumer.advance(message)  # first, so that a handler that pauses goes on behind this record
        try:
            received = intake.decode(message)
            if received is not None:
                self._hand_over(message, received, intake)
        except Retryable as error:
            self._wait(place, int(message.offset() or 0), error)
            return
        self._backoffs.pop(place, None)
        self._dirty.add(place)

    def _hand_over(self, message: Message, received: Received, intake: Intake) -> None:
        try:
            self._handler.handle(self, received)
        except Permanent as error:
            intake.refuse(message, error)
            return
        intake.accept(received)
        self._progress.read(received)

    def _wait(self, place: Place, offset: int, error: Retryable) -> None:
        backoff = self._backoffs.setdefault(place, Backoff())
        seconds = backoff.next_seconds(error.retry_after_seconds)
        wake = monotonic_seconds() + seconds
        log.warning("record_waits", unit=self._unit, topic=place[0], partition=place[1], offset=offset, seconds=seconds, error=str(error))
        self._consumer.hold(place, offset, lambda: monotonic_seconds() >= wake)

    def _commit_handled(self) -> None:
        if self._own_commits or not self._dirty:
            return
        positions = self._consumer.positions
        offsets = [TopicPartition(*place, next_offset) for place in self._dirty if (next_offset := positions.get(place)) is not None]
        try:
            if offsets:
                self._consumer.commit_all(offsets)
        except Retryable as error:  # repeats are dropped by id downstream; the next commit covers these too
            log.warning("commit_failed", unit=self._unit, error=str(error))
            return
        self._dirty.clear()

    def _assigned(self, committed: Mapping[Place, Committed]) -> None:
        self._progress.assigned()
        self._handler.assigned(self, committed)

    def _revoked(self, places: Sequence[Place], lost: bool) -> None:
        self._handler.revoked(self, places, lost)
        if not lost:
            self._commit_handled()
        self._dirty -= set(places)
        for place in places:
            self._backoffs.pop(place, None)
