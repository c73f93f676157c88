"""Sigma play (BOX-17): price that ran beyond a sigma band of the session VWAP comes back inside, turns, and goes for VWAP.

::

    minute closes beyond the band ─► ARMED ─ minute closes inside, gates pass ─► PRIMED ─ turned, reward enough ─► ACTIVE
                                       │                                           │                               │
                                       └─ time, session over                       └─ new extreme, VWAP, time      └─ VWAP, stop, time

The band is VWAP -/+ `band` x the volume-weighted standard deviation of the session's prints. LONG comes back from below, SHORT from above. A
setup's zone reaches from the worst price beyond the band (the stop lies behind it) to the band (the trigger). The one target is VWAP as it was
when price came back. Off until `sigma_play.enabled`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from infra.plays_settings import SetupSettings, SigmaPlaySettings
from infra.settings import Settings
from processors.calc.trade_plan import direction, reward_to_risk, stop_beyond
from processors.setups.arming import prime
from processors.setups.gates import gate_of_reward, withheld
from processors.setups.managing import manage
from processors.setups.setup import SECOND_US, Seen, Setup, move, resolve
from processors.setups.triggering import hold_back, trigger
from processors.strategy import Decision, strategy
from processors.trust import doubts, prices_are_doubtful
from schemas.ids import deterministic_id
from schemas.records import Features, MarketView, Resolution, Session, SetupOutcome, SetupState, Side

ID = "sigma-play"


class Bands(NamedTuple):
    """The session's VWAP and its band on the setup's side, US dollars."""

    vwap: float
    edge: float


class SigmaPlay(NamedTuple):
    """What the play is told."""

    play: SigmaPlaySettings
    setups: SetupSettings


@dataclass(frozen=True, slots=True)
class SigmaPlayState:
    """What one view must tell the next.

    Attributes
    ----------
    setup
        The live setup; one at a time.
    window_end
        End of the newest minute looked at.
    minutes
        Minutes of the regular session so far.
    refused
        Whether a minute beyond the band was refused, and told of: once until one closes inside.
    """

    setup: Setup | None = None
    window_end: int = 0
    minutes: int = 0
    refused: bool = False


@strategy(
    id=ID,
    summary="Trades the return from beyond a sigma band of the session VWAP towards it; off until enabled.",
    state=SigmaPlayState,
    parameters=lambda settings: _parameters(settings),
)
def step(state: SigmaPlayState, view: MarketView, parameters: SigmaPlay) -> tuple[SigmaPlayState, Sequence[Decision]]:
    """Move the live setup on, else arm beyond a band."""
    if not parameters.play.enabled:
        return state, ()
    minute = view.features_1m
    if minute is None or minute.window_end <= state.window_end:
        minute = None
    else:
        counted = state.minutes + 1 if view.session is Session.REGULAR else 0
        state = replace(state, window_end=minute.window_end, minutes=counted)
    if state.setup is not None:
        setup, told = _advance(state.setup, minute, view, parameters)
        return replace(state, setup=setup), told
    if minute is None or state.minutes < parameters.play.minimum_bars:
        return state, ()
    return _arm(state, minute, view, parameters)


def _parameters(settings: Settings) -> SigmaPlay:
    return SigmaPlay(settings.sigma_play, settings.setups)


def _bands(minute: Features, side: Side, play: SigmaPlaySettings) -> Bands | None:
    if minute.session_vwap is None or not minute.vwap_sigma:
        return None
    return Bands(minute.session_vwap, minute.session_vwap - direction(side) * play.band * minute.vwap_sigma)


def _arm(state: SigmaPlayState, minute: Features, view: MarketView, parameters: SigmaPlay) -> tuple[SigmaPlayState, list[Decision]]:
    atr = minute.atr_wilder_14
    side = Side.LONG if minute.session_vwap is not None and minute.close < minute.session_vwap else Side.SHORT
    bands = _bands(minute, side, parameters.play)
    if bands is None or not atr or (bands.edge - minute.close) * direction(side) <= 0:
        return replace(state, refused=False) if state.refused else state, []
    level_id = deterministic_id("level", ID, view.symbol, side, view.ts_event)
    if why := doubts(view):
        return replace(state, refused=True), [] if state.refused else [withheld(ID, side, level_id, view, why)]
    sign = direction(side)
    extreme = min(value * sign for value in (view.interval_low, view.interval_high, minute.close) if value is not None) * sign
    empty = Setup(
        setup_id=deterministic_id("setup", level_id, side, view.ts_event), box_id=level_id, resolution=Resolution.M1, side=side,
        state=SetupState.ARMED, sequence=0, expires_at=view.ts_event + parameters.setups.armed_ttl_seconds * SECOND_US,
        box_high=0.0, box_low=0.0, stop=0.0, targets=(), atr=atr, reasons=(), strategy=ID,
    )  # fmt: skip
    reason = f"Closed beyond {parameters.play.band:g} standard deviations {'below' if side is Side.LONG else 'above'} VWAP"
    setup, event = move(_planned(empty, bands, extreme, parameters.setups), view, SetupState.ARMED, reasons=(reason,))
    return replace(state, setup=setup, refused=False), [event]


def _planned(setup: Setup, bands: Bands, extreme: float, settings: SetupSettings) -> Setup:
    """Draw the zone from the extreme to the band, the stop behind it and the target at VWAP."""
    high, low = (bands.edge, extreme) if setup.side is Side.LONG else (extreme, bands.edge)
    stop = stop_beyond(setup.side, extreme, settings.stop_buffer_atr * setup.atr)
    ratio = reward_to_risk(setup.side, bands.edge, stop, bands.vwap)
    return replace(setup, box_high=high, box_low=low, stop=stop, targets=(bands.vwap,), reward_to_risk=ratio)


def _extreme(setup: Setup) -> float:
    return setup.box_low if setup.side is Side.LONG else setup.box_high


def _advance(setup: Setup, minute: Features | None, view: MarketView, parameters: SigmaPlay) -> tuple[Setup | None, list[Decision]]:
    if setup.state is SetupState.ARMED:
        return _follow(setup, minute, view, parameters)
    if prices_are_doubtful(view) and view.ts_event < setup.expires_at:
        return setup, []
    return _await_turn(setup, view, parameters) if setup.state is SetupState.PRIMED else manage(setup, view)


def _follow(setup: Setup, minute: Features | None, view: MarketView, parameters: SigmaPlay) -> tuple[Setup | None, list[Decision]]:
    if view.ts_event >= setup.expires_at:
        return None, [resolve(setup, view, SetupOutcome.EXPIRED, "Did not come back in time", view.last_price)]
    if view.session is not Session.REGULAR:
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "The regular session is over", view.last_price)]
    sign, seen = direction(setup.side), Seen.of(view, setup.side)
    extreme = _extreme(setup)
    if seen.worst is not None and not prices_are_doubtful(view):
        extreme = min(extreme * sign, seen.worst) * sign
    bands = None if minute is None else _bands(minute, setup.side, parameters.play)
    if minute is None or bands is None:
        if extreme == _extreme(setup):
            return setup, []
        return _planned(setup, Bands(setup.targets[0], setup.edge), extreme, parameters.setups), []
    drawn = _planned(setup, bands, extreme, parameters.setups)
    return (drawn, []) if (minute.close - bands.edge) * sign <= 0 else prime(drawn, view, parameters.setups)


def _await_turn(setup: Setup, view: MarketView, parameters: SigmaPlay) -> tuple[Setup | None, list[Decision]]:
    """Trigger once price is `retest_turn_atr` ATRs inside the band in a view after the one that primed it."""
    sign, seen, settings = direction(setup.side), Seen.of(view, setup.side), parameters.setups
    if seen.worst is not None and seen.worst < _extreme(setup) * sign:
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "A new extreme beyond the band", view.last_price)]
    if seen.best is not None and seen.best >= setup.targets[0] * sign:
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "VWAP reached before the trigger", view.last_price)]
    if view.ts_event >= setup.expires_at:
        return None, [resolve(setup, view, SetupOutcome.EXPIRED, "No turn in time", view.last_price)]
    if seen.last is None or seen.best is None or seen.last < setup.edge * sign + settings.retest_turn_atr * setup.atr:
        return setup, []
    if why := doubts(view):
        return hold_back(setup, [withheld(setup.strategy, setup.side, setup.setup_id, view, why)])
    ratio = reward_to_risk(setup.side, seen.last * sign, setup.stop, setup.targets[0])
    refusal = gate_of_reward(setup, view, ratio, settings)
    if refusal is not None:
        ended = resolve(setup, view, SetupOutcome.INVALIDATED, "VWAP is too near for the risk", view.last_price)
        return None, [refusal, ended]
    reasons = ("Came back inside the band and turned", f"{setup.break_relative_volume or 0.0:.1f}x usual volume on the return")
    return trigger(setup, view, settings, (*reasons, f"Reward {ratio or 0.0:.1f} times the risk"))
