"""The decisions fold of one symbol: each view goes to every strategy; what they decide depends on views alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from infra.errors import Permanent
from infra.plugins import load_all
from infra.settings import Settings
from processors.fold import Output
from processors.strategy import Decision, Strategy, registered
from schemas.record import Record
from schemas.records import DecisionsState, MarketView, SetupEvent, Signal, SignalRefusal, Tick, TrendPosture

_TOPICS: Mapping[type[Decision], str] = {
    SetupEvent: "setups.events", Signal: "signals", SignalRefusal: "signals.refusals", TrendPosture: "postures",
}  # fmt: skip
_STATES_IN_MEMORY = 4_096


class DecisionsFold:
    """Views to setups, signals and refusals.

    Parameters
    ----------
    settings
        Strategies take their own parameters out of it.
    strategies
        All in processors/strategies by default.
    """

    state_type: type[DecisionsState] = DecisionsState

    def __init__(self, settings: Settings, strategies: Mapping[str, Strategy] | None = None) -> None:
        if strategies is None:
            load_all("processors.strategies")
            strategies = registered()
        self._strategies = [(item, item.parameters(settings)) for item in strategies.values()]
        self._read = lru_cache(maxsize=_STATES_IN_MEMORY)(self._decode)

    def initial(self, key: str) -> DecisionsState:
        """Return the state of a symbol that was never seen."""
        return DecisionsState(symbol=key)

    def step(self, state: DecisionsState, topic: str, record: Record) -> tuple[DecisionsState, Sequence[Output]]:
        """Give the view to every strategy; a view that is not newer than the last one is a repeat and changes nothing."""
        if not isinstance(record, MarketView):
            raise Permanent(f"{topic}: expected a view, found a {type(record).__name__}")
        if record.ts_event <= state.last_view:
            return state, ()
        outputs: list[Output] = []
        states = dict(state.strategies)
        for place, (item, parameters) in enumerate(self._strategies):
            packed = states.get(item.id)
            before = item.initial() if packed is None else self._read(place, packed)
            after, decisions = item.step(before, record, parameters)
            outputs += [Output(_TOPICS[type(decision)], decision) for decision in decisions]
            if after is not before and after != before:
                states[item.id] = item.state_type.dump_json(after)
        return DecisionsState(symbol=state.symbol, last_view=record.ts_event, strategies=states), outputs

    def wants_tick(self, state: DecisionsState, tick: Tick) -> bool:
        """Views carry the time; ticks are of no use here."""
        return False

    def _decode(self, place: int, packed: bytes) -> Any:
        return self._strategies[place][0].state_type.validate_json(packed)
