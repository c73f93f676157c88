"""Writes one tick for every second of market time to every partition of ops.ticks: the watermark that closes windows.

After a restart the ticks go on from the last one on the topic, so that no second is skipped or repeated. What concerns every symbol at once, such
as the window around an economic event, is told by the tick: so the log says what a stage knew at which second, and a replay knows the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from confluent_kafka import Consumer, TopicPartition

from infra.clock import MICROSECONDS, monotonic_seconds
from infra.errors import Fatal, Retryable, TapewireError
from infra.kafka.client import client_configuration
from infra.kafka.codecs import CodecSet
from infra.kafka.partition_bounds import TIMEOUT_SECONDS, partition_bounds
from infra.kafka.producer import RecordProducer
from infra.kafka.received import Place
from infra.kafka.topic_ends import topic_ends
from infra.kafka.topic_follower import TopicFollower
from infra.macro_windows import margins_of
from infra.patience import until_answered
from infra.plugins import load_all
from infra.unit import UnitContext, registered, unit
from producers.macro_calendar import TOPIC as CALENDAR
from producers.macro_calendar import MacroCalendar
from producers.source import ALWAYS_WRITTEN
from producers.tick_schedule import TickSchedule
from schemas import catalog
from schemas.codec import UndecodableRecord

NAME = "ticks"
_POLL_SECONDS = 0.05
_HEARTBEATS_READ_BACK = 200
_MOST_SECONDS_AT_ONCE = 600
_REPORT_SECONDS = 0.25
_COVERED = [(topic.kafka_name, number) for topic in catalog.topics().values() if topic.covered for number in range(topic.partitions)]
_PATIENCE_SECONDS = 60.0  # beyond the longest wait for the broker: a unit that is silent for longer hangs


@unit(
    name=NAME,
    kind="ticks",
    reads=("ops.heartbeats", CALENDAR),
    writes=("ops.ticks",),
    summary="One tick a second of market time to every partition, once all feeds are complete up to it.",
)
async def run(context: UnitContext) -> None:
    """Write ticks until told to stop."""
    settings = context.settings
    codecs = await until_answered(context, NAME, lambda: CodecSet.from_registry(settings.registry, ("ops.ticks", "ops.heartbeats", CALENDAR)))
    consumer = Consumer(
        client_configuration(settings.kafka) | {"group.id": f"{NAME}.heartbeats", "enable.auto.commit": False, "fetch.wait.max.ms": 20}
    )
    producer = RecordProducer(settings, codecs, client_id=NAME)
    follower, calendar = TopicFollower(settings.kafka, codecs, CALENDAR), MacroCalendar(margins_of(settings.macro))
    try:
        last_us = await until_answered(context, NAME, lambda: _last_ticks(consumer, codecs))
        await until_answered(context, NAME, lambda: _follow_heartbeats(consumer))
        calendar.take(await until_answered(context, NAME, follower.catch_up))
        schedule = TickSchedule(settings.ticks, monotonic_seconds(), last_us, _topics_of(settings.ticks.feeds))
        await asyncio.to_thread(_write, context, consumer, codecs, producer, schedule, calendar, follower)
    finally:
        await asyncio.to_thread(follower.close)
        await asyncio.to_thread(consumer.close)
        await asyncio.to_thread(producer.close)


def _write(
    context: UnitContext, consumer: Consumer, codecs: CodecSet, producer: RecordProducer, schedule: TickSchedule, calendar: MacroCalendar,
    follower: TopicFollower,
) -> None:
    clock = context.clock
    market_seconds = clock.real_seconds(1.0) or 1.0
    lag_us = round(context.settings.ticks.clock_lag_real_seconds / market_seconds * MICROSECONDS)
    word = _Word(context)
    while not context.stop.is_set():
        heard = _hear(consumer, codecs, schedule)
        calendar.keep_current(follower)
        at = monotonic_seconds()
        until_us = schedule.due_until_us(clock.now_us(), lag_us, at)
        if until_us is not None and schedule.is_due(until_us):
            schedule.cover(_ends(consumer))
        schedule.windows = calendar.windows
        ticks = [] if until_us is None else schedule.take(until_us, _MOST_SECONDS_AT_ONCE, at)
        try:
            for partition, tick in ticks:
                producer.send("ops.ticks", tick, partition=partition)
            if ticks:
                producer.flush()
        except TapewireError as error:
            # Some may be written, some not: the next process looks at the topic and knows.
            raise Fatal(f"expected ticks to be acknowledged, found {error}") from error
        word.tell(heard, len(ticks), ticks[-1][1].ts_event if ticks else None)


def _hear(consumer: Consumer, codecs: CodecSet, schedule: TickSchedule) -> int:
    """Take in the heartbeats that have come; return how many."""
    heard = 0
    for message in consumer.consume(_HEARTBEATS_READ_BACK, timeout=_POLL_SECONDS):
        if message.error() is not None:
            continue  # the client reconnects by itself
        heard += 1
        try:
            schedule.heard(codecs.of("ops.heartbeats").decode(message.value() or b""), monotonic_seconds())
        except (UndecodableRecord, Retryable):
            continue  # sink.clickhouse reads this topic too and puts it aside; or the registry is away, and the next heartbeat comes soon
    return heard


def _ends(consumer: Consumer) -> Mapping[Place, int]:
    """Return where the covered topics end; nothing while the broker does not answer: the ticks then cover what the last ones did."""
    try:
        return topic_ends(consumer, _COVERED)
    except Retryable:
        return {}


class _Word:
    """What the unit says of itself, some times a second: also while no tick is due, since the lag grows then."""

    def __init__(self, context: UnitContext) -> None:
        self._context = context
        self._again_within = context.settings.kafka.delivery_timeout_ms / 1_000 + _PATIENCE_SECONDS
        self._newest_us: int | None = None
        self._heard = self._written = 0
        self._next = 0.0

    def tell(self, heard: int, written: int, newest_us: int | None) -> None:
        self._heard += heard
        self._written += written
        self._newest_us = newest_us or self._newest_us
        if monotonic_seconds() < self._next:
            return
        self._next = monotonic_seconds() + _REPORT_SECONDS
        newest = self._newest_us
        self._context.health.report(
            NAME,
            ready=True,
            detail="waiting for the first heartbeat" if newest is None else "ticking",
            lag_seconds=None if newest is None else (self._context.clock.now_us() - newest) / MICROSECONDS,
            records_in=self._heard,
            records_out=self._written,
            again_within=self._again_within,
        )
        self._heard = self._written = 0


def _topics_of(feeds: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return what each feed writes, its payloads and heartbeats left out."""
    load_all("producers")
    units = registered()
    return {name: tuple(topic for topic in units[name].writes if topic not in ALWAYS_WRITTEN) for name in feeds if name in units}


