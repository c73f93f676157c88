"""`tapewire crash`: kills random processes of a running system and audits what it wrote."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from infra.cli.demo_settings import DemoPlan

_HIGHEST_SPEED = 60.0
_BUSY_SECONDS = 15.25 * 3_600  # of the long day, from its first prints to its last planted setups
_START_UP_SECONDS = 60.0
_SLACK = 1.2  # kills wait now and then until somebody stands again


def register(app: typer.Typer) -> None:
    @app.command()
    def crash(
        kills: int = typer.Option(20, help="How many processes die.", min=1),
        seed: int = typer.Option(1, help="Seed of who dies when; another seed is another day of the market, too."),
        gap_seconds: float = typer.Option(6.0, help="Real seconds between two kills, on average.", min=0.5),
        speed: float | None = typer.Option(None, help="Market seconds a real second; by default the day lasts as long as the kills.", min=1.0),
        only: str = typer.Option("", help="Processes that may die, separated by commas; all by default."),
        stack: str = typer.Option("crash", help="Name of the stack."),
    ) -> None:
        """Run the whole system, kill its processes at random, and print one JSON line, e.g. `tapewire crash --kills 20 --seed 1`.

        Exit code 0 means: nothing lost, nothing twice, nothing wrong, nothing early.
        """
        from infra.cli.crash_run import KINDS, CrashPlan
        from infra.cli.crash_run import crash as run

        kinds = tuple(item for item in only.split(",") if item) or KINDS
        if unknown := set(kinds) - set(KINDS):
            raise typer.BadParameter(f"expected processes out of {', '.join(KINDS)}, found {', '.join(sorted(unknown))}")
        plan = CrashPlan(crash_market(kills * gap_seconds, speed, seed), kills, seed, gap_seconds, kinds)
        result = asyncio.run(run(plan, stack_name=stack, report=_say))
        print(json.dumps(result.as_document()), flush=True)
        raise typer.Exit(0 if result.ok else 1)


def crash_market(killing_seconds: float, speed: float | None, seed: int) -> DemoPlan:
    """Return a market day that lasts as long as the kills do: all of it is played, no faster than needed."""
    from infra.cli.demo_settings import plan_scenario

    market = plan_scenario(_HIGHEST_SPEED, seed, long_day=True)
    lasting = _START_UP_SECONDS + killing_seconds * _SLACK
    return replace(market, speed=speed or max(1.0, min(_HIGHEST_SPEED, _BUSY_SECONDS / lasting)))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
