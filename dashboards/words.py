"""Plain words for what the records say: "Broke 4.21, waiting for the retest", not an enum."""

from __future__ import annotations

import re
from typing import Final

from dashboards.formats import MISSING, basis_points, countdown, price, ratio, risk_multiple
from schemas.records import (
    BoxState,
    BudgetScope,
    DepthLabel,
    FeedFaultKind,
    FeedState,
    Resolution,
    Session,
    SetupEvent,
    SetupOutcome,
    SetupState,
    Side,
    SignalRefusal,
    Tier,
)

ARROW: Final = {Side.LONG: "▲", Side.SHORT: "▼"}
RESOLUTION: Final = {
    Resolution.S1: "1s", Resolution.M1: "1m", Resolution.M2: "2m", Resolution.M5: "5m",
    Resolution.M15: "15m", Resolution.H1: "1h", Resolution.D1: "1d",
}  # fmt: skip
STATE: Final = {SetupState.ARMED: "Armed", SetupState.PRIMED: "PRIMED", SetupState.ACTIVE: "Active", SetupState.RESOLVED: "Resolved"}
OUTCOME: Final = {
    SetupOutcome.TARGET: "Target", SetupOutcome.STOP: "Stopped", SetupOutcome.EXPIRED: "Expired", SetupOutcome.INVALIDATED: "Invalidated",
}  # fmt: skip
PHASE: Final = {
    Session.CLOSED: "Market closed", Session.PRE: "Pre-market", Session.REGULAR: "Regular session", Session.AFTER: "After hours",
}  # fmt: skip
DEPTH: Final = {
    DepthLabel.LIVE: "depth live", DepthLabel.DEMO: "depth demo", DepthLabel.DELAYED: "depth delayed", DepthLabel.NONE: "no depth",
}  # fmt: skip
DEPTH_REASON: Final = {
    DepthLabel.LIVE: "The live order book was asked",
    DepthLabel.DEMO: "Simulated order book",
    DepthLabel.DELAYED: "Delayed order book: it confirms nothing",
    DepthLabel.NONE: "No order book feed: bars alone decided",
}
FEED: Final = {
    FeedState.CONNECTING: "connecting", FeedState.LIVE: "live", FeedState.BACKFILLING: "back-filling", FeedState.DOWN: "down",
    FeedState.UNLICENSED: "no licence",
}  # fmt: skip
FAULT: Final = {
    FeedFaultKind.SILENT: "silent", FeedFaultKind.LATE: "late", FeedFaultKind.CLOCK: "clock ahead", FeedFaultKind.CROSSED: "crossed",
    FeedFaultKind.REPEATED: "repeated", FeedFaultKind.DISORDERED: "out of order", FeedFaultKind.UNREADABLE: "unreadable",
    FeedFaultKind.LEAPING: "prices leap", FeedFaultKind.LEFT_ALONE: "endpoint left alone", FeedFaultKind.THROTTLED: "throttled",
    FeedFaultKind.DIVERGING: "diverging",
}  # fmt: skip
TIER: Final = {Tier.PREMIUM: "Premium", Tier.BASIC: "Basic", Tier.FREE: "Free", Tier.NONE: "None"}
BUDGET: Final = {BudgetScope.SYMBOL: "the symbol", BudgetScope.ALL: "all symbols"}
BOX: Final = {
    BoxState.FORMED: "formed", BoxState.EXTENDED: "holding", BoxState.BROKEN_UP: "broken up", BoxState.BROKEN_DOWN: "broken down",
    BoxState.DISSOLVED: "dissolved",
}  # fmt: skip

_ONE: Final = {"touches": "touch", "alerts": "alert", "faults": "fault"}
_CODE: Final = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
_FLAG_REASON: Final = {
    "stale_quote": "the last quote is too old",
    "no_quote": "no quote yet",
    "warming_up": "warming up: not enough bars yet",
    "late_data": "late trades are being worked in",
    "feed_down": "the feed is down",
    "bad_trades": "the prints are not to be trusted now",
    "bad_quotes": "the quotes are not to be trusted now",
}


def strategy_name(strategy: str) -> str:
    """Write ``box-break-retest`` as ``Box break retest``."""
    return strategy.replace("-", " ").replace("_", " ").strip().capitalize()


