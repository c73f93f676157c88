"""IBK-12, IBK-35: `tapewire ibkr probe` prints a book, or names the step that fails."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from infra.cli import ibkr
from infra.clock import ManualClock
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tws.book_source import ScenarioBooks
from infra.vendorsim.tws.server import TwsSimulator, listening

BOOKS = ScenarioBooks(Scenario(date(2025, 6, 3)))
NOON_MS = Scenario(date(2025, 6, 3)).span_ms[0] + 3 * 3_600_000


async def probe(monkeypatch: pytest.MonkeyPatch, port: int, *arguments: str, command: str = "probe") -> Any:
    monkeypatch.setenv("TAPEWIRE_IBKR__PORT", str(port))
    monkeypatch.setenv("TAPEWIRE_IBKR__CONNECT_SECONDS", "2")
    app = typer.Typer()
    ibkr.register(app)
    return await asyncio.to_thread(CliRunner().invoke, app, ["ibkr", command, *arguments])


async def test_a_book_of_ten_levels_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(TwsSimulator(BOOKS, ManualClock(NOON_MS * 1_000))) as simulator:
        result = await probe(monkeypatch, simulator.port, "AAPL")
        assert result.exit_code == 0, result.output
        book = BOOKS.book("AAPL", NOON_MS, smart=True)
        for level in (*book.bids, *book.asks):
            assert f"{level.price:g}" in result.output
        assert [connection.depth_symbols for connection in simulator.connections] in ([], [[]])


async def test_what_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(TwsSimulator(BOOKS, ManualClock(NOON_MS * 1_000))) as simulator:
        unknown = await probe(monkeypatch, simulator.port, "NOSUCH")
        simulator.commit({"fault": "refuse", "symbol": "AAPL", "code": 354})
        refused = await probe(monkeypatch, simulator.port, "AAPL", "--seconds", "0.5")
    away = await probe(monkeypatch, simulator.port, "AAPL")
    assert [result.exit_code for result in (unknown, refused, away)] == [1, 1, 1]
    assert "found none of NOSUCH" in unknown.output
    assert "354 no permission" in refused.output
    assert "nobody listening" in away.output


async def test_past_bars_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    """ING-47."""
    monkeypatch.setenv("COLUMNS", "160")
    async with listening(TwsSimulator(BOOKS, ManualClock(NOON_MS * 1_000))) as simulator:
        found = await probe(monkeypatch, simulator.port, "AAPL", "--count", "50", command="bars")
        unknown = await probe(monkeypatch, simulator.port, "NOSUCH", command="bars")
        simulator.commit({"fault": "refuse", "symbol": "AAPL", "code": 354})
        none = await probe(monkeypatch, simulator.port, "AAPL", command="bars")
    assert (found.exit_code, unknown.exit_code, none.exit_code) == (0, 1, 1), found.output
    assert found.output.count("ET ") == 50 and "mean 50" in found.output
    assert "NOSUCH" in unknown.output and "past bars of AAPL" in none.output
