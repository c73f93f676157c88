"""Writes the next numbered migration: what must change so that the tables hold what the catalogue declares."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.errors import Fatal
from schemas import catalog
from schemas.catalog import Topic
from schemas.columns import Column, columns, create_table, latest_view

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"
STATE_FILE = "tables.json"

TableColumns = Mapping[str, Mapping[str, str]]
"""Table to column to type: what all migrations together make."""


def stored_topics() -> list[Topic]:
    """Return every topic that has a table, one of the dead-letter topics included: they share theirs."""
    stored = [entry for entry in catalog.topics().values() if entry.identity]
    dead_letters = next(catalog.dead_letter_topic(entry) for entry in catalog.topics().values() if entry.dead_letter)
    return [*stored, dead_letters]


def wanted_tables(topics: Iterable[Topic] | None = None) -> dict[str, dict[str, str]]:
    """Return the tables of the catalogue: table to column to type."""
    return {entry.table: {c.name: c.type for c in columns(entry)} for entry in (stored_topics() if topics is None else topics)}


def changes(topics: Iterable[Topic], known: TableColumns) -> list[str]:
    """Return the statements that lead from ``known`` tables to those of ``topics``.

    Raises
    ------
    Fatal
        If a column went away or changed to a type that stored rows cannot take: that needs a person.
    """
    statements: list[str] = []
    for topic in topics:
        present = known.get(topic.table)
        if present is None:
            statements += [create_table(topic), latest_view(topic)]
            continue
        altered = _alterations(topic.table, present, columns(topic))
        if altered:
            statements += [*altered, latest_view(topic)]
    return statements


def write_next(name: str, folder: Path = MIGRATIONS_FOLDER) -> Path | None:
    """Write the next migration file, and the state it leads to; return its path, or None when nothing changed."""
    state_file = folder / STATE_FILE
    known: TableColumns = json.loads(state_file.read_text()) if state_file.exists() else {}
    topics = stored_topics()
    statements = changes(topics, known)
    if not statements:
        return None
    numbers = [int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]_*.sql")]
    path = folder / f"{max(numbers, default=0) + 1:04d}_{name}.sql"
    path.write_text(";\n\n".join(statements) + ";\n")
    state_file.write_text(json.dumps({**known, **wanted_tables(topics)}, indent=1, sort_keys=True) + "\n")
    return path


def _alterations(table: str, present: Mapping[str, str], wanted: Iterable[Column]) -> list[str]:
    named = {column.name: column for column in wanted}
    gone = sorted(set(present) - set(named))
    if gone:
        raise Fatal(f"expected every column of {table} to stay, found {', '.join(gone)} removed: write that migration by hand")
    before = ""  # the order of the columns is the record's; that of `present` is the state file's
    statements: list[str] = []
    for name, column in named.items():
        if name not in present:
            position = f"AFTER `{before}`" if before else "FIRST"
            statements.append(f"ALTER TABLE `{table}` ADD COLUMN IF NOT EXISTS {column.definition} {position}")
        elif present[name] != column.type:
            if not widens(present[name], column.type):
                raise Fatal(
                    f"expected {table}.{name} to stay {present[name]}, found {column.type}: write that migration by hand"
                )
            statements.append(f"ALTER TABLE `{table}` MODIFY COLUMN {column.definition}")
        before = name
    return statements


def widens(old: str, new: str) -> bool:
    """Return whether every stored value of ``old`` is one of ``new``: null allowed, larger number, more elements of a tuple."""
    if new in (f"Nullable({old})", f"LowCardinality({old})", old.replace("LowCardinality(String)", "LowCardinality(Nullable(String))")):
        return True
    if (old, new) in {("Int32", "Int64"), ("Float32", "Float64"), ("Int32", "Float64")}:
        return True
    return _is_tuple(old) and _is_tuple(new) and _shell(old) == _shell(new) and set(_elements(old)) <= set(_elements(new))


def _is_tuple(kind: str) -> bool:
    return "Tuple(" in kind


def _shell(kind: str) -> str:
    """Return what stands around the outermost tuple, e.g. ``Array(``."""
    return kind.partition("Tuple(")[0]


def _elements(kind: str) -> list[str]:
    """Return the elements of the outermost tuple of a type, e.g. ``["symbol String", "high Float64"]``."""
    shell = _shell(kind)
    inner = kind[len(shell) + len("Tuple(") : len(kind) - shell.count("(") - 1]
    elements, depth, start = [], 0, 0
    for position, character in enumerate(inner):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            elements.append(inner[start:position].strip())
            start = position + 1
    return [*elements, inner[start:].strip()]
