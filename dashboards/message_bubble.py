"""One delivered message: its first line as the subscriber saw it, and the fields behind it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from dashboards.formats import age, exchange_time, percent, price, ratio
from dashboards.words import OUTCOME, STATE
from infra.palette import DOWN, UP
from schemas.records import AlertKind, BasicAlert, DeliveryReceipt, FreeAlert, PremiumAlert, Side


def bubble(receipt: DeliveryReceipt, alert: PremiumAlert | BasicAlert | FreeAlert | None, real_seconds: Callable[[float], float]) -> str:
    """Return a delivered message as HTML; ``real_seconds`` turns market seconds into a reader's."""
    side = "" if alert is None else f' style="border-left-color:{UP if alert.side is Side.LONG else DOWN}"'
    fields = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _fields(alert))
    late = age(real_seconds(receipt.lateness_ms / 1_000))
    return (
        f'<div class="tw-bubble"{side}><div class="tw-first">{escape(receipt.headline)}</div><dl>{fields}</dl>'
        f'<div class="tw-foot" title="promised {exchange_time(receipt.not_before, zone=True)}; message {escape(receipt.message_id)}">'
        f"{exchange_time(receipt.ts_sent, zone=True)} · {late} after the promise · {escape(receipt.channel)} · {_kind(alert)}</div></div>"
    )


def _kind(alert: PremiumAlert | BasicAlert | FreeAlert | None) -> str:
    if alert is None:
        return "alert not stored yet"
    return "setup alert, not a position" if alert.kind is AlertKind.SETUP else "position"


def _fields(alert: PremiumAlert | BasicAlert | FreeAlert | None) -> list[tuple[str, str]]:
    if alert is None:
        return []
    state = STATE[alert.state] + (f" · {OUTCOME[alert.outcome]}" if alert.outcome is not None else "")
    fields = [("State", state)]
    if isinstance(alert, FreeAlert):
        return [*fields, ("Lesson", escape(alert.lesson))]
    fields.append(("Entry", price(alert.entry_price)) if alert.entry_price is not None else ("Trigger", price(alert.trigger_price)))
    if isinstance(alert, BasicAlert):
        return [*fields, ("Stop", "set, price for premium" if alert.stop_set else "none"), ("Targets", f"{alert.target_count}, prices for premium")]
    fields.append(("Stop", f"{price(alert.stop_price)} ({percent(alert.stop_percent, 1)})"))
    targets = (f"{price(target)} ({percent(share, 1)})" for target, share in zip(alert.targets, alert.target_percents, strict=True))
    fields.append(("Targets", ", ".join(targets)))
    shares = "" if alert.shares_per_100_usd_risk is None else f", {alert.shares_per_100_usd_risk:,} shares per 100 USD of risk"
    fields.append(("R:R", f"{ratio(alert.reward_to_risk)}{shares}"))
    return [*fields, ("Why", escape("; ".join(alert.reasons)))]
