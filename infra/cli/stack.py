"""`tapewire up | down | status | logs`: the local stack of this machine."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.status_watch import watch_status
from infra.errors import Fatal
from infra.local.artifacts import ArtifactError, ArtifactStore
from infra.local.paths import stack_dir
from infra.local.process_table import ProcessTable
from infra.local.processes import GROUPS, product_stack
from infra.local.stack_layout import lay_out
from infra.local.stack_state import ProcessStatus, StackState, SupervisorLock, read_state
from infra.local.supervisor import Stack
from infra.settings import Settings, clock_of, load

_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.2
_STACK = typer.Option("default", "--stack", help="Name of the stack; two stacks run side by side.")


def register(app: typer.Typer) -> None:
    @app.command()
    def up(
        stack: str = _STACK,
        detach: bool = typer.Option(False, "--detach", help="Return once everything is ready; `down` ends it."),
        simulate: bool | None = typer.Option(
            None, "--simulate/--no-simulate", help="Fake vendors; by default as TAPEWIRE_STACK__VENDORS says."
        ),
    ) -> None:
        """Start Kafka, registry, ClickHouse and every unit, e.g. `tapewire up --detach`."""
        fakes = wants_simulator(load()) if simulate is None else simulate
        if detach:
            _detach(stack, simulate=fakes)
        else:
            asyncio.run(_up(stack, simulate=fakes))

    @app.command()
    def down(stack: str = _STACK) -> None:
        """End a stack and everything it started, e.g. `tapewire down`. Its data stay."""
        _down(stack)

    @app.command()
    def status(
        stack: str = _STACK,
        as_json: bool = typer.Option(False, "--json", help="Print for machines; with --watch a line whenever there is news."),
        watch: bool = typer.Option(False, "--watch", help="Stay, and show processes, units, lag and rates as they change."),
    ) -> None:
        """Show one line per process, e.g. `tapewire status --watch`; exit code 1 when the stack is not up."""
        state = _state_of(stack)
        if state is None:
            print(f"stack {stack} is not up; start it with: tapewire up --stack {stack}", file=sys.stderr)
            raise typer.Exit(1)
        if watch:
            watch_status(lambda: _state_of(stack), as_json=as_json)
        elif as_json:
            print(json.dumps(asdict(state)))
        else:
            Console().print(status_table(state.processes))
            for name, url in state.urls.items():
                print(f"{name:10} {url}")

    @app.command()
    def logs(
        unit: str = typer.Argument("", help="Process or unit, e.g. kafka or stage.market; all by default."),
        stack: str = _STACK,
        follow: bool = typer.Option(False, "-f", "--follow", help="Go on printing."),
        lines: int = typer.Option(40, "-n", "--lines", help="Lines from before."),
        event: str = typer.Option("", "--event", help="Only lines of this event, or of events that begin so; docs/log-events.md lists them."),
    ) -> None:
        """Print what a process wrote, e.g. `tapewire logs market -f` or `tapewire logs --event dead_letter`."""
        _print_logs(_log_files(stack, unit), follow=follow, lines=lines, event=event)


def wants_simulator(settings: Settings) -> bool:
    """Tell whether the vendors of a stack are simulated when the command does not say."""
    vendors = settings.stack.vendors
    return not settings.polygon.api_key.get_secret_value() if vendors == "by_key" else vendors == "simulated"


def status_table(processes: list[ProcessStatus]) -> Table:
    """Return the table of a stack's processes."""
    table = Table("process", "state", "pid", "memory MB", "restarts", "lag s", "detail", box=None)
    colours = {"ready": "green", "done": "green", "failing": "red", "starting": "yellow"}
    for row in processes:
        colour = colours.get(row.state, "white")
        lag = "" if row.lag_seconds is None else f"{row.lag_seconds:.1f}"
        memory = f"{row.memory_bytes / 1e6:.0f}" if row.pid else ""
        pid = str(row.pid or "")
        table.add_row(row.name, f"[{colour}]{row.state}[/]", pid, memory, str(row.restarts), lag, row.detail)
    memory = f"{sum(row.memory_bytes for row in processes) / 1e6:.0f}"
    table.add_row("total", "", "", memory, str(sum(row.restarts for row in processes)), "", "")
    return table


