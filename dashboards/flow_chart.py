"""The Flow page's chart: price with sweeps and off-exchange levels above, net premium below, on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from dashboards.charts import template
from dashboards.flow_queries import DarkpoolLevel, FlowMinute
from dashboards.formats import price, quantity
from dashboards.session_levels import exchange_axis
from infra.palette import ATTENTION, DOWN, GAMMA, INFORMATION, MUTED, TEXT, UP, translucent
from schemas.records import FlowAlert, OptionRight

_SMALLEST, _LARGEST = 9.0, 34.0  # pixels of a mark
_LABEL_SHARE = 0.05  # of the price axis: closer to a larger level a level has no name of its own


@dataclass(frozen=True, slots=True)
class FlowChart:
    """What the chart shows; all of one symbol, at least one minute.

    Attributes
    ----------
    prices
        (moment in microseconds UTC, US dollars), oldest first.
    """

    minutes: Sequence[FlowMinute]
    prices: Sequence[tuple[int, float]]
    sweeps: Sequence[FlowAlert]
    levels: Sequence[DarkpoolLevel]


def flow_chart(chart: FlowChart, *, height: int) -> Any:
    """Draw it."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.03, row_heights=[0.62, 0.38])
    figure.add_trace(
        go.Scatter(
            x=[exchange_axis(moment) for moment, _ in chart.prices], y=[value for _, value in chart.prices], name="Price", mode="lines",
            line={"color": TEXT, "width": 1.4}, hovertemplate="%{y:,.2f}<extra>price</extra>",
        ),
        row=1, col=1,
    )  # fmt: skip
    low, high = _range(chart.prices)
    shown = [level for level in chart.levels if low <= level.price <= high]
    named: list[float] = []
    for level in sorted(shown, key=lambda one: -one.premium):
        is_free = all(abs(level.price - other) > _LABEL_SHARE * (high - low) for other in named)
        if is_free:
            named.append(level.price)
        _add_level(figure, level, shown, with_name=is_free)
    _add_sweeps(figure, chart)
    times = [exchange_axis(minute.ts_event) for minute in chart.minutes]
    figure.add_trace(
        go.Scatter(
            x=times, y=[minute.net_premium_usd for minute in chart.minutes], name="Net premium", mode="lines", fill="tozeroy",
            line={"color": INFORMATION, "width": 1.4}, fillcolor=translucent(INFORMATION, 0.18),
            hovertemplate="%{y:$,.3s}<extra>net premium, ours</extra>",
        ),
        row=2, col=1,
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=times, y=[minute.vendor_net_premium_usd for minute in chart.minutes], name="Vendor's", mode="lines",
            line={"color": ATTENTION, "width": 1.2, "dash": "dot"}, hovertemplate="%{y:$,.3s}<extra>net premium, the vendor's</extra>",
        ),
        row=2, col=1,
    )  # fmt: skip
    figure.add_hline(y=0, line={"color": MUTED, "width": 1}, row=2, col=1)
    figure.update_layout(
        template=template(), height=height, uirevision="keep", hovermode="x", dragmode="pan", showlegend=True,
        margin={"l": 56, "r": 118, "t": 24, "b": 22},
    )  # fmt: skip
    figure.update_yaxes(range=[low, high], tickformat=",.2f", row=1, col=1)
    figure.update_yaxes(tickformat="$~s", nticks=5, row=2, col=1)
    figure.update_xaxes(tickformat="%H:%M", hoverformat="%H:%M ET", showspikes=True, spikemode="across", spikethickness=1, spikecolor=MUTED)
    return figure


def _range(prices: Sequence[tuple[int, float]]) -> tuple[float, float]:
    if not prices:
        return 0.0, 1.0
    values = [value for _, value in prices]
    low, high = min(values), max(values)
    margin = max((high - low) * 0.12, high * 0.0005)
    return low - margin, high + margin


def _add_level(figure: Any, level: DarkpoolLevel, shown: Sequence[DarkpoolLevel], *, with_name: bool) -> None:
    share = level.premium / max(one.premium for one in shown)
    figure.add_hline(
        y=level.price, line={"color": translucent(GAMMA, 0.35 + 0.45 * share), "width": 1 + 3 * share}, row=1, col=1,
        annotation_text=f"{price(level.price)} · ${quantity(level.premium)}" if with_name else "", annotation_position="right",
        annotation_font={"color": GAMMA, "size": 10},
    )  # fmt: skip


def _add_sweeps(figure: Any, chart: FlowChart) -> None:
    import plotly.graph_objects as go

    largest = max((sweep.total_premium for sweep in chart.sweeps), default=1.0)
    for right, name, colour, mark in ((OptionRight.CALL, "Call sweeps", UP, "triangle-up"), (OptionRight.PUT, "Put sweeps", DOWN, "triangle-down")):
        shown = [(sweep, value) for sweep in chart.sweeps if sweep.right is right and (value := _price_at(chart.prices, sweep)) is not None]
        if not shown:
            continue
        figure.add_trace(
            go.Scatter(
                x=[exchange_axis(sweep.ts_event) for sweep, _ in shown], y=[value for _, value in shown], name=name, mode="markers",
                marker={
                    "symbol": mark, "color": translucent(colour, 0.75), "line": {"color": colour, "width": 1},
                    "size": [_SMALLEST + (_LARGEST - _SMALLEST) * sqrt(sweep.total_premium / largest) for sweep, _ in shown],
                },
                customdata=[(sweep.option_symbol, quantity(sweep.total_premium)) for sweep, _ in shown],
                hovertemplate="%{customdata[0]}<br>$%{customdata[1]}<extra>" + name + "</extra>",
            ),
            row=1, col=1,
        )  # fmt: skip


def _price_at(prices: Sequence[tuple[int, float]], sweep: FlowAlert) -> float | None:
    """Return the price the mark lies at: the alert's own, or the last one known before it."""
    if sweep.underlying_price is not None:
        return sweep.underlying_price
    return next((value for moment, value in reversed(prices) if moment <= sweep.ts_event), None)
