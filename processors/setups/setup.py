"""A setup on its way from ARMED to RESOLVED, and the events that tell of it; a play's box is the zone at its level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from processors.calc.trade_plan import direction, result_in_risks
from processors.setups.depth_label import label_of
from schemas.ids import deterministic_id
from schemas.records import (
    Box,
    Features,
    MarketView,
    Resolution,
    SetupEvent,
    SetupOutcome,
    SetupState,
    Side,
)

STRATEGY = "box-break-retest"
SECOND_US = 1_000_000
MOST_REASONS = 3

LEGAL: dict[SetupState | None, tuple[SetupState, ...]] = {
    None: (SetupState.ARMED,),
    SetupState.ARMED: (SetupState.PRIMED, SetupState.RESOLVED),
    SetupState.PRIMED: (SetupState.ACTIVE, SetupState.RESOLVED),
    SetupState.ACTIVE: (SetupState.ACTIVE, SetupState.RESOLVED),  # ACTIVE again: a target was reached
    SetupState.RESOLVED: (),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """Prices in US dollars, moments in microseconds UTC.

    Attributes
    ----------
    sequence
        Number of the next event.
    edge
        Edge of the box that breaks: upper for LONG.
    stop
        Where the trade is wrong now; moves to the entry at the first target.
    risk_stop
        The stop at the entry, which result_r is measured by.
    departed
        Whether price went far enough beyond the edge to be able to come back.
    retest_since
        Tick at which price came back to the edge; 0 before.
    retest_extreme
        Worst price since then; None before.
    strategy
        Id of the strategy it belongs to.
    told_gates
        Gates of depth that held this retest back and were told of.
    """

    setup_id: str
    box_id: str
    resolution: Resolution
    side: Side
    state: SetupState
    sequence: int
    expires_at: int
    box_high: float
    box_low: float
    stop: float
    targets: tuple[float, ...]
    atr: float
    reasons: tuple[str, ...]
    targets_reached: int = 0
    reward_to_risk: float | None = None
    entry: float | None = None
    risk_stop: float | None = None
    break_relative_volume: float | None = None
    departed: bool = False
    retest_since: int = 0
    retest_extreme: float | None = None
    strategy: str = STRATEGY
    told_gates: tuple[str, ...] = ()

    @property
    def edge(self) -> float:
        return self.box_high if self.side is Side.LONG else self.box_low

    @property
    def height(self) -> float:
        return self.box_high - self.box_low

    @property
    def middle(self) -> float:
        return (self.box_high + self.box_low) / 2


@dataclass(frozen=True, slots=True)
class Seen:
    """The prices of a view as a setup's side sees them: multiplied by its direction, so that more is always better."""

    best: float | None
    worst: float | None
    last: float | None

    @classmethod
    def of(cls, view: MarketView, side: Side) -> Seen:
        """Look at a view from one side."""
        sign = direction(side)
        best, worst = (view.interval_high, view.interval_low) if side is Side.LONG else (view.interval_low, view.interval_high)
        return cls(_times(best, sign), _times(worst, sign), _times(view.last_price, sign))


def box_of(view: MarketView, resolution: Resolution) -> Box | None:
    """Return the view's box of a resolution."""
    return view.box_1m if resolution is Resolution.M1 else view.box_2m


def features_of(view: MarketView, resolution: Resolution) -> Features | None:
    """Return the view's features of a resolution."""
    return view.features_1m if resolution is Resolution.M1 else view.features_2m


def move(
    setup: Setup,
    view: MarketView,
    state: SetupState,
    *,
    reasons: Sequence[str] = (),
    outcome: SetupOutcome | None = None,
    exit_price: float | None = None,
) -> tuple[Setup, SetupEvent]:
    """Put the setup into a state and tell of it.

    Raises
    ------
    ValueError
        If the state may not follow (BOX-09).
    """
    previous = setup.state if setup.sequence else None
    if state not in LEGAL[previous]:
        raise ValueError(f"setup {setup.setup_id}: expected one of {LEGAL[previous]} after {previous}, found {state}")
    shown = tuple(reasons)[:MOST_REASONS] or setup.reasons
    after = replace(setup, state=state, sequence=setup.sequence + 1, reasons=shown)
    features = features_of(view, setup.resolution)
    result = None
    if exit_price is not None and setup.entry is not None and setup.risk_stop is not None:
        result = result_in_risks(setup.side, setup.entry, setup.risk_stop, exit_price)
    return after, SetupEvent(
        event_id=deterministic_id("setup-event", setup.setup_id, setup.sequence),
        setup_id=setup.setup_id,
        sequence=setup.sequence,
        strategy=setup.strategy,
        symbol=view.symbol,
        side=setup.side,
        previous_state=previous,
        state=state,
        outcome=outcome,
        ts_event=view.ts_event,
        expires_at=setup.expires_at,
        box_id=setup.box_id,
        box_resolution=setup.resolution,
        box_high=setup.box_high,
        box_low=setup.box_low,
        trigger_price=setup.edge,
        entry_price=setup.entry,
        stop_price=setup.stop,
        targets=setup.targets,
        targets_reached=setup.targets_reached,
        reward_to_risk=setup.reward_to_risk,
        exit_price=exit_price,
        result_r=result,
        last_price=view.last_price,
        spread_bps=view.spread_bps,
        relative_volume=features.relative_volume if features else None,
        vwap_distance_bps=view.vwap_distance_bps,
        atr=setup.atr,
        bid_price=view.bid_price,
        ask_price=view.ask_price,
        depth_label=label_of(view),
        reasons=shown,
    )


def resolve(setup: Setup, view: MarketView, outcome: SetupOutcome, reason: str, exit_price: float | None = None) -> SetupEvent:
    """End the setup."""
    return move(setup, view, SetupState.RESOLVED, reasons=(reason,), outcome=outcome, exit_price=exit_price)[1]


def _times(value: float | None, sign: int) -> float | None:
    return None if value is None else value * sign
