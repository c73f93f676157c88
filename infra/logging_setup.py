"""Structured logs: one JSON object a line, event name first, values as fields, never a secret (OPS-05)."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr

_SECRET_WORDS = ("token", "password", "secret", "api_key", "authorization")
_FIRST = ("event", "level", "timestamp", "process")
MASK = "***"
LIBRARY_EVENT = "library_message"
"""Event name of what libraries say in their own words."""


def configure(process: str, secrets: frozenset[str] = frozenset(), level: int = logging.INFO) -> None:
    """Send every log line, the standard library's included, to standard error as JSON.

    Parameters
    ----------
    process
        Name that stands in every line.
    secrets
        Values that must never be printed; they are masked wherever they occur.
    """

    def mask(_: Any, __: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        return {key: _masked(key, value, secrets) for key, value in event.items()}

    def in_order(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        event.setdefault("process", process)  # a line of another thread has no context
        return {key: event.pop(key) for key in _FIRST if key in event} | dict(event)

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_of_library, *shared, _warned],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask,
                in_order,
                structlog.processors.JSONRenderer(sort_keys=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.disable(logging.DEBUG)  # faust and aiokafka build a debug record for every message otherwise
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request says nothing that our own events do not
    structlog.contextvars.bind_contextvars(process=process)


def log_uncaught() -> None:
    """Make JSON of what Python itself would print: warnings, and exceptions nobody caught, in any thread."""
    logging.captureWarnings(True)
    log = logger(__name__)

    def main_thread(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("uncaught_exception", error=repr(error), exc_info=error)

    def other_thread(about: threading.ExceptHookArgs) -> None:
        log.critical("uncaught_exception", error=repr(about.exc_value), thread=about.thread and about.thread.name, exc_info=about.exc_value)

    def nowhere(about: sys.UnraisableHookArgs) -> None:
        log.error("uncaught_exception", error=repr(about.exc_value), place=repr(about.object), exc_info=about.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = main_thread, other_thread, nowhere


def secrets_of(settings: BaseModel) -> frozenset[str]:
    """Collect every secret value in the settings, so that the log can mask it."""
    found: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            found |= secrets_of(value)
        elif isinstance(value, SecretStr) and value.get_secret_value():
            found.add(value.get_secret_value())
    return frozenset(found)


def logger(name: str) -> Any:
    """Return the logger of a module; call it as ``log.info("feed_connected", feed=..., attempt=...)``."""
    return structlog.stdlib.get_logger(name)


def _of_library(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Give a library's sentence an event name, so that lines can be told apart by it."""
    record: logging.LogRecord = event["_record"]
    event["message"], event["event"], event["logger"] = event["event"], LIBRARY_EVENT, record.name
    return event


def _warned(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Let the Kafka client warn at most: it asks again by itself, and where that is no use our own event says so."""
    if event["level"] in ("error", "critical") and str(event["logger"]).startswith("aiokafka"):
        event["level"] = "warning"
    return event


def _masked(key: str, value: Any, secrets: frozenset[str]) -> Any:
    if any(word in key.lower() for word in _SECRET_WORDS):
        return MASK
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
    elif isinstance(value, Mapping):
        return {inner: _masked(str(inner), content, secrets) for inner, content in value.items()}
    elif isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(key, content, secrets) for content in value]
    return value
