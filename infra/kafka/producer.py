"""Publishes records: idempotent, acknowledged by all replicas, positions known."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from infra.clock import monotonic_seconds
from infra.errors import Retryable, TapewireError
from infra.kafka.acknowledged_positions import AcknowledgedPositions
from infra.kafka.client import client_configuration
from infra.kafka.codecs import CodecSet
from infra.kafka.failures import as_tapewire_error
from infra.settings import KafkaSettings, Settings
from schemas import catalog
from schemas.record import Record

LARGEST_MESSAGE_BYTES = 9 * 1024 * 1024  # a dead letter carries a whole message of 8 MiB
_POLL_SECONDS = 0.1
_BY_KEY = -1  # what librdkafka calls a partition that its partitioner is to choose


def producer_configuration(settings: KafkaSettings, client_id: str) -> dict[str, Any]:
    """Return what every producer of ours is configured with."""
    return client_configuration(settings) | {
        "client.id": client_id,
        "enable.idempotence": True,  # implies acks=all and order within a partition
        "partitioner": "murmur2_random",  # the one of aiokafka and Java, so that a symbol meets in one partition
        "compression.type": "lz4",  # the broker recompresses where topics.yaml wants another codec
        "linger.ms": settings.producer_linger_ms,
        "delivery.timeout.ms": settings.delivery_timeout_ms,
        "message.max.bytes": LARGEST_MESSAGE_BYTES,
        "queue.buffering.max.kbytes": 65_536,
        "topic.metadata.propagation.max.ms": 5_000,  # a topic that is still unknown then does not exist
    }


class _Delivery:
    """Everything sent between two calls of `acknowledged`; complete when the broker answered for all of it."""

    __slots__ = ("done", "error", "pending", "sealed")

    def __init__(self) -> None:
        self.pending = 0
        self.sealed = False
        self.error: TapewireError | None = None
        self.done: Future[None] = Future()
        self.done.set_running_or_notify_cancel()  # a waiter that is cancelled must not cancel it for the others


class RecordProducer:
    """Sends records of catalogue topics; safe to use from several threads.

    Parameters
    ----------
    settings
        Settings of the process.
    codecs
        Codecs of every topic that will be sent to.
    client_id
        Shown in the broker's logs and metrics, usually the unit's name.
    """

    def __init__(self, settings: Settings, codecs: CodecSet, *, client_id: str) -> None:
        self._settings = settings.kafka
        self._codecs = codecs
        self._producer = Producer(producer_configuration(settings.kafka, client_id))
        self._lock = threading.Lock()
        self._open = _Delivery()
        self._unfinished: list[_Delivery] = []  # sealed, not complete; or complete with an error nobody saw
        self._positions = AcknowledgedPositions(settings.kafka)
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name=f"{client_id} acknowledgements", daemon=True)
        self._poller.start()

    @property
    def codecs(self) -> CodecSet:
        return self._codecs

    @property
    def positions(self) -> Mapping[tuple[str, int], int]:
        """Next offset after the last acknowledged record, by Kafka topic and partition; `settle_positions` first where it must cover all."""
        return self._positions.known

    def send(
        self,
        topic: str,
        record: Record,
        *,
        partition: int | None = None,
        headers: Mapping[str, str | bytes] | None = None,
    ) -> None:
        """Send ``record`` to the topic with this logical name; blocks while the send queue is full.

        Raises
        ------
        NonFiniteNumber
            If the record holds NaN or infinity.
        Permanent
            If the record is too large.
        Retryable
            If the queue stays full, because the broker is away.
        """
        entry = catalog.topic(topic)
        key = entry.key_of(record)
        value = self._codecs.of(topic).encode(record)
        with self._lock:
            delivery = self._open
            delivery.pending += 1
        try:
            self._produce(
                entry.kafka_name,
                None if key is None else key.encode(),
                value,
                partition,
                headers,
                lambda error, message: self._delivered(delivery, error, message),
            )
        except BaseException:
            with self._lock:
                delivery.pending -= 1
                finished = delivery.sealed and delivery.pending == 0
            if finished:
                self._finish(delivery)
            raise

    def send_many(self, topic: str, records: Sequence[Record]) -> None:
        """Send records in order, as `send` would one by one, in half its time; raises what `send` and `send_encoded` raise."""
        entry, encode = catalog.topic(topic), self._codecs.of(topic).encode
        keys = [None if entry.key is None else str(getattr(record, entry.key)).encode() for record in records]
        self.send_encoded(topic, _BY_KEY, keys, [encode(record) for record in records])

    def send_encoded(self, topic: str, partition: int, keys: Sequence[bytes | None], values: Sequence[bytes]) -> None:
        """Send many encoded records of one topic to one partition, in order; blocks while the send queue is full.

        Only the position of the last in a partition is noted, and they are counted off together: half the time of `send` a record.

        Raises
        ------
        Retryable
            If the queue stays full, because the broker is away.
        """
        kafka_name, count = catalog.topic(topic).kafka_name, len(values)
        if not count:
            return
        with self._lock:
            delivery = self._open
            delivery.pending += count
        answered = itertools.count(1)  # its `next` is atomic: two threads may serve the callbacks
        newest: dict[int | None, tuple[int, Message]] = {}

        def delivered(error: KafkaError | None, message: Message | None) -> None:
            offset = None if message is None else message.offset()
            if error is not None or (message is not None and offset is None):
                failure = self._failure(error, message, kafka_name)
                with self._lock:  # before it is counted: who counts the last one may be another thread
                    delivery.error = delivery.error or failure
            elif message is not None and offset is not None:
                place = message.partition()
                if place not in newest or offset > newest[place][0]:
                    newest[place] = (offset, message)
            if next(answered) == count:
                for _, last in newest.values():
                    self._positions.note(last)
                with self._lock:
                    delivery.pending -= count
                    finished = delivery.sealed and delivery.pending == 0
                if finished:
                    self._finish(delivery)

        produce, sent = self._producer.produce, 0
        try:
            for key, value in zip(keys, values, strict=True):
                try:
                    produce(kafka_name, value, key, partition, delivered)
                except BufferError:
                    self._produce(kafka_name, key, value, partition, None, delivered)
                except KafkaException as error:
                    raise as_tapewire_error(error.args[0], f"send to {kafka_name}") from error
                sent += 1
        except BaseException:
            for _ in range(count - sent):
                delivered(None, None)
            raise

    def send_bytes(
        self,
        kafka_name: str,
        value: bytes,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Mapping[str, str | bytes] | None = None,
    ) -> Future[int | None]:
        """Send bytes as they are; the future gives the offset once the broker has them, or the error.

        The offset is None when the broker has them and its answer was lost: see `AcknowledgedPositions`.
        """
        future: Future[int | None] = Future()
        future.set_running_or_notify_cancel()

        def delivered(error: KafkaError | None, message: Message) -> None:
            failure = self._failure(error, message, kafka_name)
            if failure is None:
                future.set_result(message.offset())
            else:
                future.set_exception(failure)

        self._produce(kafka_name, key, value, partition, headers, delivered)
        return future

    async def acknowledged(self) -> None:
        """Wait until everything sent so far is on the broker.

        Raises
        ------
        Retryable, Permanent, Fatal
            If any of it is not: send it again, put it aside, or exit.
        """
        for delivery in self._seal():
            await asyncio.wrap_future(delivery.done)
            self._raise_once(delivery)

    async def settle_positions(self) -> None:
        """Make `positions` cover everything that is acknowledged; asks the broker where it did not say.

        Raises
        ------
        Retryable, Fatal
            If the broker does not answer.
        """
        if self._positions.unsettled:
            await asyncio.to_thread(self._positions.settle)

    def flush(self, timeout_seconds: float | None = None) -> None:
        """Do the same as `acknowledged`, blocking."""
        deliveries = self._seal()
        limit = self._settings.delivery_timeout_ms / 1_000 + 5 if timeout_seconds is None else timeout_seconds
        deadline = monotonic_seconds() + limit
        for delivery in deliveries:
            try:
                delivery.done.result(max(deadline - monotonic_seconds(), 0.0))
            except TimeoutError:
                raise Retryable(f"expected acknowledgements within {limit} s, found {delivery.pending} missing") from None
            self._raise_once(delivery)

    def close(self) -> None:
        """Wait for what was sent, as long as delivery may take, and stop; errors nobody waited for are raised."""
        try:
            self.flush()
        finally:
            self._closing.set()
            self._poller.join()
            self._producer.flush(1)

    def _seal(self) -> list[_Delivery]:
        with self._lock:
            sealed = self._open
            if sealed.pending or sealed.error:
                self._open = _Delivery()
                sealed.sealed = True
                self._unfinished.append(sealed)
            deliveries = list(self._unfinished)
        if sealed.sealed and sealed.pending == 0:
            self._finish(sealed)
        return deliveries

    def _produce(
        self,
        kafka_name: str,
        key: bytes | None,
        value: bytes,
        partition: int | None,
        headers: Mapping[str, str | bytes] | None,
        on_delivery: Any,
    ) -> None:
        arguments: dict[str, Any] = {"key": key, "value": value, "on_delivery": on_delivery}
        if partition is not None:
            arguments["partition"] = partition
        if headers:
            arguments["headers"] = list(headers.items())
        deadline: float | None = None
        while True:
            try:
                self._producer.produce(kafka_name, **arguments)
                return
            except BufferError:
                deadline = deadline or monotonic_seconds() + self._settings.delivery_timeout_ms / 1_000
                if monotonic_seconds() > deadline:
                    raise Retryable(f"expected room in the send queue of {kafka_name}, found it full") from None
                self._producer.poll(_POLL_SECONDS)
            except KafkaException as error:
                raise as_tapewire_error(error.args[0], f"send to {kafka_name}") from error

    def _delivered(self, delivery: _Delivery, error: KafkaError | None, message: Message) -> None:
        failure = self._failure(error, message, message.topic() or "")
        with self._lock:
            delivery.error = delivery.error or failure
            delivery.pending -= 1
            finished = delivery.sealed and delivery.pending == 0
        if finished:
            self._finish(delivery)

    def _failure(self, error: KafkaError | None, message: Message | None, kafka_name: str) -> TapewireError | None:
        """Return why a record is not there for certain; None if it is."""
        if error is not None:
            return as_tapewire_error(error, f"deliver to {kafka_name}")
        if message is None or self._positions.note(message):
            return None
        return Retryable(
            f"deliver to {kafka_name}[{message.partition()}]: expected the record's offset, found an acknowledgement without one "
            "from a broker that did not know this producer yet: it may have taken a later batch in its stead"
        )

    def _finish(self, delivery: _Delivery) -> None:
        with self._lock:
            if delivery.error is None and delivery in self._unfinished:
                self._unfinished.remove(delivery)
        if not delivery.done.done():
            delivery.done.set_result(None)

    def _raise_once(self, delivery: _Delivery) -> None:
        if delivery.error is None:
            return
        with self._lock:
            if delivery in self._unfinished:
                self._unfinished.remove(delivery)
        raise delivery.error

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(_POLL_SECONDS)
