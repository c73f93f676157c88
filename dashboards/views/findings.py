"""Findings: what the agents noticed, when, and where it leaves them on each symbol."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards.charts import CHART_OPTIONS
from dashboards.desk import Desk
from dashboards.formats import age, exchange_time, or_reason, percent, price, quantity, seconds_between
from dashboards.guard import refreshing
from dashboards.market_charts import finding_chart
from dashboards.market_queries import findings as read_findings
from dashboards.market_queries import postures
from dashboards.markup import empty_state, heading, show, table
from dashboards.page import page
from dashboards.words import ARROW
from schemas.records import Finding, PositionState, PostureStatus

_HOURS = 8
_POSTURE = {
    PostureStatus.LONG: ("▲ long", "tw-up"), PostureStatus.SHORT: ("▼ short", "tw-down"), PostureStatus.WATCHING: ("watching", "tw-muted"),
}  # fmt: skip


@page(title="Findings", icon=":material/search_insights:", order=34)
def findings(desk: Desk) -> None:
    """Draw the page."""
    seen = sorted({item.agent for item in read_findings(desk.history, desk.now_us, _HOURS)})
    chosen = st.pills("Agents", seen, selection_mode="multi", default=[], label_visibility="collapsed", key="agents") if seen else []
    refreshing(desk.settings.dashboard.slow_refresh_seconds, lambda: _findings(desk, frozenset(chosen)))


def _findings(desk: Desk, agents: frozenset[str]) -> None:
    now_us = desk.now_us
    found = [item for item in read_findings(desk.history, now_us, _HOURS) if not agents or item.agent in agents]
    if not found:
        show(heading("Findings", f"last {_HOURS} hours"))
        show(
            empty_state(
                f"No agent noticed anything in the last {_HOURS} hours",
                "Agents look at the views of subscribed symbols, each at its own interval; most runs have nothing to say.",
                "tapewire up, or tapewire demo",
            )
        )
        return
    left, right = st.columns([2.2, 1], gap="small")
    with left:
        show(heading("When", "triangles point the way, larger is surer"))
        rows = len({item.agent for item in found})
        st.plotly_chart(finding_chart(found, height=110 + 46 * rows), theme=None, config=CHART_OPTIONS, key="findings")
        show(heading("Findings", f"{len(found)} in the last {_HOURS} hours, newest first"))
        head = ("Time", "Symbol", "Agent", "What", "Score", "Sure", "Details")
        cells = (_row(item) for item in found[:200])
        show('<div class="tw-panel">' + table(head, cells, numbers=(4, 5), narrow=(0, 1, 2)) + "</div>")
    with right:
        show(heading("Posture", "after the newest finding; no account's position"))
        held = postures(desk.history, now_us, _HOURS)
        of_posture = ("Symbol", "Posture", "Shares", "Since", "Last")
        show('<div class="tw-panel">' + table(of_posture, (_posture_row(item, now_us) for item in held), numbers=(2, 3), narrow=(0, 1)) + "</div>")


def _row(item: Finding) -> tuple[str, ...]:
    arrow = "" if item.direction is None else f'<span class="tw-{"up" if item.direction.value == "LONG" else "down"}">{ARROW[item.direction]}</span> '
    details = " · ".join(f"{_name(name)} {_value(name, value)}" for name, value in item.details.items())
    return (
        f'<span class="tw-muted">{exchange_time(item.ts_event)}</span>',
        f'<a href="/symbol?symbol={escape(item.symbol)}" target="_self"><b>{escape(item.symbol)}</b></a>',
        escape(item.agent.replace("-", " ")),
        f"{arrow}{escape(item.label)}",
        f"{item.score:,.2f}",
        percent(100.0 * item.confidence, 0).lstrip("+"),
        f'<span class="tw-muted">{details}</span>',
    )


def _name(name: str) -> str:
    for unit in ("_usd", "_shares", "_bps"):
        name = name.removesuffix(unit)
    return escape(name.replace("_", " "))


def _value(name: str, value: float) -> str:
    if name.endswith("_bps"):
        return f"{value:,.0f} bps"
    if "value" in name or name.startswith("volume") or name.endswith("_shares"):
        return quantity(value)
    return price(value) if name.endswith("_usd") else f"{value:,.2f}"


def _posture_row(item: PositionState, now_us: int) -> tuple[str, ...]:
    words, tone = _POSTURE[item.status]
    return (
        f"<b>{escape(item.symbol)}</b>",
        f'<span class="{tone}">{words}</span>',
        or_reason(quantity(item.qty) if item.qty is not None else "–", "agents hold opinions, no shares"),
        f'<span class="tw-muted">{age(seconds_between(item.updated_at, now_us))}</span>',
        escape(item.last_action),
    )
