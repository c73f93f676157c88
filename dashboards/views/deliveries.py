"""Deliveries: who got what and when, tier by tier, and never early."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards.charts import CHART_OPTIONS, lateness_chart
from dashboards.delivery_queries import PAYING_ORDER, alerts, expired, held, lateness, threads, tier_queues, tier_summaries
from dashboards.desk import Desk
from dashboards.formats import MISSING, age, count, exchange_time, or_reason, seconds_between
from dashboards.guard import guarded, refreshing
from dashboards.markup import empty_state, heading, show, table, toned
from dashboards.message_bubble import bubble
from dashboards.page import page
from dashboards.queries import MINUTE_US
from dashboards.rows import DeliveredThread, TierQueue, TierSummary
from dashboards.words import ARROW, BUDGET, TIER, strategy_name
from schemas.records import Side, Tier

_THREAD = "deliveries_thread"
_TIER_HEAD = ("Tier", "Promise", "Sent", "Waiting", "Pending", "Early", "Median", "p99", "Latest", "Expired", "Last sent")
_TIER_NOTE = (
    "Waiting: told to premium, not due here yet. Pending: released, the platform has not answered yet. "
    "Median, p99 and latest are real seconds after the promised moment; the promise itself counts market time."
)


@page(title="Deliveries", icon=":material/send:", order=30)
def deliveries(desk: Desk) -> None:
    """Draw the page."""
    seconds = desk.settings.dashboard.slow_refresh_seconds
    refreshing(seconds, lambda: _tiers(desk))
    refreshing(seconds, lambda: _threads(desk))
    refreshing(seconds, lambda: _expired(desk))
    refreshing(seconds, lambda: _held(desk))


def _tiers(desk: Desk) -> None:
    now_us = desk.now_us
    tiers = desk.settings.tiers
    delays = {Tier.PREMIUM: tiers.premium_delay_seconds, Tier.BASIC: tiers.basic_delay_seconds, Tier.FREE: tiers.free_delay_seconds}
    summaries = tier_summaries(desk.history, now_us)
    queues = tier_queues(desk.history, now_us, {tier: round(delay * 1_000_000) for tier, delay in delays.items()})
    left, right = st.columns([1.7, 1], gap="small")
    with left:
        rows = (_tier(desk, tier, delays[tier], summaries.get(tier), queues.get(tier), now_us) for tier in PAYING_ORDER)
        body = table(_TIER_HEAD, rows, numbers=range(2, 11), narrow=(0, 1))
        show(heading("Tiers", "the last 12 hours") + f'<div class="tw-panel">{body}</div>' + f'<div class="tw-muted tw-note">{_TIER_NOTE}</div>')
    with right:
        show(heading("Lateness", "real seconds after the promised moment"))
        found = lateness(desk.history, now_us)
        if not found:
            show('<div class="tw-rest">Nothing delivered yet: the first message of a setup draws the first column.</div>')
            return
        seconds = {TIER[tier]: [desk.clock.real_seconds(entry.lateness_ms / 1_000) for entry in found if entry.tier is tier] for tier in PAYING_ORDER}
        chart = lateness_chart({name: values for name, values in seconds.items() if values}, height=200)
        st.plotly_chart(chart, theme=None, config=CHART_OPTIONS, key="lateness")


def _tier(desk: Desk, tier: Tier, delay_seconds: float, summary: TierSummary | None, queue: TierQueue | None, now_us: int) -> tuple[str, ...]:
    def late(milliseconds: float | None) -> str:
        written = MISSING if milliseconds is None else age(desk.clock.real_seconds(milliseconds / 1_000))
        return or_reason(written, "nothing sent to this tier yet")

    overdue = queue is not None and queue.oldest_due is not None and now_us - queue.oldest_due > MINUTE_US
    due = f"the oldest was due {exchange_time(queue.oldest_due, zone=True)}" if queue is not None and queue.unsent else "nothing is held up"
    return (
        f'<b>{TIER[tier]}</b> <span class="tw-muted">{_price(desk, tier)}</span>',
        f'<span class="tw-muted">{"at once" if delay_seconds == 0 else f"after {delay_seconds:g} s"}</span>',
        f"<b>{count(summary.sent if summary else 0)}</b>",
        count(queue.waiting if queue else 0),
        toned(count(queue.unsent if queue else 0), "tw-attention" if overdue else "", due),
        late(None)
        if summary is None
        else toned(
            _early(summary),
            "tw-down" if summary.early else "tw-up",
            f"sent before the promised moment; the closest came {summary.least_ms} ms of market time after it",
        ),
        late(summary.median_ms if summary else None),
        late(summary.p99_ms if summary else None),
        late(summary.most_ms if summary else None),
        toned(count(queue.expired if queue else 0), "tw-attention" if queue and queue.expired else ""),
        or_reason(exchange_time(summary.last_sent if summary else None), "nothing sent to this tier yet"),
    )


def _price(desk: Desk, tier: Tier) -> str:
    """DIS-01: the price table is a setting and stands nowhere else."""
    tiers = desk.settings.tiers
    prices = {Tier.PREMIUM: tiers.premium_price_usd_per_month, Tier.BASIC: tiers.basic_price_usd_per_month}
    return f"${prices[tier]:,.0f} a month" if tier in prices else "free"


def _early(summary: TierSummary) -> str:
    return f"{summary.early:,} ✗" if summary.early else "0 ✓"


def _threads(desk: Desk) -> None:
    now_us = desk.now_us
    found = threads(desk.history, now_us)
    show(heading("Messages as subscribers saw them", "one thread per setup and tier"))
    if not found:
        show(
            empty_state(
                "No message has been delivered yet",
                "Messages begin when a setup arms and a channel is configured; premium comes first, basic and free when they are due.",
                "tapewire up (with TAPEWIRE_DISCORD__BOT_TOKEN), or tapewire demo",
            )
        )
        return
    by_id = {thread.setup_id: thread for thread in found}
    if st.session_state.get(_THREAD) not in by_id:
        st.session_state.pop(_THREAD, None)
    picker, _ = st.columns([2, 3])
    with picker:
        chosen = st.selectbox("Thread", list(by_id), format_func=lambda setup_id: _label(by_id[setup_id]), label_visibility="collapsed", key=_THREAD)
    thread = by_id[chosen]
    for column, tier in zip(st.columns(3, gap="small"), PAYING_ORDER, strict=True):
        with column:
            guarded(lambda tier=tier: _column(desk, tier, thread, now_us))  # type: ignore[misc]


def _column(desk: Desk, tier: Tier, thread: DeliveredThread, now_us: int) -> None:
    known = alerts(desk.history, tier, thread.setup_id, now_us)
    receipts = [receipt for receipt in thread.receipts if receipt.tier is tier]
    body = "".join(bubble(receipt, known.get(receipt.alert_id), desk.clock.real_seconds) for receipt in receipts)
    waiting = [alert for alert_id, alert in known.items() if alert_id not in {receipt.alert_id for receipt in receipts}]
    for alert in waiting:
        body += f'<div class="tw-rest">Pending since {exchange_time(alert.not_before, zone=True)}: released, the platform has not answered yet</div>'
    show(heading(TIER[tier], f"{len(receipts)} delivered") + (body or '<div class="tw-rest">Nothing of this setup has reached this tier yet.</div>'))


def _label(thread: DeliveredThread) -> str:
    arrow = ARROW[Side(thread.side)] if thread.side else ""
    return f"{arrow} {thread.symbol} · {len(thread.receipts)} messages · last {exchange_time(thread.receipts[-1].ts_sent, zone=True)}"


def _expired(desk: Desk) -> None:
    found = expired(desk.history, desk.now_us)
    show(heading("Expired", "due so long ago that sending would have misled"))
    if not found:
        show('<div class="tw-rest">None in the last 12 hours.</div>')
        return
    rows = (
        (
            exchange_time(entry.ts_event), TIER[entry.tier], escape(entry.subscriber_id), escape(entry.channel), exchange_time(entry.not_before),
            age(seconds_between(entry.not_before, entry.ts_event)), f'<span class="tw-muted">{escape(entry.reason)}</span>',
        )
        for entry in found
    )  # fmt: skip
    head = ("Given up", "Tier", "Subscriber", "Channel", "Was due", "Overdue", "Why")
    show('<div class="tw-panel">' + table(head, rows, numbers=(5,), narrow=(0, 1, 2, 3, 4)) + "</div>")


def _held(desk: Desk) -> None:
    found = held(desk.history, desk.now_us)
    show(heading("Held", "over the budget of the day: told to nobody"))
    if not found:
        show('<div class="tw-rest">None in the last 12 hours; tapewire budget show tells the limits.</div>')
        return
    rows = (
        (
            exchange_time(entry.ts_held), f"{ARROW[entry.side]} {escape(entry.symbol)}", escape(strategy_name(entry.strategy)), BUDGET[entry.scope],
            f"{entry.number:,}", f"{entry.limit:,}",
        )
        for entry in found
    )  # fmt: skip
    head = ("Held", "Setup", "Strategy", "Budget of", "Would be", "Limit")
    show('<div class="tw-panel">' + table(head, rows, numbers=(4, 5), narrow=(0, 1)) + "</div>")
