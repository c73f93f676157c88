"""The pages against a real ClickHouse, drawn by Streamlit's own test harness (DSH-01, DSH-03, DSH-11)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboards
from dashboards import delivery_queries, health_queries, queries
from dashboards.history import History, HistoryNotReady, HistoryUnavailable
from infra.clickhouse.migrate import migrate
from infra.clock import to_microseconds
from infra.local.stack_state import ProcessStatus, StackState
from infra.settings import ClickHouseSettings, Settings, environment_of
from schemas.records import Resolution, SetupEvent, SetupState, Tier
from tests.support.dashboard_seed import Records, seeded, store
from tests.support.local_clickhouse import ClickHouseAddress

SECOND = 1_000_000
NOW = to_microseconds(datetime(2020, 4, 15, 15, 42, 7, tzinfo=UTC))
SCRIPT = Path(dashboards.__path__[0]) / "navigation.py"
PAGES = ("live", "symbol", "deliveries", "health")


@pytest.fixture(scope="module")
def account(clickhouse_server: ClickHouseAddress) -> ClickHouseSettings:
    return ClickHouseSettings(port=clickhouse_server.port, user=clickhouse_server.user, password=clickhouse_server.password)


@pytest.fixture(scope="module")
def records() -> Records:
    return seeded(NOW)


@pytest.fixture(scope="module")
def database(account: ClickHouseSettings, records: Records) -> ClickHouseSettings:
    """Settings of a migrated database with the seeded hours."""
    settings = account.model_copy(update={"database": "dashboard_seeded"})
    migrate(settings)
    store(settings, records)
    return settings


@pytest.fixture
def history(database: ClickHouseSettings) -> History:
    return History(database)


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Iterator[Drawing]:
    yield Drawing(monkeypatch)


class Drawing:
    """Draws pages with the given ClickHouse at market time NOW."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def page(self, name: str, clickhouse: ClickHouseSettings, folder: Path = Path("/nonexistent"), **query: str) -> AppTest:
        for variable in [name for name in os.environ if name.startswith("TAPEWIRE_")]:
            self._monkeypatch.delenv(variable)
        base = Settings()
        settings = base.model_copy(
            update={
                "clickhouse": clickhouse,
                "stack": base.stack.model_copy(update={"mode": "replay", "data_folder": folder}),
                # slow enough to stand still for the length of a test
                "clock": base.clock.model_copy(update={"kind": "scaled", "start_us": NOW, "origin_us": _wall_clock_us(), "speed": 0.001}),
            }
        )
        for variable, value in environment_of(settings).items():
            self._monkeypatch.setenv(variable, value)
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        if name != "live":
            app._page_hash = calc_hash(name)
        return app.run()


def _wall_clock_us() -> int:
    return to_microseconds(datetime.now(UTC))


