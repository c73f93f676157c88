"""`tapewire smoke`: one live call for each provider that has a key."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.clock import SystemClock
from infra.errors import ConfigurationError
from infra.palette import DOWN, UP
from infra.plugins import load_all
from infra.settings import load


def register(app: typer.Typer) -> None:
    @app.command()
    def smoke(
        only: str = typer.Option("", help="Providers to ask, with commas; all by default."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Make one live call for each provider with a key, e.g. `tapewire smoke`; skips those without, exits 1 if one fails."""
        from producers.smoke import providers, try_out

        load_all("producers")
        known = providers()
        wanted = [name.strip() for name in only.split(",") if name.strip()] or list(known)
        unknown = sorted(set(wanted) - set(known))
        if unknown:
            raise ConfigurationError(f"--only: expected providers out of {', '.join(known)}, found {', '.join(unknown)}")
        settings, clock = load(), SystemClock()
        results = [asyncio.run(try_out(name, settings, clock)) for name in wanted]
        if as_json:
            print(json.dumps([asdict(result) for result in results]))
        else:
            table = Table("provider", "outcome", "status", "ms", "detail")
            for result in results:
                colour = {"passed": UP, "failed": DOWN}.get(result.outcome, "")
                milliseconds = "" if result.seconds is None else f"{result.seconds * 1_000:.0f}"
                table.add_row(result.provider, Text(result.outcome, colour), str(result.status or ""), milliseconds, result.detail)
            Console().print(table)
        if any(result.outcome == "failed" for result in results):
            raise typer.Exit(1)
