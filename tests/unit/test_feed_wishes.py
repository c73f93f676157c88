"""Pause, throttle and resume at run time: what is asked, what is held back, and what `tapewire feeds` takes."""

from __future__ import annotations

import pytest

from infra.cli.feed_wishes import checked
from infra.errors import ConfigurationError
from infra.metrics.listed import CATALOG_FEEDS
from infra.plugins import load_all
from producers.rest_catalog.attempt import Skip
from producers.rest_catalog.dispatcher import Dispatcher
from producers.rest_catalog.feed import catalogs
from producers.rest_catalog.schedule import Call
from producers.source import Payload
from schemas.records import FeedAction, FeedCommand
from tests.support.rest_catalogs import SECOND, at, catalog, entry

FEED = "feed.toy"


def command(action: FeedAction, target: str = FEED, factor: float | None = None) -> FeedCommand:
    return FeedCommand(target=target, action=action, factor=factor, ts_event=0, asked_by="somebody")


class Day:
    """A dispatcher whose calls are answered at once."""

    def __init__(self, start: str) -> None:
        self.skipped: list[tuple[Call, Skip, str]] = []
        self.made: list[str] = []
        self.now_us = at(start)
        entries = (entry("one"), entry("other"), entry("daily", cadence="tier 3", at="10:05"))
        self.dispatcher = Dispatcher(catalog(*entries), self.now_us, None, lambda *told: self.skipped.append(told))
        self.until(start)
        self.made.clear()

    def until(self, moment: str) -> list[str]:
        """Go on to a moment; return what was asked on the way."""
        before = len(self.made)
        while self.now_us <= at(moment):
            self.dispatcher.advance(self.now_us)
            while (attempt := self.dispatcher.take(self.now_us)) is not None:
                line = attempt.call.line
                self.made.append(line.endpoint.id)
                self.dispatcher.latest.put(line.key, Payload(line.endpoint.path, b"{}", self.now_us), line.endpoint.ttl_seconds)
                self.dispatcher.succeeded(attempt)
            self.now_us += SECOND
        return self.made[before:]


def test_a_paused_feed_asks_nothing_and_afterwards_first_what_was_held_back() -> None:
    day = Day("10:00")
    assert day.dispatcher.obey(FEED, command(FeedAction.PAUSE))
    assert day.until("10:10") == []
    assert {skip for _, skip, _ in day.skipped} == {Skip.PAUSED} and {why for *_, why in day.skipped} == {"by somebody"}
    assert list(day.dispatcher.wishes.said()) == ["everything paused by somebody"]
    day.dispatcher.obey(FEED, command(FeedAction.RESUME))
    assert sorted(day.until("10:10:01")) == ["daily", "one", "other"], "also the daily call, whose time has gone by"
    assert sorted(set(day.until("10:12"))) == ["one", "other"] and list(day.dispatcher.wishes.said()) == []


def test_one_paused_endpoint_leaves_the_others_alone() -> None:
    day = Day("10:00")
    day.dispatcher.obey(FEED, command(FeedAction.PAUSE, f"{FEED}/one"))
    assert set(day.until("10:04")) == {"other"}


def test_a_throttled_endpoint_makes_one_call_in_so_many() -> None:
    day = Day("10:00")
    day.dispatcher.obey(FEED, command(FeedAction.THROTTLE, f"{FEED}/one", 4.0))
    made = day.until("10:40")
    assert made.count("one") == 10 and made.count("other") == 40
    day.dispatcher.obey(FEED, command(FeedAction.THROTTLE, FEED, 2.5))
    made = day.until("11:20")
    assert made.count("other") == 16 and made.count("one") == 4, "both wishes hold"
    day.dispatcher.obey(FEED, command(FeedAction.RESUME, f"{FEED}/one"))
    assert day.until("11:40").count("one") == 8


def test_commands_for_others_change_nothing() -> None:
    day = Day("10:00")
    assert not day.dispatcher.obey(FEED, command(FeedAction.PAUSE, "feed.toys"))
    assert len(day.until("10:02")) == 4


def test_targets_are_checked() -> None:
    assert checked("feed.yahoo") == "feed.yahoo" and checked("feed.yahoo/minutes") == "feed.yahoo/minutes"
    with pytest.raises(ConfigurationError, match=r"expected a feed out of feed\.alpha_vantage"):
        checked("feed.polygon")
    with pytest.raises(ConfigurationError, match=r"expected an endpoint of feed\.yahoo out of minutes, days, earnings, found nothing_such"):
        checked("feed.yahoo/nothing_such")


def test_the_metrics_know_every_catalogue() -> None:
    load_all("producers")
    assert set(CATALOG_FEEDS) == set(catalogs())
