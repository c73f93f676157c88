"""Macro watcher (CAL-10): unusual volume while the window around an economic event is open. The score is the relative volume.

It looks at 1-minute bars that closed inside the window; the one before it began says nothing of the event. Told at the first bar with enough
volume, and again only when a later bar of the same window has more: else each of its minutes would be told of. The confidence grows from 0.5 at
the threshold towards 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.regime_settings import AgentSettings
from processors.agent import Noticed, Seen, agent
from schemas.records import Resolution


@dataclass(frozen=True, slots=True)
class MacroWatcherState:
    """The newest window with a finding, by its event and start, and the largest relative volume told of in it."""

    event_id: str = ""
    starts_at: int = 0
    told: float = 0.0


@agent(
    id="macro-watcher", summary="Says when volume is unusual near an economic event.", interval_seconds=15, state=MacroWatcherState,
    enabled=lambda settings: settings.feature_macro,
)  # fmt: skip
def run(state: MacroWatcherState, seen: Seen, settings: AgentSettings) -> tuple[MacroWatcherState, Noticed | None]:
    """Compare the newest minute of the window with the 20 before it."""
    window, minute, bar = seen.view.macro, seen.view.features_1m, seen.newest_bars.get(Resolution.M1)
    if window is None or minute is None or minute.relative_volume is None or bar is None or bar.window_end != minute.window_end:
        return state, None
    same = (state.event_id, state.starts_at) == (window.event_id, window.starts_at)
    if minute.window_end <= window.starts_at or minute.relative_volume < settings.macro_relative_volume:
        return state, None
    if same and minute.relative_volume <= state.told:
        return state, None
    noticed = Noticed(
        score=minute.relative_volume,
        label=f"volume near {window.event}",
        confidence=1.0 - 0.5 * settings.macro_relative_volume / minute.relative_volume,
        details={
            "volume_1m": bar.volume,
            "change_bps": (bar.close / bar.open - 1.0) * 10_000.0,
            "window_left_minutes": (window.ends_at - seen.view.ts_event) / 60_000_000,
            "bid_price_usd": seen.view.bid_price,
            "ask_price_usd": seen.view.ask_price,
        },
    )
    return MacroWatcherState(window.event_id, window.starts_at, minute.relative_volume), noticed
