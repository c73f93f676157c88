"""The agents' fold of one symbol: each agent runs at the first view of each of its intervals, what it says becomes a finding and the posture.

Intervals are counted on the views' own time, from the epoch on: a replayed day runs each agent as often as the day did. A symbol without views in an
interval is not looked at: nothing was known of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from infra.errors import Permanent
from infra.plugins import load_all
from infra.settings import Settings
from processors.agent import Agent, Seen, finding_of, registered
from processors.fold import Output
from schemas.record import Record
from schemas.records import AgentsState, Finding, MarketView, PositionState, PostureStatus, Resolution, Side, Tick

_STATES_IN_MEMORY = 4_096
_LENGTHS = tuple(Resolution)
_POSTURES = {Side.LONG: PostureStatus.LONG, Side.SHORT: PostureStatus.SHORT}


class AgentsFold:
    """Views to findings and postures.

    Parameters
    ----------
    settings
        Features that are on, and the agents' thresholds.
    agents
        All in processors/agents by default.
    """

    state_type: type[AgentsState] = AgentsState

    def __init__(self, settings: Settings, agents: Mapping[str, Agent] | None = None) -> None:
        if agents is None:
            load_all("processors.agents")
            agents = registered()
        self._settings = settings.agents
        self._agents = [item for item in agents.values() if item.enabled(settings.agents)]
        self._read = lru_cache(maxsize=_STATES_IN_MEMORY)(self._decode)

    def initial(self, key: str) -> AgentsState:
        """Return the state of a symbol that was never seen."""
        return AgentsState(symbol=key)

    def step(self, state: AgentsState, topic: str, record: Record) -> tuple[AgentsState, Sequence[Output]]:
        """Run the agents that are due; a view that is not newer than the last one is a repeat and changes nothing."""
        if not isinstance(record, MarketView):
            raise Permanent(f"{topic}: expected a view, found a {type(record).__name__}")
        if record.ts_event <= state.last_view:
            return state, ()
        bars = {bar.resolution: bar for bar in (*state.newest_bars, *record.closed_bars)}
        newest = tuple(bars[length] for length in _LENGTHS if length in bars) if record.closed_bars else state.newest_bars
        seen = Seen(record, bars)
        runs, states, posture = dict(state.last_runs), dict(state.agents), state.posture
        outputs: list[Output] = []
        for place, item in enumerate(self._agents):
            interval = record.ts_event // item.interval_us
            if interval == runs.get(item.id):
                continue
            runs[item.id] = interval
            packed = states.get(item.id)
            before = item.initial() if packed is None else self._read(place, packed)
            after, noticed = item.run(before, seen, self._settings)
            if after is not before and after != before:
                states[item.id] = item.state_type.dump_json(after)
            if noticed is not None:
                finding = finding_of(item.id, record, noticed)
                posture = posture_after(posture, finding)
                outputs.append(Output("derived.findings", finding))
        if posture is not None and posture is not state.posture:
            outputs.append(Output("derived.position-states", posture))
        after_all = AgentsState(
            symbol=state.symbol, last_view=record.ts_event, last_runs=runs, agents=states, newest_bars=newest, posture=posture
        )  # fmt: skip
        return after_all, outputs

    def wants_tick(self, state: AgentsState, tick: Tick) -> bool:
        """Views carry the time; ticks are of no use here."""
        return False

    def _decode(self, place: int, packed: bytes) -> Any:
        return self._agents[place].state_type.validate_json(packed)


def posture_after(known: PositionState | None, finding: Finding) -> PositionState:
    """Return the posture once a finding is known: one with a direction turns it, each becomes the last action (SCH-07)."""
    status = PostureStatus.WATCHING if known is None else known.status
    return PositionState(
        symbol=finding.symbol,
        status=status if finding.direction is None else _POSTURES[finding.direction],
        updated_at=finding.ts_event,
        last_action=f"{finding.agent}: {finding.label}",
        last_conf=finding.confidence,
        ts_event=finding.ts_event,
    )
