"""The bar on top of every page."""

import pytest

from dashboards.desk import Desk
from dashboards.rows import FeedNow
from dashboards.status_bar import feed_light, groups, status_bar
from infra.clock import ScaledClock
from infra.settings import load
from schemas.records import FeedHeartbeat, FeedState

SECOND = 1_000_000
NOW = 1_586_965_327 * SECOND  # 2020-04-15 11:42:07 New York
NOBODY_LISTENS = {"TAPEWIRE_CLICKHOUSE__PORT": "1"}


def desk(**variables: str) -> Desk:
    return Desk.of(load(NOBODY_LISTENS | variables))


def heartbeat(behind: float, *, silent: float = 0.5, state: FeedState = FeedState.LIVE) -> FeedNow:
    return FeedNow(
        FeedHeartbeat(
            feed="feed.polygon", ts_event=NOW - round(behind * SECOND), ts_published=NOW - round(silent * SECOND), state=state, records_published=1,
            reconnects=0,
        ),
        None,
    )  # fmt: skip


@pytest.mark.parametrize("mode", ["live", "demo", "replay", "delayed"])
def test_the_data_mode_cannot_be_overlooked(mode: str) -> None:
    html = status_bar(desk(TAPEWIRE_STACK__MODE=mode))
    assert f'data-mode="{mode}"' in html
    assert mode.upper() in html
    assert ("tw-strip" in html) is (mode != "live"), "a striped line runs across the page unless the data is live"


def test_a_clickhouse_that_is_away_is_a_red_dot_not_an_exception() -> None:
    html = status_bar(desk())
    assert "history" in html
    assert "not answering" in html


def test_phase_and_time_are_the_exchange_s() -> None:
    frozen = {"TAPEWIRE_CLOCK__KIND": "scaled", "TAPEWIRE_CLOCK__START_US": str(NOW), "TAPEWIRE_CLOCK__SPEED": "0.000001"}
    origin = {"TAPEWIRE_CLOCK__ORIGIN_US": "1700000000000000"}
    html = status_bar(desk(**frozen, **origin))
    assert "Regular session" in html
    assert "ET" in html
    assert "Wed 15 Apr 2020" in html


@pytest.mark.parametrize(
    ("feed", "tone", "words"),
    [
        (heartbeat(1), "tw-fresh", "live"),
        (heartbeat(6), "tw-ageing", "live"),
        (heartbeat(30), "tw-stale", "live"),
        (heartbeat(30, silent=30), "tw-stale", "silent"),
        (heartbeat(1, state=FeedState.DOWN), "tw-stale", "down"),
        (heartbeat(1, state=FeedState.CONNECTING), "tw-ageing", "connecting"),
    ],
)
def test_a_feed_is_judged_by_state_and_age(feed: FeedNow, tone: str, words: str) -> None:
    light = feed_light("polygon", feed, desk(), NOW)
    assert light.tone == tone
    assert light.text.startswith(words)


def test_ages_are_a_viewer_s_seconds_under_a_scaled_clock() -> None:
    fast = desk(TAPEWIRE_CLOCK__KIND="scaled", TAPEWIRE_CLOCK__SPEED="60")
    assert isinstance(fast.clock, ScaledClock)
    assert feed_light("polygon", heartbeat(60, silent=60), fast, NOW).tone == "tw-fresh", "a market minute is one real second"


def test_feeds_of_one_vendor_are_one_dot() -> None:
    assert set(groups([heartbeat(1), heartbeat(2)])) == {"polygon"}
