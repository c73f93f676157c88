"""Alerts of the seeded day in three tiers, and what came of their delivery."""

from __future__ import annotations

import random
from typing import Any

from schemas.ids import deterministic_id
from schemas.record import Record
from schemas.records import AlertKind, BasicAlert, DeliveryReceipt, ExpiredDelivery, FreeAlert, PremiumAlert, SetupEvent, Side, Tier
from tests.support.dashboard_stories import ACTIVE, ARMED, PRIMED, RESOLVED, SECOND

_DELAYS = {Tier.PREMIUM: 0, Tier.BASIC: 60, Tier.FREE: 300}
_TOPICS = {Tier.PREMIUM: "distribution.premium", Tier.BASIC: "distribution.basic", Tier.FREE: "distribution.free"}


def deliver(event: SetupEvent, now_us: int, found: dict[str, list[Record]]) -> None:
    dice = random.Random(event.event_id)
    published = event.ts_event + 300_000
    for tier, delay in _DELAYS.items():
        due = published + delay * SECOND
        if due > now_us:
            continue
        alert = _alert(event, tier, published, due)
        found[_TOPICS[tier]].append(alert)
        delivery_id = deterministic_id("delivery", alert.alert_id, f"house-{tier.value.lower()}")
        if event.symbol == "UAL" and tier is Tier.FREE and event.sequence == 0:
            found["distribution.expired"].append(
                ExpiredDelivery(
                    delivery_id=delivery_id, alert_id=alert.alert_id, setup_id=event.setup_id, subscriber_id="house-free", channel="discord",
                    tier=tier, not_before=due, expires_at=due + 3600 * SECOND, ts_event=due + 3600 * SECOND,
                    reason="Discord answered 503 for 61 minutes",
                )
            )  # fmt: skip
            continue
        if event.symbol == "MRNA" and tier is Tier.BASIC and event.sequence == 2:
            continue
        late = int(dice.lognormvariate(4.6, 0.6))
        found["distribution.receipts"].append(
            DeliveryReceipt(
                delivery_id=delivery_id, alert_id=alert.alert_id, setup_id=event.setup_id, sequence=event.sequence,
                subscriber_id=f"house-{tier.value.lower()}", channel="discord", address=f"90000000000{delay:04d}", tier=tier,
                message_id=str(dice.randrange(10**17, 10**18)), thread_id=str(abs(hash(event.setup_id)) % 10**18), not_before=due,
                ts_sent=due + late * 1000, lateness_ms=late, headline=_headline(event, tier),
            )
        )  # fmt: skip


def _headline(event: SetupEvent, tier: Tier) -> str:
    arrow = "▲" if event.side is Side.LONG else "▼"
    side = event.side.value.lower()
    word = {ARMED: "heads-up", PRIMED: "broke out", ACTIVE: "triggered", RESOLVED: "over"}[event.state]
    if tier is Tier.PREMIUM:
        return f"{arrow} {event.symbol} {side} {word} · break {event.trigger_price:g} · stop {event.stop_price:g} · R:R {event.reward_to_risk:g}"
    if tier is Tier.BASIC:
        return f"{arrow} {event.symbol} {side} {word} · break {event.trigger_price:g} · stop set, 2 targets"
    return f"{arrow} {event.symbol} {side} {word}"


def _alert(event: SetupEvent, tier: Tier, published: int, due: int) -> PremiumAlert | BasicAlert | FreeAlert:
    shared: dict[str, Any] = {
        "alert_id": deterministic_id("alert", event.event_id, tier.value), "event_id": event.event_id, "setup_id": event.setup_id,
        "sequence": event.sequence, "kind": AlertKind.SETUP, "symbol": event.symbol, "side": event.side, "state": event.state,
        "outcome": event.outcome, "ts_event": event.ts_event, "ts_published": published, "not_before": due, "expires_at": due + 3600 * SECOND,
    }  # fmt: skip
    if tier is Tier.FREE:
        return FreeAlert(**shared, lesson="A tight range after a run shows that sellers are used up; the retest tells who was right.")
    if tier is Tier.BASIC:
        return BasicAlert(**shared, trigger_price=event.trigger_price, entry_price=event.entry_price, stop_set=True, target_count=2)
    base = event.entry_price or event.trigger_price
    return PremiumAlert(
        **shared, trigger_price=event.trigger_price, entry_price=event.entry_price, bid_price=event.bid_price, ask_price=event.ask_price,
        stop_price=event.stop_price, stop_percent=(event.stop_price / base - 1) * 100, targets=event.targets,
        target_percents=tuple((target / base - 1) * 100 for target in event.targets), targets_reached=event.targets_reached,
        reward_to_risk=event.reward_to_risk, shares_per_100_usd_risk=int(100 / abs(base - event.stop_price)), exit_price=event.exit_price,
        result_r=event.result_r, box_high=event.box_high, box_low=event.box_low, box_resolution=event.box_resolution,
        relative_volume=event.relative_volume, spread_bps=event.spread_bps, vwap_distance_bps=event.vwap_distance_bps, atr=event.atr,
        state_expires_at=event.expires_at, depth_label=event.depth_label, reasons=event.reasons,
    )  # fmt: skip
