"""The Flow page in a real browser: chart, marks, levels, nothing sticks out (DSH-01)."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import dashboards
from infra.clickhouse.migrate import migrate
from infra.clock import SystemClock
from infra.local.ports import free_ports
from infra.settings import ClickHouseSettings, Settings, environment_of
from tests.support.dashboard_seed import store
from tests.support.flow_seed import NOW, seeded_flow
from tests.support.local_clickhouse import ClickHouseAddress
from tests.support.local_kafka import running

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
APP = Path(dashboards.__path__[0]) / "app.py"
PATIENCE_MS = 60_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-dejavu, or set CHROMIUM"),
]


@pytest.fixture(scope="module")
def address(clickhouse_server: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the running dashboard; its market time stands still at NOW."""
    clickhouse = ClickHouseSettings(
        port=clickhouse_server.port, user=clickhouse_server.user, password=clickhouse_server.password, database="flow_browser"
    )
    migrate(clickhouse)
    store(clickhouse, seeded_flow())
    [port] = free_ports(1)
    base = Settings()
    clock = base.clock.model_copy(update={"kind": "scaled", "start_us": NOW, "origin_us": SystemClock().now_us(), "speed": 0.001})
    settings = base.model_copy(update={"clickhouse": clickhouse, "clock": clock})
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    folder = tmp_path_factory.mktemp("flow")
    with running(command, lambda: _answers(f"{url}/_stcore/health"), folder / "dashboard.log", os.environ | environment_of(settings)):
        yield url


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_the_page_is_drawn_at_both_widths(address: str, tmp_path: Path) -> None:
    """Screenshots go to the test's folder, or to FLOW_SCREENSHOTS to be looked at."""
    folder = Path(os.environ.get("FLOW_SCREENSHOTS", str(tmp_path)))
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for width, height in ((1440, 900), (1280, 800)):
            page = chromium.new_page(viewport={"width": width, "height": height})
            page.goto(f"{address}/flow?symbol=SPY")
            page.wait_for_selector(".js-plotly-plot .scatterlayer .trace", timeout=PATIENCE_MS)
            page.wait_for_selector("text=Headlines", timeout=PATIENCE_MS)
            names = page.evaluate("document.querySelector('.js-plotly-plot').data.map(trace => trace.name)")
            assert names == ["Price", "Call sweeps", "Put sweeps", "Net premium", "Vendor's"]
            assert page.locator("[data-testid=stException]").count() == 0
            assert "could not be drawn" not in page.inner_text("body")
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, "nothing sticks out to the right"
            page.screenshot(path=str(folder / f"flow_{width}.png"), full_page=True)
            page.close()
        chromium.close()
