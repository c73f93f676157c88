"""Plotly figures of dealers' gamma: the profile over prices, and strike by expiry as a heat map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.charts import template
from dashboards.formats import price
from infra.palette import ATTENTION, BACKGROUND, DOWN, GAMMA, INFORMATION, MUTED, TEXT, UP, translucent

MODEL_NAMES = {"NAIVE": "Naive: long calls, short puts", "FLOW": "Signed by trades", "OPENED": "Signed changes of open interest"}
_MODEL_COLOURS = {"NAIVE": GAMMA, "FLOW": INFORMATION, "OPENED": ATTENTION}
_BILLION = 1e9
_MILLION = 1e6
_NEAR = 0.06  # strikes further from the spot than this share are left out of the heat map
_MOST_EXPIRIES = 14
_SMILE_COLOURS = (GAMMA, INFORMATION, UP, ATTENTION, MUTED)


@dataclass(frozen=True, slots=True)
class GammaChart:
    """What is drawn.

    Attributes
    ----------
    grid, profiles
        Prices, US dollars, and by model the total gamma at each, US dollars for a move by 1 %.
    strikes, expiries, matrix
        Gamma of each expiry (row) and strike (column), US dollars for a move by 1 %.
    """

    symbol: str
    spot: float
    grid: Sequence[float]
    profiles: Mapping[str, Sequence[float]]
    flip: float | None
    call_wall: float | None
    put_wall: float | None
    strikes: Sequence[float]
    expiries: Sequence[date]
    matrix: Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Smile:
    """Implied volatility of one expiry over moneyness.

    Attributes
    ----------
    moneyness
        ln(strike / spot), ascending.
    volatility
        A year, fractions.
    """

    expiry: date
    moneyness: Sequence[float]
    volatility: Sequence[float]


def gamma_figure(chart: GammaChart, *, height: int) -> Any:
    """Draw profile above and heat map below."""
    from plotly.subplots import make_subplots

    titles = (f"{chart.symbol}: total gamma if the price were …", "Gamma by strike and expiry")
    figure = make_subplots(rows=2, cols=1, vertical_spacing=0.12, row_heights=[0.55, 0.45], subplot_titles=titles)
    _add_profile(figure, chart, row=1)
    _add_heat_map(figure, chart, row=2)
    figure.update_layout(template=template(), height=height, showlegend=len(chart.profiles) > 1, margin={"l": 100, "r": 20, "t": 40, "b": 40})
    return figure


def profile_chart(chart: GammaChart, *, height: int) -> Any:
    """Draw each model's total over prices, with spot, flip and walls."""
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=1, cols=1)
    _add_profile(figure, chart, row=1)
    figure.update_layout(template=template(), height=height, showlegend=len(chart.profiles) > 1, hovermode="x unified")
    figure.update_layout(margin={"l": 64, "r": 16, "t": 46, "b": 40})
    return figure


def heat_map(chart: GammaChart, *, height: int) -> Any:
    """Draw gamma by strike and expiry; teal where dealers are long gamma, coral where they are short."""
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=1, cols=1)
    _add_heat_map(figure, chart, row=1)
    figure.update_layout(template=template(), height=height, margin={"l": 100, "r": 16, "t": 8, "b": 40})
    return figure


