"""The Flow page against a real ClickHouse: numbers, filters, what it says without data (DSH-01)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboards
from dashboards import flow_queries
from dashboards.history import History
from infra.clickhouse.migrate import migrate
from infra.clock import SystemClock
from infra.settings import ClickHouseSettings, Settings, environment_of
from schemas.records import FlowMetrics
from tests.support.dashboard_seed import store
from tests.support.flow_replay import OPEN, flow_alert
from tests.support.flow_seed import NOW, seeded_flow
from tests.support.local_clickhouse import ClickHouseAddress

SCRIPT = Path(dashboards.__path__[0]) / "navigation.py"


@pytest.fixture(scope="module")
def account(clickhouse_server: ClickHouseAddress) -> ClickHouseSettings:
    return ClickHouseSettings(port=clickhouse_server.port, user=clickhouse_server.user, password=clickhouse_server.password)


@pytest.fixture(scope="module")
def database(account: ClickHouseSettings) -> ClickHouseSettings:
    settings = account.model_copy(update={"database": "flow_seeded"})
    migrate(settings)
    store(settings, seeded_flow())
    return settings


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    yield Page(monkeypatch)


class Page:
    """Draws the page at market time NOW."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def draw(self, clickhouse: ClickHouseSettings, **query: str) -> AppTest:
        base = Settings()
        clock = base.clock.model_copy(update={"kind": "scaled", "start_us": NOW, "origin_us": SystemClock().now_us(), "speed": 0.001})
        for variable, value in environment_of(base.model_copy(update={"clickhouse": clickhouse, "clock": clock})).items():
            self._monkeypatch.setenv(variable, value)
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for key, text in query.items():
            app.query_params[key] = text
        app._page_hash = calc_hash("flow")
        return app.run()


def text_of(app: AppTest) -> str:
    assert not app.exception
    text = "\n".join(element.value for element in app.markdown)
    assert "could not be drawn" not in text
    return text


def test_the_page_shows_numbers_flags_and_what_is_behind_them(page: Page, database: ClickHouseSettings) -> None:
    text = text_of(page.draw(database))
    for words in ("net premium", "Congress bought, nobody sold", "Several insiders sold", "record&lt;/b&gt; inflow", "A. Member", "RepeatedHits"):
        assert words in text, words
    assert "no order book" in text, "what is missing says why"


def test_tables_are_filtered(page: Page, database: ClickHouseSettings) -> None:
    app = page.draw(database, symbol="SPY")
    assert "▼ put" in text_of(app) and "▲ call" in text_of(app)
    next(one for one in app.button_group if one.key == "flow_right").set_value("Calls")
    text = text_of(app.run())
    assert "▼ put" not in text and "▲ call" in text
    next(one for one in app.button_group if one.key == "flow_least").set_value(1_000_000.0)
    assert text_of(app.run()).count("▲ call") < text.count("▲ call")


def test_without_data_it_says_what_starts_it(page: Page, account: ClickHouseSettings) -> None:
    empty = account.model_copy(update={"database": "flow_empty"})
    migrate(empty)
    assert "tapewire up" in text_of(page.draw(empty))


def test_an_unknown_symbol_is_an_empty_state(page: Page, database: ClickHouseSettings) -> None:
    assert "No flow of NOPE" in text_of(page.draw(database, symbol="nope"))


def test_the_queries_return_what_was_written(database: ClickHouseSettings) -> None:
    history, written = History(database), seeded_flow()["derived.flow-metrics"]
    newest = written[-1]
    assert isinstance(newest, FlowMetrics)
    assert flow_queries.flow_now(history, "SPY", NOW) == newest
    assert len(flow_queries.flow_minutes(history, "SPY", 0, NOW)) == 350
    levels = flow_queries.darkpool_levels(history, "SPY", 0, 4)
    assert len(levels) == 4 and levels[0].premium >= levels[-1].premium and all(abs(one.net_premium) <= one.premium for one in levels)


def test_an_alert_told_over_rest_and_the_stream_stands_once(account: ClickHouseSettings) -> None:
    settings = account.model_copy(update={"database": "flow_told_twice"})
    migrate(settings)
    streamed = flow_alert(OPEN, 2e6, vendor_alert_id="9d2b7c11", trade_ids=("one", "two"))
    store(settings, {"options.flow-alerts": [streamed, replace(streamed, ts_event=OPEN + 250_000, vendor_alert_id=None, trade_ids=())]})
    assert flow_queries.flow_alerts(History(settings), "SPY", 0, 1e6) == (streamed,)


def test_the_research_view_gives_a_minute_a_row(database: ClickHouseSettings) -> None:
    """FLW-13: the vendor's toxicity by minute, to be joined with VPIN."""
    rows = History(database).rows("SELECT symbol, count(), uniqExact(minute) FROM research_flow_minutes GROUP BY symbol")
    assert rows == [("SPY", 350, 350)]
