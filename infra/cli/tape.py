"""`tapewire tape`: a recorded file through the feed's own producer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from infra.health import Health
from infra.logging_setup import configure, secrets_of
from infra.plugins import load_all
from infra.settings import clock_of, load
from infra.unit import UnitContext


def register(app: typer.Typer) -> None:
    @app.command()
    def tape(
        feed: str = typer.Argument(..., help="Unit name, e.g. feed.unusual_whales_stream."),
        file: Path = typer.Argument(..., help="What `tapewire capture` wrote, or a frame a line."),
    ) -> None:
        """Publish a recorded file as its feed would, e.g. `tapewire tape feed.polygon day.jsonl.gz`; what is on the topics already stays once."""
        from producers.tape import play_tape

        load_all("producers")
        settings = load()
        configure(process="tape", secrets=secrets_of(settings))
        played = asyncio.run(play_tape(feed, file, UnitContext(settings, clock_of(settings), Health())))
        print(f"{played:,} payloads played")
