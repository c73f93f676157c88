"""Delayed messages: what a hundred thousand that wait cost the release in memory and processor time, and how fast they go when they are due."""

from __future__ import annotations

import time
from collections.abc import Sequence

from confluent_kafka import Consumer, Producer, TopicPartition

from benchmarks.arena import Arena, arena
from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed
from benchmarks.unit_process import Look, UnitProcess, running_unit
from infra.clock import MICROSECONDS, SystemClock
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import producer_configuration
from infra.settings import TierSettings
from schemas import catalog
from schemas.ids import deterministic_id
from schemas.records import DepthLabel, Resolution, SetupEvent, SetupState, Side
from sinks.distribution.tiers import redact

MESSAGES = 100_000
UNIT = "sink.release"
QUEUES = {"delay.basic": "distribution.basic", "delay.free": "distribution.free"}
FILL_SECONDS_A_MESSAGE = 0.0004
DUE_WITHIN_SECONDS = 10.0
WAIT_SECONDS = 10.0
COLUMNS = (
    Column("messages", "messages", ",.0f"),
    Column("resident_megabytes", "RSS MB", ",.1f"),
    Column("grown_megabytes", "grown MB", "+,.1f"),
    Column("cpu_percent", "CPU %", ".1f"),
    Column("messages_per_second", "released/s", ",.0f"),
    Column("early", "early", ",.0f"),
)


@job("delayed", "memory of the release with 100,000 messages that wait", by_default=False)
def delayed(options: Options) -> Sequence[Result]:
    """Fill both queues, let them wait, let them go; the release's memory at each step."""
    count = (options.records or MESSAGES) // len(QUEUES)
    results: list[Result] = []
    with arena(UNIT, "sink.fanout") as place:
        codecs = CodecSet.from_registry(place.settings.registry, (*QUEUES, *QUEUES.values()))
        with running_unit(place, place.settings, UNIT) as unit:
            unit.wait_until_ready()
            empty = unit.look()
            try:
                due_us = SystemClock().now_us() + round((count * 2 * FILL_SECONDS_A_MESSAGE + 15 + WAIT_SECONDS) * MICROSECONDS)
                _fill(place, codecs, count, due_us)
                filled, began = unit.look(), time.monotonic()
                time.sleep(max(0.0, (due_us - SystemClock().now_us()) / MICROSECONDS - 1))
                waited, seconds = unit.look(), time.monotonic() - began
                results.append(_result("nothing waits", 0, empty, empty))
                results.append(_result(f"{2 * count:,} have come", 2 * count, empty, filled))
                used = 100 * (waited.cpu - filled.cpu) / seconds
                results.append(_result(f"{2 * count:,} wait", 2 * count, empty, waited, cpu_percent=used))
                results.append(_release(place, codecs, unit, empty, count))
            except RunFailed as failure:
                results.append(Result("delayed", "failed", "failed", checked=False, note=f"FAILED: {str(failure).splitlines()[0]}"))
                print(failure, flush=True)
    show(f"delayed: two tiers, all due within {DUE_WITHIN_SECONDS:g} s", COLUMNS, results)
    return results


def _release(place: Arena, codecs: CodecSet, unit: UnitProcess, empty: Look, count: int) -> Result:
    """Wait until all are out; check that each is there once, in order and not early."""
    before, began = unit.look(), time.monotonic()
    for queue in QUEUES:
        unit.wait_until_committed(place, UNIT, queue, count, 120)
    seconds, after = time.monotonic() - began, unit.look()
    early, note = 0, ""
    for queue, public in QUEUES.items():
        queued, released = _read(place, queue), _read(place, public)
        if [value for _, value in queued] != [value for _, value in released]:
            note = f"{public} does not hold what was queued"
        codec = codecs.of(public)
        early += sum(appended_ms * 1_000 + 999 < codec.decode(value).not_before for appended_ms, value in released)
    figures = {"cpu_percent": 100 * (after.cpu - before.cpu) / seconds, "messages_per_second": 2 * count / seconds, "early": float(early)}
    label = f"{2 * count:,} were released"
    return _result(label, 2 * count, empty, after, right=not early and not note, note=note, **figures)


def _result(label: str, messages: int, empty: Look, now: Look, *, right: bool = True, note: str = "", **more: float) -> Result:
    grown = (now.resident - empty.resident) / 1e6
    figures = {"messages": float(messages), "resident_megabytes": now.resident / 1e6, "grown_megabytes": grown, **more}
    print(f"{label}: {figures} {note}", flush=True)
    return Result("delayed", label, label, right, note, figures)


def _fill(place: Arena, codecs: CodecSet, count: int, due_us: int) -> None:
    """Queue the alerts as fan-out makes them; their moments come one after the other."""
    tiers = TierSettings()
    producer = Producer(producer_configuration(place.settings.kafka, "bench"))
    for number in range(count):
        moment = due_us + round(number * DUE_WITHIN_SECONDS * MICROSECONDS / count)
        for queue, delay in (("delay.basic", tiers.basic_delay_seconds), ("delay.free", tiers.free_delay_seconds)):
            alerts = redact(_event(number, moment - round(delay * MICROSECONDS)), 0, tiers)
            alert = alerts.basic if queue == "delay.basic" else alerts.free
            assert alert is not None and alert.not_before == moment
            while True:
                try:
                    producer.produce(catalog.topic(queue).kafka_name, codecs.of(queue).encode(alert), alert.setup_id.encode())
                    break
                except BufferError:
                    producer.poll(0.1)
    if producer.flush(60):
        raise RunFailed("the broker did not take all alerts")


def _event(number: int, ts_event: int) -> SetupEvent:
    setup_id = deterministic_id("setup", number)
    return SetupEvent(
        event_id=deterministic_id("setup-event", setup_id, 0), setup_id=setup_id, sequence=0, strategy="box-break-retest",
        symbol=f"S{number % 5_000}", side=Side.LONG, state=SetupState.ARMED, ts_event=ts_event, expires_at=ts_event + 3_600 * MICROSECONDS,
        box_id=setup_id, box_resolution=Resolution.M1, box_high=6.42, box_low=6.30, trigger_price=6.42, stop_price=6.18, targets=(7.04, 7.66),
        reward_to_risk=2.6, depth_label=DepthLabel.NONE, last_price=6.40, reasons=(),
    )  # fmt: skip


def _read(place: Arena, topic: str) -> list[tuple[int, bytes]]:
    """Return the broker's time in ms and the value of each committed record of the topic's one partition."""
    consumer: Consumer = place.reader()
    consumer.assign([TopicPartition(catalog.topic(topic).kafka_name, 0, 0)])
    found: list[tuple[int, bytes]] = []
    while True:
        for message in consumer.consume(1_000, 10.0):
            if message.error() is not None:  # the end
                consumer.close()
                return found
            found.append((message.timestamp()[1], message.value() or b""))
