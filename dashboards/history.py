"""The pages' one door to ClickHouse: bounded reads, typed rows, and two errors a page can explain."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.settings import ClickHouseSettings
from schemas.avro_schemas import load_all
from schemas.record import Record

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

RecordT = TypeVar("RecordT", bound=Record)

_log = logging.getLogger(__name__)

LARGEST_RESULT_ROWS = 20_000  # no page shows more; a query that returns more is wrong
_LONGEST_QUERY_SECONDS = 8  # a machine that works hard must not look like a dead one
_CONNECT_SECONDS = 3
_RETRY_SECONDS = 1.0  # a dead server is asked this often, however many pages are open
_NO_SUCH_TABLE = frozenset({60, 81})  # UNKNOWN_TABLE, UNKNOWN_DATABASE
_TOO_SLOW = 159  # TIMEOUT_EXCEEDED
_NO_ACCESS = frozenset({192, 193, 194, 516})  # unknown user, wrong or required password, authentication failed


class HistoryUnavailable(Retryable):
    """ClickHouse does not answer."""


class HistoryNotReady(HistoryUnavailable):
    """ClickHouse answers, but the tables are not there yet."""


class History:
    """Read access to the history database.

    Parameters
    ----------
    settings
        Where the server is. Nothing is contacted before the first read.
    """

    def __init__(self, settings: ClickHouseSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._lock = threading.Lock()  # the client outlives failures: its pool reconnects, and other viewers are using it
        self._last_failure: tuple[float, HistoryUnavailable] | None = None

    @property
    def address(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
        """Run one SELECT and return its rows.

        Raises
        ------
        HistoryUnavailable
            If the server does not answer in time or refuses the query.
        HistoryNotReady
            If a table is missing.
        """
        try:
            result = self._connected().query(sql, parameters=dict(parameters or {}))
        except HistoryUnavailable:
            raise
        except Exception as error:
            raise self._explain(error) from error
        return [tuple(row) for row in result.result_rows]

    def records(self, record_type: type[RecordT], source: str, parameters: Mapping[str, Any]) -> tuple[RecordT, ...]:
        """Read whole records; ``source`` is the SQL from FROM on."""
        found = self.rows(f"SELECT {columns_of(record_type)} {source}", parameters)
        return tuple(record_of(record_type, row) for row in found)

    def _connected(self) -> Client:
        with self._lock:
            if self._client is not None:
                return self._client
            if self._last_failure is not None and monotonic_seconds() - self._last_failure[0] < _RETRY_SECONDS:
                raise type(self._last_failure[1])(str(self._last_failure[1]))
            import clickhouse_connect

            try:
                self._client = clickhouse_connect.get_client(
                    host=self._settings.host,
                    port=self._settings.port,
                    username=self._settings.user,
                    password=self._settings.password.get_secret_value(),
                    database=self._settings.database,
                    connect_timeout=_CONNECT_SECONDS,
                    send_receive_timeout=_LONGEST_QUERY_SECONDS + 1,
                    query_retries=1,
                    autogenerate_session_id=False,  # sessions forbid concurrent queries; several people look at once
                    settings={"max_threads": 1, "max_execution_time": _LONGEST_QUERY_SECONDS, "max_result_rows": LARGEST_RESULT_ROWS},
                )
            except Exception as error:
                explained = self._explain(error)
                self._last_failure = (monotonic_seconds(), explained)
                raise explained from error
            return self._client

    def _explain(self, error: Exception) -> HistoryUnavailable:
        code = getattr(error, "code", None)
        if code in _NO_SUCH_TABLE:
            return HistoryNotReady(f"the tables of database {self._settings.database} on {self.address} are not created yet")
        if code in _NO_ACCESS:
            return HistoryUnavailable(f"ClickHouse on {self.address} refuses user {self._settings.user}")
        if code == _TOO_SLOW or "timed out" in str(error).lower():
            return HistoryUnavailable(f"ClickHouse on {self.address} was too busy to answer within {_LONGEST_QUERY_SECONDS} s")
        if code is not None:
            _log.warning("query_refused", exc_info=error)
            return HistoryUnavailable(f"ClickHouse on {self.address} refused a query (error {code}); the log has the details")
        return HistoryUnavailable(f"ClickHouse on {self.address} does not answer")


def columns_of(record_type: type[Record]) -> str:
    """Return the SELECT list of a record's fields in order; moments come back as int microseconds."""
    return _selected(record_type.FULL_NAME)[1]


def record_of(record_type: type[RecordT], row: Sequence[Any]) -> RecordT:
    """Return the record whose columns were read with `columns_of`."""
    return record_type.from_avro(dict(zip(_selected(record_type.FULL_NAME)[0], row, strict=True)))


@cache
def _selected(full_name: str) -> tuple[tuple[str, ...], str]:
    fields = load_all()[full_name]["fields"]
    names = tuple(field["name"] for field in fields)
    return names, ", ".join(_read(field["name"], field["type"]) for field in fields)


def _read(column: str, kind: Any) -> str:
    branches = kind if isinstance(kind, list) else [kind]
    if any(isinstance(branch, dict) and branch.get("logicalType") == "timestamp-micros" for branch in branches):
        return f"toUnixTimestamp64Micro({column})"
    if any(isinstance(branch, dict) and branch.get("logicalType") == "date" for branch in branches):
        return f"toInt32({column})"
    return column
