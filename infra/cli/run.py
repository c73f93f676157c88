"""`tapewire run UNIT ...`: hosts units in one process until SIGTERM or SIGINT; `tapewire units` lists them."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
from itertools import chain

import typer
from rich.console import Console
from rich.table import Table

from infra import http_status
from infra.errors import FATAL_EXIT_CODE, Fatal
from infra.health import Health
from infra.logging_setup import configure, log_uncaught, logger, secrets_of
from infra.metrics import listed
from infra.plugins import load_all
from infra.settings import Settings, clock_of, load
from infra.tracing.tracer import tracer_of
from infra.unit import Unit, UnitContext, registered

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
# Faust and numba take seconds to import: of the stages only their registry, the rest where one runs.
PACKAGES = {
    "feed": ("producers",),
    "ticks": ("producers",),
    "stage": ("processors.units",),
    "sink": ("sinks.clickhouse.unit", "sinks.distribution", "sinks.channels"),  # the history's other modules bring numba
}
"""Where the units are registered, by the first word of their names."""
DRAIN_SECONDS = 15.0
log = logger(__name__)


def register(app: typer.Typer) -> None:
    @app.command()
    def run(units: list[str] = typer.Argument(..., help="Unit names, e.g. feed.polygon ticks")) -> None:
        """Host units in this process, e.g. `tapewire run feed.polygon ticks`."""
        host(units)

    @app.command("units")
    def list_units(as_json: bool = typer.Option(False, "--json", help="Print for machines.")) -> None:
        """List every unit with the topics it reads and writes, e.g. `tapewire units`."""
        for package in sorted(set(chain.from_iterable(PACKAGES.values()))):
            load_all(package)
        if as_json:
            rows = [{"name": u.name, "kind": u.kind, "reads": u.reads, "writes": u.writes} for u in registered().values()]
            print(json.dumps(rows))
            return
        table = Table("unit", "reads", "writes", "what it does")
        for unit in registered().values():
            table.add_row(unit.name, "\n".join(unit.reads), "\n".join(unit.writes), unit.summary)
        Console().print(table)


def find(names: list[str]) -> list[Unit]:
    """Return the units called ``names``, importing only the packages they live in."""
    for name in names:
        for package in PACKAGES.get(name.split(".")[0], ()):
            load_all(package)
    known = registered()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Fatal(f"expected units out of {', '.join(known)}; found {', '.join(unknown)}")
    return [known[name] for name in names]


def host(names: list[str], settings: Settings | None = None) -> None:
    """Run the units until they are told to stop; a `Fatal` or unexpected error ends the process without a commit."""
    settings = settings or load()
    configure(process="+".join(names), secrets=secrets_of(settings))
    log_uncaught()
    units = find(names)
    # Records come by the ten thousand and hold no cycles: at the usual 700 objects the collector took a third of a parser's time.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    asyncio.run(_host(units, settings))


async def _host(units: list[Unit], settings: Settings) -> None:
    health = Health()
    _begin_metrics(units, settings)
    for unit in units:
        health.report(unit.name)
    if settings.metrics.port:
        http_status.serve(health, settings.metrics.port, settings.metrics.host)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    tracer = tracer_of(settings, "+".join(unit.name for unit in units))
    context = UnitContext(settings, clock_of(settings), health, stop, tracer)
    tasks: set[asyncio.Task[None]] = {asyncio.create_task(unit.run(context), name=unit.name) for unit in units}
    log.info("units_started", units=[unit.name for unit in units])
    stopped = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait({*tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
    for task in filter(asyncio.Task.done, tasks):
        if task.exception() is not None or not stop.is_set():
            _die(task)
    log.info("units_stopping", units=[unit.name for unit in units])
    done, pending = await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
    for task in done:
        if task.exception() is not None:
            _die(task)
    if pending:
        log.error("drain_budget_exceeded", units=[task.get_name() for task in pending], seconds=DRAIN_SECONDS)
        os._exit(FATAL_EXIT_CODE)
    await asyncio.to_thread(tracer.close)
    log.info("units_stopped")


def _begin_metrics(units: list[Unit], settings: Settings) -> None:
    stack = settings.stack
    listed.PROCESS_INFO.set(1, "+".join(unit.name for unit in units), stack.name, stack.mode, stack.version)
    listed.PROCESS_RESTARTS.add(stack.restarts)
    for unit in units:
        listed.begin(unit.name, unit.reads or unit.writes)


def _die(task: asyncio.Task[None]) -> None:
    """Leave at once: an orderly exit could still commit what a broken unit has not done."""
    error = task.exception()
    log.error("unit_failed", unit=task.get_name(), error=repr(error) if error else "ended without being told to", exc_info=error)
    os._exit(FATAL_EXIT_CODE)
