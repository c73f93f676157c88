"""Before and at the break: a live box arms a side, its break primes it if the gates let it."""

from __future__ import annotations

from dataclasses import replace

from infra.plays_settings import SetupSettings
from processors.calc.trade_plan import reward_to_risk, stop_beyond, targets
from processors.setups.gates import gates_of_break
from processors.setups.setup import SECOND_US, Setup, features_of, move, resolve
from processors.strategy import Decision
from schemas.ids import deterministic_id
from schemas.records import Box, BoxState, MarketView, SetupOutcome, SetupState, Side

LIVE = (BoxState.FORMED, BoxState.EXTENDED)
BREAKS = {BoxState.BROKEN_UP: Side.LONG, BoxState.BROKEN_DOWN: Side.SHORT}
OUTER_THIRD = 1 / 3


def side_near(box: Box, price: float) -> Side | None:
    """Return the side whose edge is near: price in the outer third next to it or beyond it."""
    height = box.high - box.low
    if price >= box.high - height * OUTER_THIRD:
        return Side.LONG
    return Side.SHORT if price <= box.low + height * OUTER_THIRD else None


def arm(box: Box, side: Side, view: MarketView, settings: SetupSettings) -> tuple[Setup, Decision] | None:
    """Arm one side of a box; None while the ATR is unknown, as stop and retest are measured in it."""
    features = features_of(view, box.resolution)
    if features is None or not features.atr_wilder_14:
        return None
    setup = Setup(
        setup_id=deterministic_id("setup", box.box_id, side, view.ts_event),
        box_id=box.box_id,
        resolution=box.resolution,
        side=side,
        state=SetupState.ARMED,
        sequence=0,
        expires_at=view.ts_event + settings.armed_ttl_seconds * SECOND_US,
        box_high=box.high,
        box_low=box.low,
        stop=0.0,
        targets=(),
        atr=features.atr_wilder_14,
        reasons=(),
    )
    return move(plan(setup, box.high, box.low, view, settings), view, SetupState.ARMED, reasons=_box_reasons(box, side, view))


def follow_box(setup: Setup, box: Box | None, view: MarketView, settings: SetupSettings) -> tuple[Setup | None, list[Decision]]:
    """Move an ARMED setup on with its box; None when it resolved."""
    if view.ts_event >= setup.expires_at:
        return None, [resolve(setup, view, SetupOutcome.EXPIRED, "No break in time", view.last_price)]
    if box is None or box.box_id != setup.box_id or box.state is BoxState.DISSOLVED:
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "The box dissolved", view.last_price)]
    if box.state in LIVE:
        if (box.high, box.low) == (setup.box_high, setup.box_low):
            return setup, []
        return plan(setup, box.high, box.low, view, settings), []
    if BREAKS[box.state] is not setup.side:
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "The box broke the other way", view.last_price)]
    return prime(plan(setup, box.high, box.low, view, settings), view, settings)


def prime(setup: Setup, view: MarketView, settings: SetupSettings) -> tuple[Setup | None, list[Decision]]:
    """Take the break: PRIMED if every gate passes, else RESOLVED with a refusal for each that did not."""
    refusals = gates_of_break(setup, view, settings)
    if refusals:
        why = "; ".join(item.message for item in refusals)
        return None, [*refusals, resolve(setup, view, SetupOutcome.INVALIDATED, f"Break refused: {why}", view.last_price)]
    features = features_of(view, setup.resolution)
    assert features is not None and features.relative_volume is not None, "the gates need both"
    broken = replace(
        setup,
        expires_at=view.ts_event + settings.primed_ttl_seconds * SECOND_US,
        break_relative_volume=features.relative_volume,
    )
    reasons = (f"{features.relative_volume:.1f}x usual volume on the break", *setup.reasons)
    primed, event = move(broken, view, SetupState.PRIMED, reasons=reasons)
    return primed, [event]


def plan(setup: Setup, high: float, low: float, view: MarketView, settings: SetupSettings) -> Setup:
    """Draw stop and targets from the box as it is now: the stop lies beyond its middle, the entry is planned at the edge."""
    features = features_of(view, setup.resolution)
    atr = (features.atr_wilder_14 if features else None) or setup.atr
    drawn = replace(setup, box_high=high, box_low=low, atr=atr)
    stop = stop_beyond(setup.side, drawn.middle, settings.stop_buffer_atr * atr)
    goals = targets(setup.side, drawn.edge, drawn.height, settings.target_multiples)
    return replace(drawn, stop=stop, targets=goals, reward_to_risk=reward_to_risk(setup.side, drawn.edge, stop, goals[0]))


def _box_reasons(box: Box, side: Side, view: MarketView) -> tuple[str, ...]:
    reasons = [f"Range {box.range_bps / 100:.1f} % over {box.bar_count} bars"]
    if vwap := vwap_reason(view, side):
        reasons.append(vwap)
    if box.compression_ratio is not None:
        reasons.append(f"Bars {(1 - box.compression_ratio) * 100:.0f} % narrower than before")
    return tuple(reasons)


def vwap_reason(view: MarketView, side: Side) -> str | None:
    """Return a sentence if price is on the side's side of VWAP."""
    distance = view.vwap_distance_bps
    if distance is None or distance == 0 or (distance > 0) is not (side is Side.LONG):
        return None
    return f"{'Above' if distance > 0 else 'Below'} VWAP by {abs(distance) / 100:.1f} %"
