"""CAL-09, CAL-10 on a real broker: ticks carry the window that the calendar has at their second, also one that is told while they run.

Heartbeats that nobody can read do not stop them.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from infra.clock import ManualClock, to_microseconds
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.market_calendar import NEW_YORK
from infra.plugins import load_all
from infra.settings import Settings
from schemas import catalog
from schemas.records import CalendarEvent, EventImportance, Licence, Tick
from tests.support.delivery_world import running_units
from tests.support.feed_world import empty_topics
from tests.support.kafka_world import read_all

MINUTE = 60_000_000
BEGIN = to_microseconds(datetime(2026, 12, 9, 13, 49, 58, tzinfo=NEW_YORK))
pytestmark = pytest.mark.timeout(180)


def event(name: str, moment_us: int) -> CalendarEvent:
    return CalendarEvent(
        event_id=name, ts_event=moment_us, ts_received=BEGIN, ts_published=BEGIN, source="merged", licence=Licence.INTERNAL, kind="report",
        event=name, all_day=False, importance=EventImportance.HIGH,
    )  # fmt: skip


async def test_ticks_carry_the_windows_of_the_calendar(kafka_settings: Settings, codecs: CodecSet, record_producer: RecordProducer) -> None:
    await asyncio.to_thread(empty_topics, kafka_settings, ("ops.ticks", "reference.calendar-events"))
    load_all("producers")
    settings = kafka_settings.model_copy(update={"ticks": kafka_settings.ticks.model_copy(update={"feeds": ()})})
    clock = ManualClock(BEGIN)

    async def publish(told: CalendarEvent) -> None:
        record_producer.send("reference.calendar-events", told)
        await record_producer.acknowledged()

    async def ticks(until_us: int) -> list[tuple[int, str | None]]:
        """Wait for the tick at a moment in every partition; return second and event of all, in the order of time."""
        entry, codec = catalog.topic("ops.ticks"), codecs.of("ops.ticks")
        async with asyncio.timeout(60):
            while True:
                messages = await asyncio.to_thread(read_all, settings.kafka.bootstrap_servers, entry.kafka_name)
                found = [tick for message in messages if isinstance(tick := codec.decode(message.value() or b""), Tick)]
                if sum(tick.ts_event == until_us for tick in found) == entry.partitions:
                    return sorted({((tick.ts_event - BEGIN) // 1_000_000, tick.macro and tick.macro.event) for tick in found})
                await asyncio.sleep(0.05)

    heartbeats = catalog.topic("ops.heartbeats").kafka_name
    for unreadable in (b"\x00" + (4_000_000).to_bytes(4, "big") + b"schema of nobody", b"no frame"):
        record_producer.send_bytes(heartbeats, unreadable, partition=0).result(20)
    await publish(event("FOMC", BEGIN + 10 * MINUTE + 2_000_000))
    async with running_units(settings, clock, "ticks"):
        await ticks(BEGIN - 1_000_000)
        clock.advance(4)
        assert await ticks(BEGIN + 3_000_000) == [(-1, None), (0, None), (1, None), (2, "FOMC"), (3, "FOMC")]
        clock.advance(30 * 60)
        await ticks(BEGIN + 3_000_000 + 30 * MINUTE)
        await publish(event("speech", BEGIN + 35 * MINUTE))
        later = 4
        async with asyncio.timeout(60):
            while True:  # it looks at the calendar every two seconds
                clock.advance(1)
                told = await ticks(BEGIN + later * 1_000_000 + 30 * MINUTE)
                if told[-1][1] == "speech":
                    break
                later += 1
    assert {name for second, name in told if 20 * 60 + 2 <= second < 30 * 60 + 4} == {None}, "ten minutes after the event it is over"
