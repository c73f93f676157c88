"""A REST catalogue as a feed on a real broker: payloads, records and heartbeats arrive, and it ends in order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.clock import ManualClock
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.settings import Settings
from infra.unit import UnitContext
from producers.rest_catalog.feed import VendorAccess, run_catalog
from schemas import catalog
from schemas.records import FeedState
from tests.support.feed_world import empty_topics
from tests.support.kafka_world import read_all
from tests.support.rest_catalogs import at, entry

NAME = "feed.toy_of_rest"


async def test_what_a_vendor_answers_is_on_the_broker(kafka_settings: Settings, codecs: CodecSet, tmp_path: Path) -> None:
    """ING-27, ING-28: two symbols, one payload each; the watermark says that nothing is missing; no key anywhere."""
    await asyncio.to_thread(empty_topics, kafka_settings, ("raw.payloads", "ops.heartbeats"))
    file = tmp_path / "toy.yaml"
    file.write_text(yaml.safe_dump({"vendor": {"name": "toy"}, "endpoints": [entry("numbers", path="/numbers/{ticker}", symbols="watched")]}))
    app = web.Application()

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"data": [request.match_info["ticker"], request.headers["Authorization"] == "Bearer right"]})

    app.router.add_get("/numbers/{ticker}", answer)
    clock, health = ManualClock(at("12:00:30")), Health()
    context = UnitContext(kafka_settings, clock, health)
    async with TestServer(app) as server:
        access = VendorAccess(f"http://127.0.0.1:{server.port}", {"Authorization": "Bearer right"}, ("SPY", "QQQ"), None)
        running = asyncio.create_task(run_catalog(NAME, file, access, context))
        async with asyncio.timeout(60):
            while not (health.conditions().get(NAME) and health.conditions()[NAME].ready):
                await asyncio.sleep(0.01)
                if running.done():
                    running.result()
            clock.advance(10)
        context.stop.set()
        async with asyncio.timeout(30):
            await running

    def decoded(topic: str) -> list[object]:
        codec = codecs.of(topic)
        messages = read_all(kafka_settings.kafka.bootstrap_servers, catalog.topic(topic).kafka_name)
        return [codec.decode(message.value() or b"") for message in messages]

    payloads = [one for one in decoded("raw.payloads") if getattr(one, "source", "") == "toy_of_rest"]
    assert sorted((one.parameters["ticker"], one.body) for one in payloads) == [  # type: ignore[attr-defined]
        ("QQQ", b'{"data": ["QQQ", true]}'), ("SPY", b'{"data": ["SPY", true]}'),
    ]  # fmt: skip
    heartbeats = [one for one in decoded("ops.heartbeats") if getattr(one, "feed", "") == NAME]
    last = heartbeats[-1]
    assert last.state is FeedState.LIVE and at("12:00:30") <= last.ts_event <= at("12:00:40")  # type: ignore[attr-defined]
    assert "right" not in str(payloads) + str(heartbeats)
