"""The Gamma page by AppTest on the real ClickHouse engine: its numbers, why one is missing, and nothing at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboards import gamma_queries
from dashboards.gamma_charts import MODEL_NAMES
from dashboards.history import History
from infra.clickhouse.migrate import migrate
from infra.clock import to_microseconds
from infra.settings import ClickHouseSettings, Settings, environment_of
from schemas.records import GammaProfile
from tests.support.dashboard_seed import store
from tests.support.gamma_seed import gamma_seed
from tests.support.gamma_world import SYMBOL, at
from tests.support.local_clickhouse import ClickHouseAddress

NOW = at("11:00:00")
SCRIPT = Path(__file__).parents[2] / "dashboards" / "navigation.py"
Draw = Callable[..., str]


@pytest.fixture(scope="module")
def account(clickhouse_server: ClickHouseAddress) -> ClickHouseSettings:
    server = clickhouse_server
    return ClickHouseSettings(host=server.host, port=server.port, user=server.user, password=SecretStr(server.password), database="gamma_page")


@pytest.fixture(scope="module")
def database(account: ClickHouseSettings) -> ClickHouseSettings:
    migrate(account)
    store(account, gamma_seed(NOW))
    return account


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Draw:
    def page(clickhouse: ClickHouseSettings, **query: str) -> str:
        base = Settings()
        wall = to_microseconds(datetime.now(UTC))
        clock = base.clock.model_copy(update={"kind": "scaled", "start_us": NOW, "origin_us": wall, "speed": 0.001})
        for variable in [name for name in os.environ if name.startswith("TAPEWIRE_")]:
            monkeypatch.delenv(variable)
        for variable, value in environment_of(base.model_copy(update={"clickhouse": clickhouse, "clock": clock})).items():
            monkeypatch.setenv(variable, value)
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app._page_hash = calc_hash("gamma")
        app.run()
        assert not app.exception
        text = "\n".join(element.value for element in app.markdown)
        assert "could not be drawn" not in text
        return text

    return page


def test_the_page_shows_models_vendor_and_scorecard(draw: Draw, database: ClickHouseSettings) -> None:
    """GEX-01..10 on the page: figures, three models, the vendor beside ours, the scorecard."""
    text = draw(database, symbol=SYMBOL)
    assert all(name in text for name in MODEL_NAMES.values())
    assert all(words in text for words in ("Vendor beside ours", "of the gross", "Scorecard"))
    assert "591.27" in text and "Walls held" in text and "contracts; left out" in text
    assert "Implied volatility by strike and expiry" in text and "Index − at the money" in text
    assert "+1.4" in text and "points; 19.4 on 13 May" in text, "GEX-12"


def test_a_symbol_without_a_profile_says_so(draw: Draw, database: ClickHouseSettings) -> None:
    assert "No gamma profile of ZZZZ" in draw(database, symbol="ZZZZ")


def test_an_empty_history_says_what_starts_it(draw: Draw, account: ClickHouseSettings) -> None:
    empty = account.model_copy(update={"database": "gamma_page_empty"})
    migrate(empty)
    assert "tapewire up" in draw(empty)


def test_profiles_come_back_as_they_were_written_and_research_views_answer(database: ClickHouseSettings) -> None:
    history = History(database)
    [written] = [record for record in gamma_seed(NOW)["derived.gamma-profiles"] if isinstance(record, GammaProfile) and record.symbol == SYMBOL]
    assert gamma_queries.newest_profile(history, SYMBOL, NOW) == written
    assert gamma_queries.gamma_symbols(history, NOW) == ("QQQ", SYMBOL)
    [(strikes, total)] = history.rows("SELECT count(), sum(gamma_usd_per_1pct) FROM research_gamma_by_strike WHERE symbol = 'SPY'")
    assert (strikes, total) == (len(written.strikes), pytest.approx(sum(written.strike_gamma)))
    models = history.rows("SELECT model, sessions, walls_held_share FROM research_gamma_models ORDER BY model")
    assert models == [("FLOW", 5, 0.4), ("NAIVE", 5, 0.4), ("OPENED", 5, 0.4)]
    surface = history.rows("SELECT toInt32(expiry), moneyness, volatility FROM research_volatility_surface WHERE symbol = 'SPY' ORDER BY 1, 2")
    assert surface == sorted(zip(written.surface_expiries, written.surface_moneyness, written.surface_volatility, strict=True))
    [(gap, day)] = history.rows("SELECT volatility_index_gap, toString(volatility_index_session) FROM derived_gamma_profiles WHERE symbol = 'SPY'")
    assert (gap, day) == (written.volatility_index_gap, "2025-05-13")
    [(drift,)] = history.rows("SELECT drift FROM research_gamma_against_vendor WHERE symbol = 'SPY'")
    assert drift == written.vendor_drift
