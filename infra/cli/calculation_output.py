"""What a calculation prints: a table for people, JSON for machines, a plot into a file."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from infra.errors import Permanent

if TYPE_CHECKING:
    import plotly.graph_objects as go

AsJson = typer.Option(False, "--json", help="Print for machines.")
PlotFile = typer.Option(None, "--plot", help="Write a plot, .html or .png (a .png needs Chromium or Chrome).")


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the output.

    Attributes
    ----------
    title
        What it shows.
    columns
        Headings, unit included.
    rows
        One value a column; None where a value is missing.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def show(result: Mapping[str, Any], sections: Sequence[Section], *, as_json: bool, plot: Path | None, figure: Callable[[], go.Figure]) -> None:
    """Print the result, and write the plot if one is asked for.

    Parameters
    ----------
    result
        All of it as plain values; what ``--json`` prints. Numbers that are not finite become null.
    sections
        The same for people.
    figure
        Draws it; called only for a plot.
    """
    if plot is not None:
        _write(figure(), plot)
    if as_json:
        print(json.dumps(_finite(result), default=str))
        return
    console = Console()
    for section in sections:
        table = Table(title=section.title, title_justify="left")
        for heading in section.columns:
            table.add_column(heading, justify="right")
        for row in section.rows:
            table.add_row(*(_cell(value) for value in row))
        console.print(table)
    if plot is not None:
        console.print(f"plot written to {plot}")


def _write(figure: go.Figure, path: Path) -> None:
    if path.suffix == ".html":
        figure.write_html(path, include_plotlyjs=True)
    elif path.suffix == ".png":
        try:
            figure.write_image(path, width=1280, height=800)
        except (RuntimeError, OSError, ValueError) as error:
            found = f"found none that works ({type(error).__name__})"
            raise Permanent(f"expected Chromium or Chrome to draw {path.name}, {found}; --plot takes .html too") from error
    else:
        raise Permanent(f"--plot: expected a file that ends in .html or .png, found {path.name}")


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
