"""A unit: the one shape of everything that runs, be it feed, stage or sink.

A unit is an async function that works until ``context.stop`` is set. A process hosts one or several:
``tapewire run feed.polygon ticks``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal

from infra.clock import Clock
from infra.health import Health
from infra.settings import Settings
from infra.tracing.tracer import OFF, Tracer

UnitKind = Literal["feed", "ticks", "stage", "sink"]


@dataclass(frozen=True, slots=True)
class UnitContext:
    """What a unit is given: settings, market time, the signal to stop, where to report its condition, and what traces its work."""

    settings: Settings
    clock: Clock
    health: Health
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    tracer: Tracer = OFF


Run = Callable[[UnitContext], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Unit:
    """One registered unit: topics are logical names."""

    name: str
    kind: UnitKind
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    summary: str
    run: Run


_REGISTRY: dict[str, Unit] = {}


def unit(
    *, name: str, kind: UnitKind, summary: str, reads: tuple[str, ...] = (), writes: tuple[str, ...] = ()
) -> Callable[[Run], Run]:
    """Register the decorated function as a unit; two units may not share a name."""

    def register(run: Run) -> Run:
        known = _REGISTRY.get(name)
        if known is not None and known.run is not run:
            raise ValueError(f"two units are called {name}: {known.run.__module__} and {run.__module__}")
        _REGISTRY[name] = Unit(name, kind, reads, writes, summary, run)
        return run

    return register


def registered() -> dict[str, Unit]:
    """Return all units registered so far; `infra.plugins.load_all` imports the packages that define them."""
    return dict(sorted(_REGISTRY.items()))
