"""`tapewire metrics generate | check | list`: the lists of metrics and log events, and their pages."""

from __future__ import annotations

import json
from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    metrics = typer.Typer(help="What the processes tell Prometheus.", no_args_is_help=True)
    app.add_typer(metrics, name="metrics")

    @metrics.command()
    def generate() -> None:
        """Write docs/metrics.md and docs/log-events.md anew, e.g. `tapewire metrics generate`."""
        from infra.metrics import page
        from infra.observability import log_events

        written = [path for path, text in ((page.PAGE, page.render()), (log_events.PAGE, log_events.render())) if _write(path, text)]
        print("\n".join(f"wrote {path}" for path in written) or "nothing changed")

    @metrics.command()
    def check() -> None:
        """Check that both pages fit the lists, and the list of events the source, e.g. `tapewire metrics check`."""
        from infra.metrics import page
        from infra.observability import log_events

        problems = log_events.problems()
        if not page.PAGE.exists() or page.PAGE.read_text() != page.render():
            problems.append(f"{page.PAGE.name} differs from the list of metrics: run `tapewire metrics generate`")
        print("\n".join(problems) or "metrics and log events: the pages fit")
        if problems:
            raise typer.Exit(1)

    @metrics.command("list")
    def list_metrics() -> None:
        """Print name, kind, unit, labels and meaning for machines, e.g. `tapewire metrics list`."""
        from infra.metrics.listed import METRICS

        print(json.dumps([{"name": m.name, "kind": m.kind, "unit": m.unit, "labels": m.labels, "meaning": m.meaning} for m in METRICS]))


def _write(path: Path, text: str) -> bool:
    if path.exists() and path.read_text() == text:
        return False
    path.write_text(text)
    return True
