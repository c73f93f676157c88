"""What the session and the day give the symbol chart: VWAP with its sigma bands, and the day's extremes from where they were traded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from dashboards.formats import exchange_time, price
from infra.market_calendar import new_york, session_at, trading_day
from infra.palette import DOWN, GAMMA, UP, translucent
from schemas.records import Bar, Features, Session

_BANDS = ((2.0, 0.07), (1.0, 0.09))  # sigmas, opacity: where both lie, they add


@dataclass(frozen=True, slots=True)
class Label:
    """A level's name beside the plot."""

    value: float
    text: str
    colour: str


def exchange_axis(moment_us: int) -> datetime:
    """Return what the time axis shows."""
    # Plotly knows no zones: it gets New York's wall-clock time, which is what the axis says.
    return new_york(moment_us).replace(tzinfo=None)


def add_vwap(figure: Any, features: Sequence[Features], bars: Sequence[Bar]) -> list[Label]:
    """Draw the VWAP of each session and its bands at one and two sigmas, where they are known; return its label."""
    starts = {bar.window_end: bar.window_start for bar in bars}
    points = [(exchange_axis(starts[entry.window_end]), entry) for entry in features if entry.window_end in starts and entry.session_vwap is not None]
    if not points:
        return []
    for _, group in groupby(points, key=lambda point: session_of_bar(point[1])):
        _add_session(figure, list(group))
    newest = points[-1][1]
    assert newest.session_vwap is not None
    labels = [Label(newest.session_vwap, f"VWAP {price(newest.session_vwap)}", GAMMA)]
    if newest.vwap_sigma:
        labels += [Label(newest.session_vwap + side * 2 * newest.vwap_sigma, f"{side * 2:+d}σ", GAMMA) for side in (1, -1)]
    return labels


def session_of_bar(entry: Features) -> tuple[date, Session]:
    """Return the day and session a bar ended in: each has a VWAP of its own."""
    inside = entry.window_end - 1
    return trading_day(inside), session_at(inside)


def _add_session(figure: Any, points: Sequence[tuple[datetime, Features]]) -> None:
    import plotly.graph_objects as go

    times = [moment for moment, _ in points]
    known = any(entry.vwap_sigma is not None for _, entry in points)
    for sigmas, opacity in _BANDS if known else ():
        for side, fill in ((1.0, None), (-1.0, "tonexty")):
            figure.add_trace(
                go.Scatter(
                    x=times, y=[_band(entry, side * sigmas) for _, entry in points], mode="lines",
                    line={"width": 0.6, "color": translucent(GAMMA, 0.45)}, fill=fill, fillcolor=translucent(GAMMA, opacity),
                    hoverinfo="skip", name=f"VWAP {side * sigmas:+g}σ",
                ),
                row=1, col=1,
            )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=times, y=[entry.session_vwap for _, entry in points], mode="lines", name="VWAP",
            line={"color": GAMMA, "width": 1.4}, hovertemplate="VWAP %{y:,.4~f}<extra></extra>",
        ),
        row=1, col=1,
    )  # fmt: skip


def add_day_extremes(figure: Any, features: Sequence[Features], bars: Sequence[Bar]) -> list[Label]:
    """Draw the day's high and low from the second they were traded in to the newest bar; return their labels."""
    if not features:
        return []
    newest, first, last = features[-1], bars[0].window_start, bars[-1].window_end
    labels = []
    for name, value, moment, colour in (("HOD", newest.day_high, newest.day_high_at, UP), ("LOD", newest.day_low, newest.day_low_at, DOWN)):
        start = exchange_axis(first if moment is None else min(max(moment, first), last))
        figure.add_shape(
            type="line", x0=start, x1=exchange_axis(last), y0=value, y1=value, row=1, col=1, line={"color": translucent(colour, 0.7), "width": 1}
        )
        told = "" if moment is None else f" at {exchange_time(moment)[:5]}"
        labels.append(Label(value, f"{name} {price(value)}{told}", colour))
    return labels


def _band(entry: Features, sigmas: float) -> float | None:
    """Return where a band lies; None, a gap in the line, where it is not known."""
    if entry.session_vwap is None or entry.vwap_sigma is None:
        return None
    return entry.session_vwap + sigmas * entry.vwap_sigma
