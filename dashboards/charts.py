"""Plotly figures in the product's look: one template, and the symbol chart and the lateness chart built on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from dashboards.formats import price
from dashboards.session_levels import Label, add_day_extremes, add_vwap, exchange_axis
from dashboards.style import LINE
from dashboards.words import BOX, OUTCOME, RESOLUTION
from infra.palette import ATTENTION, BACKGROUND, DOWN, GAMMA, INFORMATION, MUTED, PANEL, TEXT, UP, translucent
from schemas.records import Bar, Box, Features, SetupEvent, SetupOutcome, SetupState, Side

CHART_OPTIONS = {"displayModeBar": False, "scrollZoom": True, "doubleClick": "reset"}
_PRICE_SHARE = 0.75  # of the height, for the candles
_LABEL_PIXELS = 14.0
_FONT = "Inter, Segoe UI, Helvetica Neue, DejaVu Sans, sans-serif"


@dataclass(frozen=True, slots=True)
class SymbolChart:
    """What the symbol chart shows; all of one symbol, oldest first; at least one bar."""

    bars: Sequence[Bar]
    features: Sequence[Features]
    boxes: Sequence[Box]
    events: Sequence[SetupEvent]
    now_us: int


@cache
def template() -> Any:
    """Return the Plotly template made from the palette."""
    import plotly.graph_objects as go

    axis = {"gridcolor": LINE, "zerolinecolor": LINE, "linecolor": LINE, "tickcolor": LINE, "tickfont": {"color": MUTED, "size": 11}}
    return go.layout.Template(
        layout={
            "paper_bgcolor": BACKGROUND, "plot_bgcolor": BACKGROUND, "font": {"family": _FONT, "color": TEXT, "size": 12},
            "colorway": [INFORMATION, UP, ATTENTION, GAMMA, DOWN], "xaxis": axis, "yaxis": axis,
            "hoverlabel": {"bgcolor": PANEL, "bordercolor": LINE, "font": {"color": TEXT, "family": _FONT}},
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "showlegend": False,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"color": MUTED, "size": 11}},
        }
    )  # fmt: skip


def symbol_chart(chart: SymbolChart, *, height: int) -> Any:
    """Draw candles with boxes, the setup's break, retest and levels, VWAP and its bands, the day's extremes, and volume below."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.02, row_heights=[0.8, 0.2])
    times = [exchange_axis(bar.window_start) for bar in chart.bars]
    figure.add_trace(
        go.Candlestick(
            x=times, open=[bar.open for bar in chart.bars], high=[bar.high for bar in chart.bars], low=[bar.low for bar in chart.bars],
            close=[bar.close for bar in chart.bars], name="", increasing={"line": {"color": UP, "width": 1}, "fillcolor": BACKGROUND},
            decreasing={"line": {"color": DOWN, "width": 1}, "fillcolor": DOWN}, whiskerwidth=0,
        ),
        row=1, col=1,
    )  # fmt: skip
    labels = add_vwap(figure, chart.features, chart.bars) + add_day_extremes(figure, chart.features, chart.bars)
    figure.add_trace(
        go.Bar(
            x=times, y=[bar.volume for bar in chart.bars], name="Volume", hovertemplate="%{y:,.0f} shares<extra></extra>",
            marker={"color": [translucent(UP if bar.close >= bar.open else DOWN, 0.55) for bar in chart.bars], "line": {"width": 0}},
        ),
        row=2, col=1,
    )  # fmt: skip
    for box in chart.boxes:
        _add_box(figure, box, chart.bars[0].window_start, _drawn_through(box, chart))
    if chart.events:
        labels += _add_levels(figure, chart)
        _add_marks(figure, chart.events)
    last = chart.bars[-1]
    labels.append(Label(last.close, f"last {price(last.close)}", TEXT))
    low, high = _price_range(chart.bars, labels)
    _annotate(figure, labels, low, high, height * _PRICE_SHARE)
    figure.update_layout(
        template=template(), height=height, uirevision="keep", bargap=0.25, hovermode="x", dragmode="pan",
        margin={"l": 52, "r": 124, "t": 6, "b": 22},
        xaxis_rangeslider_visible=False,
    )  # fmt: skip
    figure.update_yaxes(tickformat=_price_format(chart.bars), range=[low, high], row=1, col=1)
    figure.update_yaxes(tickformat="~s", nticks=3, row=2, col=1)
    ends = last.window_end + (last.window_end - last.window_start)
    figure.update_xaxes(tickformat="%H:%M", hoverformat="%H:%M ET", showspikes=True, spikemode="across", spikethickness=1, spikecolor=MUTED)
    figure.update_xaxes(range=[exchange_axis(chart.bars[0].window_start), exchange_axis(ends)])
    return figure


