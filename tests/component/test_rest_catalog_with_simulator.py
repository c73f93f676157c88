"""The product's catalogue against the simulated Unusual Whales: what the planner says is what the vendor receives."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import BaseTestServer, TestServer

from infra.clock import MICROSECONDS, ManualClock
from infra.settings import Settings, SimulatorSettings
from infra.vendor_settings import UnusualWhalesSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from producers.rest import RestClient
from producers.rest_catalog.catalog_file import CatalogFile
from producers.rest_catalog.poller import Poller
from producers.rest_catalog.schedule import calls_of_day
from producers.rest_catalog.unusual_whales import CATALOG
from producers.source import Payload
from tests.support.rest_catalogs import WEDNESDAY, at
from tests.support.rest_vendor import Collected

START = at("10:00")
WARM_UP_SECONDS, SECONDS = 180, 240


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def server(clock: ManualClock, tmp_path: Path) -> AsyncIterator[BaseTestServer]:
    settings = Settings(
        unusual_whales=UnusualWhalesSettings.model_validate({"api_key": "right"}), simulator=SimulatorSettings(state_folder=tmp_path)
    )
    async with TestServer(create_app(settings, clock, Scenario(WEDNESDAY))) as running:
        yield running


async def test_the_vendor_receives_the_planned_calls_and_every_answer_fits(server: BaseTestServer, clock: ManualClock) -> None:
    """Per path, exactly, once what was due before the start is made up for; no record is refused."""
    file = CatalogFile(CATALOG, ("SPY", "QQQ", "IWM"))
    accepted = file.read(START)
    client = RestClient(f"http://127.0.0.1:{server.port}/uw", {"Authorization": "Bearer right"}, 1.0, clock)
    collected, stop = Collected(), asyncio.Event()
    poller = Poller("feed.unusual_whales", file, accepted, client, collected, clock)
    running = asyncio.create_task(poller.run(stop))
    from_us = START + WARM_UP_SECONDS * MICROSECONDS
    until_us = from_us + SECONDS * MICROSECONDS
    async with asyncio.timeout(200):
        while clock.now_us() < until_us:
            clock.advance(1)
            await idle(poller)
    stop.set()
    await running
    await client.close()
    assert [(refused.topic, str(refused.error)) for refused in collected.refused] == []
    path_of = accepted.catalog.path_of  # an endpoint may be asked in two ways
    planned = Counter(path_of(call.line.endpoint) for call in calls_of_day(accepted.catalog, WEDNESDAY) if from_us < call.due_us <= until_us)
    made = Counter(payload.endpoint for payload in collected.payloads if from_us < payload.received_us <= until_us and is_first_page(payload))
    assert made == planned
    asked_daily = {path_of(endpoint) for endpoint in accepted.catalog.content.endpoints if endpoint.symbols != "contracts"}
    assert {payload.endpoint for payload in collected.payloads} == asked_daily
    assert len({type(record).__name__ for record in collected.records}) >= 10


def is_first_page(payload: Payload) -> bool:
    return payload.parameters.get("page", "0") == "0" and "older_than" not in payload.parameters


async def idle(poller: Poller) -> None:
    """Give the poller its turn, and wait until nothing is on its way."""
    quiet = 0
    while quiet < 3:
        await asyncio.sleep(0.001)
        quiet = 0 if poller.under_way else quiet + 1
