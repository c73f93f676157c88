"""Box break and retest: a compression box arms, its break primes, a held retest triggers, target, stop or time resolve.

::

    box live, price near an edge ─► ARMED ─ breaks, gates pass ─► PRIMED ─ retest held and turned, reward enough ─► ACTIVE
                                      │                             │                                                │
                                      └─ other side, dissolved,     └─ middle of the box, time                       └─ target, stop, time
                                         refused, time                        └──────────────► RESOLVED ◄──────────────┘

A box has one live setup. When it breaks against the armed side, that setup resolves INVALIDATED and the other side arms and is
primed in the same view. A box that shares prices with another box's live setup is passed over for good, be it the 2-minute box
over a 1-minute one or the next box inside an unfinished trade: one move, one thread.

While the feed is bad or down, or the regime is not one of the strategy's (`processors.trust`), nothing arms, nothing is primed and nothing
triggers; where prices may be wrong, setups that wait for a retest, a target or a stop wait on, until they are good again or time is up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.plays_settings import SetupSettings
from processors.setups.arming import BREAKS, LIVE, arm, follow_box, prime, side_near
from processors.setups.gates import withheld
from processors.setups.managing import manage
from processors.setups.retest import await_retest
from processors.setups.setup import STRATEGY, Setup, box_of
from processors.strategy import Decision, strategy
from processors.trust import doubts, prices_are_doubtful
from schemas.records import Box, MarketView, Resolution, Session, SetupState

RESOLUTIONS = (Resolution.M1, Resolution.M2)
_USED_BOXES = 16  # more than can be seen again: a view shows one box a resolution


@dataclass(frozen=True, slots=True)
class BoxBreakRetestState:
    """What one view must tell the next.

    Attributes
    ----------
    setups
        Live setups, oldest first.
    used_boxes
        Boxes that had their setup, newest last.
    """

    setups: tuple[Setup, ...] = ()
    used_boxes: tuple[str, ...] = ()


@strategy(
    id=STRATEGY,
    summary="Trades the break of a compression box after a retest of its edge held, in both directions.",
    state=BoxBreakRetestState,
    parameters=lambda settings: settings.setups,
)
def step(state: BoxBreakRetestState, view: MarketView, parameters: SetupSettings) -> tuple[BoxBreakRetestState, Sequence[Decision]]:
    """Move every live setup on, then arm what is new."""
    decisions: list[Decision] = []
    live: list[Setup] = []
    turned_boxes: list[Box] = []
    for setup in state.setups:
        after, told = _advance(setup, view, parameters)
        decisions += told
        if after is not None:
            live.append(after)
        elif setup.state is SetupState.ARMED:
            box = box_of(view, setup.resolution)
            if box is not None and box.box_id == setup.box_id and BREAKS.get(box.state) not in (None, setup.side):
                turned_boxes.append(box)
    used = state.used_boxes
    for resolution in RESOLUTIONS:
        box = box_of(view, resolution)
        if box is None or (box.box_id in used and box not in turned_boxes):
            continue
        if _shares_prices(box, live, state.setups):
            used = (*used, box.box_id)[-_USED_BOXES:]
            continue
        started, told = _start(box, view, parameters)
        decisions += told
        if told and box.box_id not in used:
            used = (*used, box.box_id)[-_USED_BOXES:]
        if started is not None:
            live.append(started)
    if tuple(live) == state.setups and used == state.used_boxes:
        return state, decisions
    return BoxBreakRetestState(tuple(live), used), decisions


def _advance(setup: Setup, view: MarketView, parameters: SetupSettings) -> tuple[Setup | None, list[Decision]]:
    if setup.state is SetupState.ARMED:
        return follow_box(setup, box_of(view, setup.resolution), view, parameters)
    if prices_are_doubtful(view) and view.ts_event < setup.expires_at:
        return setup, []
    if setup.state is SetupState.PRIMED:
        return await_retest(setup, view, parameters)
    return manage(setup, view)


def _start(box: Box, view: MarketView, parameters: SetupSettings) -> tuple[Setup | None, list[Decision]]:
    """Arm a live box near an edge; arm and prime a box that broke just now before its side was armed.

    On a view that is not to be acted on nothing arms: a live box may arm later, what breaks now is refused.
    """
    if view.session is Session.CLOSED or view.last_price is None:
        return None, []
    broke_now = box.state in BREAKS and box.ts_event == view.ts_event
    why = doubts(view)
    if not broke_now and (box.state not in LIVE or why):
        return None, []
    side = BREAKS[box.state] if broke_now else side_near(box, view.last_price)
    if why and side is not None:
        return None, [withheld(STRATEGY, side, box.box_id, view, why)]
    armed = arm(box, side, view, parameters) if side else None
    if armed is None:
        return None, []
    setup, event = armed
    if not broke_now:
        return setup, [event]
    primed, told = prime(setup, view, parameters)
    return primed, [event, *told]


def _shares_prices(box: Box, *setups: Sequence[Setup]) -> bool:
    """Tell whether another box's setup, live now or until this view, spans some of the same prices."""
    return any(setup.box_id != box.box_id and setup.box_low <= box.high and box.low <= setup.box_high for row in setups for setup in row)