def lateness_chart(seconds_by_tier: dict[str, list[float]], *, height: int) -> Any:
    """Draw how long after the promised moment deliveries arrived; the line at 0 is the promise, nothing may lie left of it."""
    import plotly.graph_objects as go

    figure = go.Figure()
    colours = {"Premium": INFORMATION, "Basic": GAMMA, "Free": MUTED}
    for name, seconds in seconds_by_tier.items():
        figure.add_trace(
            go.Histogram(
                x=seconds, name=name, nbinsx=40, marker={"color": translucent(colours.get(name, TEXT), 0.75), "line": {"width": 0}},
                hovertemplate="%{x} s: %{y} deliveries<extra>" + name + "</extra>",
            )
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": ATTENTION, "width": 1.5}, annotation_text="promised", annotation_font={"color": ATTENTION, "size": 11})
    largest = max((max(seconds) for seconds in seconds_by_tier.values() if seconds), default=1.0)
    least = min((min(seconds) for seconds in seconds_by_tier.values() if seconds), default=0.0)
    figure.update_layout(template=template(), height=height, barmode="stack", bargap=0.05, showlegend=True, margin={"l": 8, "r": 8, "t": 26, "b": 30})
    figure.update_xaxes(title={"text": "seconds after the promised moment", "font": {"color": MUTED, "size": 11}})
    figure.update_xaxes(range=[min(least, -largest * 0.06), largest * 1.05])
    return figure


def _price_range(bars: Sequence[Bar], labels: Sequence[Label]) -> tuple[float, float]:
    """Return what the price axis spans: the bars, and levels that are not so far that they would flatten them."""
    low, high = min(bar.low for bar in bars), max(bar.high for bar in bars)
    room = max(high - low, high * 0.005)
    reachable = [label.value for label in labels if low - room <= label.value <= high + room]
    low, high = min(low, *reachable), max(high, *reachable)
    margin = (high - low) * 0.04
    return low - margin, high + margin


def _price_format(bars: Sequence[Bar]) -> str:
    return ".4f" if bars and bars[-1].close < 1 else ",.2f"


def _drawn_through(box: Box, chart: SymbolChart) -> bool:
    return any(event.box_id == box.box_id for event in chart.events)


def _add_box(figure: Any, box: Box, first_us: int, traded: bool) -> None:
    if box.window_end < first_us:
        return
    start = exchange_axis(max(box.window_start, first_us))
    figure.add_shape(
        type="rect", x0=start, x1=exchange_axis(box.window_end), y0=box.low, y1=box.high, row=1, col=1, layer="below",
        line={"color": translucent(INFORMATION, 0.9 if traded else 0.4), "width": 1.2 if traded else 1},
        fillcolor=translucent(INFORMATION, 0.16 if traded else 0.06),
    )  # fmt: skip
    figure.add_annotation(
        x=start, y=box.high, text=f"box {RESOLUTION[box.resolution]} · {BOX[box.state]}", showarrow=False,
        xanchor="left", yanchor="bottom", font={"color": INFORMATION if traded else MUTED, "size": 11}, row=1, col=1,
    )  # fmt: skip


def _add_levels(figure: Any, chart: SymbolChart) -> list[Label]:
    newest = chart.events[-1]
    start = exchange_axis(max(chart.events[0].ts_event, chart.bars[0].window_start))
    end = exchange_axis(chart.now_us if newest.state is not SetupState.RESOLVED else newest.ts_event)
    levels = [("trigger", newest.trigger_price, ATTENTION), ("stop", newest.stop_price, DOWN)]
    levels += [(f"T{place}", target, UP) for place, target in enumerate(newest.targets, start=1)]
    for _, value, colour in levels:
        figure.add_shape(
            type="line", x0=start, x1=end, y0=value, y1=value, row=1, col=1, line={"color": translucent(colour, 0.9), "width": 1.2, "dash": "dot"}
        )
    return [Label(value, f"{name} {price(value)}", colour) for name, value, colour in levels]


def _annotate(figure: Any, labels: Sequence[Label], low: float, high: float, plot_pixels: float) -> None:
    """Write the levels' names right of the plot, moved apart where they would cover each other."""
    gap = _LABEL_PIXELS / plot_pixels * (high - low)
    place = float("-inf")
    for label in sorted(labels, key=lambda entry: entry.value):
        if not low <= label.value <= high:
            continue
        place = max(label.value, place + gap)
        figure.add_annotation(
            x=1, xref="paper", y=place, yref="y", text=label.text, showarrow=False, xanchor="left", xshift=6, font={"color": label.colour, "size": 11}
        )


def _add_marks(figure: Any, events: Sequence[SetupEvent]) -> None:
    long_side = events[0].side is Side.LONG
    for place, event in enumerate(events):
        value = _mark_price(event)
        if event.state is SetupState.ARMED or value is None:
            continue
        away = 26 + 22 * (place % 3)  # neighbours do not cover each other
        below = long_side is not _is_gain(event)
        figure.add_annotation(
            x=exchange_axis(event.ts_event), y=value, text=_mark_words(event), showarrow=True, arrowhead=2, arrowwidth=1.2, arrowcolor=ATTENTION,
            ax=0, ay=away if below else -away, bgcolor=PANEL, bordercolor=LINE, borderpad=2, font={"size": 11, "color": TEXT}, row=1, col=1,
        )  # fmt: skip


def _is_gain(event: SetupEvent) -> bool:
    """Tell whether the mark belongs on the far side of the price: a target, not an entry."""
    return event.outcome is SetupOutcome.TARGET or (event.state is SetupState.ACTIVE and event.previous_state is SetupState.ACTIVE)


def _mark_words(event: SetupEvent) -> str:
    if event.state is SetupState.PRIMED:
        return "break"
    if event.state is SetupState.ACTIVE:
        return f"T{event.targets_reached} touched" if event.previous_state is SetupState.ACTIVE else "retest held"
    return OUTCOME[event.outcome].lower() if event.outcome is not None else "over"


def _mark_price(event: SetupEvent) -> float | None:
    if event.state is SetupState.PRIMED:
        return event.trigger_price
    if event.state is SetupState.ACTIVE and event.previous_state is not SetupState.ACTIVE:
        return event.entry_price
    return event.exit_price if event.exit_price is not None else event.last_price
