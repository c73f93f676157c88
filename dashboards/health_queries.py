"""What the Health page asks ClickHouse."""

# ruff: noqa: S608  names in the SQL are our own, every value is a bound parameter
from __future__ import annotations

from dataclasses import dataclass

from dashboards.history import History
from dashboards.queries import HOUR_US, SINCE
from dashboards.rows import StoredTable
from schemas.avro_schemas import load_all
from schemas.catalog import Topic, topics

_PREVIEW_BYTES = 160


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """A record that could not be used; its value is cut to what a person reads.

    Attributes
    ----------
    preview
        First bytes of the value; what is not printable ASCII is a dot.
    value_bytes
        Length of the whole value; None when there was none.
    """

    ts_published: int
    stage: str
    topic: str
    partition: int | None
    offset: int | None
    error: str
    reason: str
    field_path: str | None
    preview: str
    value_bytes: int | None


def stored_tables(history: History, now_us: int) -> tuple[StoredTable, ...]:
    """Return every stored topic's table with its size and newest moment, in the order of the catalogue."""
    sizes = {
        row[0]: row[1:]
        for row in history.rows(
            """
            SELECT table, sum(rows), sum(bytes_on_disk), toUnixTimestamp(max(modification_time)) FROM system.parts
            WHERE active AND database = currentDatabase() GROUP BY table LIMIT 200
            """
        )
    }
    stored = [topic for topic in topics().values() if topic.identity and topic.table in sizes]
    newest = _newest(history, stored, now_us)
    found = []
    for topic in stored:
        rows, size, inserted = sizes[topic.table]
        found.append(StoredTable(topic.table, rows, size, newest.get(topic.table), inserted * 1_000_000))
    return tuple(found)


def dead_letters(history: History, now_us: int, limit: int = 20) -> tuple[DeadLetterRow, ...]:
    """Return the newest records that could not be used."""
    found = history.rows(
        f"""
        SELECT toUnixTimestamp64Micro(ts_published), stage, topic, partition, offset, error, reason, field_path,
               hex(substring(ifNull(value, ''), 1, {_PREVIEW_BYTES})), length(value)
        FROM dead_letters_latest WHERE ts_published >= {SINCE} ORDER BY ts_published DESC LIMIT {{limit:UInt32}}
        """,
        {"since": now_us - 24 * HOUR_US, "limit": limit},
    )
    names = ("ts_published", "stage", "topic", "partition", "offset", "error", "reason", "field_path")
    return tuple(
        DeadLetterRow(**dict(zip(names, row[:8], strict=True)), preview=_readable(bytes.fromhex(row[8])), value_bytes=row[9]) for row in found
    )


def dead_letter_counts(history: History, now_us: int) -> dict[tuple[str, str], int]:
    """Return how many were put aside in the last day, by topic and stage."""
    found = history.rows(
        f"SELECT topic, stage, count() FROM dead_letters_latest WHERE ts_published >= {SINCE} GROUP BY topic, stage ORDER BY 3 DESC LIMIT 100",
        {"since": now_us - 24 * HOUR_US},
    )
    return {(row[0], row[1]): row[2] for row in found}


def _newest(history: History, stored: list[Topic], now_us: int) -> dict[str, int]:
    parts = [
        f"SELECT '{topic.table}', toUnixTimestamp64Micro(max({column})), count() FROM {topic.table} WHERE {column} >= {SINCE}"
        for topic in stored
        if (column := _moment_of(topic)) is not None
    ]
    if not parts:
        return {}
    found = history.rows(" UNION ALL ".join(parts), {"since": now_us - HOUR_US})
    return {table: moment for table, moment, count in found if count}


def _moment_of(topic: Topic) -> str | None:
    names = {field["name"] for field in load_all()[topic.record]["fields"]}
    return next((name for name in ("ts_event", "ts_sent", "ts_published") if name in names), None)


def _readable(value: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in value)