def text_of(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_draws_without_an_exception(name: str, draw: Drawing, database: ClickHouseSettings) -> None:
    app = draw.page(name, database)
    assert not app.exception
    assert "could not be drawn" not in text_of(app)
    assert "REPLAY" in text_of(app), "the data mode is on every page"
    assert "tw-table" in text_of(app)


@pytest.mark.parametrize("name", PAGES)
def test_pages_without_data_say_why_and_what_starts_it(name: str, draw: Drawing, account: ClickHouseSettings) -> None:
    empty = account.model_copy(update={"database": "dashboard_empty"})
    migrate(empty)
    app = draw.page(name, empty)
    assert not app.exception
    assert "could not be drawn" not in text_of(app)
    assert "tapewire up" in text_of(app)


@pytest.mark.parametrize("name", PAGES)
def test_pages_before_the_migration_name_the_remedy(name: str, draw: Drawing, account: ClickHouseSettings) -> None:
    app = draw.page(name, account.model_copy(update={"database": "dashboard_never_migrated"}))
    assert not app.exception
    assert "tapewire clickhouse migrate" in text_of(app)


@pytest.mark.parametrize("name", PAGES)
def test_pages_without_clickhouse_stay_friendly(name: str, draw: Drawing) -> None:
    app = draw.page(name, ClickHouseSettings(port=1))
    assert not app.exception
    assert "does not answer" in text_of(app)
    assert "Traceback" not in text_of(app)


def test_lanes_hold_the_setups_in_their_states(draw: Drawing, database: ClickHouseSettings) -> None:
    app = draw.page("live", database)
    lanes = {lane: _lane(app, lane) for lane in ("armed", "primed", "active", "resolved")}
    for lane, symbols in {"armed": "INO NVAX SRNE", "primed": "TTNP GNUS", "active": "MRNA BCRX", "resolved": "UAL F XOM AMC"}.items():
        places = [lanes[lane].index(f">{symbol}<") for symbol in symbols.split()]
        assert places == sorted(places), f"newest on top in {lane}"


def test_a_setup_changes_its_lane_and_flashes_once(draw: Drawing, account: ClickHouseSettings, records: Records) -> None:
    moving = account.model_copy(update={"database": "dashboard_moving"})
    migrate(moving)
    store(moving, records)
    app = draw.page("live", moving)
    assert ">INO<" in _lane(app, "armed")
    assert "tw-flash" not in text_of(app)
    [armed] = [event for event in records["setups.events"] if isinstance(event, SetupEvent) and event.symbol == "INO"]
    broke = replace(armed, event_id="next", sequence=1, previous_state=SetupState.ARMED, state=SetupState.PRIMED, ts_event=NOW - SECOND)
    store(moving, {"setups.events": [broke]}, first_offset=1_000)
    app.run()
    assert ">INO<" in _lane(app, "primed")
    assert ">INO<" not in _lane(app, "armed")
    assert text_of(app).count("tw-flash") == 1
    app.run()
    assert "tw-flash" not in text_of(app)


def test_the_countdown_equals_the_event_s_time_to_live(draw: Drawing, database: ClickHouseSettings, records: Records) -> None:
    """DSH-02: countdown equals server TTL."""
    [event] = [event for event in records["setups.events"] if isinstance(event, SetupEvent) and event.symbol == "NVAX"]
    left = (event.expires_at - NOW) // SECOND
    written = {f"{seconds // 60}:{seconds % 60:02d}" for seconds in (left - 1, left)}
    assert any(text in _lane(draw.page("live", database), "armed") for text in written)


def test_the_symbol_page_follows_its_query_parameter(draw: Drawing, database: ClickHouseSettings) -> None:
    """DSH-03: ?symbol=."""
    app = draw.page("symbol", database, symbol="mrna")
    assert app.selectbox[0].value == "MRNA"
    assert "Short · Active" in text_of(app)
    assert "Retest held, triggered" in text_of(app)
    app.selectbox[0].set_value("BCRX").run()
    assert app.query_params["symbol"] in ("BCRX", ["BCRX"])
    assert "Long · Active" in text_of(app)


def test_an_unknown_symbol_is_an_empty_state(draw: Drawing, database: ClickHouseSettings) -> None:
    app = draw.page("symbol", database, symbol="ZZZZ")
    assert not app.exception
    assert "No 1m bar of ZZZZ" in text_of(app)


def test_deliveries_tell_each_tier_s_story(draw: Drawing, database: ClickHouseSettings) -> None:
    app = draw.page("deliveries", database)
    text = text_of(app)
    for words in ("Premium", "Basic", "Free", "0 ✓", "setup alert, not a position", "Discord answered 503", "▲ HELD", "the symbol"):
        assert words in text


def test_health_lists_feeds_tables_and_dead_letters(draw: Drawing, database: ClickHouseSettings) -> None:
    text = text_of(draw.page("health", database))
    told = ("31 ms", "0.2%", "endpoint left alone", "open breakers: greek_exposure", "71/110", "replay, internal")
    for words in (*told, "feed.polygon", "derived_bars", "market.trades.v1", "expected a price above 0, found -1.25", "no state.json"):
        assert words in text


def test_health_shows_what_the_supervisor_wrote(draw: Drawing, database: ClickHouseSettings, tmp_path: Path) -> None:
    running = ProcessStatus("market", "ready", 4_711, 312_000_000, 2, 0.8, "stage.market: folding")
    ended = ProcessStatus("delivery", "failing", None, 0, 5, None, "ended with code 70")
    StackState("default", 1, False, 2_900_000_000, {}, [running, ended]).write(tmp_path / "state.json")
    text = text_of(draw.page("health", database, tmp_path))
    for words in ("stage.market: folding", "312\u00a0MB", "peak memory 2.9\u00a0GB", "ended with code 70", "failing", "it tells no lag"):
        assert words in text


def test_newest_events_win_and_lives_are_complete(history: History, records: Records) -> None:
    events = [event for event in records["setups.events"] if isinstance(event, SetupEvent)]
    newest = {event.setup_id: event for event in sorted(events, key=lambda event: event.sequence)}
    found = queries.live_setups(history, NOW)
    assert {setup.event.setup_id: setup.event for setup in found} == newest
    backwards = sorted(events, key=lambda event: -event.sequence)
    entered = {event.setup_id: event.stop_price for event in backwards if event.state is newest[event.setup_id].state}
    assert {setup.event.setup_id: setup.first_stop for setup in found} == entered
    assert {setup.event.setup_id: setup.opened_at for setup in found} == {event.setup_id: event.ts_event for event in events if event.sequence == 0}


def test_bars_and_features_come_back_as_they_were_written(history: History, records: Records) -> None:
    since = NOW - 3 * queries.HOUR_US
    for resolution in (Resolution.M1, Resolution.M15):
        written = [bar for bar in records["derived.bars"] if bar.symbol == "BCRX" and bar.resolution is resolution]  # type: ignore[attr-defined]
        assert list(queries.bars(history, "BCRX", resolution, since, NOW)) == written
    newest = [entry for entry in records["derived.features"] if entry.symbol == "BCRX" and entry.resolution is Resolution.M5]  # type: ignore[attr-defined]
    assert list(queries.features(history, "BCRX", [Resolution.M5], since, 10)[Resolution.M5]) == newest[-10:]


def test_heartbeats_come_with_positions_and_rate(history: History, records: Records) -> None:
    polygon, whales = queries.feeds(history, NOW)
    assert [polygon.heartbeat, whales.heartbeat] == records["ops.heartbeats"][-2:]
    assert (polygon.records_per_second, whales.records_per_second) == (812, 9)


def test_queues_count_what_waits_and_what_is_pending(history: History) -> None:
    delays = {Tier.BASIC: 60 * SECOND, Tier.FREE: 300 * SECOND}
    found = delivery_queries.tier_queues(history, NOW, delays)
    assert {tier: (queue.waiting, queue.unsent, queue.expired) for tier, queue in found.items()} == {
        Tier.PREMIUM: (0, 0, 0),
        Tier.BASIC: (0, 1, 0),
        Tier.FREE: (0, 0, 1),
    }
    just_told = delivery_queries.tier_queues(history, NOW, dict.fromkeys(delays, 400 * SECOND))
    assert just_told[Tier.BASIC].waiting == 0, "what basic was told does not wait, however long its delay"


def test_a_message_that_is_not_due_waits(account: ClickHouseSettings) -> None:
    waiting = account.model_copy(update={"database": "dashboard_waiting"})
    migrate(waiting)
    told = seeded(NOW)
    premium = [alert for alert in told["distribution.premium"] if alert.symbol == "TTNP"]  # type: ignore[attr-defined]
    store(waiting, {"distribution.premium": premium})
    found = delivery_queries.tier_queues(History(waiting), premium[-1].ts_published + SECOND, {Tier.BASIC: 60 * SECOND, Tier.FREE: 300 * SECOND})  # type: ignore[attr-defined]
    assert (found[Tier.BASIC].waiting, found[Tier.FREE].waiting) == (1, 1)
    assert found[Tier.PREMIUM].unsent == len(premium)


def test_dead_letters_show_their_bytes_safely(history: History) -> None:
    found = health_queries.dead_letters(history, NOW)
    assert found[-1].preview == "······BCRX"
    assert found[-1].value_bytes == 10
    assert [entry.stage for entry in found] == ["feed.polygon", "feed.polygon", "sink.clickhouse"]


def test_every_answer_is_bounded(history: History) -> None:
    with pytest.raises(HistoryUnavailable):
        history.rows("SELECT number FROM system.numbers LIMIT 1000000")


def test_two_errors_a_page_can_explain(account: ClickHouseSettings) -> None:
    with pytest.raises(HistoryNotReady):
        queries.feeds(History(account.model_copy(update={"database": "dashboard_nowhere"})), NOW)
    with pytest.raises(HistoryUnavailable, match="does not answer"):
        queries.feeds(History(ClickHouseSettings(port=1)), NOW)
    with pytest.raises(HistoryUnavailable, match="refuses user"):
        queries.feeds(History(account.model_copy(update={"user": "stranger"})), NOW)


def _lane(app: AppTest, lane: str) -> str:
    [found] = [element.value for element in app.markdown if f'data-lane="{lane}"' in element.value]
    return found
