"""On a real broker: a paused feed asks nothing over a restart, obeys within a second, and counts its requests on from where it was."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.clock import ManualClock
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.settings import Settings
from infra.unit import UnitContext
from producers.rest_catalog.feed import VendorAccess, run_catalog
from schemas import catalog
from schemas.records import FeedAction, FeedCommand, RequestCount
from tests.support.kafka_world import read_all
from tests.support.rest_catalogs import at, entry

NAME = "feed.toy_of_commands"


async def test_commands_and_counts_outlive_a_restart(kafka_settings: Settings, codecs: CodecSet, tmp_path: Path) -> None:
    file, asked = tmp_path / "toy.yaml", Counter[str]()
    vendor = {"name": "toy_of_commands", "budget": {"per_day": 2_000}}
    file.write_text(yaml.safe_dump({"vendor": vendor, "endpoints": [entry("one"), entry("other")]}))
    app, clock = web.Application(), ManualClock(at("12:00:30"))

    async def answer(request: web.Request) -> web.Response:
        asked[request.path] += 1
        return web.json_response({"data": []})

    async def until(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.01)

    async def want(action: FeedAction, target: str = NAME) -> None:
        def send() -> None:
            producer = RecordProducer(kafka_settings, codecs, client_id="test")
            producer.send("ops.commands", FeedCommand(target=target, action=action, ts_event=clock.now_us(), asked_by="a test"))
            producer.flush()
            producer.close()

        await asyncio.to_thread(send)

    app.router.add_get("/{path}", answer)
    async with TestServer(app) as server:
        access = VendorAccess(f"http://127.0.0.1:{server.port}", {}, (), None)
        for turn in (1, 2):
            health = Health()
            context = UnitContext(kafka_settings, clock, health)
            running = asyncio.create_task(run_catalog(NAME, file, access, context))

            def detail(health: Health = health) -> str:
                found = health.conditions().get(NAME)
                return "" if found is None else str(found.detail)

            if turn == 1:
                await until(lambda: asked.total() == 2)
                await want(FeedAction.PAUSE, f"{NAME}/other")
                await until(lambda: "other paused by a test" in detail())
                clock.advance(60)
                await until(lambda: asked["/one"] == 2)
            else:
                await until(lambda: asked["/one"] == 3)  # made up for at the start; the other one is still paused
                assert asked["/other"] == 1
                await want(FeedAction.RESUME, f"{NAME}/other")
                await until(lambda: asked["/other"] == 2)
            context.stop.set()
            async with asyncio.timeout(30):
                await running
    codec = codecs.of("ops.request-counts")
    messages = read_all(kafka_settings.kafka.bootstrap_servers, catalog.topic("ops.request-counts").kafka_name)
    counts = [one for one in (codec.decode(message.value() or b"") for message in messages) if isinstance(one, RequestCount) and one.feed == NAME]
    assert (counts[-1].day, counts[-1].requests_of_day, counts[-1].requests_of_month) == ("2026-11-18", 5, 5)
