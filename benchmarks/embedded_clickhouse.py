"""ClickHouse's engine inside the sink's own process: what the sink can do when no server takes its part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from infra.clickhouse.client import insert_settings
from infra.clickhouse.failures import as_tapewire_error
from infra.clickhouse.native_block import NativeBlock
from infra.local.clickhouse_http.engine import Engine, Handle
from infra.local.clickhouse_http.wire_error import EngineError


class EmbeddedClickHouse:
    """The engine on a data folder; safe to use from several threads.

    Parameters
    ----------
    database
        Exists already.
    """

    def __init__(self, data_dir: Path, database: str) -> None:
        self._engine = Engine(data_dir)
        self._database = database
        self._idle: SimpleQueue[Handle] = SimpleQueue()

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        bound = {name: str(value) for name, value in (parameters or {}).items()}
        with self._handle("query") as handle:
            return [tuple(json.loads(line)) for line in handle.query(query, "JSONCompactEachRow", bound).body.splitlines()]

    def insert(self, block: NativeBlock, token: str) -> None:
        settings = ", ".join(f"{name} = '{value}'" for name, value in insert_settings(token).items())
        columns = ", ".join(f"`{name}`" for name in block.columns)
        statement = f"INSERT INTO `{block.table}` ({columns}) "
        with self._handle(f"insert {token}") as handle:
            insert = handle.insert(f"{statement}SETTINGS {settings}", "Native", len(statement))
            insert.append(block.data)
            insert.finish()

    def close(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                break
        self._engine.close()

    @contextmanager
    def _handle(self, what: str) -> Iterator[Handle]:
        try:
            handle = self._idle.get_nowait()
        except Empty:
            handle = self._engine.open()
            handle.use(self._database)
        try:
            yield handle
        except EngineError as error:
            raise as_tapewire_error(error.code, f"expected ClickHouse to {what}, found {error}") from error
        finally:
            self._idle.put(handle)
