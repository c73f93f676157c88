"""IBK-35: `tapewire ibkr doctor` names the failing step and its fix for each fault; the weekly log-in is seen and outlived."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner

from infra.cli import ibkr
from infra.clock import ManualClock
from infra.errors import Retryable
from infra.settings import Settings
from infra.vendor_settings import IbkrSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tws.book_source import ScenarioBooks
from infra.vendorsim.tws.server import TwsSimulator, listening
from producers.ibkr import doctor
from producers.ibkr.account_feed import AccountSource
from producers.ibkr.client import TwsClient
from producers.ibkr.doctor import Finding, examine

SCENARIO = Scenario(date(2025, 6, 3))
NOON_US = (SCENARIO.span_ms[0] + 3 * 3_600_000) * 1_000


@contextlib.asynccontextmanager
async def simulator(clock: ManualClock | None = None) -> AsyncIterator[TwsSimulator]:
    async with listening(TwsSimulator(ScenarioBooks(SCENARIO), clock or ManualClock(NOON_US))) as running:
        yield running


async def findings(running: TwsSimulator, **changes: Any) -> list[Finding]:
    settings = IbkrSettings.model_validate({"host": "127.0.0.1", "port": running.port, "connect_seconds": 0.5, "symbols": ("SPY",)} | changes)
    return [finding async for finding in examine(settings, ManualClock(NOON_US), 0.5)]


def fault(found: list[Finding]) -> Finding:
    (wrong,) = [finding for finding in found if not finding.is_well]
    return wrong


async def test_with_everything_in_order_each_step_is_well() -> None:
    async with simulator() as running:
        found = await findings(running)
    assert [finding.step for finding in found] == ["library", "port", "log-in", "accounts", "link", "contracts", "quotes", "depth"]
    assert all(finding.is_well for finding in found), found


@pytest.mark.parametrize(
    ("orders", "changes", "step", "words", "fix"),
    [
        ([{"fault": "reauth", "seconds": 30}], {}, "log-in", "silence", "waits for a log-in"),
        ([{"fault": "lost"}], {}, "link", "1100", "network"),
        ([{"fault": "farm", "broken": True}], {}, "link", "farm connection is broken", "Ctrl+Alt+F"),
        ([], {"symbols": ("SPY", "NOSUCH")}, "contracts", "NOSUCH: message 200", "file of instruments"),
        ([], {"accounts": ("U99",)}, "accounts", "missing: U99", "TAPEWIRE_IBKR__ACCOUNTS"),
        ([{"fault": "lines", "count": 0}], {}, "quotes", "SPY: message 101", "TAPEWIRE_IBKR__LINES"),
        ([{"fault": "slots", "count": 0}], {}, "depth", "SPY: message 309", "TAPEWIRE_IBKR__DEPTH_SLOTS"),
        ([{"fault": "silence", "symbol": "SPY"}], {}, "quotes", "SPY: nothing within", "trading hours"),
        ([], {"host": ""}, "settings", "TAPEWIRE_IBKR__HOST is empty", "127.0.0.1"),
    ],
)
async def test_each_fault_is_named_with_its_step_and_fix(
    orders: list[dict[str, Any]], changes: dict[str, Any], step: str, words: str, fix: str
) -> None:
    async with simulator() as running:
        for order in orders:
            running.commit(order)
        wrong = fault(await findings(running, **changes))
    assert wrong.step == step
    assert words in wrong.found and wrong.fix is not None and fix in wrong.fix


async def test_a_missing_permission_is_named_for_quotes_and_depth() -> None:
    async with simulator() as running:
        running.commit({"fault": "refuse", "symbol": "SPY", "code": 354})
        wrong = [finding for finding in await findings(running) if not finding.is_well]
    assert [finding.step for finding in wrong] == ["quotes", "depth"]
    assert all("message 354" in finding.found and "Market Data" in str(finding.fix) for finding in wrong)


async def test_a_taken_client_id_a_closed_port_and_another_port_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with simulator() as running, simulator() as other:
        taken = TwsClient(ManualClock(NOON_US))
        await taken.connect("127.0.0.1", running.port, 5, 2.0)
        assert "client id 5" in str(fault(await findings(running)).fix)
        taken.close()
        monkeypatch.setattr(doctor, "PORTS", {running.port: "Gateway, paper", other.port: "TWS, paper"})
        await running.close()
        wrong = fault(await findings(running))
        assert wrong.fix == f"set TAPEWIRE_IBKR__PORT={other.port}"
        monkeypatch.setattr(doctor, "PORTS", {})
        wrong = fault(await findings(running))
        assert wrong.step == "port" and "Enable ActiveX and Socket Clients" in str(wrong.fix)


async def test_clocks_that_differ_are_named() -> None:
    async with simulator(ManualClock(NOON_US - 7_000_000)) as running:
        wrong = fault(await findings(running))
    assert wrong.step == "link" and "+7.0 s" in wrong.found


async def test_the_command_prints_the_fix_and_exits_1(monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()
    ibkr.register(app)
    async with simulator() as running:
        running.commit({"fault": "lost"})
        monkeypatch.setenv("TAPEWIRE_IBKR__HOST", "127.0.0.1")
        monkeypatch.setenv("TAPEWIRE_IBKR__PORT", str(running.port))
        text = await asyncio.to_thread(CliRunner().invoke, app, ["ibkr", "doctor"])
        told = await asyncio.to_thread(CliRunner().invoke, app, ["ibkr", "doctor", "--json"])
    assert text.exit_code == told.exit_code == 1
    assert "FAULT link" in text.output and "fix: TWS has lost the vendor" in text.output
    assert [(row["step"], row["well"]) for row in orjson.loads(told.stdout.splitlines()[-1])][-1] == ("link", False)


async def test_the_weekly_log_in_ends_the_connection_at_once_and_is_named_until_somebody_logs_in() -> None:
    """Issue 5 §2: the connection ends, each attempt says what is missing, and the first after the log-in serves."""
    clock = ManualClock(NOON_US)
    async with simulator(clock) as running:
        vendor = IbkrSettings(host="127.0.0.1", port=running.port, connect_seconds=0.5, probe_seconds=0.1, silence_seconds=2.0)
        source = AccountSource(Settings(ibkr=vendor), clock)
        async with source.connect() as stream:
            while await stream.receive(1.0) is None:
                pass
            running.commit({"fault": "reauth", "seconds": 3600})
            with pytest.raises(Retryable, match="the socket was closed"):
                while True:
                    await stream.receive(5.0)
        with pytest.raises(Retryable, match="does a dialogue wait for a login"):
            async with source.connect():
                pass
        running.account.awaits_login = False
        async with source.connect() as again:
            assert await again.receive(2.0) is not None
