"""Charts of the Market and Findings pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboards.charts import template
from infra.market_calendar import new_york
from infra.palette import ATTENTION, DOWN, GAMMA, INFORMATION, MUTED, TEXT, UP
from schemas.records import Finding, Side

_COLOURS = (INFORMATION, GAMMA, ATTENTION, TEXT)
_DASHES = ("solid", "dash", "dot", "dashdot")  # told apart without colours too
_MARKS = {None: ("circle", MUTED), Side.LONG: ("triangle-up", UP), Side.SHORT: ("triangle-down", DOWN)}


def index_chart(closes: Mapping[str, Sequence[tuple[int, float]]], *, height: int) -> Any:
    """Draw the change of each symbol since its first close, percent; its name stands at its end."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (symbol, points) in enumerate(sorted(closes.items())):
        changes = [(close / points[0][1] - 1.0) * 100.0 for _, close in points]
        colour = _COLOURS[place % len(_COLOURS)]
        figure.add_trace(
            go.Scatter(
                x=[_exchange(end) for end, _ in points], y=changes, mode="lines", name=symbol, hovertemplate=f"{symbol} %{{y:+.2f}} %<extra></extra>",
                line={"color": colour, "width": 1.6, "dash": _DASHES[place % len(_DASHES)]},
            )
        )  # fmt: skip
    figure.add_hline(y=0, line={"color": MUTED, "width": 1})
    figure.update_layout(
        template=template(), height=height, uirevision="keep", hovermode="x unified", showlegend=True, margin={"l": 52, "r": 8, "t": 26, "b": 22}
    )
    figure.update_yaxes(tickformat="+.2f", ticksuffix=" %")
    figure.update_xaxes(tickformat="%H:%M", hoverformat="%H:%M ET")
    return figure


def finding_chart(findings: Sequence[Finding], *, height: int) -> Any:
    """Draw the findings on a time axis, one row an agent; the mark tells the direction, its size the confidence."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for side, (mark, colour) in _MARKS.items():
        shown = [finding for finding in findings if finding.direction is side]
        if shown:
            figure.add_trace(
                go.Scatter(
                    x=[_exchange(item.ts_event) for item in shown], y=[item.agent for item in shown], mode="markers+text",
                    text=[item.symbol for item in shown], textposition="top center", textfont={"color": MUTED, "size": 10},
                    name={None: "no direction", Side.LONG: "up", Side.SHORT: "down"}[side],
                    customdata=[f"{item.symbol}: {item.label}, score {item.score:,.2f}" for item in shown],
                    hovertemplate="%{customdata}<extra></extra>",
                    marker={"symbol": mark, "color": colour, "size": [7 + 8 * item.confidence for item in shown], "line": {"width": 0}},
                )
            )  # fmt: skip
    figure.update_layout(template=template(), height=height, uirevision="keep", showlegend=True, margin={"l": 96, "r": 8, "t": 26, "b": 22})
    figure.update_xaxes(tickformat="%H:%M", hoverformat="%H:%M ET")
    figure.update_yaxes(type="category", categoryorder="category descending")
    return figure


def _exchange(moment_us: int) -> datetime:
    return new_york(moment_us).replace(tzinfo=None)  # Plotly knows no zones