def smile_chart(smiles: Sequence[Smile], *, height: int) -> Any:
    """Draw the smiles of a few expiries; of many, those that lie evenly between the first and the last."""
    import plotly.graph_objects as go

    most = len(_SMILE_COLOURS)
    places = range(len(smiles)) if len(smiles) <= most else [round((len(smiles) - 1) * number / (most - 1)) for number in range(most)]
    figure = go.Figure()
    for colour, smile in zip(_SMILE_COLOURS, (smiles[place] for place in places), strict=False):
        figure.add_trace(
            go.Scatter(
                x=[(math.exp(value) - 1) * 100 for value in smile.moneyness], y=[value * 100 for value in smile.volatility], mode="lines+markers",
                name=f"{smile.expiry:%d %b %y}", line={"color": colour, "width": 1.6}, marker={"size": 4},
                hovertemplate="%{x:+.1f} % from the price: %{y:.1f} %<extra>" + f"{smile.expiry:%a %d %b %y}</extra>",
            )
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": TEXT, "width": 1.3})
    figure.update_layout(template=template(), height=height, showlegend=True, margin={"l": 64, "r": 16, "t": 30, "b": 40})
    figure.update_yaxes(title={"text": "% a year", "font": {"color": MUTED, "size": 11}})
    figure.update_xaxes(title={"text": "strike from the price, %; the line is the price", "font": {"color": MUTED, "size": 11}})
    return figure


def _add_profile(figure: Any, chart: GammaChart, *, row: int) -> None:
    import plotly.graph_objects as go

    most = max((abs(value) for values in chart.profiles.values() for value in values), default=0.0)
    unit, name = (_BILLION, "B") if most >= _BILLION else (_MILLION, "M")
    for model, values in chart.profiles.items():
        label, first = MODEL_NAMES.get(model, model), model == "NAIVE"
        figure.add_trace(
            go.Scatter(
                x=list(chart.grid), y=[value / unit for value in values], mode="lines", name=label,
                line={"color": _MODEL_COLOURS.get(model, TEXT), "width": 2 if first else 1.5, "dash": "solid" if first else "dot"},
                hovertemplate="%{y:+,.3~f} " + name + f"<extra>{label}</extra>",
            ),
            row=row, col=1,
        )  # fmt: skip
    figure.add_hline(y=0, line={"color": MUTED, "width": 1}, row=row, col=1)
    marks = [("price", chart.spot, TEXT, "solid"), ("flip", chart.flip, ATTENTION, "dash")]
    marks += [("call wall", chart.call_wall, UP, "dot"), ("put wall", chart.put_wall, DOWN, "dot")]
    drawn = [mark for mark in marks if mark[1] is not None and chart.grid[0] <= mark[1] <= chart.grid[-1]]
    for place, (text, value, colour, dash) in enumerate(sorted(drawn, key=lambda mark: mark[1] or 0.0)):
        figure.add_vline(x=value, line={"color": translucent(colour, 0.9), "width": 1.3, "dash": dash}, row=row, col=1)
        # Names stand at different heights: price, flip and walls are often close together.
        figure.add_annotation(
            x=value, y=0.98 - 0.085 * (place % 4), yref="y domain", text=f"{text} {price(value)}", showarrow=False, xanchor="left", xshift=4,
            bgcolor=BACKGROUND, font={"color": colour, "size": 11}, row=row, col=1,
        )  # fmt: skip
    figure.update_yaxes(title={"text": f"{name} USD per 1 % move", "font": {"color": MUTED, "size": 11}}, row=row, col=1)
    figure.update_xaxes(title={"text": "price of the underlying, USD", "font": {"color": MUTED, "size": 11}}, hoverformat=",.2f", row=row, col=1)


def _add_heat_map(figure: Any, chart: GammaChart, *, row: int) -> None:
    import plotly.graph_objects as go

    near = [place for place, strike in enumerate(chart.strikes) if abs(strike / chart.spot - 1) <= _NEAR]
    expiries = chart.expiries[:_MOST_EXPIRIES]
    values = [[line[place] / _MILLION for place in near] for line in chart.matrix[: len(expiries)]]
    # Colours follow the square root: one large monthly wall would leave everything else black.
    shades = [[math.copysign(math.sqrt(abs(value)), value) for value in line] for line in values]
    most = max((abs(value) for line in shades for value in line), default=0.0) or 1.0
    ticks = [-most, -most / 2, 0.0, most / 2, most]
    figure.add_trace(
        go.Heatmap(
            x=[f"{chart.strikes[place]:g}" for place in near], y=[f"{expiry:%a %d %b %y}" for expiry in expiries], z=shades, customdata=values,
            zmin=-most, zmax=most,
            colorscale=[[0.0, DOWN], [0.5, BACKGROUND], [1.0, UP]], xgap=0.5, ygap=1,
            colorbar={
                "title": {"text": "M USD<br>per 1 %", "font": {"size": 11, "color": MUTED}}, "thickness": 10, "tickfont": {"color": MUTED},
                "tickvals": ticks, "ticktext": [f"{math.copysign(tick * tick, tick):+,.3g}" for tick in ticks],
            },
            hovertemplate="strike %{x}<br>%{y}<br>%{customdata:+,.2~f} M USD per 1 %<extra></extra>",
        ),
        row=row, col=1,
    )  # fmt: skip
    below = sum(1 for place in near if chart.strikes[place] < chart.spot)
    figure.add_vline(x=below - 0.5, line={"color": TEXT, "width": 1.3}, row=row, col=1)  # strikes stand side by side: price lies between two
    figure.update_yaxes(autorange="reversed", type="category", row=row, col=1)
    figure.update_xaxes(title={"text": "strike, USD; the line is the price", "font": {"color": MUTED, "size": 11}}, row=row, col=1)
    figure.update_xaxes(type="category", nticks=16, row=row, col=1)
