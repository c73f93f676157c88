"""The data layer on a real ClickHouse: our stored bars, fetched, streamed, and on the command line (REG-05, REG-06, REG-07)."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from infra.cli import research
from infra.cli.research_layer import open_data_layer
from infra.clickhouse.migrate import migrate
from infra.clock import to_datetime, to_microseconds
from infra.settings import ClickHouseSettings, Settings, environment_of
from processors.research.stored_bars import StoredBars
from schemas.records import Bar, Resolution
from tests.support.dashboard_seed import store
from tests.support.local_clickhouse import ClickHouseAddress
from tests.support.regime_seed import MINUTE, minute_bars

NOW = to_microseconds(datetime(2020, 4, 15, 15, 42, tzinfo=UTC))
BARS = minute_bars("BCRX", NOW, 60, start=3.3, noise=0.003)
START, END = BARS[0].window_start, NOW


@pytest.fixture(scope="module")
def database(clickhouse_server: ClickHouseAddress) -> ClickHouseSettings:
    server = clickhouse_server
    settings = ClickHouseSettings(port=server.port, user=server.user, password=server.password, database="stored_bars")  # type: ignore[arg-type]
    migrate(settings)
    store(settings, {"derived.bars": list(BARS)})
    vendor = [replace(bar, source="polygon", close=bar.close + 1.0, high=bar.high + 1.0) for bar in BARS]
    store(settings, {"market.bars": [*vendor, *(replace(bar, source="alpaca") for bar in BARS[:3])]})
    return settings


@pytest.fixture
def settings(database: ClickHouseSettings, tmp_path: Path) -> Settings:
    base = Settings()
    return base.model_copy(update={"clickhouse": database, "research": base.research.model_copy(update={"cache_folder": tmp_path})})


async def test_bars_come_back_as_they_were_written(settings: Settings) -> None:
    async with open_data_layer(settings) as layer:
        frame = await layer.fetch("BCRX", "1m", "tapewire", to_datetime(START), to_datetime(END))
        assert list(frame.bars) == BARS
        polygon = await layer.fetch("BCRX", "1m", "polygon", to_datetime(START), to_datetime(END))
        assert [bar.close for bar in polygon.bars] == [bar.close + 1.0 for bar in BARS], "one vendor's alone"
        assert len(await layer.fetch("BCRX", "1m", "alpaca", to_datetime(START), to_datetime(END))) == 3


async def test_a_stream_sees_bars_as_they_are_stored(database: ClickHouseSettings) -> None:
    source = StoredBars(database, "tapewire", poll_seconds=0.01)
    found: list[Bar] = []
    async with aclosing(source.stream(["BCRX"], Resolution.M1, NOW - 2 * MINUTE)) as bars:  # type: ignore[type-var]
        async for bar in bars:
            found.append(bar)
            if len(found) == 2:
                following = replace(bar, window_start=bar.window_end, window_end=bar.window_end + MINUTE)
                store(database, {"derived.bars": [following]}, first_offset=1_000)
            if len(found) == 3:
                break
    source.close()
    assert [bar.window_start for bar in found] == [NOW - 2 * MINUTE, NOW - MINUTE, NOW]


def test_the_command_prints_every_bar(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    app = typer.Typer()
    research.register(app)
    span = ("--start", "2020-04-15T10:42", "--end", "2020-04-15T11:42")
    told = CliRunner().invoke(app, ["research", "fetch", "bcrx", *span, "--json"], catch_exceptions=False)
    rows = json.loads(told.output)
    assert len(rows) == 60 and rows[-1]["regime"]["bar_count"] == 60 and rows[0]["bar"]["symbol"] == "BCRX"
    assert len(list(tmp_path.rglob("*.parquet"))) == 1
    table = CliRunner().invoke(app, ["research", "fetch", "BCRX", *span], catch_exceptions=False).output
    assert "60 bars" in table and "regimes: UNKNOWN" in table
    none = CliRunner().invoke(app, ["research", "fetch", "NONE", *span], catch_exceptions=False).output
    assert "has no M1 bar of NONE" in none
    few = CliRunner().invoke(app, ["research", "volatility", "BCRX", *span, "--interval", "1m"], catch_exceptions=False).output
    assert "no fit: expected at least 251" in few