def _last_ticks(consumer: Consumer, codecs: CodecSet) -> list[int | None]:
    """Return the time of the last tick of each partition; all None on an empty topic.

    A partition without a tick, because the very first batch was cut short, begins where the others began.
    """
    topic, codec = catalog.topic("ops.ticks"), codecs.of("ops.ticks")

    def moment_at(partition: int, offset: int) -> int:
        consumer.assign([TopicPartition(topic.kafka_name, partition, offset)])
        message = consumer.poll(TIMEOUT_SECONDS)
        if message is None or message.error() is not None:
            raise Retryable(f"expected a tick at {topic.kafka_name}[{partition}] offset {offset}, found none in time")
        return int(codec.decode(message.value() or b"").ts_event)

    found: dict[int, int] = {}
    before_first: int | None = None
    for partition in range(topic.partitions):
        low, high = partition_bounds(consumer, topic.kafka_name, partition)
        if high > low:
            found[partition] = moment_at(partition, high - 1)
            before_first = before_first or moment_at(partition, low) - MICROSECONDS
    return [found.get(partition, before_first) for partition in range(topic.partitions)]


def _follow_heartbeats(consumer: Consumer) -> None:
    """Read the heartbeats from a little before the end: each feed's newest one counts."""
    kafka_name = catalog.topic("ops.heartbeats").kafka_name
    low, high = partition_bounds(consumer, kafka_name, 0)
    consumer.assign([TopicPartition(kafka_name, 0, max(low, high - _HEARTBEATS_READ_BACK))])
