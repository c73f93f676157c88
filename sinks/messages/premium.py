"""The premium message: everything, in a fixed order (DIS-05)."""

from __future__ import annotations

from infra.number_formats import MISSING, exchange_time, percent, price, ratio, risk_multiple
from schemas.records import DepthLabel, PremiumAlert, Resolution, SetupOutcome, SetupState
from sinks.messages.message import Field, Message
from sinks.messages.wording import (
    OUTCOMES,
    SEPARATOR,
    Edition,
    colour,
    footer,
    is_progress,
    is_quiet,
    subject,
    thread_name,
    title,
)

_RESOLUTIONS = {
    Resolution.S1: "1 second", Resolution.M1: "1 minute", Resolution.M2: "2 minutes", Resolution.M5: "5 minutes",
    Resolution.M15: "15 minutes", Resolution.H1: "1 hour", Resolution.D1: "1 day",
}  # fmt: skip
_DEPTH = {
    DepthLabel.LIVE: "live depth",
    DepthLabel.DEMO: "demo depth",
    DepthLabel.DELAYED: "delayed depth",
    DepthLabel.NONE: "no depth",
}


def premium_message(alert: PremiumAlert, edition: Edition) -> Message:
    """Render the alert for premium subscribers."""
    return Message(
        headline=SEPARATOR.join(_headline(alert)),
        title=title(alert),
        body=_body(alert),
        fields=_fields(alert, edition),
        footer=footer(alert, "premium", edition),
        colour=colour(alert),
        thread_name=thread_name(alert),
        quiet=is_quiet(alert),
    )


def _headline(alert: PremiumAlert) -> list[str]:
    stop, edge = f"stop {price(alert.stop_price)}", price(alert.trigger_price)
    worth = [] if alert.reward_to_risk is None else [f"R:R {ratio(alert.reward_to_risk)}"]
    match alert.state:
        case SetupState.ARMED:
            return [f"{subject(alert)} setup", f"break {edge}", stop, *worth]
        case SetupState.PRIMED:
            return [f"{subject(alert)} primed", f"broke {edge}, waiting for the retest", stop, *worth]
        case SetupState.ACTIVE if is_progress(alert):
            reached = alert.targets[alert.targets_reached - 1]
            return [f"{subject(alert)} target {alert.targets_reached} of {len(alert.targets)} reached", price(reached), stop]
        case SetupState.ACTIVE:
            return [f"{subject(alert)} triggered", f"entry {price(alert.entry_price)}", stop, *worth]
        case SetupState.RESOLVED:
            return [f"{subject(alert)} closed", *_ending(alert)]


def _ending(alert: PremiumAlert) -> list[str]:
    if alert.entry_price is None:  # it never triggered: there is no result
        return [f"{OUTCOMES[alert.outcome or SetupOutcome.EXPIRED]}, never triggered"]
    ending = OUTCOMES[alert.outcome or SetupOutcome.EXPIRED]
    at = "" if alert.exit_price is None else f" at {price(alert.exit_price)}"
    return [f"{ending}{at}", *([] if alert.result_r is None else [risk_multiple(alert.result_r)])]


def _body(alert: PremiumAlert) -> str:
    until = exchange_time(alert.state_expires_at)
    beyond = "below" if alert.side == "LONG" else "above"
    match alert.state:
        case SetupState.ARMED:
            return f"Nothing to do yet: it counts once a bar closes beyond {price(alert.trigger_price)}. Lapses {until}."
        case SetupState.PRIMED:
            return f"The break is there. The trigger is a return to {price(alert.trigger_price)} that holds, before {until}."
        case SetupState.ACTIVE if is_progress(alert):
            rest = alert.targets[alert.targets_reached :]
            following = f"next target {price(rest[0])}" if rest else "no further target"
            return f"The plan goes on: {following}, stop stays at {price(alert.stop_price)}."
        case SetupState.ACTIVE:
            return f"The retest held. Wrong {beyond} {price(alert.stop_price)}; over at {until} if neither stop nor target is reached."
        case SetupState.RESOLVED:
            return _meaning_of_the_end(alert)


def _meaning_of_the_end(alert: PremiumAlert) -> str:
    if alert.entry_price is None:
        return "The setup ended before its trigger; there was nothing to enter."
    match alert.outcome:
        case SetupOutcome.TARGET:
            return "The last target was reached; nothing is left to do."
        case SetupOutcome.STOP:
            return "The stop was reached; the idea was wrong and is over."
        case SetupOutcome.INVALIDATED:
            return "The reason for the setup is gone; it is over."
        case _:
            return "Neither stop nor target was reached in time; it is over."


def _fields(alert: PremiumAlert, edition: Edition) -> tuple[Field, ...]:
    if alert.state is SetupState.RESOLVED:
        return _result(alert) if alert.entry_price is not None else ()
    if is_progress(alert) and not edition.opens_thread:
        return ()
    return (
        _entry(alert),
        Field("Stop", f"{price(alert.stop_price)} ({percent(alert.stop_percent)})"),
        Field("Targets", _targets(alert)),
        Field("Size and risk", _size(alert)),
        Field("Market", _market(alert)),
        Field("Why", "\n".join(f"\u2022 {reason}" for reason in alert.reasons) or MISSING),
    )


def _entry(alert: PremiumAlert) -> Field:
    box = f"box {price(alert.box_low)}\u2013{price(alert.box_high)}, {_RESOLUTIONS[alert.box_resolution]} bars"
    if alert.entry_price is None:
        return Field("Trigger", f"{price(alert.trigger_price)} ({box})")
    return Field("Entry", f"{price(alert.entry_price)} ({box})")


def _targets(alert: PremiumAlert) -> str:
    pairs = zip(alert.targets, alert.target_percents, strict=True)
    return SEPARATOR.join(f"{price(target)} ({percent(distance)})" for target, distance in pairs) or MISSING


def _size(alert: PremiumAlert) -> str:
    known = [
        "" if alert.shares_per_100_usd_risk is None else f"{alert.shares_per_100_usd_risk:,} shares for each 100 USD at risk",
        "" if alert.reward_to_risk is None else f"R:R {ratio(alert.reward_to_risk)}",
    ]
    return SEPARATOR.join(part for part in known if part) or MISSING


def _market(alert: PremiumAlert) -> str:
    vwap = None if alert.vwap_distance_bps is None else alert.vwap_distance_bps / 100
    known = [
        "" if alert.bid_price is None and alert.ask_price is None else f"bid {price(alert.bid_price)} / ask {price(alert.ask_price)}",
        "" if alert.spread_bps is None else f"spread {alert.spread_bps:.0f} bps",
        "" if alert.relative_volume is None else f"volume {ratio(alert.relative_volume)}\u00d7",
        "" if vwap is None else f"VWAP {percent(vwap)}",
        "" if alert.atr is None else f"ATR {alert.atr:.4f}" if alert.atr < 1 else f"ATR {price(alert.atr)}",
        _DEPTH[alert.depth_label],
    ]
    return SEPARATOR.join(part for part in known if part)


def _result(alert: PremiumAlert) -> tuple[Field, ...]:
    return (
        Field("Entry", price(alert.entry_price)),
        Field("Exit", price(alert.exit_price)),
        Field("Result", risk_multiple(alert.result_r)),
    )
