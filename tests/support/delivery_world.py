"""A fake Discord on loopback and the delivery units beside it, for tests against the real broker."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from infra.clock import Clock, ManualClock, monotonic_seconds
from infra.health import Health
from infra.local.ports import free_ports
from infra.plugins import load_all
from infra.settings import DiscordSettings, Settings
from infra.tracing.tracer import tracer_of
from infra.unit import UnitContext, registered
from infra.vendorsim import discord
from infra.vendorsim.discord_limits import Faults
from infra.vendorsim.discord_store import DiscordStore

DAY_US = 86_400 * 1_000_000
_days = itertools.count(1)
_channel_ids = itertools.count(1_188_000_000_000_000_001)
_letters = itertools.count()


async def eventually(condition: Callable[[], Any], what: str, seconds: float = 40.0) -> Any:
    """Wait until ``condition`` gives something true and return it; fail naming ``what`` was waited for."""
    deadline = monotonic_seconds() + seconds
    while not (found := condition()):
        assert monotonic_seconds() < deadline, f"waited {seconds} s for: {what}"
        await asyncio.sleep(0.01)
    return found


def fresh_symbol() -> str:
    """Return a symbol no other test uses: the broker's topics are shared."""
    number = next(_letters)
    return "T" + "".join(chr(ord("A") + number // 26**place % 26) for place in range(3))


@dataclass(slots=True)
class FakeDiscord:
    """The simulator's Discord, running in this process."""

    port: int
    store: DiscordStore
    faults: Faults
    channels: dict[str, str] = field(default_factory=lambda: {tier: str(next(_channel_ids)) for tier in ("premium", "basic", "free")})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{discord.API}"

    def posts(self, tier: str, symbol: str) -> list[dict[str, Any]]:
        """Return what a tier's channel and its threads hold about a symbol, in order of arrival."""
        return self.at(self.channels[tier], symbol)

    def at(self, channel_id: str, symbol: str) -> list[dict[str, Any]]:
        """Return what a channel and its threads hold about a symbol."""
        found = []
        for message in self.store.after(0, channel_id):
            if f" {symbol} " in str(message.payload["content"]):
                found.append({"id": message.message_id, "channel": message.channel_id, "reply_to": message.reply_to, **message.payload})
        return found


@pytest.fixture
async def fake_discord(tmp_path: Path) -> AsyncIterator[FakeDiscord]:
    """A fake Discord with its limits on, listening on loopback."""
    app = web.Application()
    discord.add_routes(app, tmp_path)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    (port,) = free_ports(1)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    store = DiscordStore(tmp_path)
    yield FakeDiscord(port, store, app[discord.FAULTS])
    store.close()
    await runner.cleanup()


@pytest.fixture
def delivery_settings(kafka_settings: Settings, fake_discord: FakeDiscord) -> Settings:
    """Settings whose house subscriptions are the fake's three channels."""
    channels = {f"{tier}_channel_id": channel for tier, channel in fake_discord.channels.items()}
    section = DiscordSettings(bot_token=SecretStr("test"), api_url=fake_discord.url, **channels)
    return kafka_settings.model_copy(update={"discord": section})


@pytest.fixture
def market_clock() -> Iterator[ManualClock]:
    """A clock that stands; each test gets a later day, so that nothing of an earlier one waits before its records."""
    yield ManualClock(1_586_961_727_000_000 + next(_days) * DAY_US)


@asynccontextmanager
async def running_units(settings: Settings, clock: Clock, *names: str) -> AsyncIterator[Health]:
    """Run units in this process for the length of the block, as `tapewire run` hosts them; what a unit raises comes out."""
    load_all("sinks")
    context = UnitContext(settings, clock, Health(), tracer=tracer_of(settings, "test"))
    for name in names:
        context.health.report(name)
    tasks = [asyncio.create_task(registered()[name].run(context), name=name) for name in names]
    try:
        yield context.health
    finally:
        context.stop.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(context.tracer.close)
    for result in done:
        if isinstance(result, BaseException):
            raise result


async def until_it_ends(unit: str, seconds: float) -> None:
    """Wait until one of the `running_units` ends by itself."""
    (task,) = (task for task in asyncio.all_tasks() if task.get_name() == unit)
    await asyncio.wait({task}, timeout=seconds)
    assert task.done(), f"{unit} still runs after {seconds} s"
