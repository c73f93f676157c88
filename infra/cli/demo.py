"""`tapewire demo`: a whole market day, from tape to Discord, on this machine, with no key and no account."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from infra.cli.demo_run import DemoRun
    from infra.cli.demo_settings import DemoPlan


def register(app: typer.Typer) -> None:
    @app.command()
    def demo(
        check: bool = typer.Option(False, help="Run without a screen until everything was reached, print one JSON line."),
        tape: Path | None = typer.Option(None, help="Play a captured file instead of the made-up day.", exists=True, dir_okay=False),
        speed: float | None = typer.Option(None, help="Market seconds a real second; 20, or 240 for a tape.", min=0.1),
        incidents: Path | None = typer.Option(None, help="Let the vendors do wrong what this script says.", exists=True, dir_okay=False),
        seed: int = typer.Option(7, help="Another seed is another day."),
        stack: str = typer.Option("demo", help="Name of the stack; two demos run side by side."),
        limit_seconds: float = typer.Option(900.0, help="With --check: give up after this many real seconds."),
    ) -> None:
        """Run the whole system on simulated vendors, e.g. `tapewire demo` or `tapewire demo --check`."""
        from infra.cli.demo_settings import plan_scenario, plan_tape

        plan = plan_scenario(speed, seed, every_feed=True) if tape is None else plan_tape(tape, speed)
        if incidents is not None:
            plan = replace(plan, incidents=str(incidents.resolve()))
        if check:
            raise typer.Exit(asyncio.run(_check(plan, stack, limit_seconds)))
        asyncio.run(_show(plan, stack))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def _check(plan: DemoPlan, stack_name: str, limit_seconds: float) -> int:
    """Return the exit code: 0 when all was reached, 1 with the missing step."""
    from infra.cli.demo_run import POLL_SECONDS, page_answers, running
    from infra.cli.demo_tape import compare_with_replay

    async with running(plan, stack_name=stack_name, report=_say) as run:
        _end_on_signals()
        missing = "nothing"
        while missing and run.elapsed < limit_seconds:
            await asyncio.sleep(POLL_SECONDS)
            await run.poll()
            missing = _missing(run)
        summary = run.summary()
        summary["page_answers"] = await page_answers(run)
        if not missing and not summary["page_answers"]:
            missing = "dashboard page"
        if not missing and plan.source != "scenario":
            summary["tape"] = await asyncio.to_thread(compare_with_replay, run)
            missing = "" if summary["tape"]["equal"] else "equality with the replay"
    print(json.dumps({"ok": not missing, "missing": missing or None, **summary}), flush=True)
    return 1 if missing else 0


def _missing(run: DemoRun) -> str:
    """Return the first thing that was not reached yet."""
    from infra.cli.demo_milestones import MILESTONES

    if run.plan.end_us is None:
        return next((name for name in MILESTONES if name not in run.milestones), "")
    return "" if run.clock.now_us() > run.plan.end_us else "end of the tape"


async def _show(plan: DemoPlan, stack_name: str) -> None:
    from rich.console import Console
    from rich.live import Live

    from infra.cli.demo_run import running
    from infra.cli.demo_screen import DemoView, render

    console = Console()
    try:
        async with running(plan, stack_name=stack_name, report=_say) as run:
            _end_on_signals()
            totals: dict[str, int] = {}
            seen = run.elapsed
            with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
                while True:
                    await asyncio.sleep(1.0)
                    await run.poll()
                    now = run.elapsed
                    rates, totals = await asyncio.to_thread(run.rates, totals, now - seen)
                    seen = now
                    view = DemoView(
                        market_time_us=run.clock.now_us(),
                        speed=plan.speed,
                        processes=run.stack.status(),
                        rates=rates,
                        events=await run.last_events(),
                        last_messages=await run.last_messages(),
                        milestones={**run.milestones},
                        urls={**run.layout.urls, "discord": f"http://127.0.0.1:{run.layout.ports['simulator']}/discord"},
                    )
                    live.update(render(view), refresh=True)
    except asyncio.CancelledError:
        _say("demo ended; everything it started is stopped")


def _end_on_signals() -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
