"""Volume surge (BAR-13): a 5-minute bar with many times its usual volume. The score is the relative volume, e.g. 7.16.

One finding a bar. The confidence grows from 0.5 at the threshold towards 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.regime_settings import AgentSettings
from processors.agent import Noticed, Seen, agent
from schemas.records import Resolution


@dataclass(frozen=True, slots=True)
class VolumeSurgeState:
    """Which bar was told of; its end, microseconds UTC."""

    told: int = 0


@agent(id="volume-surge", summary="Says when a 5-minute bar has many times its usual volume.", interval_seconds=15, state=VolumeSurgeState)
def run(state: VolumeSurgeState, seen: Seen, settings: AgentSettings) -> tuple[VolumeSurgeState, Noticed | None]:
    """Compare the newest 5-minute bar with the 20 before it."""
    features, bar = seen.view.features_5m, seen.newest_bars.get(Resolution.M5)
    if features is None or features.relative_volume is None or bar is None or bar.window_end != features.window_end:
        return state, None
    if bar.window_end <= state.told or features.relative_volume < settings.surge_relative_volume:
        return state, None
    noticed = Noticed(
        score=features.relative_volume,
        label="volume surge",
        confidence=1.0 - 0.5 * settings.surge_relative_volume / features.relative_volume,
        details={
            "volume_5m": bar.volume,
            "bid_price_usd": seen.view.bid_price,
            "ask_price_usd": seen.view.ask_price,
            "bid_size_shares": seen.view.bid_size,
            "ask_size_shares": seen.view.ask_size,
            "change_bps": (bar.close / bar.open - 1.0) * 10_000.0,
        },
    )
    return VolumeSurgeState(bar.window_end), noticed