def gate_name(gate: str) -> str:
    """Write ``SPREAD_CAP`` as ``Spread cap``; RVOL stays as traders write it."""
    return gate.replace("_", " ").capitalize().replace("Rvol", "RVOL").replace(" atr", " ATR")


def why_missing(flags: tuple[str, ...], otherwise: str) -> str:
    """Return why a value is missing, from a view's flags."""
    return "; ".join(_FLAG_REASON.get(flag, flag.replace("_", " ")) for flag in flags) or otherwise


def event_sentence(event: SetupEvent) -> str:
    """Say what happened in one sentence."""
    if event.state is SetupState.ARMED:
        return f"Box {price(event.box_low)}–{price(event.box_high)} qualified, watching {price(event.trigger_price)}"
    if event.state is SetupState.PRIMED:
        return f"Broke {price(event.trigger_price)}, waiting for the retest"
    if event.state is SetupState.ACTIVE:
        if event.previous_state is SetupState.ACTIVE:
            reached = event.targets[event.targets_reached - 1] if 0 < event.targets_reached <= len(event.targets) else None
            return f"Target {event.targets_reached} touched at {price(reached)}"
        return f"Retest held, triggered at {price(event.entry_price)}"
    return _resolution_sentence(event)


def ending(event: SetupEvent) -> str:
    """Say how a setup ended, without naming the outcome and its multiple again."""
    if event.outcome is SetupOutcome.EXPIRED:
        waited = {SetupState.ARMED: "never broke", SetupState.PRIMED: "no retest came", SetupState.ACTIVE: "neither stop nor target came"}
        return waited.get(event.previous_state, "out of time") if event.previous_state is not None else "out of time"
    if event.outcome is SetupOutcome.INVALIDATED:
        return _uncapitalised(plain(event.reasons[0])) if event.reasons else "no longer valid"
    reached = "last target reached" if event.outcome is SetupOutcome.TARGET else "stop touched"
    return f"{reached} at {price(event.exit_price)}" if event.exit_price is not None else reached


def _uncapitalised(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _resolution_sentence(event: SetupEvent) -> str:
    result = f", {risk_multiple(event.result_r)}" if event.result_r is not None else ""
    outcome = OUTCOME[event.outcome] if event.outcome is not None else "Over"
    return f"{outcome}: {ending(event)}{result}"


def plain(reason: str) -> str:
    """Write a reason without codes: ``Break refused: RVOL_FLOOR`` becomes ``Break refused: RVOL floor``."""
    return _CODE.sub(lambda code: gate_name(code.group()), reason)


def missed_by(refusal: SignalRefusal) -> str:
    """Say what was measured, what was allowed and the gap between them; a regime has no numbers, its words do."""
    if refusal.unit == "regime":
        return refusal.message
    if refusal.value is None:
        return "not measured" if refusal.limit is None else f"not measured, limit {_amount(refusal.limit, refusal.unit)}"
    if refusal.limit is None:
        return _amount(refusal.value, refusal.unit)
    if refusal.unit == "grade":
        return f"{_amount(refusal.value, refusal.unit)}, at least {_amount(refusal.limit, refusal.unit)} is needed"
    gap = abs(refusal.value - refusal.limit)
    side = "over" if refusal.value > refusal.limit else "under"
    return f"{_amount(refusal.value, refusal.unit)}, limit {_amount(refusal.limit, refusal.unit)}, {_amount(gap, refusal.unit)} {side}"


def time_left(seconds: float) -> str:
    """Write a countdown; past its end say that the end is overdue."""
    return countdown(seconds) if seconds >= 0 else "due"


def _amount(value: float, unit: str) -> str:
    if unit == "bps":
        return basis_points(value)
    if unit.lower() in ("usd", "us dollars"):
        return price(value)
    if unit in ("", "ratio"):
        return ratio(value, 2)
    if unit == "grade":
        return "ABCD"[int(value)]
    if unit in _ONE:
        return f"{value:.0f}\u00a0{_ONE[unit] if value == 1 else unit}"
    return f"{ratio(value, 2)}\u00a0{unit}" if value is not None else MISSING
