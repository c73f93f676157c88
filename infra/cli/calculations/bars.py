"""`tapewire calc bars`: bars of every length and their features from files of prints or bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from infra.cli.calculation_output import AsJson, PlotFile, Section, show
from infra.errors import Permanent

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from infra.cli.bars_of_file import FileBars
    from schemas.records import Bar, Features, Resolution

_HEIGHT = 800


def register(app: typer.Typer) -> None:
    @app.command()
    def bars(
        files: list[Path] = typer.Argument(..., help="LEAN zips, IBKR or Yahoo CSV, Alpha Vantage or Polygon JSON, tables of ticks; also .gz."),
        resolution: str = typer.Option("", help="Bars to list and plot: 1s 1m 2m 5m 15m 1h 1d; default: 5m, or what the file has."),
        last: int = typer.Option(40, min=1, help="List so many of the newest bars; --json prints all."),
        as_json: bool = AsJson,
        plot: Path | None = PlotFile,
    ) -> None:
        """Bars and features of a tape or of shorter bars, e.g. `tapewire calc bars 20131007_trade.zip --resolution 1m`."""
        from infra.cli.bars_of_file import bars_of_files
        from infra.settings import load

        found = bars_of_files(files, load())
        chosen = [(item, _chosen(item, resolution)) for item in found]
        sections = [section for item, length in chosen for section in (_counts(item), *_listed(item, length, last))]
        show({"symbols": [item.as_plain() for item in found]}, sections, as_json=as_json, plot=plot, figure=lambda: _figure(*chosen[0]))


def _chosen(found: FileBars, asked: str) -> Resolution:
    from schemas.records import Resolution

    by_name = {_name(item): item for item in Resolution}
    built = {bar.resolution for bar in found.bars}
    if not asked:
        return Resolution.M5 if Resolution.M5 in built else found.finest
    if asked not in by_name:
        raise Permanent(f"--resolution: expected one of {', '.join(by_name)}, found {asked}")
    if by_name[asked] not in built:
        names = ", ".join(name for name, item in by_name.items() if item in built)
        raise Permanent(f"--resolution: {found.symbol} has bars of {names or 'no length'}, found {asked}")
    return by_name[asked]


def _name(resolution: Resolution) -> str:
    return f"{resolution.value[1:]}{resolution.value[0].lower()}"


def _time(moment_us: int) -> str:
    from infra.market_calendar import new_york

    return f"{new_york(moment_us):%Y-%m-%d %H:%M:%S}"


def _begins(bar: Bar) -> str:
    """Return when a bar begins; of a day, which begins on the evening before, its date."""
    day, _, clock = _time(bar.window_end if bar.resolution.value == "D1" else bar.window_start).partition(" ")
    return day if bar.resolution.value == "D1" else f"{day[5:]} {clock.removesuffix(':00')}"


def _counts(found: FileBars) -> Section:
    from schemas.records import Resolution

    rows = []
    for resolution in Resolution:
        bars = [bar for bar in found.bars if bar.resolution is resolution]
        if bars:
            volume = sum(bar.volume for bar in bars)
            rows.append((_name(resolution), len(bars), _time(bars[0].window_start), _time(bars[-1].window_end), volume))
    kinds = f"{len(found.files)} file{'s' if len(found.files) > 1 else ''}, {found.files[0].kind}"
    prints = f", {found.prints:,} prints that count" if found.prints else "; the VWAP's sigma is that of the bars' means"
    left_out = f"; {found.left_out:,} bars before 2005 left out" if found.left_out else ""
    return Section(f"{found.symbol}: {kinds}{prints}{left_out}", ("bars", "count", "first, New York", "last", "shares"), rows)


_VALUES: Sequence[tuple[str, str]] = (
    ("ATR", "atr_wilder_14"), ("simple", "atr_simple_14"), ("EMA 20", "ema_20"), ("EMA 50", "ema_50"), ("mom bps", "momentum_bps"),
    ("RVOL", "relative_volume"), ("same time", "relative_volume_same_time"), ("low 20", "donchian_low"), ("high 20", "donchian_high"),
    ("z", "close_z_score"),
)  # fmt: skip
_OF_SESSION: Sequence[tuple[str, str]] = (("VWAP", "session_vwap"), ("sigma", "vwap_sigma"), ("bps off", "vwap_distance_bps"))


def _listed(found: FileBars, resolution: Resolution, last: int) -> tuple[Section, Section]:
    rows = found.of(resolution)[-last:]

    def values(item: Features | None, names: Sequence[tuple[str, str]]) -> tuple[float | None, ...]:
        return tuple(None if item is None else getattr(item, name) for _, name in names)

    bars = Section(
        f"{found.symbol}, {_name(resolution)} bars, US dollars",
        ("begins", "open", "high", "low", "close", "shares", *(heading for heading, _ in _OF_SESSION)),
        [(_begins(bar), bar.open, bar.high, bar.low, bar.close, bar.volume, *values(item, _OF_SESSION)) for bar, item in rows],
    )
    features = Section(
        f"{found.symbol}, {_name(resolution)} features",
        ("begins", *(heading for heading, _ in _VALUES)),
        [(_begins(bar), *values(item, _VALUES)) for bar, item in rows],
    )
    return bars, features


def _figure(found: FileBars, resolution: Resolution) -> go.Figure:
    from dashboards.charts import SymbolChart, symbol_chart

    rows = found.of(resolution)
    features: Sequence[object] = [item for _, item in rows if item is not None]
    chart = SymbolChart([bar for bar, _ in rows], features, (), (), rows[-1][0].window_end)  # type: ignore[arg-type]
    return symbol_chart(chart, height=_HEIGHT)
