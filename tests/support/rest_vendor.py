"""A REST vendor of a test's own and a place that collects what a poller publishes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.clock import Clock
from producers.rest import RestClient
from producers.rest_catalog.catalog_file import CatalogFile
from producers.rest_catalog.poller import Poller
from producers.source import Parsed, Payload, Refused
from schemas.record import Record
from schemas.records import FeedCursor, FeedFault, FeedState, RawSnapshot

Reply = Callable[[web.Request, int], web.Response]
"""Request and how many came to this path before."""


@dataclass(slots=True)
class Vendor:
    """Answers each path as told, an empty list by default."""

    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        before = self.counts()[request.path]
        self.asked.append((request.path, dict(request.query)))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        reply = self.replies.get(request.path)
        return web.json_response({"data": []}) if reply is None else reply(request, before)

    def counts(self) -> Counter[str]:
        return Counter(path for path, _ in self.asked)


@dataclass(slots=True)
class Collected:
    """What was published, in order."""

    order: list[Payload | Parsed | Refused] = field(default_factory=list)
    states: list[tuple[FeedState, str | None]] = field(default_factory=list)
    watermarks: list[int] = field(default_factory=list)
    faults: list[tuple[FeedFault, ...]] = field(default_factory=list)
    budget: tuple[int, int] = (0, 0)
    cursors: dict[str, FeedCursor] = field(default_factory=dict)
    snapshots: list[RawSnapshot] = field(default_factory=list)
    holds_back: bool = False
    waiting: list[Callable[[], None]] = field(default_factory=list)
    counts: list[tuple[str, int, str, int]] = field(default_factory=list)

    def raw(self, payload: Payload) -> None:
        self.order.append(payload)

    def record(self, topic: str, record: Record) -> None:
        if isinstance(record, FeedCursor):
            self.cursors[record.line] = record
            return
        if isinstance(record, RawSnapshot):
            self.snapshots.append(record)
            return
        self.order.append(Parsed(topic, record))

    def record_all(self, topic: str, records: Sequence[Record]) -> None:
        for record in records:
            self.record(topic, record)

    def parsed(self, records: int) -> None:
        pass

    async def refuse(self, refused: Refused) -> None:
        self.order.append(refused)

    def when_acknowledged(self, call: Callable[[], None]) -> None:
        if self.holds_back:
            self.waiting.append(call)
        else:
            call()

    def advance(self, watermark_us: int) -> None:
        self.watermarks.append(watermark_us)

    def report(self, state: FeedState, detail: str | None = None) -> None:
        self.states.append((state, detail))

    def hold_against(self, faults: Sequence[FeedFault]) -> None:
        if tuple(faults) != (self.faults or [()])[-1]:
            self.faults.append(tuple(faults))

    def spent(self, used: int, limit: int, breakers: Sequence[str]) -> None:
        self.budget = (used, limit)

    def requests(self, day: str, of_day: int, month: str, of_month: int) -> None:
        self.counts.append((day, of_day, month, of_month))

    @property
    def payloads(self) -> list[Payload]:
        return [item for item in self.order if isinstance(item, Payload)]

    @property
    def records(self) -> list[Any]:
        return [item.record for item in self.order if isinstance(item, Parsed)]

    @property
    def refused(self) -> list[Refused]:
        return [item for item in self.order if isinstance(item, Refused)]


@dataclass(slots=True)
class World:
    """A poller at work against a vendor."""

    vendor: Vendor
    collected: Collected
    clock: Clock
    path: Path
    poller: Poller
    running: asyncio.Task[None]
    stop: asyncio.Event

    def write(self, content: dict[str, Any] | str) -> None:
        self.path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
        """Wait for a condition; fail naming it."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    if self.running.done():
                        self.running.result()
                    await asyncio.sleep(0.002)
        except TimeoutError:
            raise AssertionError(f"waited {seconds} s for: {what}; asked {self.vendor.counts()}") from None


@asynccontextmanager
async def polling(
    content: dict[str, Any], clock: Clock, folder: Path, vendor: Vendor, cursors: Mapping[str, FeedCursor] | None = None
) -> AsyncIterator[World]:
    """Run a poller over a catalogue until the block ends, then let it end in order."""
    path = folder / "toy.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    app = web.Application()
    app.router.add_get("/{path:.*}", vendor.handle)
    async with TestServer(app) as server:
        file = CatalogFile(path, ("SPY", "QQQ"), look_every_seconds=0.01)
        client = RestClient(f"http://127.0.0.1:{server.port}", {"Authorization": "Bearer right"}, 1.0, clock)
        collected, stop = Collected(), asyncio.Event()
        poller = Poller("feed.unusual_whales", file, file.read(clock.now_us()), client, collected, clock, cursors)
        running = asyncio.create_task(poller.run(stop))
        world = World(vendor, collected, clock, path, poller, running, stop)
        try:
            yield world
        finally:
            stop.set()
            async with asyncio.timeout(20):
                await asyncio.gather(running, return_exceptions=True)
            await client.close()
        running.result()