async def _up(name: str, *, simulate: bool) -> None:
    try:
        await asyncio.to_thread(ArtifactStore().ensure)
    except ArtifactError as error:
        raise Fatal(str(error)) from error
    settings = load()
    if simulate and not settings.polygon.symbols:
        from infra.vendorsim.server import market_source

        symbols = market_source(settings, clock_of(settings)).symbols
        settings = settings.model_copy(update={"polygon": settings.polygon.model_copy(update={"symbols": tuple(symbols)})})
    layout = lay_out(name, settings, simulate=simulate)
    stack = product_stack(layout, simulate=simulate)
    ended = asyncio.create_task(_run_until_cancelled(stack))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.cancel)
    try:
        await ended
    except asyncio.CancelledError:
        print(f"stack {name} ended", file=sys.stderr)


async def _run_until_cancelled(stack: Stack) -> None:
    try:
        await stack.start(lambda line: print(line, file=sys.stderr, flush=True))
        for title, url in stack.urls.items():
            print(f"{title:10} {url}", file=sys.stderr, flush=True)
        await asyncio.Event().wait()
    finally:
        await asyncio.shield(stack.stop())


def _detach(name: str, *, simulate: bool) -> None:
    folder = stack_dir(name)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "supervisor.log"
    option = "--simulate" if simulate else "--no-simulate"
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "infra.cli.main", "up", "--stack", name, option],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    while (state := _state_of(name)) is None or state.supervisor_pid != supervisor.pid or not state.is_ready:
        if supervisor.poll() is not None:
            raise Fatal(f"stack {name} did not start:\n{log.read_text(errors='replace')}")
        time.sleep(_POLL_SECONDS)
    Console().print(status_table(state.processes))
    for title, url in state.urls.items():
        print(f"{title:10} {url}")


def _down(name: str) -> None:
    folder = stack_dir(name)
    lock = SupervisorLock(folder / "supervisor.lock")
    state = read_state(folder / "state.json")
    if not lock.is_held():
        swept = ProcessTable(folder / "processes.json").sweep() if folder.exists() else []
        print(f"stack {name} is not up" + (f"; ended {len(swept)} left-over processes" if swept else ""))
        return
    if state is None:
        raise Fatal(f"stack {name} is starting and has not written its state yet\n  remedy: try again in a second")
    os.kill(state.supervisor_pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while lock.is_held():
        if time.monotonic() > deadline:
            os.kill(state.supervisor_pid, signal.SIGKILL)  # its children die with it
        time.sleep(_POLL_SECONDS)
    ProcessTable(folder / "processes.json").sweep()
    print(f"stack {name} ended")


def _state_of(name: str) -> StackState | None:
    folder = stack_dir(name)
    return read_state(folder / "state.json") if SupervisorLock(folder / "supervisor.lock").is_held() else None


def _log_files(stack: str, unit: str) -> list[Path]:
    folder = stack_dir(stack) / "logs"
    process = next((name for name, units in GROUPS.items() if unit in units), unit)
    files = sorted(folder.glob(f"{process}.log" if process else "*.log"))
    if not files:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.log"))) or "nothing: was the stack ever up?"
        raise Fatal(f"stack {stack} has no log of {unit or 'any process'}; there is {known}")
    return files


def _print_logs(files: list[Path], *, follow: bool, lines: int, event: str = "") -> None:
    sign = f'"event": "{event}'
    wanted = (lambda line: sign in line) if event else (lambda line: True)
    positions = {}
    prefix = {path: f"{path.stem}: " if len(files) > 1 else "" for path in files}
    for path in files:
        text = path.read_text(errors="replace")
        positions[path] = path.stat().st_size
        for line in list(filter(wanted, text.splitlines()))[-lines:]:
            print(prefix[path] + line)
    while follow:
        for path in files:
            size = path.stat().st_size
            if size < positions[path]:
                positions[path] = 0  # the file was rotated
            if size > positions[path]:
                with path.open("rb") as log:
                    log.seek(positions[path])
                    fresh = log.read()
                positions[path] += len(fresh)
                for line in filter(wanted, fresh.decode(errors="replace").splitlines()):
                    print(prefix[path] + line, flush=True)
        time.sleep(_POLL_SECONDS)
