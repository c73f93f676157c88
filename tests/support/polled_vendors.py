"""The product's catalogues of polled vendors at work against their simulators, all in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

import producers.rest_catalog as catalogues
from infra.clock import ManualClock
from infra.settings import Settings
from infra.vendorsim import polled_vendors
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.vendor_door import VendorDoor
from producers.rest import RestClient
from producers.rest_catalog.catalog_file import CatalogFile
from producers.rest_catalog.feed import VendorAccess
from producers.rest_catalog.neighbours import Neighbours
from producers.rest_catalog.poller import Poller
from tests.support.rest_catalogs import WEDNESDAY
from tests.support.rest_vendor import Collected

FOLDER = Path(next(iter(catalogues.__path__)))
KEY = "a-key-of-16-char"
KEYED = ("alpha_vantage", "financial_modeling_prep", "finnhub", "fred", "trading_economics", "twelve_data")
SYMBOLS = ("SPY", "AAPL")


def settings_of(port: int = 0, **changes: object) -> Settings:
    """Return settings in which every vendor is reachable at a port of this machine."""
    parts: dict[str, dict[str, object]] = {name: {"api_key": KEY} for name in KEYED}
    parts |= {name: {"enabled": True} for name in ("nasdaq", "yahoo")}
    for name, part in parts.items():
        part["rest_url"] = f"http://127.0.0.1:{port}/{name}"
    for name in ("alpha_vantage", "finnhub", "twelve_data", "yahoo"):
        parts[name]["symbols"] = SYMBOLS
    return Settings.model_validate(parts | changes)


@dataclass(slots=True)
class PolledWorld:
    """Pollers by vendor, and what each published."""

    clock: ManualClock
    doors: dict[str, VendorDoor]
    collected: dict[str, Collected] = field(default_factory=dict)
    pollers: dict[str, Poller] = field(default_factory=dict)
    running: list[asyncio.Task[None]] = field(default_factory=list)

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait for a condition; fail naming it."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    for task in self.running:
                        if task.done():
                            task.result()
                    await asyncio.sleep(0.002)
        except TimeoutError:
            states = {name: one.states[-1:] for name, one in self.collected.items()}
            raise AssertionError(f"waited {seconds} s for: {what}; {states}; {[door.calls for door in self.doors.values()]}") from None

    async def settle(self) -> None:
        """Give everybody a turn, and wait until nothing is on its way."""
        quiet = 0
        while quiet < 5:
            await asyncio.sleep(0.001)
            quiet = 0 if any(poller.under_way for poller in self.pollers.values()) else quiet + 1

    async def pass_to(self, moment_us: int, step_seconds: float = 600.0) -> None:
        """Let time pass in steps, with everybody's turn after each."""
        while (now_us := self.clock.now_us()) < moment_us:
            self.clock.advance(min(step_seconds, (moment_us - now_us) / 1_000_000))
            await self.settle()


def access_of(name: str, settings: Settings) -> VendorAccess:
    """Return how the product reaches a vendor."""
    module = __import__(f"producers.rest_catalog.{name}", fromlist=[name])
    found = getattr(module, name)(settings)
    assert isinstance(found, VendorAccess)
    return found


@asynccontextmanager
async def polled(clock: ManualClock, vendors: Sequence[str], files: dict[str, Path] | None = None) -> AsyncIterator[PolledWorld]:
    """Run the feeds of some vendors, each with its own catalogue unless ``files`` names another."""
    app = web.Application()
    doors = polled_vendors.add_routes(app, Scenario(WEDNESDAY), clock, settings_of())
    world = PolledWorld(clock, doors)
    neighbours, stop, clients = Neighbours(), asyncio.Event(), list[RestClient]()
    async with TestServer(app) as server:
        settings = settings_of(server.port or 0)
        for name in vendors:
            access = access_of(name, settings)
            file = CatalogFile((files or {}).get(name, FOLDER / f"{name}.yaml"), access.symbols, look_every_seconds=0.01)
            client = RestClient(access.rest_url, access.headers, 1.0, clock, access.query)
            world.collected[name] = Collected()
            poller = Poller(f"feed.{name}", file, file.read(clock.now_us()), client, world.collected[name], clock, neighbours=neighbours)
            world.pollers[name] = poller
            clients.append(client)
        world.running = [asyncio.create_task(poller.run(stop)) for poller in world.pollers.values()]
        try:
            yield world
        finally:
            stop.set()
            async with asyncio.timeout(30):
                await asyncio.gather(*world.running, return_exceptions=True)
            for client in clients:
                await client.close()
        for task in world.running:
            task.result()
