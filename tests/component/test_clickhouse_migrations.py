"""Migrations and inserts on the real ClickHouse engine."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.clickhouse.client import ClickHouse
from infra.clickhouse.migrate import migrate, migrations
from infra.clickhouse.native_block import block_of_values
from infra.clickhouse.schema_changes import stored_topics, wanted_tables
from infra.errors import Fatal, Retryable
from infra.settings import ClickHouseSettings
from schemas.columns import columns
from schemas.golden_examples import load
from sinks.clickhouse.batching import Row
from sinks.clickhouse.rows import block_of_rows
from tests.support.local_clickhouse import ClickHouseAddress


@pytest.fixture
def history(clickhouse_server: ClickHouseAddress, clickhouse_database: str) -> ClickHouseSettings:
    """Settings of a database with all tables."""
    settings = ClickHouseSettings(
        host=clickhouse_server.host,
        port=clickhouse_server.port,
        user=clickhouse_server.user,
        password=SecretStr(clickhouse_server.password),
        database=clickhouse_database,
    )
    migrate(settings)
    return settings


def table_columns(database: ClickHouse, name: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    rows = database.rows(
        "SELECT table, name, type FROM system.columns WHERE database = {name:String} ORDER BY table, position", {"name": name}
    )
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


def test_migrations_make_the_catalogues_tables_and_can_be_repeated(history: ClickHouseSettings) -> None:
    """OPS-21: names, types and order of every column; a second run changes nothing."""
    assert migrate(history) == []
    with ClickHouse.connect(history) as database:
        found = table_columns(database, history.database)
        for table, wanted in wanted_tables().items():
            assert list(found[table].items()) == list(wanted.items())
            assert list(found[f"{table}_latest"].items()) == list(wanted.items())
        assert database.rows("SELECT count() FROM schema_migrations FINAL") == [(len(migrations()),)]


def test_every_table_has_a_deduplication_window(history: ClickHouseSettings) -> None:
    """Off by default: a retried insert would double its rows."""
    with ClickHouse.connect(history) as database:
        rows = database.rows(
            "SELECT name, create_table_query FROM system.tables WHERE database = {name:String} AND engine = 'ReplacingMergeTree'",
            {"name": history.database},
        )
    assert {name for name, _ in rows} >= set(wanted_tables())
    for name, query in rows:
        if name != "schema_migrations":
            assert f"non_replicated_deduplication_window = {history.deduplication_window}" in query


def test_every_example_is_stored_as_it_is(history: ClickHouseSettings) -> None:
    """SCH-06: every field of every golden example of every topic comes back from its table."""
    with ClickHouse.connect(history) as database:
        for topic in stored_topics():
            by_identity = {tuple(getattr(record, name) for name in topic.identity): record for record in load(topic).values()}
            records = list(by_identity.values())  # rows of one identity are one row
            rows = [Row(offset, None, b"", record) for offset, record in enumerate(records)]
            for _ in range(2):
                database.insert(block_of_rows(topic, 1, rows), f"{topic.kafka_name}-1-0-{len(rows) - 1}")
            stored = database.rows(f"SELECT * FROM {topic.table} ORDER BY _offset")
            assert len(stored) == len(records), f"{topic.table}: the same token must be stored once"
            for column, values in zip(columns(topic), zip(*stored, strict=True), strict=True):
                if column.values is not None:
                    assert [_plain(v) for v in values] == [_plain(v) for v in column.values(records)], f"{topic.table}.{column.name}"


def _plain(value: object) -> object:
    """Times as microseconds, dates as days since 1970-01-01, bytes as text, tuples of both readings alike."""
    if hasattr(value, "timestamp"):
        return round(value.timestamp() * 1_000_000)
    if isinstance(value, date):
        return value.toordinal() - date(1970, 1, 1).toordinal()
    if isinstance(value, dict):
        return [_plain(inner) for inner in value.values()]  # a named tuple is read as a dict
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value


def test_a_later_revision_replaces_the_row_in_the_view(history: ClickHouseSettings) -> None:
    """BAR-05: one row a bar in derived_bars_latest, the newest revision, whatever came first."""
    with ClickHouse.connect(history) as database:
        for revision in (1, 0):
            insert = "INSERT INTO derived_bars (symbol, resolution, window_start, revision, close) VALUES"
            database.execute(f"{insert} ('IBM', 'M1', 0, {revision}, {10 + revision})")
        assert database.rows("SELECT close, revision FROM derived_bars_latest") == [(11.0, 1)]
        assert database.rows("SELECT count() FROM derived_bars") == [(2,)]


def test_a_nullable_field_and_a_wider_tuple_are_added_under_stored_rows(history: ClickHouseSettings, tmp_path: Path) -> None:
    """SCH-01: an added field needs one migration and loses nothing."""
    first, second = tmp_path / "0001_first.sql", tmp_path / "0002_wider.sql"
    first.write_text("CREATE TABLE things (k Int32, t Tuple(a Int32, b Nullable(String))) ENGINE = MergeTree ORDER BY k;\n")
    settings = history.model_copy(update={"database": f"{history.database}_things"})
    migrate(settings, tmp_path)
    with ClickHouse.connect(settings) as database:
        database.execute("INSERT INTO things VALUES (1, (7, 'x'))")
        second.write_text(
            "ALTER TABLE things ADD COLUMN IF NOT EXISTS n Nullable(Float64);\n\n"
            "ALTER TABLE things MODIFY COLUMN t Tuple(a Int32, c Nullable(Int32), b Nullable(String));\n"
        )
        assert [entry.name for entry in migrate(settings, tmp_path)] == ["wider"]
        assert database.rows("SELECT t.a, t.b, t.c, n FROM things") == [(7, "x", None, None)]
        first.write_text("CREATE TABLE others (k Int32) ENGINE = MergeTree ORDER BY k;\n")
        with pytest.raises(Fatal, match="changed"):
            migrate(settings, tmp_path)
        database.execute(f"DROP DATABASE {settings.database}")


def test_errors_say_whether_trying_again_helps(history: ClickHouseSettings) -> None:
    """Away is Retryable; a missing table or a wrong password is Fatal."""
    with ClickHouse.connect(history) as database, pytest.raises(Fatal, match="no_such_table"):
        database.insert(block_of_values("no_such_table", {"a": "Int32"}, [[1]]), "t")
    with pytest.raises(Fatal):
        ClickHouse.connect(history.model_copy(update={"password": SecretStr("wrong")}))
    with pytest.raises(Retryable):
        ClickHouse.connect(history.model_copy(update={"port": 9}))
