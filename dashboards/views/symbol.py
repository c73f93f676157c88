"""Symbol: candles with the box and the setup's levels, the quote, features side by side, and what happened."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards.charts import CHART_OPTIONS, SymbolChart, symbol_chart
from dashboards.decision_queries import postures
from dashboards.depth_ladder import depth_panel
from dashboards.desk import Desk
from dashboards.feature_tiles import feature_tiles
from dashboards.formats import age, exchange_time, freshness, or_reason, percent, price, quantity, ratio, seconds_between
from dashboards.guard import refreshing
from dashboards.markup import direction_tone, empty_state, figure, figures, heading, show, table
from dashboards.page import page
from dashboards.posture_panel import posture_panel
from dashboards.queries import HOUR_US, active_symbols, bars, boxes, features, live_setups, setup_events, symbols_now
from dashboards.rows import LiveSetup, SymbolNow
from dashboards.words import ARROW, OUTCOME, RESOLUTION, STATE, event_sentence, plain, strategy_name, time_left, why_missing
from schemas.records import Resolution, SetupEvent, SetupState

_RESOLUTIONS = (Resolution.M1, Resolution.M2, Resolution.M5, Resolution.M15)
_SPAN_HOURS = {Resolution.M1: 3, Resolution.M2: 6, Resolution.M5: 16, Resolution.M15: 48}
_CHART_HEIGHT = 520


@page(title="Symbol", icon=":material/candlestick_chart:", order=20)
def symbol(desk: Desk) -> None:
    """Draw the page of the symbol that ``?symbol=`` names, else of the most traded one."""
    traded = active_symbols(desk.history, desk.now_us)
    asked = st.query_params.get("symbol", "").upper()
    choices = list(traded) if not asked or asked in traded else [asked, *traded]
    if not choices:
        show(
            empty_state(
                "No symbol has traded in the last hours",
                "Candles appear with the first closed 5-minute bar of a subscribed symbol.",
                "tapewire up (with a feed), or tapewire demo",
            )
        )
        return
    left, middle, _ = st.columns([1.3, 2, 5], vertical_alignment="bottom")
    with left:
        chosen = st.selectbox("Symbol", choices, index=choices.index(asked) if asked else 0, label_visibility="collapsed", key=f"symbol_{asked}")
    if chosen != asked:
        st.query_params["symbol"] = chosen
    with middle:
        resolution = st.segmented_control(
            "Bars", _RESOLUTIONS, default=Resolution.M1, format_func=lambda entry: RESOLUTION[entry], label_visibility="collapsed", key="resolution"
        )
    refreshing(desk.settings.dashboard.slow_refresh_seconds, lambda: _symbol(desk, chosen, resolution or Resolution.M1))


def _symbol(desk: Desk, name: str, resolution: Resolution) -> None:
    now_us = desk.now_us
    now = symbols_now(desk.history, now_us, [name]).get(name)
    setups = live_setups(desk.history, now_us, name)
    shown = next((setup for setup in setups if setup.event.state is not SetupState.RESOLVED), setups[0] if setups else None)
    since = now_us - _SPAN_HOURS[resolution] * HOUR_US
    candles = bars(desk.history, name, resolution, since, now_us)
    series = features(desk.history, name, _RESOLUTIONS, since, limit=480)
    events = setup_events(desk.history, shown.event.setup_id, shown.opened_at) if shown is not None else ()
    show(_headline(desk, name, now, now_us))
    chart, beside = st.columns([3.2, 1], gap="small")
    with chart:
        if candles:
            drawing = SymbolChart(candles, series.get(resolution, ()), boxes(desk.history, name, since), events, now_us)
            st.plotly_chart(symbol_chart(drawing, height=_CHART_HEIGHT), theme=None, config=CHART_OPTIONS, key=f"chart_{name}_{resolution.value}")
        else:
            show(
                empty_state(
                    f"No {RESOLUTION[resolution]} bar of {name} in the last {_SPAN_HOURS[resolution]} hours",
                    "Bars close on the ticks of market time once the feed delivers trades of this symbol.",
                )
            )
        show(_setup_events(shown, events))
    with beside:
        show(_setup_panel(shown, now_us))
        show(heading("Quote", _quote_age(now)) + _quote(now))
        show(depth_panel(desk, name))
        show(heading("Features", "last 24 bars") + feature_tiles(series))
        show(posture_panel(postures(desk.history, now_us, name), desk.settings))


def _headline(desk: Desk, name: str, now: SymbolNow | None, now_us: int) -> str:
    if now is None:
        return figures([figure(name, or_reason("–", "no view of this symbol in the last hour"))])
    why = why_missing(now.flags, "not known yet")
    behind = desk.clock.real_seconds(seconds_between(now.ts_event, now_us))
    limit = desk.settings.dashboard.feed_age_limit_seconds
    day = None if now.last_price is None or not now.day_open else (now.last_price / now.day_open - 1) * 100
    away = None if now.vwap_distance_bps is None else now.vwap_distance_bps / 100
    return figures(
        [
            figure(name, or_reason(price(now.last_price), why), title=f"view of {exchange_time(now.ts_event, zone=True)}"),
            figure("since the open", or_reason(percent(day), why), tone=direction_tone(day)),
            figure("from VWAP", or_reason(percent(away), why), tone=direction_tone(away)),
            figure("VWAP", or_reason(price(now.session_vwap), why)),
            figure("day high", or_reason(price(now.day_high), why)),
            figure("day low", or_reason(price(now.day_low), why)),
            figure("day volume", quantity(now.day_volume)),
            figure("view age", age(behind), tone=f"tw-{freshness(behind, limit)}", title=f"real seconds since its newest view, limit {limit:g} s"),
        ]
    )


def _setup_panel(shown: LiveSetup | None, now_us: int) -> str:
    if shown is None:
        return heading("Setup") + '<div class="tw-rest">None in the last hours. One appears when a box of this symbol qualifies.</div>'
    event = shown.event
    outcome = f" · {OUTCOME[event.outcome]}" if event.outcome is not None else ""
    left = "" if event.state is SetupState.RESOLVED else f", {time_left(seconds_between(now_us, event.expires_at))} left"
    entry = event.entry_price if event.entry_price is not None else event.trigger_price
    rows = [
        ("Trigger", price(event.trigger_price), ""),
        ("Entry", or_reason(price(event.entry_price), "not triggered yet"), ""),
        ("Stop", price(event.stop_price), percent((event.stop_price / entry - 1) * 100, 1)),
        *((f"Target {place}", price(target), percent((target / entry - 1) * 100, 1)) for place, target in enumerate(event.targets, start=1)),
        ("R:R", or_reason(ratio(event.reward_to_risk), "no target to measure"), ""),
    ]
    why = "".join(f'<div class="tw-muted">· {escape(plain(reason))}</div>' for reason in event.reasons)
    return (
        heading(f"{ARROW[event.side]} {event.side.value.capitalize()} · {STATE[event.state]}{outcome}", f"{strategy_name(event.strategy)}{left}")
        + '<div class="tw-panel">'
        + table(("", "USD", ""), rows, numbers=(1, 2))
        + f'<div style="margin-top:.3rem">{why}</div></div>'
    )


def _quote_age(now: SymbolNow | None) -> str:
    return "" if now is None or now.quote_age_seconds is None else f"{age(now.quote_age_seconds)} old"


def _quote(now: SymbolNow | None) -> str:
    if now is None or now.bid_price is None or now.ask_price is None:
        why = why_missing(now.flags, "no quote yet") if now is not None else "no view of this symbol in the last hour"
        return f'<div class="tw-rest">– {escape(why)}</div>'
    rows = [
        ('<span class="tw-down">Ask</span>', price(now.ask_price), quantity(now.ask_size)),
        ('<span class="tw-up">Bid</span>', price(now.bid_price), quantity(now.bid_size)),
        ("Spread", price(now.ask_price - now.bid_price), or_reason("–" if now.spread_bps is None else f"{now.spread_bps:.0f} bps", "stale quote")),
    ]
    return '<div class="tw-panel">' + table(("", "USD", "shares"), rows, numbers=(1, 2)) + "</div>"


def _setup_events(shown: LiveSetup | None, events: tuple[SetupEvent, ...]) -> str:
    if shown is None or not events:
        return ""
    rows = (
        (
            f'<span class="tw-muted">{exchange_time(event.ts_event)}</span>',
            f"<b>{STATE[event.state]}</b>",
            escape(event_sentence(event)),
            or_reason(price(event.last_price), "no trade in that second"),
            or_reason("–" if event.relative_volume is None else ratio(event.relative_volume), "warming up"),
            or_reason("–" if event.spread_bps is None else f"{event.spread_bps:.0f}", "no fresh quote"),
            f'<span class="tw-muted">{escape(plain(" · ".join(event.reasons)))}</span>',
        )
        for event in reversed(events)
    )
    head = ("Time", "State", "What happened", "Price", "RVOL", "Spread bps", "Why")
    return heading("Events of this setup", "newest first") + '<div class="tw-panel">' + table(head, rows, numbers=(3, 4, 5), narrow=(0, 1)) + "</div>"
