"""New trend (BAR-14): close, fast mean and slow mean of 1-minute bars came into line and stayed so. The score is (EMA 20 - EMA 50) / ATR.

Told once, when the means have been in line for `agents.trend_runs` runs; again only after they were out of line or turned round. What was in
line when the symbol was first seen is no new trend. Where a regime is known, one that trends the same way raises the confidence from 0.6 to 0.8,
one that trends the other way lowers it to 0.4.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.regime_settings import AgentSettings
from processors.agent import Noticed, Seen, agent
from schemas.records import Features, RegimeLabel, Side

_TRENDING = {RegimeLabel.TRENDING_UP: 1, RegimeLabel.TRENDING_DOWN: -1}


@dataclass(frozen=True, slots=True)
class NewTrendState:
    """Direction of the line-up, 0 without one, None before the first; runs it has lasted; whether it was not there from the start."""

    direction: int | None = None
    runs: int = 0
    is_new: bool = False


@agent(
    id="new-trend", summary="Says when price and its means come into line.", interval_seconds=60, state=NewTrendState,
    enabled=lambda settings: settings.feature_new_trend,
)  # fmt: skip
def run(state: NewTrendState, seen: Seen, settings: AgentSettings) -> tuple[NewTrendState, Noticed | None]:
    """Count the runs in line."""
    features = seen.view.features_1m
    if features is None or features.ema_20 is None or features.ema_50 is None or not features.atr_wilder_14:
        return state, None
    direction = _direction(features.close, features.ema_20, features.ema_50)
    if direction != state.direction:
        is_new = state.direction is not None
        return NewTrendState(direction, 1, is_new), _told(direction, 1, is_new, seen, features, settings)
    runs = min(state.runs + 1, settings.trend_runs + 1)  # what lasts longer changes no state
    after = state if runs == state.runs else NewTrendState(direction, runs, state.is_new)
    return after, None if after is state else _told(direction, runs, state.is_new, seen, features, settings)


def _direction(close: float, fast: float, slow: float) -> int:
    return 1 if close > fast > slow else -1 if close < fast < slow else 0


def _told(direction: int, runs: int, is_new: bool, seen: Seen, features: Features, settings: AgentSettings) -> Noticed | None:
    if direction == 0 or not is_new or runs != settings.trend_runs:
        return None
    assert features.ema_20 is not None and features.ema_50 is not None and features.atr_wilder_14
    regime = seen.view.regime
    confirmed = 0 if regime is None else _TRENDING.get(regime.label, 0) * direction
    return Noticed(
        score=(features.ema_20 - features.ema_50) / features.atr_wilder_14,
        label="new trend up" if direction > 0 else "new trend down",
        confidence=0.6 + 0.2 * confirmed,
        direction=Side.LONG if direction > 0 else Side.SHORT,
        details={"close_usd": features.close, "ema_20_usd": features.ema_20, "ema_50_usd": features.ema_50, "atr_usd": features.atr_wilder_14},
    )
