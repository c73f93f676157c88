"""Where incidents come in: the fault order of each simulated vendor, by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

Commit = Callable[[dict[str, Any]], int]
"""Takes ``{"fault": ..., ...}``, returns how many connections it met; raises `ValueError` for a fault it does not know."""

DOORS: web.AppKey[dict[str, Commit]] = web.AppKey("doors", dict)
