"""`tapewire calc book`: the numbers of an order book from LOBSTER files, message by message."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from infra.cli.calculation_output import AsJson, PlotFile, Section, show

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from infra.cli.book_day import BookDay

_FIELDS = ("spread_bps", "imbalance_1", "imbalance_5", "imbalance_10", "imbalance_3s", "pressure", "microprice")
_UNITS = {"spread_bps": "bps", "microprice": "USD"}


def register(group: typer.Typer) -> None:
    @group.command()
    def book(
        messages: Path = typer.Argument(..., metavar="MESSAGES", help="LOBSTER message file, or the vendor's zip with both files."),
        orderbook: Path | None = typer.Argument(None, metavar="ORDERBOOK", help="LOBSTER orderbook file; not needed with a zip."),
        model: Path | None = typer.Option(None, "--model", help="Model of `tapewire depth train` that finds anomalies."),
        rows: bool = typer.Option(False, "--rows", help="With --json: each message's numbers too, as columns."),
        as_json: bool = AsJson,
        plot: Path | None = PlotFile,
    ) -> None:
        """Spread, imbalance, pressure, grade, VPIN, Kyle's lambda and quote stuffing, e.g. `tapewire calc book AMZN.zip --plot day.png`."""
        from infra.cli.book_day import read_day  # numpy is imported where it is needed

        day = read_day(messages, orderbook, model)
        result = _result(day, with_rows=rows)
        show(result, _sections(day, result), as_json=as_json, plot=plot, figure=lambda: _figure(day))


def _result(day: BookDay, *, with_rows: bool) -> dict[str, Any]:
    import numpy as np

    source = day.source
    statistics = {}
    for name in _FIELDS:
        values = getattr(day, name)
        known = values[np.isfinite(values)]
        quantiles = [float(each) for each in np.quantile(known, (0.05, 0.5, 0.95))] if len(known) else [None] * 3
        statistics[name] = {"mean": float(known.mean()) if len(known) else None, "quantiles_5_50_95": quantiles, "missing": len(values) - len(known)}
    result: dict[str, Any] = {
        "symbol": source.symbol, "day": source.day.isoformat(), "levels": source.levels, "messages": len(source.time_us),
        "executions": int(source.is_trade.sum()), "shares": float(source.size[source.is_trade].sum()), "numbers": statistics,
        "grades": None if day.grade is None else {grade: float((day.grade == grade).mean()) for grade in "ABCD"},
        "vpin": float(day.vpin[-1]) if len(day.vpin) else None, "vpin_buckets": day.vpin_buckets, "vpin_bucket_shares": day.bucket_size,
        "kyle_lambda": None if day.impact is None else day.impact.kyle_lambda, "kyle_explained": None if day.impact is None else day.impact.explained,
        "stuffed_seconds": int(day.stuffed.sum()), "anomalies": None if day.anomaly is None else int(day.anomaly.sum()), "model": day.model_version,
    }  # fmt: skip
    if with_rows:
        columns = {name: getattr(day, name).tolist() for name in _FIELDS}
        result["rows"] = {"time_us": source.time_us.tolist(), **columns, "grade": None if day.grade is None else day.grade.tolist()}
    return result


def _sections(day: BookDay, result: dict[str, Any]) -> list[Section]:
    source = day.source
    levels = "1 level" if source.levels == 1 else f"{source.levels} levels"
    title = f"{source.symbol} {source.day}, {levels}, {result['messages']:,} messages, {result['executions']:,} executions"
    numbers = [
        (name, _UNITS.get(name, "-1..1"), entry["mean"], *entry["quantiles_5_50_95"], entry["missing"]) for name, entry in result["numbers"].items()
    ]
    told = [
        (f"VPIN, last {day.vpin_buckets} buckets", "0 to 1", result["vpin"]),
        ("shares a bucket", "shares", result["vpin_bucket_shares"]),
        ("Kyle's lambda", "US dollars a share", result["kyle_lambda"]),
        ("explained by it", "0 to 1", result["kyle_explained"]),
        ("seconds of quote stuffing", "seconds", result["stuffed_seconds"]),
        ("anomalies", "messages", result["anomalies"]),
        *((f"grade {grade}", "share of messages", share) for grade, share in (result["grades"] or {}).items()),
    ]
    head = ("number", "unit", "mean", "5 %", "median", "95 %", "missing")
    return [Section(title, head, numbers), Section("The day", ("number", "unit", "value"), told)]


def _figure(day: BookDay) -> go.Figure:
    import numpy as np
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    from dashboards.charts import template
    from infra.palette import ATTENTION, GAMMA, INFORMATION, UP

    seconds = day.source.time_us // 1_000_000
    last = np.append(np.flatnonzero(np.diff(seconds)), len(seconds) - 1)  # the last message of each second
    axis = (seconds[last] - seconds[0]) / 60
    rows = (
        ("microprice, USD", axis, day.microprice[last], INFORMATION),
        ("spread, bps", axis, day.spread_bps[last], ATTENTION),
        ("imbalance, 3 s", axis, day.imbalance_3s[last], UP),
        ("VPIN", (day.vpin_at - day.source.time_us[0]) / 60e6, day.vpin, GAMMA),
    )
    figure = make_subplots(rows=len(rows), cols=1, shared_xaxes=True, vertical_spacing=0.04)
    for place, (name, x, y, colour) in enumerate(rows, 1):
        figure.add_trace(go.Scattergl(x=x, y=y, name=name, mode="lines", line={"color": colour, "width": 1}), row=place, col=1)
        figure.update_yaxes(title={"text": name, "font": {"size": 11}}, row=place, col=1)
    figure.update_xaxes(title={"text": "minutes since the first message", "font": {"size": 11}}, row=len(rows), col=1)
    figure.update_layout(template=template(), title=f"{day.source.symbol} {day.source.day}", margin={"l": 64, "r": 16, "t": 44, "b": 44})
    return figure
