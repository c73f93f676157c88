"""Applies the numbered migrations a database has not had."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.clickhouse.client import ClickHouse
from infra.clickhouse.native_block import NativeBlock, block_of_values
from infra.clickhouse.schema_changes import MIGRATIONS_FOLDER
from infra.errors import Fatal
from infra.settings import ClickHouseSettings

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number UInt32, name String, sha256 String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(applied_at) ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    statements: tuple[str, ...]
    sha256: str


def migrations(folder: Path = MIGRATIONS_FOLDER) -> list[Migration]:
    """Return the migrations in order.

    Raises
    ------
    Fatal
        If a file's name is not ``<four digits>_<name>.sql``, or a number is missing or used twice.
    """
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise Fatal(f"expected a migration named 0001_what.sql, found {path.name}")
        text = path.read_text()
        statements = tuple(part.strip() for part in text.split(";\n") if part.strip())
        found.append(Migration(int(match[1]), match[2], statements, hashlib.sha256(text.encode()).hexdigest()))
    if [entry.number for entry in found] != list(range(1, len(found) + 1)):
        raise Fatal(f"expected migrations numbered 1 to {len(found)}, found {[entry.number for entry in found]}")
    return found


def migrate(
    settings: ClickHouseSettings, folder: Path = MIGRATIONS_FOLDER, tell: Callable[[str], None] = lambda _: None
) -> list[Migration]:
    """Create the database and apply what it has not had; return that. Safe to repeat and to interrupt.

    Raises
    ------
    Retryable
        If ClickHouse does not answer.
    Fatal
        If a migration was changed after it was applied, or the server refuses a statement.
    """
    with ClickHouse.connect(settings, database="default") as server:
        server.execute(f"CREATE DATABASE IF NOT EXISTS `{settings.database}`")
    with ClickHouse.connect(settings) as database:
        database.execute(_LEDGER)
        done: dict[int, str] = dict(database.rows("SELECT number, sha256 FROM schema_migrations FINAL"))
        applied = []
        for migration in migrations(folder):
            if migration.number in done:
                if done[migration.number] != migration.sha256:
                    raise Fatal(f"expected migration {migration.number:04d}_{migration.name} as it was applied, found it changed")
                continue
            tell(f"{migration.number:04d}_{migration.name}: {len(migration.statements)} statements")
            for statement in migration.statements:
                database.execute(statement.replace("{deduplication_window}", str(settings.deduplication_window)))
            database.insert(_record(migration), f"{migration.number}-{migration.sha256}")
            applied.append(migration)
    return applied


def _record(migration: Migration) -> NativeBlock:
    return block_of_values(
        "schema_migrations",
        {"number": "UInt32", "name": "String", "sha256": "String"},
        [[migration.number], [migration.name], [migration.sha256]],
    )
