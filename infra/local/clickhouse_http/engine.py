"""The embedded engine: handles on one data folder, their settings, queries, streams and inserts."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infra.local.clickhouse_http.wire_error import EngineError

_LARGEST_IN_MEMORY = 256 << 20  # bytes of one insert
# Pieces of a streamed result may be put after one another in these formats only: Parquet, Arrow, JSON and the formats
# with a header row would repeat their head in every piece, and lose it when there is no row.
_STREAMABLE = frozenset(
    {
        *("native", "rowbinary", "tabseparated", "tsv", "tabseparatedraw", "tsvraw", "csv"),
        *("jsoneachrow", "jsonlines", "ndjson", "jsoncompacteachrow", "jsonstringseachrow"),
    }
)


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A complete result with the engine's counters."""

    body: bytes
    read_rows: int
    read_bytes: int
    written_rows: int  # counts rows dropped as repeated and rows of views too: never a proof of anything
    elapsed_seconds: float


@dataclass(frozen=True, slots=True)
class Remembered:
    """A handle's changed settings and its current database."""

    settings: dict[str, str]
    database: str


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # chdb.ChdbError is one
        raise EngineError(str(error)) from error


class Handle:
    """One connection to the engine with its own database, settings and temporary tables. Not for concurrent use."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def close(self) -> None:
        self._connection.close()

    def query(self, sql: str, output_format: str, bound: Mapping[str, str]) -> QueryResult:
        """Run a statement and return its whole result."""
        with _engine_errors():
            result = self._connection.query(sql, output_format, params=dict(bound))
            return QueryResult(
                body=result.bytes(),
                read_rows=result.rows_read(),
                read_bytes=result.bytes_read(),
                written_rows=result.rows_written(),
                elapsed_seconds=result.elapsed(),
            )

    def stream(self, sql: str, output_format: str, bound: Mapping[str, str]) -> Stream:
        """Start a SELECT whose result is fetched in pieces."""
        with _engine_errors():
            return Stream(self._connection.send_query(sql, output_format, params=dict(bound)))

    def insert(self, statement: str, input_format: str, source_place: int | None = None) -> Insert:
        """Start an INSERT whose data are appended in pieces; a FROM INFILE clause belongs at byte ``source_place``, at its end by default."""
        text = statement.encode()
        place = len(text) if source_place is None else source_place
        head, tail = text[:place].decode(), text[place:].decode()
        return Insert(lambda path: self.query(f"{head} FROM INFILE {_quoted(path)} {tail} FORMAT {input_format}", "Null", {}))

    def set_all(self, settings: Mapping[str, str]) -> None:
        """Set settings; they hold until the handle is closed."""
        for name, value in settings.items():
            self.query(f"SET {name} = {_quoted(value)}", "Null", {})

    def use(self, database: str) -> None:
        """Make a database the current one."""
        self.query(f"USE `{database.replace('`', '``')}`", "Null", {})

    def database(self) -> str:
        """Return the current database."""
        return str(self._rows("SELECT currentDatabase()")[0][0])

    def changed_settings(self) -> dict[str, str]:
        """Return the settings that differ from the engine's defaults."""
        return dict(self._rows("SELECT name, value FROM system.settings WHERE changed"))

    def remember(self) -> Remembered:
        """Return the state that a request may borrow and must give back.

        A session keeps its handle: what one request brings in its URL must not hold for the next.
        """
        return Remembered(self.changed_settings(), self.database())

    def restore(self, remembered: Remembered, names: list[str]) -> None:
        """Put the named settings and the database back."""
        for name in names:
            value = _quoted(remembered.settings[name]) if name in remembered.settings else "DEFAULT"
            with suppress(EngineError):  # a setting that does not exist was never set
                self.query(f"SET {name} = {value}", "Null", {})
        self.use(remembered.database)

    def _rows(self, sql: str) -> list[list[Any]]:
        body = self.query(sql, "JSONCompactEachRow", {}).body
        return [json.loads(line) for line in body.splitlines()]


class Stream:
    """A running SELECT."""

    def __init__(self, result: Any) -> None:
        self._result = result

    def fetch(self) -> bytes:
        """Return the next piece, or nothing at the end."""
        with _engine_errors():
            piece = self._result.fetch()
        return b"" if piece is None else bytes(piece.bytes())

    def close(self) -> None:
        """End the query, finished or not."""
        with _engine_errors():
            self._result.cancel()


class Insert:
    """An INSERT that runs when its data are complete.

    The engine has a call for data that come in pieces (`send_insert`). It is not used: where the engine then refuses the rows (a violated
    constraint, too many parts, an unknown column) that call says that all went well, and the rows are lost.
    """

    def __init__(self, run: Callable[[str], QueryResult]) -> None:
        self._run = run
        self._file: IO[bytes] = os.fdopen(os.memfd_create("insert"), "r+b", buffering=0)
        self._size = 0
        self._in_memory = True

    def append(self, piece: bytes | bytearray) -> None:
        self._size += len(piece)
        if self._in_memory and self._size > _LARGEST_IN_MEMORY:
            self._move_to_disk()
        view = memoryview(piece)
        while view:
            view = view[self._file.write(view) :]

    def finish(self) -> QueryResult:
        """Insert what was appended."""
        try:
            if not self._size:
                return QueryResult(b"", 0, 0, 0, 0.0)
            return self._run(f"/proc/self/fd/{self._file.fileno()}")
        finally:
            self._file.close()

    def cancel(self) -> None:
        """Give up: nothing of it was inserted."""
        self._file.close()

    def _move_to_disk(self) -> None:
        on_disk = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 closed by finish and cancel
        self._file.seek(0)
        shutil.copyfileobj(self._file, on_disk)
        self._file.close()
        self._file, self._in_memory = on_disk, False


class Engine:
    """The engine on one data folder; one process at a time may have it open."""

    def __init__(self, data_dir: Path) -> None:
        import chdb

        self._connect = chdb.connect
        data_dir.mkdir(parents=True, exist_ok=True)
        self._path = str(data_dir)
        # The engine stops with its last handle: this one stays open for the life of the process.
        self._first = Handle(chdb.connect(self._path))
        version, timezone = self._first._rows("SELECT version(), timezone()")[0]
        self.version, self.timezone = str(version), str(timezone)

    def open(self) -> Handle:
        """Return a fresh handle (about a tenth of a millisecond)."""
        handle = Handle(self._connect(self._path))
        handle.set_all({"implicit_select": "0"})  # on in the embedded engine: a typing error would become an expression
        return handle

    def fork(self, handle: Handle) -> Handle:
        """Return a fresh handle with another's settings and database, but not its temporary tables."""
        fresh = self.open()
        fresh.set_all(handle.changed_settings())
        fresh.use(handle.database())
        return fresh

    def close(self) -> None:
        self._first.close()


def is_streamable(output_format: str) -> bool:
    """Tell whether pieces of a result in this format may be put after one another."""
    return output_format.lower() in _STREAMABLE


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
