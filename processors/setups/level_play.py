"""A play at a level: price comes near it, breaks it, leaves, comes back, holds and turns. The VWAP and high-of-day plays are such plays.

::

    minute closes near the level ─► ARMED ─ minute closes beyond it, gates pass ─► PRIMED ─ retest held and turned ─► ACTIVE
                                      │                                              │                                  │
                                      └─ too far away, refused, time                 └─ through the zone, time          └─ target, stop, time

The level is the edge of a zone of `zone_atr` ATRs that takes the place of a setup's box: targets are multiples of its height, the break has
failed behind its middle. From PRIMED on it is the life of a box setup, with the same gates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from infra.plays_settings import LevelPlaySettings, SetupSettings
from processors.calc.trade_plan import direction
from processors.setups.arming import plan, prime
from processors.setups.gates import withheld
from processors.setups.managing import manage
from processors.setups.retest import await_retest
from processors.setups.setup import SECOND_US, Setup, move, resolve
from processors.strategy import Decision
from processors.trust import doubts, prices_are_doubtful
from schemas.ids import deterministic_id
from schemas.records import Features, MarketView, Resolution, Session, SetupOutcome, SetupState, Side


class Level(NamedTuple):
    """Where a play waits."""

    price: float  # US dollars
    side: Side  # of the trade, if it breaks
    reason: str  # one sentence for people


@dataclass(frozen=True, slots=True)
class LevelPlayState:
    """What one view must tell the next.

    Attributes
    ----------
    setup
        The live setup; one at a time.
    window_end
        End of the newest minute looked at.
    run
        Minutes in a row that closed on one side of the level, negative below it.
    high, high_at
        The day's high before this minute, and the end of the minute that made it; 0 while unknown.
    refused
        Whether a level that price is near now was refused, and told of: once an approach.
    """

    setup: Setup | None = None
    window_end: int = 0
    run: int = 0
    high: float = 0.0
    high_at: int = 0
    refused: bool = False


class Play(NamedTuple):
    """Which play it is, and what it is told."""

    strategy: str
    play: LevelPlaySettings
    setups: SetupSettings


def newest_minute(state: LevelPlayState, view: MarketView) -> Features | None:
    """Return the features of a minute that closed since the view before, or None."""
    minute = view.features_1m
    return minute if minute is not None and minute.window_end > state.window_end else None


def advance(setup: Setup, level: float | None, minute: Features | None, view: MarketView, play: Play) -> tuple[Setup | None, list[Decision]]:
    """Move a live setup on; None when it resolved.

    Parameters
    ----------
    level
        Where the level is after this minute, for a setup that is ARMED; None when it is not known.
    """
    if setup.state is SetupState.ARMED:
        return _follow(setup, level, minute, view, play)
    if prices_are_doubtful(view) and view.ts_event < setup.expires_at:
        return setup, []
    return await_retest(setup, view, play.setups) if setup.state is SetupState.PRIMED else manage(setup, view)


def start(state: LevelPlayState, level: Level, minute: Features, view: MarketView, play: Play) -> tuple[LevelPlayState, list[Decision]]:
    """Arm at a level near which the minute closed, if the session, the feed and the regime allow it."""
    atr = minute.atr_wilder_14
    if not atr or view.session is not Session.REGULAR or abs(minute.close - level.price) > play.play.arm_distance_atr * atr:
        return replace(state, refused=False) if state.refused else state, []
    level_id = deterministic_id("level", play.strategy, view.symbol, level.side, view.ts_event)
    if why := doubts(view):
        return replace(state, refused=True), [] if state.refused else [withheld(play.strategy, level.side, level_id, view, why)]
    empty = Setup(
        setup_id=deterministic_id("setup", level_id, level.side, view.ts_event),
        box_id=level_id,
        resolution=Resolution.M1,
        side=level.side,
        state=SetupState.ARMED,
        sequence=0,
        expires_at=view.ts_event + play.setups.armed_ttl_seconds * SECOND_US,
        box_high=level.price,
        box_low=level.price,
        stop=0.0,
        targets=(),
        atr=atr,
        reasons=(),
        strategy=play.strategy,
    )
    setup, event = move(_at(empty, level.price, view, play), view, SetupState.ARMED, reasons=(level.reason,))
    return replace(state, setup=setup, refused=False), [event]


def _follow(setup: Setup, level: float | None, minute: Features | None, view: MarketView, play: Play) -> tuple[Setup | None, list[Decision]]:
    if view.ts_event >= setup.expires_at:
        return None, [resolve(setup, view, SetupOutcome.EXPIRED, "No break in time", view.last_price)]
    if view.session is not Session.REGULAR:
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "The regular session is over", view.last_price)]
    if minute is None or level is None:
        return setup, []
    sign = direction(setup.side)
    beyond = (minute.close - level) * sign
    if beyond > play.play.break_buffer_atr * setup.atr:
        return prime(_at(setup, level, view, play), view, play.setups)
    if -beyond > play.play.leave_distance_atr * setup.atr:
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "Price left the level", view.last_price)]
    return _at(setup, level, view, play), []


def _at(setup: Setup, level: float, view: MarketView, play: Play) -> Setup:
    """Draw the zone behind the level, and stop and targets from it."""
    features = view.features_1m
    height = play.play.zone_atr * ((features.atr_wilder_14 if features else None) or setup.atr)
    high, low = (level, level - height) if setup.side is Side.LONG else (level + height, level)
    return plan(setup, high, low, view, play.setups)
