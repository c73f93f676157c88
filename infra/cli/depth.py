"""`tapewire depth train | show`: models that find books unlike the others (DEP-06)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from infra.errors import Permanent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MOST_ROWS = 2_000_000


def register(app: typer.Typer) -> None:
    depth = typer.Typer(help="Models of order books.", no_args_is_help=True)
    app.add_typer(depth, name="depth")

    @depth.command()
    def train(
        output: Path = typer.Argument(..., metavar="MODEL", help="File to write; it ends in .npz."),
        book: list[Path] = typer.Option([], "--book", help="LOBSTER zip to train on; may be given again. Without one: ClickHouse."),
        symbol: list[str] = typer.Option([], "--symbol", help="ClickHouse: only these symbols."),
        since: datetime | None = typer.Option(None, help="ClickHouse: from this time on, UTC."),
        until: datetime | None = typer.Option(None, help="ClickHouse: before this time, UTC."),
        contamination: float = typer.Option(0.01, min=1e-5, max=0.49, help="Share of the training books that count as anomalies."),
        trees: int = typer.Option(100, min=10, max=1_000, help="Trees of the forest."),
        seed: int = typer.Option(7, help="Of the random splits."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Train an isolation forest on pressure, spread and imbalance of books, e.g. `tapewire depth train model.npz --symbol SPY`.

        TAPEWIRE_MICROSTRUCTURE__ANOMALY_MODEL_PATH tells stage.microstructure where the file is.
        """
        from processors.anomaly_model import model_of, write_model
        from processors.estimation.depth_anomaly import train_forest

        if output.suffix != ".npz":
            raise Permanent(f"expected a model file that ends in .npz, found {output}")
        trained_on, rows = _from_files(book) if book else _from_history(symbol, since, until)
        try:
            trained = train_forest(rows, contamination=contamination, trees=trees, seed=seed)
        except ValueError as error:
            raise Permanent(f"{trained_on}: {error}") from error
        model = model_of(trained.forest, trained_on=trained_on, data_hash=trained.data_hash, rows=trained.rows, contamination=contamination)
        write_model(model, output)
        _tell(output, as_json)

    @depth.command()
    def show(
        model: Path = typer.Argument(..., metavar="MODEL", help="File of a model."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Show what a model was trained on, e.g. `tapewire depth show model.npz`."""
        _tell(model, as_json)


def _tell(path: Path, as_json: bool) -> None:
    from processors.anomaly_model import FEATURES, read_model

    model = read_model(path)
    told = {
        "model": str(path), "version": model.version, "trained_on": model.trained_on, "rows": model.rows, "data_sha256": model.data_hash,
        "features": list(FEATURES), "contamination": model.contamination, "cut": model.forest.cut, "trees": len(model.forest.roots),
    }  # fmt: skip
    if as_json:
        print(json.dumps(told))
        return
    console = Console()
    for name, value in told.items():
        console.print(f"{name}: {', '.join(value) if isinstance(value, list) else value}", highlight=False, soft_wrap=True)


def _from_files(files: list[Path]) -> tuple[str, npt.NDArray[np.float64]]:
    import numpy as np

    from infra.cli.book_day import read_day

    days = [read_day(file) for file in files]
    if any(day.source.levels < 5 for day in days):
        raise Permanent(f"expected books of at least five levels, found {', '.join(f'{day.source.symbol}: {day.source.levels}' for day in days)}")
    rows = np.concatenate([np.column_stack((day.pressure, day.spread_bps, day.imbalance_5)) for day in days])
    return "LOBSTER " + ", ".join(f"{day.source.symbol} {day.source.day}" for day in days), rows


def _from_history(symbols: list[str], since: datetime | None, until: datetime | None) -> tuple[str, npt.NDArray[np.float64]]:
    import numpy as np

    from infra.clickhouse.client import ClickHouse
    from infra.settings import load

    limits = {"since": since.isoformat(" ") if since else "1970-01-01 00:00:00", "until": until.isoformat(" ") if until else "2100-01-01 00:00:00"}
    chosen = "AND symbol IN {symbols:Array(String)}" if symbols else ""
    database = ClickHouse.connect(load().clickhouse)
    try:
        found = database.rows(
            f"""
            SELECT pressure, spread_bps, imbalance_5 FROM derived_book_metrics_latest
            WHERE ts_event >= toDateTime64({{since:String}}, 6, 'UTC') AND ts_event < toDateTime64({{until:String}}, 6, 'UTC') {chosen}
              AND pressure IS NOT NULL AND spread_bps IS NOT NULL AND imbalance_5 IS NOT NULL
            ORDER BY ts_event, symbol LIMIT {_MOST_ROWS}
            """,  # noqa: S608  our own names; every value is a bound parameter
            {**limits, "symbols": symbols},
        )
    finally:
        database.close()
    told = f"derived.book-metrics of {', '.join(sorted(symbols)) or 'all symbols'} from {limits['since']} to {limits['until']} UTC"
    return told, np.array(found, np.float64).reshape(-1, 3)
