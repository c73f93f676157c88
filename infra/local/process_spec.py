"""One process of a stack, as data: what to run, when it counts as ready, and what must be ready before it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def _at_once() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process.

    Attributes
    ----------
    name
        Unique in the stack; names the log file.
    argv
        Command line; the process must stay in the foreground.
    is_ready
        Real readiness: the service answers. Called in a thread, again and again until it is true.
    depends_on
        Names of the processes that must be ready first.
    environment
        Variables of this process alone, on top of the stack's.
    one_shot
        Runs to its end once; ready when it has exited with code 0.
    health_port
        Port of its `/status`, when it has one: gives the status line its lag, and a process that says it is not alive
        is restarted.
    prepare
        Called in a thread before every start.
    start_seconds
        It must be ready within this time when the stack starts.
    stop_seconds
        Between SIGTERM and SIGKILL.
    """

    name: str
    argv: tuple[str, ...]
    is_ready: Callable[[], bool] = _at_once
    depends_on: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    one_shot: bool = False
    health_port: int | None = None
    prepare: Callable[[], None] | None = None
    start_seconds: float = 180.0  # a busy small machine: Kafka alone was seen to take 45 s
    stop_seconds: float = 10.0


def http_answers(url: str) -> Callable[[], bool]:
    """Return a probe that is true while the address answers 200."""

    def probe() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 loopback
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return probe


def read_status(port: int) -> dict[str, Any] | None:
    """Return what a process says of its units, or None while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=2) as response:
            document = json.loads(response.read())
    except (urllib.error.URLError, OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None
