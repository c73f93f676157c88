"""`tapewire calc boxes FILE…`: boxes, near misses and setups of captured tapes, by the folds that run live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from infra.cli.calculation_output import AsJson, PlotFile, Section, show
from infra.cli.replay import Replayed, play
from infra.errors import Permanent
from infra.market_calendar import new_york
from infra.settings import Settings, load
from schemas.records import Box, Resolution, SetupEvent, SignalRefusal

if TYPE_CHECKING:
    import plotly.graph_objects as go

_EVERY_PRICE_USD = 1e9
_CHART_HEIGHT = 800


def register(app: typer.Typer) -> None:
    @app.command("boxes")
    def boxes(
        files: list[Path] = typer.Argument(..., help="Captured ticks: *.parquet, <day>_trade.zip or <symbol>_<day>.csv.gz."),
        as_json: bool = AsJson,
        plot: Path | None = PlotFile,
    ) -> None:
        """List compression boxes, rows of bars that nearly were one, and setups, e.g. `tapewire calc boxes 20131007_trade.zip`."""
        settings = settings_for_tapes(load())
        played = {path: _play(path, settings) for path in files}
        result = {"files": [_document(path, replayed) for path, replayed in played.items()]}
        show(result, _sections(played), as_json=as_json, plot=plot, figure=lambda: _figure(played))


def settings_for_tapes(settings: Settings) -> Settings:
    """Return the settings for a tape of prints alone: no quotes to ask for, and every symbol is scanned, not small caps only."""
    setups = settings.setups.model_copy(update={"quote_required": False})
    scan = settings.scan.model_copy(
        update={"minimum_price": 0.0, "maximum_price": _EVERY_PRICE_USD, "minimum_day_volume": 0.0, "minimum_day_range_percent": 0.0}
    )
    return settings.model_copy(update={"setups": setups, "scan": scan})


def ended_boxes(replayed: Replayed) -> list[Box]:
    """Return each box as it was last seen, in the order in which they formed."""
    newest: dict[str, Box] = {box.box_id: box for box in replayed.of("derived.boxes")}
    return list(newest.values())


def near_misses(replayed: Replayed) -> list[SignalRefusal]:
    """Return what was nearly a box, or nearly passed a gate."""
    return [item for item in replayed.of("signals.refusals") if item.near_miss]


def _play(path: Path, settings: Settings) -> Replayed:
    from infra.vendorsim.tape_source import TapeSource

    source = TapeSource(path)
    return play(source, settings, source.symbols)


def _document(path: Path, replayed: Replayed) -> dict[str, Any]:
    refused = [item for item in replayed.of("signals.refusals") if not item.near_miss]
    return {
        "file": str(path),
        "trades": replayed.trades,
        "boxes": [box.as_avro() for box in ended_boxes(replayed)],
        "near_misses": [item.as_avro() for item in near_misses(replayed)],
        "refusals": [item.as_avro() for item in refused],
        "setups": [event.as_avro() for event in replayed.of("setups.events")],
    }


def _sections(played: Mapping[Path, Replayed]) -> list[Section]:
    sections = []
    for path, replayed in played.items():
        boxes, missed = ended_boxes(replayed), near_misses(replayed)
        events: list[SetupEvent] = replayed.of("setups.events")
        sections += [
            Section(
                f"{path.name}: {replayed.trades:,} prints, {len(boxes)} boxes; New York time, prices in US dollars",
                ("from", "to", "symbol", "of", "ended", "bars", "low", "high", "bps", "ATRs", "ratio"),
                [(_minute(box.window_start), _minute(box.window_end), box.symbol, box.resolution.value, box.state.value, box.bar_count, box.low,
                  box.high, round(box.range_bps, 1), _rounded(box.range_to_atr), _rounded(box.compression_ratio)) for box in boxes],
            ),
            Section(
                f"{len(missed)} near misses",
                ("time", "symbol", "by", "gate", "measured", "allowed", "short by", "unit"),
                [(_clock(item.ts_event), item.symbol, item.strategy, item.gate, _rounded(item.value), item.limit, _rounded(item.shortfall), item.unit)
                 for item in missed],
            ),
            Section(
                f"{len({event.setup_id for event in events})} setups",
                ("time", "symbol", "strategy", "side", "state", "outcome", "price", "stop", "R", "why"),
                [(_clock(event.ts_event), event.symbol, event.strategy, event.side.value, event.state.value, event.outcome and event.outcome.value,
                  event.last_price, round(event.stop_price, 4), _rounded(event.result_r), event.reasons[0]) for event in events],
            ),
        ]  # fmt: skip
    return sections


def _figure(played: Mapping[Path, Replayed]) -> go.Figure:
    """Draw the symbol with the most boxes of the first file that has any: one-minute candles, its boxes, and its most eventful setup."""
    from dashboards.charts import SymbolChart, symbol_chart

    replayed = next((item for item in played.values() if ended_boxes(item)), next(iter(played.values())))
    boxes = ended_boxes(replayed)
    bars = [bar for bar in replayed.of("derived.bars") if bar.resolution is Resolution.M1]
    if not bars:
        raise Permanent("expected a minute with prints to draw, found none")
    symbol = _most([box.symbol for box in boxes]) or bars[0].symbol
    features = [item for item in replayed.of("derived.features") if item.symbol == symbol and item.resolution is Resolution.M1]
    told = [event for event in replayed.of("setups.events") if event.symbol == symbol]
    setup = _most([event.setup_id for event in told])
    own = {bar.window_start: bar for bar in bars if bar.symbol == symbol}  # of a bar that was revised, the newest
    candles = [own[start] for start in sorted(own)]
    drawn, events = [box for box in boxes if box.symbol == symbol], [event for event in told if event.setup_id == setup]
    chart = SymbolChart(candles, features, drawn, events, candles[-1].window_end)
    figure = symbol_chart(chart, height=_CHART_HEIGHT)
    figure.update_layout(title={"text": f"{symbol}, 1 minute, New York time", "x": 0.01, "y": 0.99}, margin={"t": 36})
    return figure


def _most(names: Sequence[str]) -> str | None:
    """Return the most frequent name, of several the first."""
    return max(dict.fromkeys(names), key=names.count, default=None)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _clock(moment_us: int) -> str:
    return f"{new_york(moment_us):%H:%M:%S}"


def _minute(moment_us: int) -> str:
    return f"{new_york(moment_us):%H:%M}"
