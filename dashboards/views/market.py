"""Market: the indices, how many symbols follow them, volatility, skew, yields and dollar, each symbol's regime, and what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

import streamlit as st

from dashboards.charts import CHART_OPTIONS
from dashboards.desk import Desk
from dashboards.formats import age, count, exchange_time, or_reason, percent, price, seconds_between
from dashboards.guard import refreshing
from dashboards.market_charts import index_chart
from dashboards.market_queries import Gauge, Traded, calendar, gauges, index_closes, live_gauges, newest_regimes, traded_since
from dashboards.markup import direction_tone, empty_state, figure, figures, heading, show, table
from dashboards.page import page
from dashboards.queries import HOUR_US
from infra.clock import MICROSECONDS
from infra.market_calendar import new_york, session_bounds, trading_day
from schemas.records import CalendarEvent, DepthMode, MacroGauge, Regime, RegimeLabel

INDICES = ("SPY", "QQQ", "IWM", "DIA")
_SHOWN_REGIMES = 60
_FIRST_BAR_US, _GRACE_US = 300 * MICROSECONDS, 30 * MICROSECONDS
_REGIME = {
    RegimeLabel.TRENDING_UP: ("▲ trending up", "tw-up"), RegimeLabel.TRENDING_DOWN: ("▼ trending down", "tw-down"),
    RegimeLabel.MEAN_REVERTING: ("⇄ mean reverting", "tw-information"), RegimeLabel.CALM: ("calm", "tw-muted"),
    RegimeLabel.VOLATILE: ("volatile", "tw-attention"), RegimeLabel.UNKNOWN: ("unknown", "tw-muted"),
}  # fmt: skip
_GAUGE_WORDS = {
    "STRESSED": "stressed", "CALM": "calm", "NORMAL": "normal", "PUTS_DEAR": "puts dear", "CALLS_DEAR": "calls dear", "UNKNOWN": "no rank yet",
}  # fmt: skip
_LIVE_GAUGES = {
    "yield_2y": "2-year yield", "yield_5y": "5-year yield", "yield_10y": "10-year yield", "yield_30y": "30-year yield",
    "dollar": "dollar since yesterday's close", "vix_basis": "volatility's future over cash",
}  # fmt: skip


@page(title="Market", icon=":material/public:", order=10)
def market(desk: Desk) -> None:
    """Draw the page."""
    seconds = desk.settings.dashboard.slow_refresh_seconds
    refreshing(seconds, lambda: _breadth(desk))
    left, right = st.columns([1.6, 1], gap="small")
    with left:
        refreshing(seconds, lambda: _indices(desk))
        refreshing(seconds, lambda: _regimes(desk))
    with right:
        refreshing(seconds, lambda: _gauges(desk))
        refreshing(seconds, lambda: _live_gauges(desk))
        refreshing(seconds, lambda: _calendar(desk))


def day_start(now_us: int) -> int:
    """Return the regular open if it has passed today, else the start of the last 12 hours."""
    bounds = session_bounds(trading_day(now_us))
    return bounds.regular_open_us if bounds is not None and bounds.regular_open_us <= now_us else now_us - 12 * HOUR_US


def _breadth(desk: Desk) -> None:
    now_us = desk.now_us
    traded = traded_since(desk.history, day_start(now_us))
    if not traded:
        show(_no_bars(now_us))
        return
    by_symbol = {item.symbol: item for item in traded}
    parts = [_index(name, by_symbol.get(name)) for name in INDICES]
    up, down = (sum(sign * item.change_percent > 0 for item in traded) for sign in (1, -1))
    known = [item.above_vwap for item in traded if item.above_vwap is not None]
    rising = sum(item.volume * item.last_close for item in traded if item.change_percent > 0)
    money = sum(item.volume * item.last_close for item in traded)
    parts += [
        figure("▲ up / ▼ down", f"{count(up)} / {count(down)}", title=f"of {len(traded)} symbols that traded since the open"),
        figure("above VWAP", or_reason("–" if not known else f"{100 * sum(known) / len(known):.0f} %", "no VWAP yet")),
        figure("money in rising", or_reason("–" if not money else f"{100 * rising / money:.0f} %", "no volume")),
    ]
    show(figures(parts))


def _no_bars(now_us: int) -> str:
    """Return why there is no bar of today: right after the open nothing is wrong."""
    bounds = session_bounds(trading_day(now_us))
    if bounds is not None and 0 <= now_us - bounds.regular_open_us < _FIRST_BAR_US + _GRACE_US:
        why = f"5-minute bars begin at the open; the first closes at {exchange_time(bounds.regular_open_us + _FIRST_BAR_US)}."
        return empty_state("The first bar of the session is not closed yet", why)
    return empty_state(
        "No symbol has traded today", "Indices and breadth come from closed 5-minute bars of subscribed symbols.", "tapewire up, or tapewire demo"
    )


def _index(name: str, item: Traded | None) -> str:
    if item is None:
        return figure(name, or_reason("–", "not subscribed, or no bar since the open"))
    change = item.change_percent
    return figure(name, f"{escape(price(item.last_close))} {escape(percent(change))}", tone=direction_tone(change), title="since the open")


def _indices(desk: Desk) -> None:
    now_us = desk.now_us
    closes = index_closes(desk.history, INDICES, day_start(now_us), now_us)
    if closes:
        show(heading("Indices", "change since the first 5-minute close of the day"))
        st.plotly_chart(index_chart(closes, height=250), theme=None, config=CHART_OPTIONS, key="indices")
    elif traded_since(desk.history, day_start(now_us)):
        show(empty_state("No bar of an index fund today", f"Subscribe to {', '.join(INDICES)} to see them here.", "tapewire up"))


def _regimes(desk: Desk) -> None:
    now_us = desk.now_us
    found = newest_regimes(desk.history, now_us)
    show(heading("Regimes", _counts(found) or "by 1-minute bars"))
    if not found:
        show(
            empty_state(
                "No regime in the last 15 minutes", "stage.regime writes one a minute for each symbol that trades.", "tapewire up, or tapewire demo"
            )
        )
        return
    known = sorted(found, key=lambda item: (item.label is RegimeLabel.UNKNOWN, -(item.adx_14 or 0.0), item.symbol))
    head = ("Symbol", "Regime", "Filtered", "± 1.96 sd", "USD/min", "P(rise)", "Vol %/y", "Rank", "ADX", "VR", "Age")
    rows = (_regime_row(item, now_us) for item in known[:_SHOWN_REGIMES])
    show('<div class="tw-panel">' + table(head, rows, numbers=tuple(range(2, 11)), narrow=(0, 1)) + "</div>")
    if len(known) > _SHOWN_REGIMES:
        show(f'<div class="tw-rest">and {len(known) - _SHOWN_REGIMES} more; all are in derived_regimes_latest</div>')


def _counts(found: Sequence[Regime]) -> str:
    counts = Counter(item.label for item in found)
    return ", ".join(f"{counts[label]} {words}" for label, (words, _) in _REGIME.items() if counts[label])


def _regime_row(item: Regime, now_us: int) -> tuple[str, ...]:
    words, tone = _REGIME[item.label]
    why = ", ".join(item.reasons) or "not known"
    band = None if item.kalman_price_sd is None else 1.96 * item.kalman_price_sd
    volatility = None if item.realised_volatility is None else 100.0 * item.realised_volatility
    return (
        f'<a href="/symbol?symbol={escape(item.symbol)}" target="_self"><b>{escape(item.symbol)}</b></a>',
        f'<span class="{tone}" title="{escape(why if item.reasons else "")}">{words}</span>',
        or_reason(price(item.kalman_price), why),
        or_reason("–" if band is None else f"{band:,.3g}", why),
        or_reason("–" if item.kalman_velocity_per_minute is None else f"{item.kalman_velocity_per_minute:+.3g}", why),
        or_reason(_two(item.rise_probability), why),
        or_reason("–" if volatility is None else f"{volatility:,.0f}", why),
        or_reason(_two(item.volatility_rank), why),
        or_reason("–" if item.adx_14 is None else f"{item.adx_14:.0f}", why),
        or_reason(_two(item.variance_ratio_5), why),
        f'<span class="tw-muted">{age(seconds_between(item.window_end, now_us))}</span>',
    )


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _gauges(desk: Desk) -> None:
    found = gauges(desk.history, desk.now_us)
    show(heading("Volatility, skew, yields, dollar", "newest daily figures"))
    if not found:
        show(
            empty_state(
                "No daily figure in the last 30 days", "VIX, yields and dollar come from FRED, the skew from Unusual Whales.",
                "TAPEWIRE_FRED__API_KEY, TAPEWIRE_UNUSUAL_WHALES__API_KEY, then tapewire up",
            )
        )  # fmt: skip
        return
    rows = [
        _gauge_row("VIX", found.get("vix"), "{:.2f}", "no VIXCLS in 30 days"),
        _gauge_row("25-delta skew of SPY, vol points", found.get("skew"), "{:+.1f}", "no risk reversal of SPY in 30 days", scale=100.0),
        _gauge_row("10-year yield, %", found.get("yield_10y"), "{:.2f}", "no DGS10 in 30 days"),
        _gauge_row("its change over 20 days, points", found.get("yield_10y_change"), "{:+.2f}", "fewer than 20 days known"),
        _gauge_row("10 years minus 2 years, points", found.get("curve"), "{:+.2f}", "no day with both yields in 30 days"),
        _gauge_row("dollar over 20 days, %", found.get("dollar_change"), "{:+.2f}", "fewer than 20 days of DTWEXBGS known"),
    ]
    show('<div class="tw-panel">' + table(("Gauge", "Value", "Rank", "Regime", "Of"), rows, numbers=(1, 2), narrow=(3, 4)) + "</div>")


def _gauge_row(name: str, gauge: Gauge | None, style: str, why: str, scale: float = 1.0) -> tuple[str, ...]:
    if gauge is None:
        return (escape(name), or_reason("–", why), "", "", "")
    ranked = or_reason(_two(gauge.rank), "fewer than 60 earlier values") if gauge.label else ""
    return (
        escape(name), style.format(gauge.value * scale), ranked, f"<b>{_GAUGE_WORDS.get(gauge.label, '')}</b>",
        f'<span class="tw-muted">{escape(gauge.day)}</span>',
    )  # fmt: skip


def _live_gauges(desk: Desk) -> None:
    now_us = desk.now_us
    found = live_gauges(desk.history, now_us)
    if not found:
        return  # most desks watch no futures; the daily figures stand above
    show(heading("What futures say now", "yields of the notional bonds, dollar, volatility"))
    rows = [_live_gauge_row(words, found[name], now_us) for name, words in _LIVE_GAUGES.items() if name in found]
    show('<div class="tw-panel">' + table(("Gauge", "%", "From", "Age"), rows, numbers=(1, 3), narrow=(2,)) + "</div>")


def _live_gauge_row(words: str, gauge: MacroGauge, now_us: int) -> tuple[str, ...]:
    inputs = ", ".join(f"{symbol} {value:,.4g}" for symbol, value in zip(gauge.input_symbols, gauge.input_prices, strict=True))
    mode = "" if gauge.mode is DepthMode.LIVE else f" {gauge.mode.value.lower()}"
    return (
        escape(words), f"{gauge.percent:+.2f}", f'<span class="tw-muted">{escape(inputs)}{mode}</span>',
        f'<span class="tw-muted">{age(seconds_between(gauge.ts_event, now_us))}</span>',
    )  # fmt: skip


def _calendar(desk: Desk) -> None:
    now_us = desk.now_us
    found = calendar(desk.history, now_us)
    show(heading("Calendar", "two hours back, two days ahead; New York time"))
    if not found:
        show(empty_state("Nothing is due", "Events come from the schedule and the calendars' vendors through stage.reference.", "tapewire up"))
        return
    head = ("When", "Event", "Importance", "Forecast", "Before", "Actual")
    rows = (_event_row(event, now_us) for event in found[:24])
    show('<div class="tw-panel">' + table(head, rows, numbers=(3, 4, 5), narrow=(0,)) + "</div>")


def _event_row(event: CalendarEvent, now_us: int) -> tuple[str, ...]:
    day = new_york(event.ts_event).strftime("%a %d %b")  # two days ahead at most: the year is known, and the column narrow
    when = day if event.all_day else f"{day} {exchange_time(event.ts_event)[:5]}"
    tone = "tw-muted" if event.ts_event < now_us else ""
    importance = event.importance.value.lower() if event.importance is not None else "–"
    conflict = f' <span class="tw-attention" title="{escape(event.conflict_detail or "")}">sources disagree</span>' if event.conflict else ""
    figures_told = ((event.forecast, "nobody says"), (event.previous, "nobody says"), (event.actual, "not out yet"))
    return (
        f'<span class="{tone}">{when}</span>',
        f"{escape(event.event)}{conflict}",
        escape(importance),
        *(or_reason(text or "–", why) for text, why in figures_told),
    )
