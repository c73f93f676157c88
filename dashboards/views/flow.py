"""Flow: net premium against price, sweeps and off-exchange levels, what stands out, and the records behind it."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards.charts import CHART_OPTIONS
from dashboards.desk import Desk
from dashboards.flow_chart import FlowChart, flow_chart
from dashboards.flow_queries import (
    darkpool_levels,
    darkpool_prints,
    flow_alerts,
    flow_minutes,
    flow_now,
    flow_symbols,
    insider_trades,
    symbol_events,
)  # fmt: skip
from dashboards.flow_tables import alert_table, disclosure_table, headline_table, number_table, print_table
from dashboards.flow_words import FLAG_WORDS, reason
from dashboards.formats import MISSING, age, exchange_time, freshness, or_reason, quantity, ratio, seconds_between
from dashboards.guard import refreshing
from dashboards.markup import direction_tone, empty_state, figure, figures, heading, show
from dashboards.page import page
from dashboards.queries import HOUR_US, bars
from infra.market_calendar import session_bounds, trading_day
from schemas.records import FlowMetrics, OptionRight, Resolution

_HEIGHT = 520
_LEAST = (0.0, 100_000.0, 500_000.0, 1_000_000.0)
_RIGHTS = ("All", "Calls", "Puts")
_LOOK_BACK_US = 30 * 24 * HOUR_US


@page(title="Flow", icon=":material/waterfall_chart:", order=26)
def flow(desk: Desk) -> None:
    """Draw the page of the symbol that ``?symbol=`` names, else of the one with most premium."""
    known = flow_symbols(desk.history, desk.now_us)
    asked = st.query_params.get("symbol", "").upper()
    choices = list(known) if not asked or asked in known else [asked, *known]
    if not choices:
        show(
            empty_state(
                "No options flow in the last day",
                "Numbers appear a second after the first option trade, flow alert or off-exchange print of an underlying.",
                "tapewire up (with a feed of Unusual Whales), or tapewire demo",
            )
        )
        return
    first, second, third, fourth = st.columns([1.3, 1.5, 2.4, 2], vertical_alignment="bottom")
    with first:
        chosen = st.selectbox("Symbol", choices, index=choices.index(asked) if asked else 0, label_visibility="collapsed", key=f"flow_symbol_{asked}")
    if chosen != asked:
        st.query_params["symbol"] = chosen
    with second:
        right = st.segmented_control("Calls or puts", _RIGHTS, default="All", label_visibility="collapsed", key="flow_right") or "All"
    with third:
        least = st.segmented_control(
            "Least premium", _LEAST, default=0.0, format_func=lambda value: f"from ${quantity(value)}" if value else "any size",
            label_visibility="collapsed", key="flow_least",
        ) or 0.0  # fmt: skip
    with fourth:
        only_sweeps = st.toggle("Sweeps only", value=False, key="flow_sweeps")
    refreshing(desk.settings.dashboard.slow_refresh_seconds, lambda: _flow(desk, chosen, right, least, only_sweeps))


def _flow(desk: Desk, name: str, right: str, least: float, only_sweeps: bool) -> None:
    now_us = desk.now_us
    metrics = flow_now(desk.history, name, now_us)
    if metrics is None:
        show(empty_state(f"No flow of {name} in the last day", "A symbol is written while option trades, alerts or prints of it come in."))
        return
    since = _day_start(metrics.ts_event)
    alerts = [
        one for one in flow_alerts(desk.history, name, since, least)
        if (right == "All" or (one.right is OptionRight.CALL) == (right == "Calls")) and (one.has_sweep or not only_sweeps)
    ]  # fmt: skip
    minutes = flow_minutes(desk.history, name, since, now_us)
    closes = [(bar.window_end, bar.close) for bar in bars(desk.history, name, Resolution.M1, since, now_us)]
    prices = closes or [(minute.ts_event, minute.underlying_price) for minute in minutes if minute.underlying_price is not None]
    show(_headline(desk, metrics, now_us))
    show(_flags(metrics))
    chart, beside = st.columns([3.2, 1.15], gap="small")
    with chart:
        drawing = FlowChart(minutes, prices, [one for one in alerts if one.has_sweep], darkpool_levels(desk.history, name, since))
        st.plotly_chart(flow_chart(drawing, height=_HEIGHT), theme=None, config=CHART_OPTIONS, key=f"flow_chart_{name}")
    with beside:
        show(heading("Numbers", f"formula {metrics.formula_version}") + number_table(metrics))
    left, middle = st.columns(2, gap="small")
    with left:
        show(heading("Flow alerts", _filter_words(right, least, only_sweeps)) + alert_table(alerts))
    with middle:
        show(heading("Off-exchange prints", "largest first") + print_table(darkpool_prints(desk.history, name, since, least)))
    events = symbol_events(desk.history, name, now_us - _LOOK_BACK_US)
    left, middle = st.columns(2, gap="small")
    with left:
        show(heading("Disclosures", "30 days") + disclosure_table(events, insider_trades(desk.history, name, now_us - _LOOK_BACK_US)))
    with middle:
        show(heading("Headlines", "newest first; the sentiment is the vendor's") + headline_table(events))


def _day_start(moment_us: int) -> int:
    """Return the start of the chart: the regular open of the day's session, or eight hours back on a day without one or before it."""
    bounds = session_bounds(trading_day(moment_us))
    return moment_us - 8 * HOUR_US if bounds is None or moment_us < bounds.regular_open_us else bounds.regular_open_us


def _headline(desk: Desk, metrics: FlowMetrics, now_us: int) -> str:
    behind = desk.clock.real_seconds(seconds_between(metrics.ts_event, now_us))
    limit = 2 * 60.0  # a live symbol is written each minute

    def money(label: str, name: str) -> str:
        value = getattr(metrics, name)
        return figure(label, or_reason(quantity(value), reason(metrics, name)), tone=direction_tone(value))

    def score(label: str, name: str) -> str:
        value = getattr(metrics, name)
        return figure(label, or_reason(ratio(value), reason(metrics, name)), tone=direction_tone(value))

    share, unknown = metrics.asymmetry, metrics.unknown_side_share
    side = "" if share is None else " calls" if share > 0 else " puts"
    return figures(
        [
            money("net premium, USD", "net_premium_usd"),
            money("last 60 min", "net_premium_60m_usd"),
            money("ours - vendor's", "net_premium_drift_usd"),
            figure("one-sided", or_reason(f"{abs(share):.0%}{side}" if share else MISSING, reason(metrics, "asymmetry")), tone=direction_tone(share)),
            figure("side unknown", or_reason(MISSING if unknown is None else f"{unknown:.0%}", reason(metrics, "unknown_side_share"))),
            score("dark-pool score", "darkpool_score"),
            score("smart money", "divergence_score"),
            figure("age", age(behind), tone=f"tw-{freshness(behind, limit)}", title=f"numbers of {exchange_time(metrics.ts_event, zone=True)}"),
        ]
    )


def _flags(metrics: FlowMetrics) -> str:
    words = [FLAG_WORDS.get(flag, flag) for flag in metrics.flags]
    bad = [f"{topic} is not to be trusted: {why.lower()}" for topic, why in sorted(metrics.unfit.items())]
    text = " · ".join([*words, *bad]) or "Nothing stands out."
    return f'<div class="tw-rest">{escape(text)}</div>'


def _filter_words(right: str, least: float, only_sweeps: bool) -> str:
    parts = ["sweeps" if only_sweeps else "all kinds", right.lower() if right != "All" else "calls and puts"]
    return ", ".join([*parts, *([f"from ${quantity(least)}"] if least else []), "largest first"])
