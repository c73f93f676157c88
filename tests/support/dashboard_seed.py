"""A plausible hour of one trading day in ClickHouse, so that the pages can be looked at without the pipeline.

Prices are seeded random walks through given points; setups, boxes, alerts and receipts are consistent with them. Nothing here is a number
of the product: tests of numbers use the product's own folds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.clickhouse.client import ClickHouse
from infra.settings import ClickHouseSettings
from schemas.catalog import dead_letter_topic, topics
from schemas.record import Record
from schemas.records import Resolution
from sinks.clickhouse.batching import Row
from sinks.clickhouse.rows import block_of_rows
from tests.support.dashboard_alerts import deliver
from tests.support.dashboard_market import aggregated, features, last_trade, minute_bars, views
from tests.support.dashboard_operations import dead_letters, heartbeats, held_alerts
from tests.support.dashboard_setups import boxes, refusals, setup_events
from tests.support.dashboard_stories import SECOND, STORIES, Story

Records = dict[str, list[Record]]


def seeded(now_us: int, stories: Sequence[Story] = STORIES) -> Records:
    """Return every record of the hours before ``now_us`` by topic."""
    now_us -= now_us % SECOND
    found: Records = {name: [] for name in topics()}
    for story in stories:
        minutes = minute_bars(story, now_us)
        for resolution, length in ((Resolution.M1, 1), (Resolution.M2, 2), (Resolution.M5, 5), (Resolution.M15, 15)):
            bars = aggregated(minutes, resolution, length)
            found["derived.bars"] += bars
            found["derived.features"] += features(bars)
        found["views"] += views(story, minutes, now_us)
        events = setup_events(story, minutes, now_us)
        found["setups.events"] += events
        if story.box is not None:
            found["derived.boxes"] += boxes(story, now_us)
        for event in events:
            deliver(event, now_us, found)
        found["market.trades"] += [last_trade(story.symbol, now_us - index * 400_000, minutes[-1].close, index) for index in range(40)]
    found["signals.refusals"] += refusals(now_us)
    found["ops.heartbeats"] += heartbeats(now_us)
    found["distribution.held"] += held_alerts(now_us)
    found["dead-letters"] = dead_letters(now_us)
    return {name: records for name, records in found.items() if records}


def store(settings: ClickHouseSettings, records: Mapping[str, Sequence[Record]], *, first_offset: int = 0) -> None:
    """Write records by topic into the migrated database, through the history sink's own rows and tokens."""
    with ClickHouse.connect(settings) as database:
        for topic in [*topics().values(), dead_letter_topic(topics()["market.trades"])]:
            entries = records.get("dead-letters" if topic.table == "dead_letters" else topic.name, ())
            rows = [Row(first_offset + place, None, b"", record) for place, record in enumerate(entries)]
            if rows:
                database.insert(block_of_rows(topic, 0, rows), f"{topic.kafka_name}-0-{rows[0].offset}-{rows[-1].offset}")
