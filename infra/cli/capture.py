"""`tapewire capture`: what a vendor sends, in a file. Feeds that run record too, with TAPEWIRE_STACK__CAPTURE_FOLDER."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from infra.plugins import load_all
from infra.settings import clock_of, load


def register(app: typer.Typer) -> None:
    @app.command()
    def capture(
        feed: str = typer.Argument(..., help="Unit name, e.g. feed.unusual_whales_stream."),
        file: Path = typer.Argument(..., help="Where to, e.g. day.jsonl.gz."),
        seconds: float = typer.Option(60.0, help="How long."),
    ) -> None:
        """Record a feed's payloads without publishing them, e.g. `tapewire capture feed.polygon day.jsonl.gz --seconds 60`."""
        from producers.recorder import record

        load_all("producers")
        settings = load()
        written = asyncio.run(record(feed, file, seconds, settings, clock_of(settings)))
        print(f"{written:,} payloads in {file}")
        if not written:
            raise typer.Exit(1)
