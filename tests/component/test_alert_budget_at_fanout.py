"""BOX-11 on a real broker: fan-out holds what is over the budget, knows the day's counts after a restart, and obeys `tapewire budget`."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from infra.cli.budget import register
from infra.clock import ManualClock, SystemClock
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.settings import ClockSettings, Settings, environment_of
from schemas import catalog
from schemas.records import BudgetScope, HeldAlert, PremiumAlert, SetupEvent, SetupState
from tests.support.delivery_world import fresh_symbol, running_units
from tests.support.kafka_world import read_all
from tests.support.setup_events import SECOND, armed, following

pytestmark = pytest.mark.timeout(180)


class Desk:
    """Publishes events of one symbol and reads what fan-out made of them."""

    def __init__(self, settings: Settings, codecs: CodecSet, producer: RecordProducer, begins: int) -> None:
        self._settings, self._codecs, self._producer = settings, codecs, producer
        self.symbol = fresh_symbol()
        self._next = begins

    def setup(self) -> SetupEvent:
        """Return the first event of another setup, a second after the one before."""
        self._next += SECOND
        return armed(self.symbol, self._next)

    async def publish(self, *events: SetupEvent) -> None:
        for event in events:
            self._producer.send("setups.events", event)
        await self._producer.acknowledged()

    async def written(self, topic: str) -> list[Any]:
        entry = catalog.topic(topic)
        messages = await asyncio.to_thread(read_all, self._settings.kafka.bootstrap_servers, entry.kafka_name, committed_only=True)
        records = [self._codecs.of(topic).decode(message.value() or b"") for message in messages]
        return [record for record in records if record.symbol == self.symbol]  # type: ignore[attr-defined]

    async def told(self, count: int) -> list[PremiumAlert]:
        return await self._until("distribution.premium", count)

    async def held(self, count: int) -> list[HeldAlert]:
        return await self._until("distribution.held", count)

    async def _until(self, topic: str, count: int) -> list[Any]:
        async with asyncio.timeout(60):
            while len(found := await self.written(topic)) < count:
                await asyncio.sleep(0.05)
        return found


def command(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, ["budget", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


async def test_the_fourth_is_held_after_a_restart_too_and_people_may_ask_for_more(
    kafka_settings: Settings, codecs: CodecSet, record_producer: RecordProducer, market_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BOX-11: budget 3, the fourth is held and counted; its later events and repeats say nothing; both budgets change at run time."""
    tiers = kafka_settings.tiers.model_copy(update={"alerts_a_day_per_symbol": 3})
    clock = ClockSettings(kind="scaled", start_us=market_clock.now_us(), origin_us=SystemClock().now_us(), speed=1.0)
    settings = kafka_settings.model_copy(update={"tiers": tiers, "clock": clock})
    desk = Desk(settings, codecs, record_producer, market_clock.now_us())
    events = [desk.setup() for _ in range(5)]
    async with running_units(settings, market_clock, "sink.fanout"):
        await desk.publish(*events, following(events[3], SetupState.PRIMED, events[3].ts_event + 1))
        assert [item.setup_id for item in await desk.told(3)] == [event.setup_id for event in events[:3]]
        assert [(item.setup_id, item.scope, item.number, item.limit) for item in await desk.held(2)] == [
            (events[3].setup_id, BudgetScope.SYMBOL, 4, 3), (events[4].setup_id, BudgetScope.SYMBOL, 5, 3),
        ]  # fmt: skip
    sixth = desk.setup()
    async with running_units(settings, market_clock, "sink.fanout"):
        late = following(events[4], SetupState.PRIMED, events[4].ts_event + 1)
        await desk.publish(events[3], late, following(events[0], SetupState.PRIMED, events[0].ts_event + 1), sixth)
        assert [item.number for item in await desk.held(3)] == [4, 5, 6], "counted on from what is on the topics"
        assert len(await desk.told(4)) == 4, "a setup that was told is told to its end"
        try:
            told = await asyncio.to_thread(command, settings, monkeypatch, "set", "symbol", "4")
            assert told == "symbol: 4\n"
            async with asyncio.timeout(60):
                while len(await desk.written("distribution.premium")) < 5:
                    await desk.publish(desk.setup())
                    await asyncio.sleep(0.2)
            shown = json.loads((await asyncio.to_thread(command, settings, monkeypatch, "show", "--json")).splitlines()[-1])
            assert shown["limits"] == {"symbol": 4, "all": 1_000} and shown["held"] >= 3 and shown["told"] >= 4
            await asyncio.to_thread(command, settings, monkeypatch, "set", "all", "1")
            assert "all" in await asyncio.to_thread(command, settings, monkeypatch, "show")
            other = Desk(settings, codecs, record_producer, market_clock.now_us())
            async with asyncio.timeout(60):
                while not await other.written("distribution.held"):
                    await other.publish(other.setup())
                    await asyncio.sleep(0.2)
            assert (await other.held(1))[0].scope is BudgetScope.ALL
        finally:
            for scope in ("symbol", "all"):
                await asyncio.to_thread(command, settings, monkeypatch, "reset", scope)
