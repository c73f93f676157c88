"""Columns, tables and migrations derived from the schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.clickhouse.migrate import migrations
from infra.clickhouse.schema_changes import MIGRATIONS_FOLDER, STATE_FILE, changes, stored_topics, wanted_tables, widens
from infra.errors import Fatal
from schemas import catalog
from schemas.columns import columns, create_table, latest_view
from schemas.golden_examples import load


def types(topic_name: str) -> dict[str, str]:
    return {column.name: column.type for column in columns(catalog.topic(topic_name))}


def test_avro_types_have_their_clickhouse_types() -> None:
    """SCH-06: times, enums, nulls, arrays, maps and nested records."""
    trades, views = types("market.trades"), types("views")
    assert trades["ts_event"] == "DateTime64(6, 'UTC')"
    assert (trades["symbol"], trades["price"], trades["backfilled"]) == ("LowCardinality(String)", "Float64", "Bool")
    assert (trades["exchange"], trades["conditions"]) == ("Nullable(Int32)", "Array(Int32)")
    assert views["session"] == "LowCardinality(String)"
    assert views["box_1m"].startswith("Tuple(symbol LowCardinality(Nullable(String)), box_id Nullable(String)")
    assert views["closed_bars"].startswith("Array(Tuple(symbol LowCardinality(String), resolution")
    assert list(trades)[-3:] == ["_topic", "_partition", "_offset"]


def test_every_table_deduplicates_and_has_its_latest_view() -> None:
    """A table without a window doubles on a retried insert."""
    for topic in stored_topics():
        table = create_table(topic)
        assert "ReplacingMergeTree" in table and "non_replicated_deduplication_window = {deduplication_window}" in table
        assert f"ORDER BY ({', '.join(f'`{name}`' for name in topic.identity)})" in table
        assert latest_view(topic).endswith("FINAL")


def test_every_example_gives_a_value_in_every_column() -> None:
    """Values are aligned with the columns, nested records as tuples of their elements."""
    for topic in stored_topics():
        records = list(load(topic).values())
        for column in columns(topic):
            if column.values is not None:
                assert len(column.values(records)) == len(records)
    views = list(load(catalog.topic("views")).values())
    by_name = {column.name: column for column in columns(catalog.topic("views"))}
    assert by_name["box_1m"].values is not None
    values = by_name["box_1m"].values(views)
    assert {len(value) for value in values} == {by_name["box_1m"].type.count(",") + 1 - by_name["box_1m"].type.count(", 'UTC'")}


def test_the_committed_migrations_make_what_the_catalogue_declares() -> None:
    """When this fails: `tapewire clickhouse generate <what_changed>`, and commit the file it writes."""
    assert json.loads((MIGRATIONS_FOLDER / STATE_FILE).read_text()) == wanted_tables()
    assert migrations()[0].number == 1


def test_a_new_nullable_field_becomes_one_alter_and_a_new_view() -> None:
    topic = catalog.topic("signals")
    names = list(wanted_tables([topic])["signals"])
    known = {"signals": dict(sorted(wanted_tables([topic])["signals"].items()))}  # as the state file has them
    del known["signals"]["confidence"]
    alter, view = changes([topic], known)
    assert alter.startswith("ALTER TABLE `signals` ADD COLUMN IF NOT EXISTS `confidence` ")
    assert alter.endswith(f" AFTER `{names[names.index('confidence') - 1]}`"), "columns keep the order of the record's fields"
    assert view == latest_view(topic)
    assert changes([topic], wanted_tables([topic])) == []


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        ("Float64", "Nullable(Float64)", True),
        ("Int32", "Int64", True),
        ("Int64", "Int32", False),
        ("Nullable(Float64)", "Float64", False),
        ("Tuple(a Int32)", "Tuple(a Int32, b Nullable(DateTime64(6, 'UTC')))", True),
        ("Tuple(a Int32, b String)", "Tuple(a Int32)", False),
        ("Array(Tuple(a Int32))", "Array(Tuple(a Int32, b Tuple(c Int32, d String)))", True),
        ("Array(Tuple(a Int32))", "Tuple(a Int32)", False),
    ],
)
def test_a_type_may_only_widen(old: str, new: str, fits: bool) -> None:
    assert widens(old, new) is fits


def test_a_removed_or_narrowed_column_needs_a_person() -> None:
    topic = catalog.topic("signals")
    known = wanted_tables([topic])
    with pytest.raises(Fatal, match="gone_field"):
        changes([topic], {"signals": {**known["signals"], "gone_field": "String"}})
    with pytest.raises(Fatal, match="confidence"):
        changes([topic], {"signals": {**known["signals"], "confidence": "String"}})


def test_migrations_are_numbered_without_holes(tmp_path: Path) -> None:
    (tmp_path / "0002_second.sql").write_text("SELECT 1;\n")
    with pytest.raises(Fatal, match="numbered"):
        migrations(tmp_path)
    (tmp_path / "first.sql").write_text("SELECT 1;\n")
    with pytest.raises(Fatal, match="0001_what"):
        migrations(tmp_path)
