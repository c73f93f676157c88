"""The simulated vendors behind a test's client, in market time that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from aiohttp.test_utils import TestClient, TestServer

from infra.clock import ManualClock
from infra.settings import Settings, SimulatorSettings
from infra.vendorsim.market_events import MarketSource
from infra.vendorsim.server import create_app
from producers.source import Source, Stamps

Client = TestClient[Any, Any]
SourceT = TypeVar("SourceT", bound=Source)


@asynccontextmanager
async def simulated(clock: ManualClock, folder: Path, market: MarketSource, **keys: Mapping[str, str]) -> AsyncIterator[Client]:
    """Let the vendors answer; ``keys`` are the sections of settings whose key opens a vendor's door."""
    settings = Settings.model_validate({**keys, "simulator": SimulatorSettings(state_folder=folder)})
    async with TestClient(TestServer(create_app(settings, clock, market))) as opened:
        yield opened


async def order_fault(client: Client, vendor: str, **order: Any) -> int:
    """Order a fault at a vendor's door, e.g. of ``uw``; return how many connections it met."""
    async with client.post(f"/{vendor}/faults", json=order) as answer:
        assert answer.status == 200, await answer.text()
        return int((await answer.json())["connections"])


@asynccontextmanager
async def closed_after(source: SourceT) -> AsyncIterator[SourceT]:
    """Close a feed's source at the end of the block."""
    try:
        yield source
    finally:
        await source.close()


def stamps(clock: ManualClock, **changes: Any) -> Stamps:
    """Return the stamps of what comes now; events may lie a minute ahead."""
    return replace(Stamps(clock.now_us(), clock.now_us(), clock.now_us() + 60_000_000), **changes)
