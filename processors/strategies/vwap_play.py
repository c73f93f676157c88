"""VWAP play (BOX-16): after minutes on one side of the session VWAP price closes on the other side, comes back to VWAP, holds and turns.

LONG reclaims it from below, SHORT loses it from above. Off until `vwap_play.enabled`; the life of its setups is that of
`processors.setups.level_play`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from infra.plays_settings import VwapPlaySettings
from infra.settings import Settings
from processors.setups.level_play import Level, LevelPlayState, Play, advance, newest_minute, start
from processors.strategy import Decision, strategy
from schemas.records import Features, MarketView, Session, Side

ID = "vwap-play"


def _parameters(settings: Settings) -> Play:
    return Play(ID, settings.vwap_play, settings.setups)


@strategy(
    id=ID,
    summary="Trades the reclaim or the loss of the session VWAP after a retest of it held; off until enabled.",
    state=LevelPlayState,
    parameters=_parameters,
)
def step(state: LevelPlayState, view: MarketView, parameters: Play) -> tuple[LevelPlayState, Sequence[Decision]]:
    """Move the live setup on, else arm at VWAP."""
    settings = parameters.play
    assert isinstance(settings, VwapPlaySettings)
    if not settings.enabled:
        return state, ()
    minute = newest_minute(state, view)
    run = state.run if minute is None else _run(state.run, minute, view.session)
    if state.setup is not None:
        vwap = None if minute is None else minute.session_vwap
        setup, told = advance(state.setup, vwap, minute, view, parameters)
        window_end = state.window_end if minute is None else minute.window_end
        return replace(state, setup=setup, run=run, window_end=window_end), told
    if minute is None:
        return state, ()
    state = replace(state, window_end=minute.window_end, run=run)
    if minute.session_vwap is None or abs(run) < settings.away_bars:
        return state, ()
    side = Side.LONG if run < 0 else Side.SHORT
    reason = f"{abs(run)} minutes {'below' if run < 0 else 'above'} VWAP, now near it"
    return start(state, Level(minute.session_vwap, side, reason), minute, view, parameters)


def _run(run: int, minute: Features, session: Session) -> int:
    """Count minutes in a row on one side of VWAP; it begins anew with the session, whose VWAP is another."""
    if session is not Session.REGULAR or minute.session_vwap is None or minute.close == minute.session_vwap:
        return 0
    sign = 1 if minute.close > minute.session_vwap else -1
    return run + sign if run * sign > 0 else sign
