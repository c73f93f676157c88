"""The registry of agents: one file each in processors/agents, a pure run, and how its state becomes bytes.

::

    @agent(id="volume-surge", summary="Says when ...", interval_seconds=60, state=SurgeState)
    def run(state, seen, settings):
        return state, None
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter

from infra.regime_settings import AgentSettings
from schemas.ids import deterministic_id
from schemas.records import Bar, Finding, MarketView, Resolution, Side


@dataclass(frozen=True, slots=True)
class Seen:
    """What an agent may look at.

    Attributes
    ----------
    view
        The view it runs on.
    newest_bars
        Newest closed bar of each length of one minute and longer, also those that closed between two runs.
    """

    view: MarketView
    newest_bars: Mapping[Resolution, Bar]


@dataclass(frozen=True, slots=True)
class Noticed:
    """What an agent has to say; the fold makes a `Finding` of it.

    Attributes
    ----------
    score
        How strong, in the unit the agent's docstring states.
    label
        A few words.
    confidence
        0 to 1.
    direction
        Which way it points; None without one.
    details
        Name, unit included, to number; None is left out.
    """

    score: float
    label: str
    confidence: float
    direction: Side | None = None
    details: Mapping[str, float | None] = field(default_factory=dict)


Run = Callable[[Any, Seen, AgentSettings], tuple[Any, Noticed | None]]


@dataclass(frozen=True, slots=True)
class Agent:
    """One registered agent.

    Attributes
    ----------
    id
        Stable name, written into its findings.
    summary
        One sentence for people.
    interval_us
        It runs at the first view of each interval, microseconds on the clock.
    run
        ``run(state, seen, settings) -> (state, noticed or None)``, a pure function: at most one finding a run (BAR-16).
    initial
        State of a symbol never seen.
    enabled
        Tells from the settings whether it runs at all.
    state_type
        Converts the state to and from JSON bytes.
    """

    id: str
    summary: str
    interval_us: int
    run: Run
    initial: Callable[[], Any]
    enabled: Callable[[AgentSettings], bool]
    state_type: TypeAdapter[Any]


_REGISTRY: dict[str, Agent] = {}
RunT = TypeVar("RunT", bound=Run)


def agent(
    *, id: str, summary: str, interval_seconds: int, state: type[Any], enabled: Callable[[AgentSettings], bool] = lambda _: True
) -> Callable[[RunT], RunT]:
    """Register the decorated run; ``state`` is a frozen dataclass whose defaults are the initial state."""

    def register(run: RunT) -> RunT:
        known = _REGISTRY.get(id)
        if known is not None and known.run.__module__ != run.__module__:
            raise ValueError(f"two agents are called {id}: {known.run.__module__} and {run.__module__}")
        _REGISTRY[id] = Agent(id, summary, interval_seconds * 1_000_000, run, state, enabled, TypeAdapter(state))
        return run

    return register


def registered() -> dict[str, Agent]:
    """Return all agents registered so far, by id; `infra.plugins.load_all` imports the files that define them."""
    return dict(sorted(_REGISTRY.items()))


def finding_of(agent_id: str, view: MarketView, noticed: Noticed) -> Finding:
    """Return the record of what was noticed in a view."""
    return Finding(
        finding_id=deterministic_id("finding", agent_id, view.symbol, view.ts_event),
        ts_event=view.ts_event,
        agent=agent_id,
        symbol=view.symbol,
        score=noticed.score,
        label=noticed.label,
        direction=noticed.direction,
        confidence=noticed.confidence,
        details={name: value for name, value in noticed.details.items() if value is not None},
    )
