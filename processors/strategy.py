"""The registry of strategies: one file each in processors/strategies, a pure step, and how its state becomes bytes.

::

    @strategy(id="ema-cross", summary="Buy when ...", state=EmaCrossState, parameters=lambda settings: settings.ema_cross)
    def step(state, view, parameters):
        return state, ()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter

from infra.settings import Settings
from schemas.records import MarketView, SetupEvent, Signal, SignalRefusal, TrendPosture

StateT = TypeVar("StateT")
ParametersT = TypeVar("ParametersT")
Decision = SetupEvent | Signal | SignalRefusal | TrendPosture


@dataclass(frozen=True, slots=True)
class Strategy:
    """One registered strategy.

    Attributes
    ----------
    id
        Stable name, written into every record it makes.
    summary
        One sentence for people.
    step
        ``step(state, view, parameters) -> (state, decisions)``, a pure function.
    initial
        State of a symbol never seen.
    parameters
        Takes the strategy's settings out of those of the process.
    state_type
        Converts the state to and from JSON bytes.
    """

    id: str
    summary: str
    step: Callable[[Any, MarketView, Any], tuple[Any, Sequence[Decision]]]
    initial: Callable[[], Any]
    parameters: Callable[[Settings], Any]
    state_type: TypeAdapter[Any]


_REGISTRY: dict[str, Strategy] = {}
StepT = TypeVar("StepT", bound=Callable[..., tuple[Any, Sequence[Decision]]])


def strategy(*, id: str, summary: str, state: type[Any], parameters: Callable[[Settings], Any]) -> Callable[[StepT], StepT]:
    """Register the decorated step; ``state`` is a frozen dataclass whose defaults are the initial state."""

    def register(step: StepT) -> StepT:
        known = _REGISTRY.get(id)
        if known is not None and known.step.__module__ != step.__module__:
            raise ValueError(f"two strategies are called {id}: {known.step.__module__} and {step.__module__}")
        _REGISTRY[id] = Strategy(id, summary, step, state, parameters, TypeAdapter(state))
        return step

    return register


def registered() -> dict[str, Strategy]:
    """Return all strategies registered so far, by id; `infra.plugins.load_all` imports the files that define them."""
    return dict(sorted(_REGISTRY.items()))
