"""Our client of ClickHouse: connects, runs statements, inserts one block under a token; errors become decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import clickhouse_connect
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError
from clickhouse_connect.driver.insert import InsertContext

from infra.errors import Fatal, Retryable
from infra.settings import ClickHouseSettings

_CONNECT_SECONDS = 5
_ANSWER_SECONDS = 60
# Server states that pass: timeouts, memory, too many parts or queries, shutdown, read-only replica, network, Keeper.
_PASSING = frozenset({159, 160, 164, 202, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285, 319, 394, 425, 999})

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one insert, column by column.

    Attributes
    ----------
    token
        Name of the block: the server takes a second one of this name as done.
    columns
        Column name to ClickHouse type.
    data
        Values of each column, in the order of ``columns``.
    """

    table: str
    token: str
    columns: Mapping[str, str]
    data: Sequence[Sequence[Any]]


class ClickHouse:
    """One connection pool; safe to use from several threads."""

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
            "send_receive_timeout": _ANSWER_SECONDS,
            "query_retries": 0,  # we retry, with the same token
            "autogenerate_session_id": False,  # a session serves one statement at a time
            "dedicated_pool": True,
        }
        return cls(_answer("connect", lambda: clickhouse_connect.get_client(**options)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def execute(self, statement: str) -> None:
        """Run a statement that returns nothing."""
        _answer(f"run {_first_words(statement)}", lambda: self._client.command(statement))

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        asked = dict(parameters) if parameters else None
        result = _answer(f"run {_first_words(query)}", lambda: self._client.query(query, parameters=asked))
        return [tuple(row) for row in result.result_rows]

    def insert(self, block: Block) -> None:
        """Insert a block, once under its token however often it is called.

        Raises
        ------
        Retryable
            If it may not be there: insert the same block again.
        Fatal
            If the server refuses it.
        """
        context = InsertContext(
            table=block.table,
            column_names=list(block.columns),
            column_types=[get_from_name(kind) for kind in block.columns.values()],
            data=list(block.data),
            column_oriented=True,
            settings={
                "insert_deduplication_token": block.token,
                "insert_deduplicate": 1,
                "async_insert": 0,  # on by default in recent engines; its flushes mix the tokens of several inserts
            },
            block_size=max(len(block.data[0]), 1),  # one block, so one part: all of it or nothing
        )
        _answer(f"insert {block.token}", lambda: self._client.data_insert(context))


def _answer(what: str, call: Callable[[], Result]) -> Result:
    try:
        return call()
    except ClickHouseError as error:
        code = getattr(error, "code", None)
        message = f"expected ClickHouse to {what}, found {error}"
        if code in _PASSING or (code is None and isinstance(error, OperationalError)):
            raise Retryable(message) from error
        raise Fatal(message) from error
    except OSError as error:
        raise Retryable(f"expected ClickHouse to {what}, found {error!r}") from error


def _first_words(statement: str) -> str:
    return " ".join(statement.split()[:6])
