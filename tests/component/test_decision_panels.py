"""Near misses on the Live page, the trend posture on the Symbol page: against a real ClickHouse, drawn by Streamlit's own test harness."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboards.decision_queries import near_misses, postures
from dashboards.history import History
from dashboards.queries import refusals
from infra.clickhouse.migrate import migrate
from infra.settings import ClickHouseSettings
from schemas.records import Posture
from tests.component.test_dashboard_pages import NOW, Drawing, text_of
from tests.support.dashboard_seed import store
from tests.support.decisions_seed import decisions
from tests.support.local_clickhouse import ClickHouseAddress


@pytest.fixture(scope="module")
def database(clickhouse_server: ClickHouseAddress) -> ClickHouseSettings:
    settings = ClickHouseSettings(
        port=clickhouse_server.port, user=clickhouse_server.user, password=clickhouse_server.password, database="decision_panels"
    )
    migrate(settings)
    store(settings, decisions(NOW))
    return settings


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Iterator[Drawing]:
    yield Drawing(monkeypatch)


def test_near_misses_have_their_own_table(draw: Drawing, database: ClickHouseSettings) -> None:
    history = History(database)
    assert [(item.symbol, item.gate) for item in near_misses(history, NOW)] == [
        ("AYTU", "BOX_RANGE"), ("AYTU", "BOX_TOUCHES"), ("CODX", "BOX_COMPRESSION"),
    ]  # fmt: skip
    assert refusals(history, NOW) == ()
    app = draw.page("live", database)
    assert not app.exception
    text = text_of(app)
    for words in ("Nearly boxes", "Box range", "8.0\u00a0bps over", "1\u00a0touch under"):
        assert words in text


def test_the_posture_says_which_way_how_probable_and_why(draw: Drawing, database: ClickHouseSettings) -> None:
    found = postures(History(database), NOW, "SRNE")
    assert len(found) == 60 and found[-1].posture is Posture.LONG
    app = draw.page("symbol", database, symbol="SRNE")
    assert not app.exception
    text = text_of(app)
    assert "Trend posture: ▲ Long" in text and "76%" in text and "EMA 20 over 50" in text and "+0.62" in text


def test_a_symbol_without_a_posture_says_when_it_comes(draw: Drawing, database: ClickHouseSettings) -> None:
    text = text_of(draw.page("symbol", database, symbol="F"))
    assert "It comes with the next closed 1m bar." in text
