"""ING-44: what the heartbeats say of each feed."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace

import pytest
from rich.console import Console

from infra.cli.feed_report import FeedLine, Sign, report
from infra.cli.feed_table import feed_table, notes
from infra.settings import Settings
from infra.unit import registered
from producers.switched_off import switched_off
from schemas.records import FeedFault, FeedFaultKind, FeedHeartbeat, FeedState, Licence, TopicReading

NOON = 1_586_966_400_000_000


def sign(feed: str, at_seconds: float, records: int, state: FeedState = FeedState.LIVE, detail: str | None = None) -> Sign:
    beat = FeedHeartbeat(
        feed=feed, ts_event=NOON, ts_published=NOON + 2_500_000, state=state, positions=(), records_published=records, reconnects=1, detail=detail,
    )  # fmt: skip
    return Sign(at_seconds, beat)


def one(signs: list[Sign], now_seconds: float) -> FeedLine:
    (line,) = report(["feed.polygon"], signs, now_seconds, 10.0)
    return line


def test_a_feed_that_beats_is_healthy_with_its_age_lag_and_rate() -> None:
    line = one([sign("feed.polygon", 100.0, 50), sign("feed.polygon", 110.0, 250)], 113.0)
    assert (line.state, line.age_seconds, line.behind_seconds, line.records_a_second, line.healthy) == ("LIVE", 3.0, 2.5, 20.0, True)


def test_the_rate_is_of_the_last_minute_and_of_the_newest_process() -> None:
    restarted = [sign("feed.polygon", 90.0, 9_000), sign("feed.polygon", 100.0, 0), sign("feed.polygon", 105.0, 50)]
    assert one(restarted, 106.0).records_a_second == 10.0
    slowed = [sign("feed.polygon", 0.0, 0), sign("feed.polygon", 100.0, 90_000), sign("feed.polygon", 120.0, 90_020)]
    assert one(slowed, 121.0).records_a_second == 1.0
    assert one([sign("feed.polygon", 100.0, 50)], 101.0).records_a_second is None


def test_a_feed_that_fell_silent_is_down_or_never_came_is_not_healthy() -> None:
    assert not one([sign("feed.polygon", 100.0, 50)], 110.1).healthy
    down = one([sign("feed.polygon", 100.0, 50, FeedState.DOWN, "refused")], 101.0)
    assert (down.state, down.detail, down.healthy) == ("DOWN", "refused", False)
    none = one([], 101.0)
    assert (none.state, none.age_seconds, none.healthy) == ("NO DATA", None, False)


def test_a_feed_nobody_asked_for_is_shown_too() -> None:
    lines = report(["feed.polygon"], [sign("feed.toy", 100.0, 1)], 101.0, 10.0)
    assert [(line.feed, line.healthy) for line in lines] == [("feed.polygon", False), ("feed.toy", True)]


def test_faults_make_a_live_feed_unhealthy_and_the_line_says_what() -> None:
    beat = replace(
        sign("feed.polygon", 100.0, 50).heartbeat, gaps=2, dead_letters=7, breakers_open=("greek_exposure",), budget_used=71, budget_limit=110,
        mode="demo", licence=Licence.INTERNAL,
        faults=(FeedFault(kind=FeedFaultKind.CROSSED, topics=("market.quotes",), measured=0.5, tolerated=0.2, since=0, reason="half are crossed"),),
        readings=tuple(
            TopicReading(topic=topic, records=9, lag_p50_ms=lag, lag_p99_ms=2 * lag, crossed_share=share, repeated_share=0.0, disordered_share=None)
            for topic, lag, share in (("market.trades", 40.0, None), ("market.quotes", 60.0, 0.5))
        ),
    )  # fmt: skip
    line = one([Sign(100.0, beat)], 101.0)
    assert not line.healthy and line.faults == ("CROSSED: half are crossed",)
    assert (line.gaps, line.dead_letters, line.breakers_open, line.budget_used, line.budget_limit) == (2, 7, ("greek_exposure",), 71, 110)
    assert (line.mode, line.licence) == ("demo", "INTERNAL")
    assert (line.lag_p50_ms, line.lag_p99_ms, line.crossed_share, line.repeated_share, line.disordered_share) == (60.0, 120.0, 0.5, 0.0, None)
    words = ("live bad", "greek_exposure", "71/110", "60/120", "50%/0%/–", "1 open", "demo", "internal", "half are crossed")
    assert [word for word in words if word not in printed(line, 400)] == []


@pytest.mark.parametrize("width", [80, 100, 130, 160, 180, 200, 230])
def test_the_table_has_the_columns_that_the_terminal_has_room_for(width: int) -> None:
    beat = replace(sign("feed.financial_modeling_prep", 100.0, 1_000_000).heartbeat, gaps=12, dead_letters=17, budget_used=110, budget_limit=120)
    (line,) = report([beat.feed], [Sign(100.0, beat)], 101.0, 10.0)
    rows = printed(line, width).splitlines()
    assert len(rows) == 2 and max(map(len, rows)) <= width, "a heading and a row, no line broken"
    assert "…" not in "".join(rows) and {"financial_modeling_prep", "12", "17"} <= set(rows[1].split())


def printed(line: FeedLine, width: int) -> str:
    text = io.StringIO()
    console = Console(file=text, width=width)
    console.print(feed_table([line], width), *notes([line]))
    return text.getvalue().rstrip()


def test_a_feed_that_is_switched_off_is_not_required_unless_it_ran() -> None:
    off = {"feed.polygon": "no key: set TAPEWIRE_POLYGON__API_KEY"}
    (line,) = report(["feed.polygon"], [], 101.0, 10.0, off)
    assert (line.state, line.required, line.detail) == ("OFF", False, off["feed.polygon"])
    (line,) = report(["feed.polygon"], [sign("feed.polygon", 50.0, 50)], 101.0, 10.0, off)
    assert (line.required, line.healthy) == (True, False), "it ran, and does not now"


def test_every_feed_says_why_it_is_off() -> None:
    off = asyncio.run(switched_off(Settings()))
    assert {name for name, unit in registered().items() if unit.kind == "feed"} >= set(off) >= {"feed.polygon", "feed.unusual_whales", "feed.ibkr"}
    assert all(off.values())
