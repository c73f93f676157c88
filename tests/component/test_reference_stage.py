"""stage.reference on a real broker: a morning's lists and the merged calendar, through a kill, each record written once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from infra.clock import to_microseconds
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.market_calendar import NEW_YORK
from infra.settings import ClockSettings, Settings
from schemas import catalog
from schemas.record import Record
from schemas.records import CalendarEvent, EarningsReport, Gapper, Licence, ReportTime, Watchlist, WatchlistState
from tests.support.feed_world import FeedWorld, empty_topics
from tests.support.kafka_world import wait_until

DAY = date(2026, 11, 20)
START = datetime(2026, 11, 20, 9, 24, 30, tzinfo=NEW_YORK)
TOPICS = tuple(name for name in catalog.topics() if name.startswith("reference."))


def at(hour: int, minute: int) -> int:
    return to_microseconds(START.replace(hour=hour, minute=minute, second=0))


def gapper(symbol: str, moment_us: int, gap: float) -> Gapper:
    return Gapper(
        symbol=symbol, ts_event=moment_us, ts_received=moment_us, ts_published=moment_us, source="polygon", last_price=5.0,
        previous_close=4.5, gap_percent=gap, volume=1e6,
    )  # fmt: skip


def earnings(source: str, report: date) -> EarningsReport:
    return EarningsReport(
        symbol="AAPL", ts_event=at(9, 0), ts_received=at(9, 0), ts_published=at(9, 0), source=source, licence=Licence.INTERNAL,
        report_date=(report - date(1970, 1, 1)).days, report_time=ReportTime.UNKNOWN,
    )  # fmt: skip


@pytest.fixture
def world(kafka_settings: Settings, codecs: CodecSet, tmp_path: Path) -> Iterator[FeedWorld]:
    """Empty reference topics and a clock that stands at 09:24:30 and goes ten times as fast."""
    empty_topics(kafka_settings, TOPICS)
    clock = ClockSettings(kind="scaled", start_us=to_microseconds(START), origin_us=time.time_ns() // 1_000, speed=10)
    found = FeedWorld(kafka_settings.model_copy(update={"clock": clock}), codecs, tmp_path)
    yield found
    for name in list(found.processes):
        found.kill(name)


def newest(world: FeedWorld, name: str) -> tuple[WatchlistState | None, list[str]]:
    """Return the state and the symbols of the newest list of a name."""
    lists = [one for one in world.records("reference.watchlists") if one.name == name]
    last: Watchlist | None = max(lists, key=lambda one: one.ts_published, default=None)
    return (None, []) if last is None else (last.state, [entry.symbol for entry in last.entries])


def said_twice(records: list[Record]) -> list[Record]:
    """Return the records that say no more than one before them did."""
    plain = [replace(one, ts_received=0, ts_published=0) for one in records if isinstance(one, CalendarEvent | EarningsReport)]
    return [one for place, one in enumerate(plain) if one in plain[:place]]


def test_a_morning_s_lists_and_calendars_through_a_kill(world: FeedWorld, record_producer: RecordProducer) -> None:
    """WCH-01, 02, 03, 10; CAL-06, 07."""
    later = DAY + timedelta(days=30)
    record_producer.send("reference.gappers", gapper("GAPA", at(9, 5), 30.0))
    record_producer.send("reference.gappers", gapper("GAPB", at(9, 6), 60.0))
    record_producer.send("reference.gappers", gapper("LATE", at(9, 12), 90.0))
    record_producer.send("reference.earnings", earnings("unusual_whales", later))
    record_producer.send("reference.earnings", earnings("finnhub", later - timedelta(days=1)))
    record_producer.flush()
    world.start("reference", "run", "stage.reference")
    wait_until(lambda: newest(world, "watchlist") == (WatchlistState.FINAL, ["GAPB", "GAPA"]), "the day's list")
    assert newest(world, "longlist") == (WatchlistState.FROZEN, ["GAPB", "GAPA"])
    wait_until(lambda: bool(world.records("reference.earnings-dates")), "the merged date")
    world.kill("reference")

    world.start("pin", "watchlist", "pin", "SPY")
    assert world.processes.pop("pin").wait(60) == 0
    record_producer.send("reference.earnings", earnings("finnhub", later))
    record_producer.flush()
    world.start("reference", "run", "stage.reference")
    wait_until(lambda: newest(world, "watchlist") == (WatchlistState.FINAL, ["SPY", "GAPB", "GAPA"]), "the list with the pin")
    wait_until(lambda: len(world.records("reference.earnings-dates")) == 2, "the sources to agree")
    assert world.stop("reference") == 0

    dates: list[EarningsReport] = sorted(world.records("reference.earnings-dates"), key=lambda one: one.ts_published)
    days = [(one.report_date - (DAY - date(1970, 1, 1)).days, one.conflict) for one in dates]
    assert days == [(29, True), (30, False)]
    events = [one for one in world.records("reference.calendar-events") if one.source == "merged"]
    assert {"fomc-decision", "us-cpi"} <= {one.series for one in events}
    assert said_twice(events) == []
    assert len([one for one in world.records("reference.watchlists") if one.name == "longlist"]) == 1
