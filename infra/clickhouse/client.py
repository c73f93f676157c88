"""Our client of ClickHouse over HTTP: connects, runs statements, inserts one block under a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self

import clickhouse_connect
import cramjam
from clickhouse_connect.driver.client import Client

from infra.clickhouse.failures import answer_of
from infra.clickhouse.native_block import NativeBlock
from infra.settings import ClickHouseSettings

LARGEST_BLOCK_ROWS = 1_048_000  # the engine cuts above 1,048,449
_CONNECT_SECONDS = 5
_FASTEST = 1


class Database(Protocol):
    """What can be done with a ClickHouse, wherever it runs; safe to use from several threads."""

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""

    def insert(self, block: NativeBlock, token: str) -> None:
        """Insert a block, once under its token however often it is called.

        Raises
        ------
        Retryable
            If it may not be there: insert the same block again.
        RowsRefused
            If a row of it cannot be stored; then nothing of it is.
        Fatal
            If the server refuses it for another reason.
        """

    def close(self) -> None:
        """Give back what is held."""


def insert_settings(token: str) -> dict[str, str]:
    """Return the settings of every insert of ours.

    A block of up to `LARGEST_BLOCK_ROWS` becomes one part, so it is stored whole or not at all.
    """
    return {
        "insert_deduplication_token": token,
        "insert_deduplicate": "1",
        "max_threads": "1",  # one block has nothing to share out; several inserts run side by side
        "input_format_parallel_parsing": "0",
        "async_insert": "0",  # on by default in recent engines; its flushes mix the tokens of several inserts
    }


class ClickHouse:
    """One connection pool to a server; safe to use from several threads."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    def connect(cls, settings: ClickHouseSettings, *, database: str | None = None) -> Self:
        """Connect to the database of the settings.

        Raises
        ------
        Retryable
            If the server does not answer.
        Fatal
            If it refuses us.
        """
        options: dict[str, Any] = {
            "host": settings.host,
            "port": settings.port,
            "username": settings.user,
            "password": settings.password.get_secret_value(),
            "database": settings.database if database is None else database,
            "connect_timeout": _CONNECT_SECONDS,
            "send_receive_timeout": settings.answer_seconds,
            "query_retries": 0,  # we retry, with the same token
            "autogenerate_session_id": False,  # a session serves one statement at a time
            "dedicated_pool": True,
        }
        return cls(answer_of("connect", lambda: clickhouse_connect.get_client(**options)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def execute(self, statement: str) -> None:
        """Run a statement that returns nothing."""
        answer_of(f"run {_first_words(statement)}", lambda: self._client.command(statement))

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        asked = dict(parameters) if parameters else None
        result = answer_of(f"run {_first_words(query)}", lambda: self._client.query(query, parameters=asked))
        return [tuple(row) for row in result.result_rows]

    def insert(self, block: NativeBlock, token: str) -> None:
        answer_of(
            f"insert {token}",
            lambda: self._client.raw_insert(
                block.table,
                list(block.columns),
                bytes(cramjam.lz4.compress(block.data, _FASTEST)),
                settings=insert_settings(token),
                fmt="Native",
                compression="lz4",
            ),
        )


def _first_words(statement: str) -> str:
    return " ".join(statement.split()[:6])
