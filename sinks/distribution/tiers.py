"""Turns a setup event into what each tier may know. Redaction happens here, before a record waits anywhere (DIS-05..07).

The tiers' records are types of their own: what a tier must not see has no field to travel in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from infra.clock import MICROSECONDS
from infra.settings import TierSettings
from schemas.ids import deterministic_id
from schemas.records import AlertKind, BasicAlert, FreeAlert, PremiumAlert, SetupEvent, SetupOutcome, SetupState, Tier

_RISK_STAKE_USD = 100.0

LESSONS: dict[SetupState | SetupOutcome, str] = {
    SetupState.ARMED: "A quiet range can end with a fast move in either direction; patience comes before the break.",
    SetupState.PRIMED: "The break alone is not the trigger; the return to the edge is what tells.",
    SetupState.ACTIVE: "A broken edge that holds on the way back often turns from ceiling to floor.",
    SetupOutcome.TARGET: "The exit was decided before the entry; that is what makes a result repeatable.",
    SetupOutcome.STOP: "A stop that is hit is the price of finding out; a small loss is part of the plan.",
    SetupOutcome.EXPIRED: "A setup that does not move in its time is over; waiting longer is hoping.",
    SetupOutcome.INVALIDATED: "When the reason for a trade is gone, so is the trade.",
}
_SHORT_LESSON = "A broken edge that holds on the way back often turns from floor to ceiling."


@dataclass(frozen=True, slots=True)
class TierAlerts:
    """One setup event as each tier gets it; None where a tier gets nothing."""

    premium: PremiumAlert
    basic: BasicAlert
    free: FreeAlert | None


def redact(event: SetupEvent, now_us: int, tiers: TierSettings) -> TierAlerts:
    """Return the tiers' records of ``event``, each with the delay it was promised stamped in.

    Parameters
    ----------
    event
        The transition to tell. It becomes a setup alert, never a position: nobody has been filled (C-04).
    now_us
        Market time of publication; the delays count from here, or from the decision if a clock lags behind it.
    tiers
        Delays and expiry. A later change of them does not touch records that wait already.
    """
    published = max(now_us, event.ts_event)
    return TierAlerts(_premium(event, published, tiers), _basic(event, published, tiers), _free(event, published, tiers))


def alert_id(event_id: str, tier: Tier) -> str:
    """Return the id of the alert that tells the event to the tier."""
    return deterministic_id("alert", event_id, tier)


def is_progress(event: SetupEvent) -> bool:
    """Tell whether the event only reports a target on the way, without a change of state."""
    return event.previous_state == event.state


def _head(event: SetupEvent, tier: Tier, published: int, delay_seconds: float, expiry_seconds: int) -> dict[str, Any]:
    """Return the fields that every tier's record begins with; none of them is a number of the trade."""
    due = published + math.ceil(delay_seconds * MICROSECONDS)
    return {
        "alert_id": alert_id(event.event_id, tier),
        "event_id": event.event_id,
        "setup_id": event.setup_id,
        "sequence": event.sequence,
        "kind": AlertKind.SETUP,
        "symbol": event.symbol,
        "side": event.side,
        "state": event.state,
        "outcome": event.outcome,
        "ts_event": event.ts_event,
        "ts_published": published,
        "not_before": due,
        "expires_at": due + expiry_seconds * MICROSECONDS,
    }


def _premium(event: SetupEvent, published: int, tiers: TierSettings) -> PremiumAlert:
    reference = event.trigger_price if event.entry_price is None else event.entry_price
    return PremiumAlert(
        **_head(event, Tier.PREMIUM, published, tiers.premium_delay_seconds, tiers.expiry_seconds),
        trigger_price=event.trigger_price,
        entry_price=event.entry_price,
        bid_price=event.bid_price,
        ask_price=event.ask_price,
        stop_price=event.stop_price,
        stop_percent=_percent(event.stop_price, reference),
        targets=event.targets,
        target_percents=tuple(_percent(target, reference) for target in event.targets),
        targets_reached=event.targets_reached,
        reward_to_risk=event.reward_to_risk,
        shares_per_100_usd_risk=_shares(reference, event.stop_price),
        exit_price=event.exit_price,
        result_r=event.result_r,
        box_high=event.box_high,
        box_low=event.box_low,
        box_resolution=event.box_resolution,
        relative_volume=event.relative_volume,
        spread_bps=event.spread_bps,
        vwap_distance_bps=event.vwap_distance_bps,
        atr=event.atr,
        state_expires_at=event.expires_at,
        depth_label=event.depth_label,
        reasons=event.reasons[:3],
    )


def _basic(event: SetupEvent, published: int, tiers: TierSettings) -> BasicAlert:
    return BasicAlert(
        **_head(event, Tier.BASIC, published, tiers.basic_delay_seconds, tiers.expiry_seconds),
        trigger_price=event.trigger_price,  # C-03: the exact entry, no analytics, no stop or target numbers
        entry_price=event.entry_price,
        stop_set=True,
        target_count=len(event.targets),
        targets_reached=event.targets_reached,
    )


def _free(event: SetupEvent, published: int, tiers: TierSettings) -> FreeAlert | None:
    if is_progress(event):
        return None
    return FreeAlert(
        **_head(event, Tier.FREE, published, tiers.free_delay_seconds, tiers.expiry_seconds),
        lesson=_lesson(event),
    )


def _lesson(event: SetupEvent) -> str:
    if event.state is SetupState.ACTIVE and event.side == "SHORT":
        return _SHORT_LESSON
    return LESSONS[event.state if event.outcome is None else event.outcome]


def _percent(price: float, reference: float) -> float:
    return (price / reference - 1.0) * 100.0


def _shares(reference: float, stop: float) -> int | None:
    """Return how many whole shares lose 100 dollars at the stop; float noise must not cost one."""
    risk = abs(reference - stop)
    return None if risk < 1e-6 else math.floor(_RISK_STAKE_USD / risk + 1e-6)
