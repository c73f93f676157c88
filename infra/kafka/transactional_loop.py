"""Moves records from topic to topic exactly once: outputs and offsets in one Kafka transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaException, Message, Producer, TopicPartition

from infra.clock import MICROSECONDS, monotonic_seconds
from infra.errors import Fatal, Permanent, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.kafka.failures import as_tapewire_error
from infra.kafka.group_consumer import GroupConsumer
from infra.kafka.intake import Intake
from infra.kafka.producer import RecordProducer, producer_configuration
from infra.kafka.progress import Progress
from infra.kafka.received import Place, Received
from infra.kafka.worker_thread import run_in_thread
from infra.kill_point import kill_point
from infra.logging_setup import logger
from infra.metrics import listed
from infra.patience import answer_of
from infra.retry import Backoff
from infra.tracing.tracer import Span, identifiers
from infra.unit import UnitContext
from schemas import catalog
from schemas.record import Record

_TRANSACTION_MS = 15_000  # a dead process's open transaction hides what follows from its readers for this long
_CALL_SECONDS = 10.0
_SHORTEST_POLL_SECONDS = 0.005
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to write: the topic's logical name, and broker headers if any."""

    topic: str
    record: Record
    headers: Mapping[str, str | bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forward:
    """The record is done; these follow from it (none is fine)."""

    outgoing: tuple[Outgoing, ...] = ()


@dataclass(frozen=True, slots=True)
class NotBefore:
    """The record, and all behind it in its partition, must wait until market time ``moment_us``."""

    moment_us: int


Step = Callable[[Received], Forward | NotBefore]


@dataclass(slots=True)
class _Round:
    """What one poll leads to."""

    outgoing: list[Outgoing] = field(default_factory=list)
    first: dict[Place, int] = field(default_factory=dict)
    next_offsets: dict[Place, int] = field(default_factory=dict)
    read: list[Received] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


class TransactionalLoop:
    """Consumes, asks ``step`` what follows, and commits both together.

    Parameters
    ----------
    context
        Context of the unit.
    unit
        Its name: also the consumer group's, the dead letters' stage, and the base of the transactional id.
    reads, writes
        Logical names of the topics.
    step
        Pure decision about one record. It may raise Permanent (dead letter), Retryable (the partition waits) or Fatal.
    before_poll
        Called before each poll, e.g. to compare clocks; may raise Fatal.
    forwarded
        Called with the records whose outputs a transaction has just made public.
    codecs
        Codecs of the topics; from the registry by default.
    largest_poll
        Records in one transaction.
    poll_seconds
        Longest wait for a record, real seconds.

    Notes
    -----
    One process per unit: a second one fences the first, which ends with Fatal. A restart aborts at once what its
    predecessor left open.
    """

    def __init__(
        self,
        context: UnitContext,
        unit: str,
        reads: Sequence[str],
        writes: Sequence[str],
        step: Step,
        *,
        before_poll: Callable[[], None] | None = None,
        forwarded: Callable[[Sequence[Received]], None] | None = None,
        codecs: CodecSet | None = None,
        largest_poll: int = 500,
        poll_seconds: float = 0.1,
    ) -> None:
        self._context = context
        self._unit = unit
        self._topics = [*reads, *writes]
        self._step = step
        self._before_poll = before_poll
        self._forwarded = forwarded
        self._known_codecs = codecs
        self._largest_poll = largest_poll
        self._poll_seconds = poll_seconds
        self._stopped = False
        self._wake_us: dict[Place, int] = {}
        self._backoffs: dict[Place, Backoff] = {}
        self._round_backoff = Backoff()
        self._consumer = GroupConsumer(
            context.settings.kafka,
            unit,
            [catalog.topic(name).kafka_name for name in reads],
            read_committed=True,
            on_assigned=lambda _: self._assigned(),
            on_revoked=lambda _, __: self._forget(),
        )
        self._progress = Progress(context, unit)
        self._calls = ThreadPoolExecutor(1, thread_name_prefix=f"{unit} transaction")

    async def run(self) -> None:
        """Work until the unit is told to stop."""
        await run_in_thread(self._unit, self.work, self.stop)

    def stop(self) -> None:
        """End the loop after the current round."""
        self._stopped = True

    def work(self) -> None:
        """Do the same as `run` in the calling thread."""
        settings = self._context.settings
        self._codecs = self._known_codecs or answer_of(
            self._context, self._unit, lambda: CodecSet.from_registry(settings.registry, self._topics)
        )
        self._producer = answer_of(self._context, self._unit, self._transactional_producer)
        aside = RecordProducer(settings, self._codecs, client_id=f"{self._unit}.dead-letters")
        intake = Intake(self._codecs, DeadLetters(aside, self._unit, settings, self._context.clock), traced=self._context.tracer.on)
        try:
            self._consumer.subscribe()
            while not (self._stopped or self._context.stop.is_set()):
                if self._before_poll is not None:
                    self._before_poll()
                self._turn(intake)
                self._progress.report(self._consumer)
        except BaseException:
            self._consumer.abandon()
            raise
        else:
            self._consumer.close()
        finally:
            self._calls.shutdown(wait=False)
            aside.close()

    def _turn(self, intake: Intake) -> None:
        this_round = _Round()
        messages = self._consumer.poll(self._largest_poll, self._patience())
        began = monotonic_seconds()
        for message in messages:
            self._take(message, intake, this_round)
        if not this_round.next_offsets:
            return
        decided = monotonic_seconds()
        self._progress.worked(len(messages), decided - began)
        try:
            self._write(this_round)
        except Retryable as error:
            listed.TRANSACTIONS_ABORTED.add(1, self._unit)
            self._put_back(this_round, error)
            return
        listed.TRANSACTION_SECONDS.seen(monotonic_seconds() - decided, self._unit)
        self._consumer.note_committed(this_round.next_offsets)
        self._round_backoff.succeeded()
        for span in this_round.spans:
            span.end()
        if self._forwarded is not None:
            self._forwarded(this_round.read)
        for received in this_round.read:
            self._progress.read(received)
        self._progress.wrote(len(this_round.outgoing))

    def _take(self, message: Message, intake: Intake, this_round: _Round) -> None:
        place, offset = (str(message.topic()), int(message.partition() or 0)), int(message.offset() or 0)
        if place in self._consumer.held or place not in self._consumer.positions:
            return  # behind a record that waits
        try:
            received = intake.decode(message)
            decision = Forward() if received is None else self._step(received)
            if received is not None:
                intake.accept(received)
                if isinstance(decision, Forward):
                    this_round.read.append(received)
        except Permanent as error:
            intake.refuse(message, error)
            decision = Forward()
        except Retryable as error:
            self._wait(place, offset, error)
            return
        self._backoffs.pop(place, None)
        if isinstance(decision, NotBefore):
            self._wait_until(place, offset, decision.moment_us)
            return
        self._consumer.advance(message)
        this_round.outgoing += decision.outgoing if received is None or received.trace is None else self._traced(received, decision, this_round)
        this_round.first.setdefault(place, offset)
        this_round.next_offsets[place] = offset + 1

    def _traced(self, received: Received, decision: Forward, this_round: _Round) -> list[Outgoing]:
        """Let what follows from a traced record go on with its trace; the span begins with the record's arrival in its topic."""
        span = self._context.tracer.start(
            self._unit,
            received.trace,
            started_ms=received.appended_ms,
            topic=received.topic.kafka_name,
            partition=received.partition,
            offset=received.offset,
            **identifiers(received.record),
        )
        this_round.spans.append(span)
        return [Outgoing(outgoing.topic, outgoing.record, {**outgoing.headers, **span.headers}) for outgoing in decision.outgoing]

    def _write(self, this_round: _Round) -> None:
        """Write the round's outputs and offsets; after Retryable nothing of it is there."""
        try:
            self._producer.begin_transaction()
            for outgoing in this_round.outgoing:
                self._produce(outgoing)
            offsets = [TopicPartition(*place, offset) for place, offset in this_round.next_offsets.items()]
            self._until_done(
                lambda: self._producer.send_offsets_to_transaction(offsets, self._consumer.group_metadata(), _CALL_SECONDS)
            )
            kill_point("transaction-written")
            self._until_done(lambda: self._producer.commit_transaction(_CALL_SECONDS))
            kill_point("transaction-committed")
        except KafkaException as error:
            raise self._aborted(error) from error

    def _produce(self, outgoing: Outgoing) -> None:
        entry = catalog.topic(outgoing.topic)
        key = entry.key_of(outgoing.record)
        value = self._codecs.of(outgoing.topic).encode(outgoing.record)
        arguments: dict[str, Any] = {"headers": list(outgoing.headers.items())} if outgoing.headers else {}
        while True:
            try:
                self._producer.produce(entry.kafka_name, value, None if key is None else key.encode(), **arguments)
                return
            except BufferError:
                self._producer.poll(0.1)

    def _until_done(self, call: Callable[[], Any]) -> None:
        """Repeat a call of the transaction as long as librdkafka says that the same call may succeed."""
        deadline = monotonic_seconds() + 3 * _CALL_SECONDS
        while True:
            try:
                self._comes_back(call)
                return
            except KafkaException as error:
                if not error.args[0].retriable() or monotonic_seconds() > deadline:
                    raise

    def _comes_back(self, call: Callable[[], Any]) -> None:
        """Make a call that has a timeout, in a thread: librdkafka 2 ignores it when the broker dies at the wrong moment, and never comes back."""
        made = self._calls.submit(call)
        try:
            made.result(2 * _CALL_SECONDS)
        except TimeoutError:
            raise Fatal(f"expected {self._unit}'s transaction to come back within {2 * _CALL_SECONDS:g} s, found it hanging") from None

    def _aborted(self, error: KafkaException) -> Exception:
        cause = error.args[0]
        failure = as_tapewire_error(cause, f"commit a transaction of {self._unit}")
        if cause.fatal() or isinstance(failure, Fatal):
            return Fatal(str(failure))  # fenced by our successor, or refused: the broker aborts what is open
        try:
            self._until_done(lambda: self._producer.abort_transaction(_CALL_SECONDS))
        except KafkaException as second:
            return Fatal(f"expected to abort a transaction of {self._unit}, found {second.args[0].str()} after {failure}")
        return Retryable(str(failure))

    def _put_back(self, this_round: _Round, error: Retryable) -> None:
        seconds = self._round_backoff.next_seconds(error.retry_after_seconds)
        log.warning("transaction_aborted", unit=self._unit, seconds=seconds, error=str(error))
        wake = monotonic_seconds() + seconds
        for place, offset in this_round.first.items():
            self._wake_us.pop(place, None)
            self._consumer.hold(place, offset, lambda: monotonic_seconds() >= wake)

    def _wait(self, place: Place, offset: int, error: Retryable) -> None:
        seconds = self._backoffs.setdefault(place, Backoff()).next_seconds(error.retry_after_seconds)
        log.warning("record_waits", unit=self._unit, topic=place[0], partition=place[1], offset=offset, seconds=seconds, error=str(error))
        wake = monotonic_seconds() + seconds
        self._consumer.hold(place, offset, lambda: monotonic_seconds() >= wake)

    def _wait_until(self, place: Place, offset: int, moment_us: int) -> None:
        self._wake_us[place] = moment_us

        def due() -> bool:
            if self._context.clock.now_us() < moment_us:
                return False
            self._wake_us.pop(place, None)
            return True

        self._consumer.hold(place, offset, due)

    def _patience(self) -> float:
        """Return how long to wait for a record: not beyond the moment the next waiting one is due."""
        if not self._wake_us:
            return self._poll_seconds
        left = (min(self._wake_us.values()) - self._context.clock.now_us()) / MICROSECONDS
        return min(max(self._context.clock.real_seconds(left), _SHORTEST_POLL_SECONDS), self._poll_seconds)

    def _assigned(self) -> None:
        self._progress.assigned()
        self._forget()

    def _forget(self) -> None:
        self._wake_us.clear()
        self._backoffs.clear()

    def _transactional_producer(self) -> Producer:
        settings = self._context.settings
        configuration = producer_configuration(settings.kafka, self._unit)
        configuration |= {
            "transactional.id": f"tapewire.{settings.stack.name}.{self._unit}",
            "transaction.timeout.ms": _TRANSACTION_MS,
            "delivery.timeout.ms": min(settings.kafka.delivery_timeout_ms, _TRANSACTION_MS - 1_000),
            "linger.ms": 0,  # the commit waits for everything anyway
        }
        producer = Producer(configuration)
        try:
            self._until_done(lambda: producer.init_transactions(_CALL_SECONDS))
        except KafkaException as error:
            raise as_tapewire_error(error.args[0], f"start transactions of {self._unit}") from error
        return producer
