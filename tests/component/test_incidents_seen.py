"""Issue 5 §6.1 on a real broker: one incident after the other, the feed's line turns and recovers, and its ticks name what was bad."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from infra.cli.feed_report import FeedLine, read_signs, report
from infra.clock import MICROSECONDS, SystemClock
from infra.settings import TruthSettings
from tests.support.feed_world import FeedWorld
from tests.support.kafka_world import wait_until

INCIDENTS = {"SILENT": {"fault": "weekend", "seconds": 3}, "LEAPING": {"fault": "wrong_unit", "factor": 100, "seconds": 3}}


def test_the_line_turns_and_recovers(feed_world: FeedWorld) -> None:
    polygon = feed_world.settings.polygon.model_copy(update={"speaks_within_seconds": 1.0, "symbols": feed_world.scenario.symbols[:6]})
    ticks = feed_world.settings.ticks.model_copy(update={"feeds": ("feed.polygon",)})
    feed_world.settings = feed_world.settings.model_copy(update={"polygon": polygon, "ticks": ticks, "truth": TruthSettings(hold_seconds=0.5)})
    feed_world.start_feeds()

    def line() -> FeedLine:
        (found,) = report(["feed.polygon"], read_signs(feed_world.settings), SystemClock().now_us() / MICROSECONDS, 10.0)
        return found

    def until(condition: Callable[[FeedLine], bool], what: str) -> None:
        wait_until(lambda: condition(line()), what)

    until(lambda one: one.healthy and one.records > 500, "a healthy feed")
    for kind, order in INCIDENTS.items():
        script = {"incidents": [{"at": 0, "vendor": "polygon", **order}]}
        assert httpx.post(f"{feed_world.base_url}/incidents", json=script, trust_env=False).status_code == 200
        until(lambda one, kind=kind: any(fault.startswith(kind) for fault in one.faults), f"the line to say {kind}")  # type: ignore[misc]
        assert not line().healthy or not line().faults
        until(lambda one: one.healthy, f"the line to recover from {kind}")
    feed_world.stop("feeds")
    unfit = {topic: why for tick in feed_world.records("ops.ticks") for topic, why in tick.unfit.items()}
    assert set(unfit.values()) <= {"SILENT", "LEAPING", "LATE", "UNREADABLE"} and "market.trades" in unfit
    assert feed_world.records("ops.ticks")[-1].unfit == {}
