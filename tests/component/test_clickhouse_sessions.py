"""Sessions of the local ClickHouse end when nobody uses them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.clickhouse_http.engine import Engine
from infra.local.clickhouse_http.sessions import Sessions
from infra.local.clickhouse_http.wire_error import WireError


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine"))
    yield engine
    engine.close()


async def test_a_session_ends_after_its_time_and_not_before(engine: Engine) -> None:
    now = [0.0]
    sessions = Sessions(engine, lambda: now[0])
    async with sessions.hold("s", 60, must_exist=False) as handle:
        handle.set_all({"max_threads": "1"})
    now[0] = 59.0
    async with sessions.hold("s", 60, must_exist=True) as handle:
        assert handle.changed_settings()["max_threads"] == "1"
    now[0] = 118.0
    sessions.expire()
    assert len(sessions) == 1
    now[0] = 119.0
    sessions.expire()
    assert len(sessions) == 0
    with pytest.raises(WireError, match="not found"):
        async with sessions.hold("s", 60, must_exist=True):
            pass


async def test_a_session_in_use_does_not_end(engine: Engine) -> None:
    now = [0.0]
    sessions = Sessions(engine, lambda: now[0])
    async with sessions.hold("s", 1, must_exist=False):
        now[0] = 1000.0
        sessions.expire()
        assert len(sessions) == 1
    sessions.close()
