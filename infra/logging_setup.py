"""Structured logs: one JSON object a line, event name first, values as fields, never a secret (OPS-05)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr

_SECRET_WORDS = ("token", "password", "secret", "api_key", "authorization")
MASK = "***"


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
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask,
                structlog.processors.EventRenamer("event"),
                structlog.processors.JSONRenderer(sort_keys=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.disable(logging.DEBUG)  # faust and aiokafka build a debug record for every message otherwise
    structlog.contextvars.bind_contextvars(process=process)


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


def _masked(key: str, value: Any, secrets: frozenset[str]) -> Any:
    if any(word in key.lower() for word in _SECRET_WORDS):
        return MASK
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
    return value
