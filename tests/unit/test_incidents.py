"""Incidents at the simulators' doors and what the product does about each: the feed's own code runs, only Kafka is a list (issue 5 §3, §6.1)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from infra.clock import ScaledClock, monotonic_seconds
from infra.errors import ConfigurationError
from infra.health import Health
from infra.plugins import load_all
from infra.settings import Settings, SimulatorSettings, TruthSettings
from infra.unit import UnitContext
from infra.vendor_settings import PolygonSettings
from infra.vendorsim.frame_door import FrameDoor
from infra.vendorsim.incidents import read_script
from infra.vendorsim.rest_faults import RestFault, RestFaults
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from producers.deduplicator import Deduplicator
from producers.feed_session import FeedSession
from producers.source import Crossed, Payload, Refused, feeds
from producers.supervisor import keep_connected
from producers.truth_limits import TruthLimits
from producers.truth_meter import TruthMeter
from schemas.record import Record
from schemas.records import FeedState

SPEED = 20.0
SCENARIO = Scenario(date(2026, 11, 20))
START_US = (SCENARIO.span_ms[0] + 100 * 60_000) * 1_000
TRUTH = TruthSettings(lag_ms=250, clock_ms=250, window_seconds=0.4, hold_seconds=0.3, long_window_seconds=1.5)
PATIENCE = 40.0


@dataclass(slots=True)
class Collected:
    """Stands where Kafka is."""

    truth: TruthMeter
    watermark_us: int | None = START_US
    states: list[FeedState] = field(default_factory=list)
    detail: str | None = None
    records: int = 0
    refused: list[Refused] = field(default_factory=list)
    reconnects: int = 0
    gaps: int = 0

    def raw(self, payload: Payload) -> None:
        """Keep nothing."""

    def parsed(self, records: int) -> None:
        """Count nothing."""

    def record(self, topic: str, record: Record, headers: Any = None) -> None:
        self.records += 1

    def record_all(self, topic: str, records: Sequence[Record]) -> None:
        self.records += len(records)

    async def refuse(self, refused: Refused) -> None:
        self.refused.append(refused)
        self.truth.refused(refused.topic, is_crossed=isinstance(refused.error, Crossed))

    def advance(self, watermark_us: int) -> None:
        self.watermark_us = max(watermark_us, self.watermark_us or 0)

    def report(self, state: FeedState, detail: str | None = None) -> None:
        self.detail = detail
        self.states.append(state)

    async def settle(self) -> None:
        """Have everything at once."""


@dataclass(slots=True)
class World:
    """A vendor, its feed, and the meter that judges it, four times a second."""

    clock: ScaledClock
    output: Collected
    server: TestServer[Any]

    async def commit(self, **order: Any) -> None:
        script = {"incidents": [{"at": 0, "vendor": "polygon", **order}]}
        async with aiohttp.ClientSession() as client, client.post(self.server.make_url("/incidents"), json=script) as answer:
            assert answer.status == 200, await answer.text()

    @property
    def kinds(self) -> set[str]:
        return {fault.kind.value for fault in self.output.truth.faults}

    @property
    def is_well(self) -> bool:
        return self.output.states[-1:] == [FeedState.LIVE] and not self.kinds

    async def until(self, condition: Callable[[], bool], what: str, **incident: Any) -> None:
        """Wait for the condition; commit the incident, again when it was over before a slow machine saw it."""
        deadline = monotonic_seconds() + PATIENCE
        commit_at = 0.0
        while not condition():
            if incident and monotonic_seconds() >= commit_at:
                commit_at = monotonic_seconds() + 5.0
                await self.commit(**incident)
            assert monotonic_seconds() < deadline, f"{what}; found {self.kinds} {self.output.states[-3:]} {self.output.detail}"
            self.output.truth.judge(self.clock.now_us(), monotonic_seconds(), is_live=self.output.states[-1:] == [FeedState.LIVE])
            await asyncio.sleep(0.02)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    load_all("producers")
    clock = ScaledClock(START_US, SPEED, time.time_ns() // 1_000)
    base = Settings(simulator=SimulatorSettings(state_folder=tmp_path), truth=TRUTH)
    key = {"api_key": "key-of-this-test"}  # pragma: allowlist secret
    app = create_app(base.model_copy(update={"polygon": PolygonSettings.model_validate(key)}), clock, SCENARIO)
    async with TestServer(app) as server:
        polygon = PolygonSettings.model_validate(key | {
            "websocket_url": str(server.make_url("/polygon/stocks")).replace("http", "ws"), "delayed_websocket_url": "",
            "rest_url": str(server.make_url("/polygon")),
            "symbols": SCENARIO.symbols[:4], "silence_seconds": 2.5, "backoff_cap_seconds": 0.2, "bar_history_minutes": 1, "requests_per_second": 150,
        })  # fmt: skip
        settings = base.model_copy(update={"polygon": polygon})
        context = UnitContext(settings, clock, Health(), asyncio.Event())
        spec = feeds()["feed.polygon"]
        source = spec.build(settings, clock)
        output = Collected(TruthMeter(spec.watermarked, TruthLimits(TRUTH, 0.5, SPEED * 1_000), lambda _: True))
        session = FeedSession(spec, source, context, output, Deduplicator(), None)  # type: ignore[arg-type]
        following = asyncio.create_task(keep_connected(spec, source, session, context))
        yield World(clock, output, server)
        context.stop.set()
        await asyncio.wait_for(following, 10)
        await source.close()


MARKED = {
    "weekend": ({"seconds": 1.2}, "SILENT"),
    "slow": ({"seconds": 1.5, "delay": 0.8}, "LATE"),
    "duplicate": ({"seconds": 1.0}, "REPEATED"),
    "reorder": ({"seconds": 1.5}, "DISORDERED"),
    "wrong_unit": ({"seconds": 1.0, "factor": 100}, "LEAPING"),
    "clock_skew": ({"seconds": 1.2, "skew": 15}, "CLOCK"),
    "rename": ({"seconds": 0.6, "field": "p", "value": "price"}, "UNREADABLE"),
    "wrong_type": ({"seconds": 0.6, "field": "s", "value": "many"}, "UNREADABLE"),
    "truncate": ({"seconds": 0.6}, "UNREADABLE"),
}
"""Incident -> its words, and the fault of which the feed is marked while it stays connected."""

LOST = {
    "silence": ({"seconds": 3.5, "lose": True}, FeedState.DOWN),
    "half_open": ({}, FeedState.DOWN),
    "drop": ({}, FeedState.DOWN),
    "expire": ({}, FeedState.UNLICENSED),
    "downgrade": ({}, FeedState.UNLICENSED),
}
"""Incident -> its words, and the state that the feed reports when it loses the connection."""
UNDONE = {"expire": "renew", "downgrade": "upgrade"}


async def test_one_incident_after_the_other_is_seen_and_recovered_from(world: World) -> None:
    """Each of them marks the feed with what it is, nothing else is lost by it, and the mark goes when it is over."""
    output = world.output
    await world.until(lambda: world.is_well and output.records > 200, "the feed follows the market")
    for incident, (words, fault) in MARKED.items():
        await world.until(lambda fault=fault: fault in world.kinds, f"{incident}: to be marked {fault}", fault=incident, **words)  # type: ignore[misc]
        await world.until(lambda: world.is_well, f"after {incident}: a good feed")
    for incident, (words, state) in LOST.items():
        seen = len(output.states)
        await world.until(lambda seen=seen, state=state: state in output.states[seen:], f"{incident}: to be {state}", fault=incident, **words)  # type: ignore[misc]
        if incident in UNDONE:
            await world.commit(fault=UNDONE[incident])
        await world.until(lambda: world.is_well, f"after {incident}: a good feed")
    before = output.records
    await world.commit(fault="refuse", retry_after=False, requests=3)
    await world.commit(fault="refuse", retry_after=True, requests=2)
    await world.commit(fault="error", status=500, requests=3)
    await world.commit(fault="truncate", on="rest", requests=1)
    again = output.states.count(FeedState.BACKFILLING) + 1
    await world.until(lambda: output.states.count(FeedState.BACKFILLING) >= again, "a back-fill through 429s, 500s and half an answer", fault="drop")
    await world.until(lambda: world.is_well and output.records > before, "the feed to follow the market again")
    assert {refused.topic for refused in output.refused} <= {"raw.payloads", "market.trades", "market.quotes", "market.bars"}


async def test_a_script_that_is_none_is_refused(world: World) -> None:
    async with aiohttp.ClientSession() as client:
        for text in ("incidents: [{at: -1, vendor: polygon, fault: drop}]", "incidents: [{at: 0, vendor: reuters, fault: drop}]", "other: 1", "[}"):
            async with client.post(world.server.make_url("/incidents"), data=text) as answer:
                assert answer.status == 400 and "expected" in (await answer.json())["error"]


def test_a_script_is_sorted_and_the_example_is_one() -> None:
    script = read_script("incidents: [{at: 5, vendor: uw, fault: drop}, {at: 1, vendor: polygon, fault: weekend, seconds: 2}]", "the test")
    assert [(one.at, one.order) for one in script] == [(1.0, {"fault": "rest", "seconds": 2}), (5.0, {"fault": "drop"})]
    example = Path("infra/vendorsim/incidents.example.yaml")
    assert len(read_script(example.read_text(), str(example))) >= 8
    with pytest.raises(ConfigurationError, match=r"incidents\.0\.vendor"):
        read_script("incidents: [{at: 1, fault: drop}]", "the test")


def test_an_outage_of_requests_lasts_its_seconds_and_others_their_number() -> None:
    """Requests that a breaker holds back would make an outage of sixty requests last for hours."""
    faults = RestFaults()
    faults.add(RestFault.ordered("error", {"seconds": 3_600, "endpoint": "/alerts"}, requests=1))
    faults.add(RestFault.ordered("refuse", {}, requests=2))
    assert [getattr(faults.take("/alerts/1"), "kind", None) for _ in range(4)] == ["error"] * 4
    assert [getattr(faults.take("/news"), "kind", None) for _ in range(3)] == ["refuse", "refuse", None]
    ended = RestFaults()
    ended.add(RestFault.ordered("error", {"seconds": 0}, requests=1))
    ended.add(RestFault.ordered("error", {"seconds": 3_600, "requests": 1}, requests=5))
    assert [getattr(ended.take("/news"), "kind", None) for _ in range(2)] == ["error", None]


def test_the_door_changes_frames_for_as_long_as_it_is_told_to() -> None:
    door = FrameDoor(money=("p", "price"), moments=("t",))
    frame = b'[{"ev":"T","p":1.5,"t":1000}]'
    assert door.passed(frame, 0.0) == [frame]
    door.begin("duplicate", {"seconds": 1}, 0.0)
    assert door.passed(frame, 0.5) == [frame, frame]
    assert door.passed(frame, 1.5) == [frame]
    door.begin("wrong_unit", {"seconds": 1, "factor": 100}, 2.0)
    door.begin("clock_skew", {"seconds": 1, "skew": 2}, 2.0)
    assert door.passed(frame, 2.5) == [b'[{"ev":"T","p":150.0,"t":3000}]']
    assert door.passed(b'["option_trades",{"price":"1.25"}]', 2.6) == [b'["option_trades",{"price":"125.0"}]']
    door.begin("slow", {"seconds": 1, "delay": 5}, 4.0)
    assert (door.passed(frame, 4.1), door.due(9.0), door.due(9.2)) == ([], [], [frame])
    door.begin("reorder", {"seconds": 1}, 20.0)
    assert (door.passed(b"[1]", 20.1), door.passed(b"[2]", 20.2)) == ([], [b"[2]", b"[1]"])
    door.begin("truncate", {"seconds": 1}, 30.0)
    assert door.passed(b"[1,2,3,4]", 30.1) == [b"[1,2"]
    door.begin("rename", {"seconds": 1, "field": "p", "value": "q"}, 40.0)
    assert door.passed(b'[{"p":1}]', 40.1) == [b'[{"q":1}]']
