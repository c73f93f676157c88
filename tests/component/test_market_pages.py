"""The Market and Findings pages against a real ClickHouse: Streamlit's harness and headless Chromium (REG-02, REG-08, SCH-02)."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboards
from dashboards import market_queries
from dashboards.history import History
from infra.clickhouse.migrate import migrate
from infra.clock import to_microseconds
from infra.local.ports import free_ports
from infra.settings import ClickHouseSettings, Settings, environment_of
from schemas.records import Features, Finding, PostureStatus, Regime, RegimeLabel
from tests.support.dashboard_seed import Records, store
from tests.support.local_clickhouse import ClickHouseAddress
from tests.support.local_kafka import running
from tests.support.regime_seed import SYMBOLS, regime_records

NOW = to_microseconds(datetime(2020, 4, 15, 15, 42, 7, tzinfo=UTC))
FOLDER = Path(dashboards.__path__[0])
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PAGES = ("market", "findings")


@pytest.fixture(scope="module")
def account(clickhouse_server: ClickHouseAddress) -> ClickHouseSettings:
    return ClickHouseSettings(port=clickhouse_server.port, user=clickhouse_server.user, password=clickhouse_server.password)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def records() -> Records:
    return regime_records(NOW)


@pytest.fixture(scope="module")
def database(account: ClickHouseSettings, records: Records) -> ClickHouseSettings:
    settings = account.model_copy(update={"database": "market_pages"})
    migrate(settings)
    store(settings, records)
    return settings


@pytest.fixture(scope="module")
def empty(account: ClickHouseSettings) -> ClickHouseSettings:
    settings = account.model_copy(update={"database": "dashboard_empty"})
    migrate(settings)
    return settings


def settings_of(clickhouse: ClickHouseSettings, folder: Path, now_us: int = NOW) -> Settings:
    base = Settings()
    clock = {"kind": "scaled", "start_us": now_us, "origin_us": to_microseconds(datetime.now(UTC)), "speed": 0.001}
    return base.model_copy(
        update={
            "clickhouse": clickhouse,
            "stack": base.stack.model_copy(update={"mode": "replay", "data_folder": folder}),
            "clock": base.clock.model_copy(update=clock),
        }
    )


def drawn(
    name: str, clickhouse: ClickHouseSettings, monkeypatch: pytest.MonkeyPatch, folder: Path, now_us: int = NOW
) -> tuple[AppTest, str]:
    for variable in [known for known in os.environ if known.startswith("TAPEWIRE_")]:
        monkeypatch.delenv(variable)
    for variable, value in environment_of(settings_of(clickhouse, folder, now_us)).items():
        monkeypatch.setenv(variable, value)
    app = AppTest.from_file(str(FOLDER / "navigation.py"), default_timeout=60)
    app._page_hash = calc_hash(name)
    app.run()
    assert not app.exception
    return app, "\n".join(element.value for element in app.markdown)


def test_the_market_page_tells_of_indices_regimes_gauges_and_events(
    database: ClickHouseSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, text = drawn("market", database, monkeypatch, tmp_path)
    assert "could not be drawn" not in text
    told = ("up / ▼ down", "above VWAP", "VIX", "10 years minus 2 years", "Beige Book", "5,500K", "P(rise)")
    for words in (*SYMBOLS, *told, "10-year yield", "+4.65", "ZN 110.7 delayed", "-2.50"):
        assert words in text


def test_the_findings_page_tells_what_and_the_posture(database: ClickHouseSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app, text = drawn("findings", database, monkeypatch, tmp_path)
    told = ("volume surge", "7.16", "214.3", "new trend up", "turned down from the day&#x27;s high", "▲ long", "▼ short", "4 in the last 8 hours")
    for words in told:
        assert words in text
    app.button_group[0].set_value(["liquidity"]).run()
    text = "\n".join(element.value for element in app.markdown)
    assert "1 in the last 8 hours" in text and "thin: wide spread" in text


@pytest.mark.parametrize("name", PAGES)
def test_pages_without_data_say_why(name: str, empty: ClickHouseSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, text = drawn(name, empty, monkeypatch, tmp_path)
    assert "could not be drawn" not in text
    assert "tapewire up" in text and "tw-empty" in text


@pytest.mark.parametrize(
    ("at", "told"), [((13, 32), "the first closes at 09:35:00"), ((13, 36), "No symbol has traded today"), ((13, 20), "No symbol has traded today")]
)
def test_right_after_the_open_a_missing_bar_is_no_fault(
    at: tuple[int, int], told: str, empty: ClickHouseSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, text = drawn("market", empty, monkeypatch, tmp_path, to_microseconds(datetime(2020, 4, 15, *at, tzinfo=UTC)))
    assert told in text


def test_queries_return_what_was_stored(database: ClickHouseSettings, records: Records) -> None:
    history = History(database)
    newest = {item.symbol: item for item in records["derived.regimes"] if isinstance(item, Regime)}
    assert {item.symbol: item for item in market_queries.newest_regimes(history, NOW)} == newest
    assert all(item.label is not RegimeLabel.UNKNOWN for item in newest.values())
    found = market_queries.findings(history, NOW, 8)
    assert list(found) == sorted((item for item in records["derived.findings"] if isinstance(item, Finding)), key=lambda item: -item.ts_event)
    assert {item.symbol: item.status for item in market_queries.postures(history, NOW, 8)} == {
        "BCRX": PostureStatus.LONG, "NVAX": PostureStatus.SHORT,
    }  # fmt: skip
    traded = market_queries.traded_since(history, NOW - 3 * 3_600_000_000)
    assert {item.symbol for item in traded} == set(SYMBOLS)
    vwaps = {item.symbol: item.close > (item.session_vwap or 0.0) for item in records["derived.features"] if isinstance(item, Features)}
    assert {item.symbol: item.above_vwap for item in traded} == {symbol: vwaps.get(symbol) for symbol in SYMBOLS}
    assert vwaps["BCRX"] and "NVAX" not in vwaps


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-dejavu, or set CHROMIUM")
def test_a_browser_shows_both_pages(database: ClickHouseSettings, tmp_path: Path) -> None:
    """Charts drawn, nothing broken, no console error."""
    sync_api = pytest.importorskip("playwright.sync_api")
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(FOLDER / "app.py")), "--server.headless=true", "--server.address=127.0.0.1",
        f"--server.port={port}",
    ]  # fmt: skip
    log = tmp_path / "dashboard.log"
    with (
        running(command, lambda: _answers(f"{url}/_stcore/health"), log, os.environ | environment_of(settings_of(database, tmp_path))),
        sync_api.sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            tab = browser.new_page(viewport={"width": 1440, "height": 900})
            errors: list[str] = []
            tab.on("pageerror", lambda error: errors.append(str(error)))
            for name, words in (("market", "Beige Book"), ("findings", "new trend up")):
                tab.goto(f"{url}/{name}")
                tab.locator(".tw-panel", has_text=words).first.wait_for(timeout=60_000)
                tab.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
                shots = os.environ.get("PAGES_SCREENSHOTS")
                tab.screenshot(path=str(Path(shots or tmp_path) / f"{name}.png"), full_page=True)
                assert "could not be drawn" not in tab.content()
            assert errors == []
        finally:
            browser.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
