"""What the URL of a request says: the interface's own parameters, engine settings, and query parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.local.clickhouse_http.wire_error import BAD_ARGUMENTS, NOT_IMPLEMENTED, WireError

_MAXIMUM_SESSION_SECONDS = 3600.0
_SETTING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Belong to the interface and never reach the engine as settings. The last ones only tune a real server's buffers.
_INTERFACE = frozenset(
    {
        *("query", "database", "default_format", "user", "password", "query_id", "quota_key", "role", "stacktrace"),
        *("session_id", "session_timeout", "session_check", "close_session", "wait_end_of_query", "buffer_size"),
        *("enable_http_compression", "http_zlib_compression_level", "client_protocol_version"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
        "cancel_http_readonly_queries_on_client_close",
    }
)


@dataclass(frozen=True, slots=True)
class RequestParameters:
    """The parameters of one request, sorted by what they are."""

    query: str = ""
    database: str = ""
    default_format: str = "TabSeparated"
    session_id: str = ""
    session_seconds: float = 60.0
    session_must_exist: bool = False
    wait_end_of_query: bool = False
    allows_compression: bool = True
    query_id: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)


def read_parameters(values: Mapping[str, str]) -> RequestParameters:
    """Sort the parameters of a URL (and form).

    Raises
    ------
    WireError
        For a parameter that the front does not offer or that is malformed.
    """
    for name in ("compress", "decompress"):
        if values.get(name, "0") not in {"", "0", "false"}:
            raise WireError(NOT_IMPLEMENTED, f"{name}=1 is not offered here, use Content-Encoding", "NOT_IMPLEMENTED")
    settings = {
        name: value
        for name, value in values.items()
        if name not in _INTERFACE and name not in {"compress", "decompress"} and not name.startswith("param_")
    }
    for name in settings:
        if not _SETTING_NAME.fullmatch(name):
            raise WireError(BAD_ARGUMENTS, f"{name!r} is no setting", "BAD_ARGUMENTS")
    return RequestParameters(
        query=values.get("query", ""),
        database=values.get("database", ""),
        default_format=values.get("default_format", "TabSeparated"),
        session_id=values.get("session_id", ""),
        session_seconds=_session_seconds(values.get("session_timeout", "60")),
        session_must_exist=values.get("session_check", "0") == "1",
        wait_end_of_query=_is_on(values.get("wait_end_of_query", "0")),
        allows_compression=_is_on(values.get("enable_http_compression", "1")),
        query_id=values.get("query_id", ""),
        settings=settings,
        bound={name.removeprefix("param_"): value for name, value in values.items() if name.startswith("param_")},
    )


def _is_on(value: str) -> bool:
    return value.strip().lower() not in {"", "0", "false"}


def _session_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= _MAXIMUM_SESSION_SECONDS:
        raise WireError(
            BAD_ARGUMENTS,
            f"session_timeout: expected seconds up to {_MAXIMUM_SESSION_SECONDS:.0f}, found {text!r}",
            "BAD_ARGUMENTS",
        )
    return seconds
