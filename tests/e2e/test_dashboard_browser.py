"""The pages in a real browser: started as in production, looked at with headless Chromium (DSH-01, DSH-11)."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import dashboards
from infra.clickhouse.migrate import migrate
from infra.clock import to_microseconds
from infra.local.ports import free_ports
from infra.settings import ClickHouseSettings, Settings, environment_of
from schemas.records import SetupEvent, SetupState
from tests.support.dashboard_seed import Records, seeded, store
from tests.support.depth_seed import seeded_books
from tests.support.local_clickhouse import ClickHouseAddress
from tests.support.local_kafka import running

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
APP = Path(dashboards.__path__[0]) / "app.py"
NOW = to_microseconds(datetime(2020, 4, 15, 15, 42, 7, tzinfo=UTC))
PATIENCE_MS = 60_000
SIZES = {"wide": {"width": 1440, "height": 900}, "laptop": {"width": 1280, "height": 800}}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-dejavu, or set CHROMIUM"),
]


@pytest.fixture(scope="module")
def records() -> Records:
    return {**seeded(NOW), **seeded_books("BCRX", NOW, 6.61)}


@pytest.fixture(scope="module")
def clickhouse(clickhouse_server: ClickHouseAddress, records: Records) -> ClickHouseSettings:
    settings = ClickHouseSettings(
        port=clickhouse_server.port, user=clickhouse_server.user, password=clickhouse_server.password, database="dashboard_browser"
    )
    migrate(settings)
    store(settings, records)
    return settings


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the dashboard writes; quoted when a page fails."""
    return tmp_path_factory.mktemp("dashboard") / "dashboard.log"


@pytest.fixture(scope="module")
def address(clickhouse: ClickHouseSettings, log: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the running dashboard; its market time stands still at NOW."""
    [port] = free_ports(1)
    base = Settings()
    settings = base.model_copy(
        update={
            "clickhouse": clickhouse,
            "stack": base.stack.model_copy(update={"mode": "replay", "data_folder": tmp_path_factory.mktemp("stack")}),
            "clock": base.clock.model_copy(
                update={"kind": "scaled", "start_us": NOW, "origin_us": to_microseconds(datetime.now(UTC)), "speed": 0.001}
            ),
        }
    )
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    with running(command, lambda: _answers(f"{url}/_stcore/health"), log, os.environ | environment_of(settings)):
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("path", "sign"),
    [
        ("", "[data-lane=active] .tw-tile"), ("symbol?symbol=BCRX", ".js-plotly-plot"), ("symbol?symbol=BCRX", "text=Book numbers"),
        ("deliveries", ".tw-bubble"), ("health", ".tw-table"),
    ],
)
def test_each_page_is_drawn_at_both_widths(
    address: str, browser: sync_api.Browser, log: Path, path: str, sign: str, size: str
) -> None:
    page = browser.new_page(viewport=SIZES[size])
    page.goto(f"{address}/{path}")
    page.wait_for_selector(sign, timeout=PATIENCE_MS)
    page.wait_for_selector(".tw-bar [class*=tw-mode-replay]", timeout=PATIENCE_MS)
    assert page.locator("[data-testid=stException]").count() == 0
    text = page.inner_text("body")
    for words in ("could not be drawn", "No history yet", "History is away"):
        assert words not in text, f"{text}\n{log.read_text()[-4_000:]}"
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, "nothing sticks out to the right"
    page.close()


def test_the_first_page_also_answers_to_its_name(address: str, browser: sync_api.Browser) -> None:
    page = browser.new_page()
    page.goto(f"{address}/live")
    page.wait_for_selector("[data-lane=armed]", timeout=PATIENCE_MS)
    assert "Page not found" not in page.inner_text("body")
    page.close()


def test_a_setup_moves_lanes_without_a_reload(
    address: str, browser: sync_api.Browser, clickhouse: ClickHouseSettings, records: Records
) -> None:
    page = browser.new_page(viewport=SIZES["wide"])
    page.goto(address)
    page.wait_for_selector("[data-lane=armed] .tw-tile:has-text('INO')", timeout=PATIENCE_MS)
    page.evaluate("window.sameDocument = true; document.querySelector('[data-lane=active] .tw-tile').dataset.kept = 'yes'")
    [armed] = [event for event in records["setups.events"] if isinstance(event, SetupEvent) and event.symbol == "INO"]
    broke = replace(armed, event_id="next", sequence=1, previous_state=SetupState.ARMED, state=SetupState.PRIMED, ts_event=NOW - 1_000_000)
    store(clickhouse, {"setups.events": [broke]}, first_offset=1_000)
    page.wait_for_selector("[data-lane=primed] .tw-tile:first-of-type:has-text('INO')", timeout=PATIENCE_MS)
    assert page.locator("[data-lane=armed] .tw-tile:has-text('INO')").count() == 0
    assert page.evaluate("window.sameDocument") is True
    assert page.locator("[data-kept=yes]").count() == 1, "tiles that did not change keep their nodes: nothing flickers"
    page.close()


def test_a_tile_leads_to_its_symbol(address: str, browser: sync_api.Browser) -> None:
    page = browser.new_page(viewport=SIZES["wide"])
    page.goto(address)
    page.locator("[data-lane=active] .tw-tile", has_text="MRNA").click(timeout=PATIENCE_MS)
    page.wait_for_selector("text=Short · Active", timeout=PATIENCE_MS)
    assert page.url.endswith("/symbol?symbol=MRNA")
    page.close()
