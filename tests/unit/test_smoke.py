"""ING-45: the live calls, here against the simulated vendors: passed with a key, skipped without, failed by name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from typer.testing import CliRunner

from infra.cli.main import app
from infra.cli.smoke import register
from infra.clock import ManualClock, to_microseconds
from infra.plugins import load_all
from infra.settings import Settings, SimulatorSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from producers.smoke import missing_fields, providers, try_out

load_all("producers")
MOMENT = to_microseconds(datetime(2025, 6, 3, 15, 0, tzinfo=UTC))
KEY = "key-of-this-test"
Client = TestClient[Any, Any]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MOMENT)


@pytest.fixture
async def client(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Client]:
    settings = Settings.model_validate({"simulator": SimulatorSettings(state_folder=tmp_path)})
    async with TestClient(TestServer(create_app(settings, clock, Scenario(datetime(2025, 6, 3, tzinfo=UTC).date())))) as opened:
        yield opened


def told(client: Client, key: str = KEY) -> Settings:
    base = f"http://127.0.0.1:{client.port}"
    return Settings.model_validate({
        "polygon": {"rest_url": f"{base}/polygon", "api_key": key}, "unusual_whales": {"rest_url": f"{base}/uw", "api_key": key},
        "alpaca": {"rest_url": f"{base}/alpaca", "api_key": key, "api_secret": key},
        "tradier": {"rest_url": f"{base}/tradier", "access_token": key},
    })  # fmt: skip


@pytest.mark.parametrize("provider", ["alpaca", "polygon", "tradier", "unusual_whales"])
async def test_with_a_key_the_call_passes(client: Client, clock: ManualClock, provider: str) -> None:
    result = await try_out(provider, told(client), clock)
    assert (result.outcome, result.status) == ("passed", 200), result.detail
    assert KEY not in repr(result)


@pytest.mark.parametrize("provider", providers())
async def test_without_a_key_it_is_skipped_and_says_so(provider: str) -> None:
    result = await try_out(provider, Settings(), ManualClock(0))
    assert result.outcome == "skipped" and "set TAPEWIRE_" in result.detail


async def test_trouble_and_other_shapes_fail_by_name(client: Client, clock: ManualClock) -> None:
    await client.post("/tradier/faults", json={"fault": "expire"})
    refused = await try_out("tradier", told(client), clock)
    assert (refused.outcome, refused.status) == ("failed", 401)
    settings = told(client)
    await client.close()
    away = await try_out("alpaca", settings, clock)
    assert (away.outcome, away.status) == ("failed", None)
    answer = {"bars": {"SPY": [{"t": 1}]}, "none": None, "empty": [], "by": {"X": {"p": 1}}}
    paths = ("bars.SPY[].t", "bars.SPY[].o", "none", "empty[]", "empty[].x", "by{}.p", "by{}.q", "bars[]", "absent.x")
    assert missing_fields(answer, paths) == ["bars.SPY[].o", "none", "empty[]", "empty[].x", "by{}.q", "bars[]", "absent.x"]


def test_the_command_skips_without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TAPEWIRE_POLYGON__API_KEY", "TAPEWIRE_ALPACA__API_KEY"):
        monkeypatch.delenv(name, raising=False)
    register(app)
    result = CliRunner().invoke(app, ["smoke", "--only", "alpaca,polygon", "--json"])
    assert result.exit_code == 0 and result.output.count('"skipped"') == 2
