"""Trend posture (BOX-20, BOX-21): at each close of a bar the probability of rise, and LONG, SHORT or FLAT by entry, exit and persistence.

A view whose feed is bad asks for nothing: the posture stays and what was counted is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.plays_settings import TrendSettings
from processors.calc.trend import PostureTrack, Score, feature_values, follow, probability, score
from processors.strategy import Decision, strategy
from processors.trust import doubts
from schemas.records import Features, MarketView, Posture, Resolution, TrendPosture

ID = "trend-posture"


@dataclass(frozen=True, slots=True)
class TrendPostureState:
    """What one view must tell the next.

    Attributes
    ----------
    since
        Tick at which the posture began; 0 before the first close.
    window_end
        End of the newest bar looked at.
    """

    posture: Posture = Posture.FLAT
    wanted: Posture = Posture.FLAT
    persisted: int = 0
    since: int = 0
    window_end: int = 0


@strategy(
    id=ID,
    summary="Tells the probability of rise and the trend posture at each close of a bar.",
    state=TrendPostureState,
    parameters=lambda settings: settings.trend,
)
def step(state: TrendPostureState, view: MarketView, parameters: TrendSettings) -> tuple[TrendPostureState, Sequence[Decision]]:
    """Look at the newest closed bar of the interval."""
    known = {"M1": view.features_1m, "M2": view.features_2m, "M5": view.features_5m}
    newest = known[parameters.interval]
    if not parameters.enabled or newest is None or newest.window_end <= state.window_end:
        return state, ()
    found = None if doubts(view) else _score(known, parameters)
    p_up = None if found is None else probability(found.total)
    before = PostureTrack(state.posture, state.wanted, state.persisted)
    after = follow(before, p_up, parameters.entry, parameters.exit, parameters.persist)
    since = view.ts_event if after.posture is not state.posture or not state.since else state.since
    return TrendPostureState(after.posture, after.wanted, after.persisted, since, newest.window_end), (
        TrendPosture(
            symbol=view.symbol,
            ts_event=view.ts_event,
            resolution=Resolution(parameters.interval),
            window_end=newest.window_end,
            posture=after.posture,
            previous=state.posture,
            since=since,
            p_up=p_up,
            score=None if found is None else found.total,
            scores={} if found is None else found.by_resolution,
            contributions={} if found is None else found.by_feature,
            wanted=after.wanted,
            persisted=after.persisted,
        ),
    )


def _score(known: dict[str, Features | None], parameters: TrendSettings) -> Score | None:
    values = {name: feature_values(features) for name, features in known.items() if features is not None}
    found = score(values, parameters.by_feature, parameters.by_resolution, parameters.bias)
    return found if found is not None and parameters.interval in found.by_resolution else None
