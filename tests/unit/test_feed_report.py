"""ING-44: what the heartbeats say of each feed."""

from __future__ import annotations

from infra.cli.feed_report import FeedLine, Sign, report
from schemas.records import FeedHeartbeat, FeedState

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
