"""High-of-day play (BOX-18): price comes near a high of the day that has stood for a while, closes above it, comes back to it, holds and turns.

LONG only. Off until `high_of_day_play.enabled`; the life of its setups is that of `processors.setups.level_play`. The high is the one before
the minute that breaks it; a wick through it that does not close above it moves the level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from infra.plays_settings import HighOfDayPlaySettings
from infra.settings import Settings
from processors.calc.windows import window_of
from processors.setups.level_play import Level, LevelPlayState, Play, advance, newest_minute, start
from processors.setups.setup import SECOND_US
from processors.strategy import Decision, strategy
from schemas.records import Features, MarketView, Resolution, Side

ID = "high-of-day-play"
_MINUTE_US = 60 * SECOND_US


def _parameters(settings: Settings) -> Play:
    return Play(ID, settings.high_of_day_play, settings.setups)


@strategy(
    id=ID,
    summary="Trades the break of the day's high after a retest of it held; off until enabled.",
    state=LevelPlayState,
    parameters=_parameters,
)
def step(state: LevelPlayState, view: MarketView, parameters: Play) -> tuple[LevelPlayState, Sequence[Decision]]:
    """Move the live setup on, else arm at the day's high."""
    settings = parameters.play
    assert isinstance(settings, HighOfDayPlaySettings)
    if not settings.enabled:
        return state, ()
    minute = newest_minute(state, view)
    before = state
    if minute is not None:
        state = _with_high(state, minute)
    if before.setup is not None:
        setup, told = advance(before.setup, before.high or None, minute, view, parameters)
        return replace(state, setup=setup), told
    if minute is None or state.high_at != before.high_at or not before.high:
        return state, ()  # a high of this very minute is no level yet
    minutes = (minute.window_end - state.high_at) // _MINUTE_US
    if minutes < settings.minimum_age_minutes:
        return state, ()
    return start(state, Level(state.high, Side.LONG, f"High of the day stands for {minutes} minutes, now near it"), minute, view, parameters)


def _with_high(state: LevelPlayState, minute: Features) -> LevelPlayState:
    """Take over the day's high as it is after this minute; another day begins with no high."""
    same_day = state.high_at and window_of(Resolution.D1, state.high_at - 1) == window_of(Resolution.D1, minute.window_end - 1)
    if same_day and minute.day_high <= state.high:
        return replace(state, window_end=minute.window_end)
    return replace(state, window_end=minute.window_end, high=minute.day_high, high_at=minute.window_end)
