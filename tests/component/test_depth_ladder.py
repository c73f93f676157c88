"""The depth ladder beside the chart, from a real ClickHouse (DEP-04)."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.depth_queries import newest_ladder, newest_metrics
from dashboards.history import History
from infra.clickhouse.migrate import migrate
from infra.settings import ClickHouseSettings
from schemas.records import BookMetrics, BookSnapshot
from tests.component.test_dashboard_pages import NOW, Drawing, text_of
from tests.support.dashboard_seed import STORIES, Records, seeded, store
from tests.support.depth_seed import seeded_books
from tests.support.local_clickhouse import ClickHouseAddress

SYMBOL = "BCRX"
SECOND = 1_000_000


@pytest.fixture(scope="module")
def books() -> Records:
    return seeded_books(SYMBOL, NOW, 6.61)


@pytest.fixture(scope="module")
def database(clickhouse_server: ClickHouseAddress, books: Records) -> ClickHouseSettings:
    settings = ClickHouseSettings(
        port=clickhouse_server.port, user=clickhouse_server.user, password=clickhouse_server.password, database="depth_ladder"
    )
    migrate(settings)
    store(settings, {**seeded(NOW, [story for story in STORIES if story.symbol in (SYMBOL, "SPY")]), **books})
    return settings


def test_the_levels_match_the_book(database: ClickHouseSettings, books: Records) -> None:
    """DEP-04: levels matching the book; the newest snapshot counts."""
    [*_, newest] = [record for record in books["market.books"] if isinstance(record, BookSnapshot)]
    found = newest_ladder(History(database), SYMBOL, NOW, 5)
    assert found is not None
    assert found.bids == tuple((level.price, level.size) for level in newest.bids[:5])
    assert found.asks == tuple((level.price, level.size) for level in newest.asks[:5])
    assert (found.taken_at, found.mode) == (newest.ts_event, newest.mode)
    assert newest_ladder(History(database), "ZZZZ", NOW, 5) is None
    assert newest_ladder(History(database), SYMBOL, NOW - 7_200 * SECOND, 5) is None


def test_the_numbers_come_back_as_they_were_written(database: ClickHouseSettings, books: Records) -> None:
    [*_, newest] = [record for record in books["derived.book-metrics"] if isinstance(record, BookMetrics)]
    assert newest_metrics(History(database), SYMBOL, NOW) == newest
    assert newest.flags == ("hedging",)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, database: ClickHouseSettings) -> AppTest:
    return Drawing(monkeypatch).page("symbol", database, symbol=SYMBOL)


def test_the_symbol_page_shows_ladder_and_numbers(page: AppTest) -> None:
    assert not page.exception
    text = text_of(page)
    assert "could not be drawn" not in text
    for words in ("Depth", "live, ", "Book numbers", "Imbalance, 3 s", "hedging of an option sweep", "no model: tapewire depth train makes one"):
        assert words in text


def test_a_symbol_without_a_book_says_so(monkeypatch: pytest.MonkeyPatch, database: ClickHouseSettings) -> None:
    assert "No book in the last hour" in text_of(Drawing(monkeypatch).page("symbol", database, symbol="SPY"))
