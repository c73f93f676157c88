"""`tapewire metrics generate | check | list`: the list of metrics and its page."""

from __future__ import annotations

import json

import typer


def register(app: typer.Typer) -> None:
    metrics = typer.Typer(help="What the processes tell Prometheus.", no_args_is_help=True)
    app.add_typer(metrics, name="metrics")

    @metrics.command()
    def generate() -> None:
        """Write docs/metrics.md anew, e.g. `tapewire metrics generate`."""
        from infra.metrics.page import PAGE, render

        if PAGE.exists() and PAGE.read_text() == render():
            print("nothing changed")
            return
        PAGE.write_text(render())
        print(f"wrote {PAGE}")

    @metrics.command()
    def check() -> None:
        """Check that docs/metrics.md fits the list, e.g. `tapewire metrics check`."""
        from infra.metrics.page import PAGE, render

        if not PAGE.exists() or PAGE.read_text() != render():
            print(f"{PAGE.name} differs from the list of metrics: run `tapewire metrics generate`")
            raise typer.Exit(1)
        print("metrics: the page fits the list")

    @metrics.command("list")
    def list_metrics() -> None:
        """Print name, kind, unit, labels and meaning for machines, e.g. `tapewire metrics list`."""
        from infra.metrics.listed import METRICS

        print(json.dumps([{"name": m.name, "kind": m.kind, "unit": m.unit, "labels": m.labels, "meaning": m.meaning} for m in METRICS]))
