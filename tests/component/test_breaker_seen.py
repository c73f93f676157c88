"""ING-36 on a real broker: an endpoint fails, its breaker opens, tries and closes, and the feed's line says so all the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import yaml
from aiohttp.test_utils import TestServer

from infra.cli.feed_report import FeedLine, read_signs, report
from infra.clock import MICROSECONDS, ManualClock, SystemClock
from infra.health import Health
from infra.plugins import load_all
from infra.settings import Settings, SimulatorSettings
from infra.unit import UnitContext
from infra.vendor_settings import UnusualWhalesSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from producers.rest_catalog.circuit_breaker import BreakerState
from producers.rest_catalog.feed import VendorAccess, run_catalog
from producers.rest_catalog.neighbours import IN_THIS_PROCESS
from producers.rest_catalog.poller import Poller
from producers.rest_catalog.unusual_whales import CATALOG
from tests.support.rest_catalogs import WEDNESDAY, at

NAME, ENDPOINT = "feed.toy_of_breakers", "option_trades_flow_alerts"
PATIENCE_SECONDS = 60.0


def one_endpoint(folder: Path) -> Path:
    """Write the product's catalogue with one endpoint, whose breaker opens for five seconds."""
    content = yaml.safe_load(CATALOG.read_text())
    content["vendor"] |= {"name": "toy_of_breakers", "breaker": {"failures": 3, "open_seconds": 5}}
    content["endpoints"] = [entry for entry in content["endpoints"] if entry["id"] == ENDPOINT]
    path = folder / "toy.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


async def test_the_line_says_when_an_endpoint_is_left_alone_and_when_it_is_good_again(kafka_settings: Settings, tmp_path: Path) -> None:
    """Three failures open the breaker, the first try fails too, the second closes it: OPEN, HALF_OPEN, CLOSED."""
    load_all("producers")
    clock, health = ManualClock(at("12:00:30")), Health()
    key = "key-of-this-test"  # pragma: allowlist secret
    simulated = Settings(
        unusual_whales=UnusualWhalesSettings.model_validate({"api_key": key}), simulator=SimulatorSettings(state_folder=tmp_path / "vendorsim")
    )
    context = UnitContext(kafka_settings, clock, health)
    states: list[BreakerState] = []
    async with TestServer(create_app(simulated, clock, Scenario(WEDNESDAY))) as server:
        access = VendorAccess(f"http://127.0.0.1:{server.port}/uw", {"Authorization": f"Bearer {key}"}, ("SPY",), None)
        running = asyncio.create_task(run_catalog(NAME, one_endpoint(tmp_path), access, context))

        def line() -> FeedLine:
            (found,) = report([NAME], (sign for sign in read_signs(kafka_settings) if sign.heartbeat.feed == NAME), now(), 10.0)
            return found

        def look() -> None:
            desk = IN_THIS_PROCESS.desk("toy_of_breakers")
            if isinstance(desk, Poller) and (state := desk.dispatcher.breaker(ENDPOINT).state(clock.now_us())) not in states[-1:]:
                states.append(state)

        async def until(condition: Callable[[FeedLine], bool], what: str) -> None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not condition(found := await asyncio.to_thread(line)):  # reads the broker, so not after every second
                    for _ in range(4):
                        clock.advance(1)
                        await asyncio.sleep(0.01)
                        look()
                    if running.done():
                        running.result()
            look()
            assert condition(found), what

        await until(lambda one: one.healthy, "a healthy feed")
        order = {"at": 0, "vendor": "uw", "fault": "error", "status": 500, "requests": 4, "endpoint": "/option-trades/flow-alerts"}
        async with aiohttp.ClientSession() as client, client.post(server.make_url("/incidents"), json={"incidents": [order]}) as answer:
            assert answer.status == 200
        await until(lambda one: any(fault.startswith("LEFT_ALONE") for fault in one.faults), "the line to say that the endpoint is left alone")
        assert not line().healthy and line().breakers_open == (ENDPOINT,)
        await until(lambda one: one.healthy, "the line to recover")
        assert line().breakers_open == () and line().detail is None
        context.stop.set()
        async with asyncio.timeout(30):
            await running
    kept = [state for state in states if state is not BreakerState.HALF_OPEN]
    assert kept[:2] == [BreakerState.CLOSED, BreakerState.OPEN] and states[-1] is BreakerState.CLOSED and BreakerState.HALF_OPEN in states


def now() -> float:
    return SystemClock().now_us() / MICROSECONDS
