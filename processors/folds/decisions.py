"""The decisions fold of one symbol: each view goes to every strategy; what they decide depends on views alone.

What holds for every strategy is done here: one outside its regimes is shown a view that it must not begin anything on (REG-03), and signals carry
the share of the usual size that the regime allows (REG-04).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from infra.errors import ConfigurationError, Permanent
from infra.plugins import load_all
from infra.settings import Settings
from processors.fold import Output
from processors.strategy import Decision, Strategy, registered
from processors.trust import outside_its_regimes
from schemas.record import Record
from schemas.records import DecisionsState, MarketView, RegimeLabel, SetupEvent, Signal, SignalRefusal, Tick, TrendPosture

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

    Raises
    ------
    ConfigurationError
        If the settings name regimes of a strategy that is none.
    """

    state_type: type[DecisionsState] = DecisionsState

    def __init__(self, settings: Settings, strategies: Mapping[str, Strategy] | None = None) -> None:
        if strategies is None:
            load_all("processors.strategies")
            strategies = registered()
        whitelists = settings.strategies.whitelists
        if unknown := sorted(set(whitelists) - set(strategies)):
            raise ConfigurationError(f"TAPEWIRE_STRATEGIES__REGIMES: expected strategies out of {', '.join(strategies)}, found {', '.join(unknown)}")
        self._sizes = settings.strategies if settings.strategies.size_by_regime else None
        self._strategies = [(item, item.parameters(settings), whitelists.get(item.id)) for item in strategies.values()]
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
        regime = RegimeLabel.UNKNOWN if record.regime is None else record.regime.label
        elsewhere: MarketView | None = None
        for place, (item, parameters, regimes) in enumerate(self._strategies):
            packed = states.get(item.id)
            before = item.initial() if packed is None else self._read(place, packed)
            shown = record
            if regimes is not None and regime not in regimes:
                shown = elsewhere = elsewhere or outside_its_regimes(record)
            after, decisions = item.step(before, shown, parameters)
            outputs += [Output(_TOPICS[type(decision)], self._sized(decision, regime)) for decision in decisions]
            if after is not before and after != before:
                states[item.id] = item.state_type.dump_json(after)
        return DecisionsState(symbol=state.symbol, last_view=record.ts_event, strategies=states), outputs

    def _sized(self, decision: Decision, regime: RegimeLabel) -> Decision:
        if self._sizes is None or not isinstance(decision, Signal):
            return decision
        return replace(decision, size_factor=self._sizes.small_size_factor if regime in self._sizes.small_regimes else 1.0)

    def wants_tick(self, state: DecisionsState, tick: Tick) -> bool:
        """Views carry the time; ticks are of no use here."""
        return False

    def _decode(self, place: int, packed: bytes) -> Any:
        return self._strategies[place][0].state_type.validate_json(packed)
