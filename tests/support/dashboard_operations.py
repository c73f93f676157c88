"""Heartbeats of feeds and dead letters of the seeded day."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.ids import deterministic_id
from schemas.record import Record
from schemas.records import (
    BudgetScope,
    DeadLetter,
    FeedFault,
    FeedFaultKind,
    FeedHeartbeat,
    FeedPosition,
    FeedState,
    HeldAlert,
    Licence,
    Side,
    TopicReading,
)
from tests.support.dashboard_stories import MINUTE, SECOND


def heartbeats(now_us: int) -> Iterator[FeedHeartbeat]:
    for age in range(60, 0, -1):
        yield FeedHeartbeat(
            feed="feed.polygon", ts_event=now_us - age * SECOND - 300_000, ts_published=now_us - age * SECOND + 200_000, state=FeedState.LIVE,
            records_published=1_204_331 + (60 - age) * 812, reconnects=1,
            positions=tuple(FeedPosition(topic="market.trades.v1", partition=part, next_offset=300_400 + part * 77) for part in range(4)),
            readings=(TopicReading(
                topic="market.trades", records=812, lag_p50_ms=31.4, lag_p99_ms=88.0, crossed_share=0.002, repeated_share=0.0, disordered_share=0.001,
            ),), gaps=1, dead_letters=2, mode="replay", licence=Licence.INTERNAL,
        )  # fmt: skip
        yield FeedHeartbeat(
            feed="feed.unusual_whales", ts_event=now_us - age * SECOND - 900_000, ts_published=now_us - age * SECOND + 400_000, state=FeedState.LIVE,
            positions=(), records_published=88_102 + (60 - age) * 9, reconnects=0, dead_letters=41, breakers_open=("greek_exposure",), budget_used=71,
            budget_limit=110, mode="replay", licence=Licence.INTERNAL,
            faults=(FeedFault(
                kind=FeedFaultKind.LEFT_ALONE, topics=("options.exposures",), measured=None, tolerated=None, since=now_us - 41 * SECOND,
                reason="endpoint greek_exposure fails and is left alone: expected status 200, found 500",
            ),),
        )  # fmt: skip


def dead_letters(now_us: int) -> list[Record]:
    cases = (
        (3, "feed.polygon", "market.trades.v1", "Permanent", "expected a price above 0, found -1.25", "[3].p",
         b'[{"ev":"T","sym":"GNUS","p":-1.25}]'),
        (17, "feed.polygon", "market.quotes.v1", "Permanent", "expected bid below ask, found 8.31 over 8.25", "[0].bp", b'[{"ev":"Q","sym":"INO"}]'),
        (41, "sink.clickhouse", "derived.bars.v1", "UnknownWriterSchema", "expected a schema id the registry knows, found 991", None,
         b"\x00\x00\x00\x03\xdf\x08BCRX"),
    )  # fmt: skip
    return [
        DeadLetter(
            dead_letter_id=deterministic_id("dead-letter", stage, before), stage=stage, version="0.1.0", topic=topic, partition=1,
            offset=88_120 + before, error=error, reason=reason, field_path=path, key=b"GNUS", value=value, ts_published=now_us - before * MINUTE,
        )
        for before, stage, topic, error, reason, path, value in cases
    ]  # fmt: skip


def held_alerts(now_us: int) -> Iterator[HeldAlert]:
    setup_id = deterministic_id("setup", "HELD", now_us)
    yield HeldAlert(
        setup_id=setup_id, event_id=deterministic_id("setup-event", setup_id, 0), symbol="HELD", strategy="box-break-retest", side=Side.LONG,
        day=now_us // (86_400 * SECOND), scope=BudgetScope.SYMBOL, number=4, limit=3, ts_event=now_us - 2 * MINUTE,
        ts_held=now_us - 2 * MINUTE + 300_000,
    )  # fmt: skip
